import type { Node, NodeAPI } from 'node-red'
import type { Answer, HostedCall, Registration } from '../../src/http/index.js'
import {
  asCrisisError,
  CrisisError,
  failure,
  isoInZone,
  success,
  SUCCESS_CODE,
} from '../../src/messages/index.js'
import type { Operation } from '../../src/soap/index.js'
import type { ServiceNode } from './config-nodes.js'
import { hosting } from './hosting.js'
import { onceStarted, onClose } from './input.js'
import { nodeError } from './language.js'
import type { CrisisContext } from './message.js'
import { SettingError, type InConfig } from './settings.js'
import { show, type StatusWord } from './status.js'

/** Hands one document to the flow and waits for its generic response. */
export type Ask = (payload: object, context: CrisisContext) => Promise<Answer>

/**
 * The common body of `crisis in` and `crisis feedback in`: hosts one operation at the service's address, and
 * answers each call as the flow says, or with a failure when the flow says nothing in time.
 */
export function bindIn(
  RED: NodeAPI,
  node: Node,
  set: string,
  config: InConfig,
  operation: Operation,
  handle: (call: HostedCall, service: ServiceNode, ask: Ask) => Promise<Answer>,
): void {
  const service = serviceOf(RED, config.service)
  if (!service) {
    show(node, 'noService')
    const missing = new SettingError('SETTING_MISSING', {
      zh: '未选择服务（crisis service），或其已被删除、停用',
      en: 'No crisis service is chosen, or it was deleted or disabled',
    })
    onceStarted(() => node.error(nodeError(RED, set, missing), {}))
    return
  }
  const waiting = new Set<string>()
  let registration: Registration | undefined
  let closed = false

  const answer = async (call: HostedCall): Promise<Answer> => {
    const ask: Ask = async (payload, context) => {
      const { id, answer: answered } = hosting.waiting.open(service.answerLimitMs)
      waiting.add(id)
      node.send({ payload, crisis: { ...contextOfCall(call, service), ...context, call: id } })
      return answered.finally(() => waiting.delete(id))
    }
    show(node, 'waiting')
    try {
      const response = await handle(call, service, ask)
      show(node, response.code === SUCCESS_CODE ? 'listening' : 'refused')
      return response
    } catch (error) {
      show(node, asCrisisError(error).code === 'ANSWER_LATE' ? 'late' : 'refused')
      throw error
    }
  }

  show(node, 'busy')
  onceStarted(() => void start())

  async function start(): Promise<void> {
    if (closed) return
    try {
      registration = await service!.host(operation, answer, (error) => {
        node.error(nodeError(RED, set, error), {})
      })
      // A flow may be closed again while its port is still being opened.
      if (closed) await registration.release(true)
      else if (operation === 'SynCrisisResponseInfo' && service!.licenceTrouble) {
        // Hosted all the same: a caller is told 401, which its operator understands better than a 404.
        show(node, wordOf(service!.licenceTrouble.code))
        node.error(nodeError(RED, set, service!.licenceTrouble), {})
      } else show(node, 'listening')
    } catch (thrown) {
      const { code } = asCrisisError(thrown)
      show(node, wordOf(code))
      node.error(nodeError(RED, set, thrown), {})
    }
  }

  onClose(node, async (removed) => {
    closed = true
    // The flow that would have answered is gone: its callers are told now, not at the end of their patience.
    for (const id of waiting) hosting.waiting.answer(id, failure('503', REDEPLOYING))
    await registration?.release(removed)
  })
}

function wordOf(code: string): StatusWord {
  switch (code) {
    case 'PORT_IN_USE':
      return 'portInUse'
    case 'LICENCE_MISSING':
      return 'noLicence'
    case 'SETTING_INVALID':
    case 'SETTING_MISSING':
      return 'badSetting'
    default:
      return 'error'
  }
}

const REDEPLOYING = {
  zh: '正在重新部署，请稍后重发',
  en: 'Being deployed anew; send it again in a moment',
}

export function serviceOf(RED: NodeAPI, id: string): ServiceNode | undefined {
  // The types say that a node is always found; Node-RED returns null for one that is missing or disabled.
  return (RED.nodes.getNode(id) as ServiceNode | null) ?? undefined
}

function contextOfCall(call: HostedCall, service: ServiceNode): CrisisContext {
  return {
    operation: call.operation,
    service: service.name || service.id,
    receivedAt: isoInZone(call.receivedAt.getTime(), service.zone),
  }
}

/**
 * One answer for a call that carried several documents (A28): 0 only when each of them was accepted. The
 * good ones stay accepted; the desc names the bad ones by their position.
 */
export async function answerEach<T>(
  items: readonly T[],
  accept: (item: T) => Promise<Answer>,
): Promise<Answer> {
  const [only] = items
  if (items.length === 1 && only !== undefined) return accept(only)
  const answers = await Promise.all(
    items.map((item) =>
      accept(item).catch((thrown: unknown) => {
        const { answer, reason } = asCrisisError(thrown)
        return failure(answer, reason)
      }),
    ),
  )
  const bad = answers.flatMap((answer, index) =>
    answer.code === SUCCESS_CODE ? [] : [{ position: index + 1, answer }],
  )
  const [first] = bad
  if (!first) return success()
  const positions = bad.map(({ position }) => position).join('、')
  throw new CrisisError(
    'PARTLY_REFUSED',
    {
      zh: `共 ${items.length} 条，第 ${positions} 条未接收：${first.answer.desc}`,
      en: `Of ${items.length} documents, number ${positions} was not accepted: ${first.answer.desc}`,
    },
    '422',
  )
}

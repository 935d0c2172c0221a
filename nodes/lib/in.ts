import type { Node, NodeAPI } from 'node-red'
import type { Answer, HostedCall, Registration, Trouble } from '../../src/http/hosting/index.js'
import { LedgerError, type Actor, type Ledger, type Owed } from '../../src/ledger/index.js'
import { TIME_UNREADABLE } from '../../src/loop/index.js'
import {
  asCrisisError,
  CrisisError,
  examNumbersIn,
  failure,
  isoInZone,
  success,
  SUCCESS_CODE,
  type ExamNumbers,
  type Flag,
  type Reason,
} from '../../src/messages/index.js'
import type { Operation } from '../../src/soap/index.js'
import type { ServiceNode } from './config-nodes.js'
import { hosting } from './hosting.js'
import { onceStarted, onClose } from './input.js'
import { nodeError } from './language.js'
import type { CrisisContext, FlowMessage } from './message.js'
import { given, OWED_LEASE_MS } from './handed-out.js'
import { handOut, type SendHandout } from './handouts.js'
import { DEFAULTS, numberSetting, SettingError, settingsOf, type InConfig } from './settings.js'
import { show, showStore, type StatusWord } from './status.js'
import { followStore } from './store-watch.js'
import { DamageWatch } from './troubles.js'
import { useStore } from './store.js'
import { UnreadableTimes } from './unreadable-times.js'
import { leadsToOut } from './way.js'

/** What storing one document of a call came to. */
export type Stored =
  | { readonly error: CrisisError }
  | {
      /** The message that this process is to hand to its flow now; null when none is owed (a re-send). */
      readonly owed: Owed | null
      /** What a person has to be told of, although it was accepted. */
      readonly troubles: readonly CrisisError[]
      readonly flags: readonly Flag[]
      readonly exam: ExamNumbers
    }

export interface StoreCall {
  readonly call: HostedCall
  readonly service: ServiceNode
  readonly settings: InConfig
  readonly ledger: Ledger
  readonly actor: Actor
  readonly lease: { readonly lease: string; readonly leaseMs: number }
}

/** What the two `in` nodes differ in. */
export interface Intake {
  readonly operation: Operation
  /** Reads and stores a call's documents, each answered for by itself (A28). */
  store(work: StoreCall): Promise<readonly Stored[]>
  /** The flow's message for what was stored. */
  message(content: unknown): { payload: object; context: CrisisContext }
}

/**
 * The common body of `crisis in` and `crisis feedback in`: hosts one operation at the service's address,
 * stores what comes in, and only then answers: at once, or as the flow says within its limit.
 */
export function bindIn(RED: NodeAPI, node: Node, saved: InConfig, intake: Intake): void {
  const service = serviceOf(RED, saved.service)
  const fail = (thrown: unknown, crisis?: CrisisContext): void =>
    node.error(nodeError(RED, thrown), crisis ? { crisis } : {})
  if (!service) {
    show(RED, node, 'fault', 'noService')
    onceStarted(() => fail(noService()))
    return
  }
  let settings: InConfig
  let graceMs: number
  let used: ReturnType<typeof useStore>
  try {
    settings = settingsOf<InConfig>(saved, DEFAULTS.in)
    graceMs =
      1000 *
      numberSetting('graceSeconds', settings.graceSeconds, { least: 0, most: 600, fallback: 30 })
    used = useStore(RED, service.storeId)
  } catch (thrown) {
    show(RED, node, 'fault', 'badSetting')
    onceStarted(() => fail(thrown))
    return
  }
  const { store } = used
  const waiting = new Set<string>()
  let registration: Registration | undefined
  let stopFollowing = (): void => {}
  let closed = false

  /** The calls whose message is still to be handed out, by what is owed. */
  const behind = new Map<number, string>()

  const sendHandout: SendHandout = (owed, token) => {
    const { payload, context } = intake.message(owed.content)
    const flags = owed.handed > 0 ? [...(context.flags ?? []), 'redelivered'] : context.flags
    const call = behind.get(owed.id)
    const crisis: CrisisContext = {
      operation: intake.operation,
      service: service.name || service.id,
      ...context,
      ...(flags && { flags }),
      ...(call !== undefined && { call }),
      ...(leadsToOut(RED, node, 0) && { owed: token }),
    }
    node.send({ payload, crisis } satisfies FlowMessage)
  }
  const handing = handOut(RED, node, store, graceMs, sendHandout)

  const showLicences = (): void => {
    const isFeedback = intake.operation === 'SynCrisisResponseInfo'
    show(RED, node, 'licence', (isFeedback && service.licenceNotice()) || null)
  }
  const showRefused = (reason: Reason): void =>
    show(RED, node, 'activity', { word: 'refused', reason })
  let stopNotice = (): void => {}

  const times = new UnreadableTimes(RED, node, store)
  const damaged = new DamageWatch()
  /** Calls that are not answered yet. A status costs as much as reading a call, so it is shown when it changes. */
  let open = 0

  const answer = async (call: HostedCall): Promise<Answer> => {
    if (open++ === 0) show(RED, node, 'activity', 'waiting')
    const lease = { lease: store.lease(), leaseMs: OWED_LEASE_MS }
    try {
      const { ledger } = store
      const work = { call, service, settings, ledger, actor: store.actor(node), lease }
      const stored = await intake.store(work)
      for (const item of stored) {
        if ('error' in item) continue
        const { exam, flags } = item
        const damage = damaged.look(call.remoteAddress, flags)
        const troubles = [...item.troubles, ...(damage ? [damage] : [])]
        for (const one of troubles) fail(one, toldOf(call.operation, call.remoteAddress, exam))
      }
      const unreadable = stored.some(
        (item) => 'flags' in item && item.flags.includes(TIME_UNREADABLE),
      )
      if (unreadable || times.any) void times.look()
      const answers = await Promise.all(stored.map((item) => answerOf(item)))
      const response = combined(answers)
      if (response.code !== SUCCESS_CODE) {
        showRefused({ zh: response.desc, en: response.desc })
      } else if (open === 1) show(RED, node, 'activity', 'listening')
      return response
    } catch (error) {
      if (error instanceof LedgerError && error.unknown) handing.free(lease.lease)
      const { code, reason } = asCrisisError(error)
      // A ledger that does not work is said as long as that lasts.
      if (error instanceof LedgerError && !showStore(RED, node, store)) {
        show(RED, node, 'activity', 'listening')
      } else if (code === 'ANSWER_LATE') show(RED, node, 'activity', 'late')
      else showRefused(reason)
      throw error
    } finally {
      open--
    }
  }

  /** Hands a stored document to the flow, and waits for what it says where that is asked for. */
  async function answerOf(item: Stored): Promise<Answer> {
    if ('error' in item) return failure(item.error.answer, item.error.reason)
    const { owed } = item
    if (!owed) return success()
    // Something earlier of this alert is still to be handed out, which is done in order.
    const isBehind = owed.lease === ''
    if (settings.answer === 'stored') {
      if (isBehind) store.ledger.hint(`owed/${node.id}`)
      else handing.give(owed, sendHandout)
      return success()
    }
    return askFlow(owed, isBehind)
  }

  async function askFlow(owed: Owed, isBehind: boolean): Promise<Answer> {
    const { id, answer: answered } = hosting.waiting.open(service!.answerLimitMs)
    waiting.add(id)
    behind.set(owed.id, id)
    try {
      if (isBehind) store.ledger.hint(`owed/${node.id}`)
      else if (!handing.give(owed, sendHandout)) hosting.waiting.answer(id, redeploying())
      const response = await answered
      // The flow has said what became of it; unless it was we who said that it is gone.
      if (!closed) given.settle(store, owed.id)
      return response
    } finally {
      waiting.delete(id)
      behind.delete(owed.id)
    }
  }

  const trouble = (what: Trouble): void => {
    const { operation, remoteAddress, raw, charset } = what
    const error = new CrisisError(what.code, what.reason)
    // That it began is told once for all calls, by whoever follows the ledger; how many were refused is not.
    if (what.code === 'LEDGER_NEARLY_FULL' && what.count === undefined) return
    if (remoteAddress === '') {
      fail(error)
      return
    }
    const context = toldOf(operation, remoteAddress, raw && examNumbersIn(raw, charset))
    const { engine } = store.ledger
    // A ledger that does not work must not hold up the alarm.
    if (COMES_AGAIN.has(what.answer) || !raw || engine.state === 'failing') {
      fail(error, context)
      return
    }
    quarantine(what, raw).then(
      (refusal) => fail(error, { ...context, refusal }),
      (failed: unknown) => {
        fail(error, context)
        // What keeps a call from being stored keeps its bytes from it as well: that is one alarm.
        if (asCrisisError(failed).code !== what.code) fail(failed)
      },
    )
  }

  /** The part of a call that Catch nodes are told. */
  function toldOf(
    operation: string,
    caller: string,
    { ExamNo, ApplyNo }: ExamNumbers = {},
  ): CrisisContext {
    return {
      ...(operation !== '' && { operation: operation.slice(0, MAX_SHOWN) }),
      service: service!.name || service!.id,
      caller,
      ...(ExamNo !== undefined && { ExamNo }),
      ...(ApplyNo !== undefined && { ApplyNo }),
    }
  }

  async function quarantine(what: Trouble, raw: Buffer): Promise<number> {
    const id = await store.ledger.run('quarantine', {
      actor: store.actor(node),
      item: {
        service: service!.id,
        operation: what.operation,
        remoteAddress: what.remoteAddress,
        raw: service!.conceal(raw.subarray(0, MAX_QUARANTINE_BYTES)),
        charset: what.charset,
        code: what.code,
        reasonZh: what.reason.zh,
        reasonEn: what.reason.en,
      },
    })
    store.noteQuarantined(Math.min(raw.length, MAX_QUARANTINE_BYTES))
    return id
  }

  show(RED, node, 'activity', 'busy')
  onceStarted(() => void start())

  async function start(): Promise<void> {
    if (closed) return
    try {
      registration = await service!.host(intake.operation, answer, trouble, (met) =>
        store.callers.note({ service: service!.id, ...met }),
      )
      // A flow may be closed again while its port is still being opened.
      if (closed) await registration.release(true)
      else if (intake.operation === 'SynCrisisResponseInfo' && service!.licenceTrouble) {
        // Hosted all the same: a caller is told 401, which its operator understands better than a 404.
        show(RED, node, 'fault', wordOf(service!.licenceTrouble.code))
        fail(service!.licenceTrouble)
      } else {
        stopFollowing = followStore(RED, node, store)
        stopNotice = service!.onLicenceNotice(showLicences)
        showLicences()
        if (intake.operation === 'SynCrisisResponseInfo') void times.look()
        show(RED, node, 'activity', 'listening')
      }
    } catch (thrown) {
      const { code, reason } = asCrisisError(thrown)
      show(RED, node, 'fault', { word: wordOf(code), ...(wordOf(code) === 'error' && { reason }) })
      fail(thrown)
    }
  }

  onClose(node, async (removed) => {
    closed = true
    times.close()
    stopNotice()
    stopFollowing()
    // The flow that would have answered is gone: its callers are told now, not at the end of their patience.
    for (const id of waiting) hosting.waiting.answer(id, redeploying())
    await Promise.all([handing.close(), registration?.release(removed)])
    await used.release()
  })
}

/** The answer to what is to be sent again in a moment: its bytes come again, or were stored too late to say so. */
const COMES_AGAIN: ReadonlySet<string> = new Set(['503'])

/** A caller may send anything as the name of an operation. */
const MAX_SHOWN = 64

/** More of something unreadable helps nobody, and a flood of it must not fill the disk. */
const MAX_QUARANTINE_BYTES = 64 * 1024

const noService = () =>
  new SettingError('SETTING_MISSING', {
    zh: '未选择服务（crisis service），或其已被删除、停用',
    en: 'No crisis service is chosen, or it was deleted or disabled',
  })

function wordOf(code: string): StatusWord {
  switch (code) {
    case 'PORT_IN_USE':
      return 'portInUse'
    case 'LICENCE_MISSING':
      return 'noLicence'
    case 'UNGUARDED':
      return 'unguarded'
    case 'ADDRESS_LIST':
    case 'SETTING_INVALID':
    case 'SETTING_MISSING':
      return 'badSetting'
    default:
      return 'error'
  }
}

const redeploying = (): Answer =>
  failure('503', {
    zh: '正在重新部署，请稍后重发',
    en: 'Being deployed anew; send it again in a moment',
  })

export function serviceOf(RED: NodeAPI, id: string): ServiceNode | undefined {
  // The types say that a node is always found; Node-RED returns null for one that is missing or disabled.
  return (RED.nodes.getNode(id) as ServiceNode | null) ?? undefined
}

/** When the ledger had it, in the zone of the service. */
export const receivedAt = (epochMs: number, zone: string): string => isoInZone(epochMs, zone)

/**
 * One answer for a call that carried several documents (A28): 0 only when each of them was accepted. The
 * good ones stay accepted; the desc names the bad ones by their position.
 */
function combined(answers: readonly Answer[]): Answer {
  const bad = answers.flatMap((answer, index) =>
    answer.code === SUCCESS_CODE ? [] : [{ position: index + 1, answer }],
  )
  const [first] = bad
  if (!first) return answers[0] ?? success()
  if (answers.length === 1) return first.answer
  const positions = bad.map(({ position }) => position).join('、')
  throw new CrisisError(
    'PARTLY_REFUSED',
    {
      zh: `共 ${answers.length} 条，第 ${positions} 条未接收：${first.answer.desc}`,
      en: `Of ${answers.length} documents, number ${positions} was not accepted: ${first.answer.desc}`,
    },
    '422',
  )
}

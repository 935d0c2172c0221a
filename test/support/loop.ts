import { createServer } from 'node:net'
import type { Reason } from '../../src/messages/index.js'
import type { RunningNodeRed } from './node-red.js'
import { statusOf } from './status.js'

export interface Step extends Reason {
  readonly ok: boolean
  readonly elapsedMs: number
}

export interface LoopResult {
  readonly closed: boolean
  readonly elapsedMs: number
  readonly problem: Reason
}

interface FlowNode {
  readonly id: string
  readonly type: string
  readonly name?: string
}

/** The way of the sample, told by the statuses that the nodes of example 01 show, in this order. */
const WAY: readonly (readonly [
  type: string,
  nth: number,
  status: string,
  ...text: [string, string],
])[] = [
  [
    'crisis out',
    0,
    'storing',
    'PACS 把危急值交给 crisis out，写入台账后经 SOAP 调用 HIS 的 SynCrisisInfo',
    'The PACS hands the critical value to crisis out, which stores it and calls SynCrisisInfo at the HIS',
  ],
  [
    'crisis in',
    0,
    'waiting',
    'HIS 的 crisis in 收到调用，写入台账后交给流程',
    'crisis in at the HIS has the call, stores it and hands it to its flow',
  ],
  [
    'generic response',
    0,
    'answered',
    'HIS 的 generic response 应答 0',
    'generic response at the HIS answers 0',
  ],
  [
    'crisis out',
    0,
    'delivered',
    'crisis out 确认送达：对方明确答复 0',
    'crisis out reports it delivered: the peer answered exactly 0',
  ],
  [
    'crisis feedback out',
    0,
    'storing',
    '医生已处理，crisis feedback out 写入台账后调用 PACS 的 SynCrisisResponseInfo',
    'The doctor has acted; crisis feedback out stores it and calls SynCrisisResponseInfo at the PACS',
  ],
  [
    'crisis feedback in',
    0,
    'waiting',
    'PACS 的 crisis feedback in 校验身份验证码，交给流程',
    'crisis feedback in at the PACS has checked the licence and hands it to its flow',
  ],
  [
    'generic response',
    1,
    'answered',
    'PACS 的 generic response 应答 0',
    'generic response at the PACS answers 0',
  ],
  [
    'crisis feedback out',
    0,
    'delivered',
    'crisis feedback out 确认送达，闭环',
    'crisis feedback out reports it delivered: the loop is closed',
  ],
]

const LOOP_LIMIT_MS = 30_000

/**
 * Deploys example 01, sends its sample and follows it by the statuses, as the editor would show them.
 * @param tell is told of each step as it happens
 */
export async function followLoop(
  running: RunningNodeRed,
  flows: readonly FlowNode[],
  tell: (step: Step) => void,
): Promise<LoopResult> {
  const hosts = flows.filter(({ type }) => type === 'crisis in' || type === 'crisis feedback in')
  const inject = flows.find(({ type }) => type === 'inject')
  if (!inject) throw new Error('the example has no inject node')
  const ids = WAY.map(([type, nth]) => flows.filter((node) => node.type === type)[nth]?.id)
  const listening = new Set<string>()
  let startedAt = 0
  let next = 0

  const socket = new WebSocket(`${running.url.replace('http', 'ws')}/comms`)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () =>
      reject(new Error('the editor’s socket cannot be opened')),
    )
  })
  try {
    return await new Promise<LoopResult>((resolve) => {
      const end = (closed: boolean, problem: Reason): void => {
        clearTimeout(timer)
        resolve({ closed, elapsedMs: Date.now() - startedAt, problem })
      }
      const timer = setTimeout(() => {
        const [, , , zh, en] = WAY[next] ?? WAY[0]!
        end(false, { zh: `等待超时，未发生的步骤：${zh}`, en: `timed out before this step: ${en}` })
      }, LOOP_LIMIT_MS)

      const take = (id: string, text: string, fill: string): void => {
        const node = flows.find((candidate) => candidate.id === id)
        if (!node) return
        const [, word] = statusOf(fill, text).split(' ')
        if (word === 'listening' && startedAt === 0) {
          listening.add(id)
          if (hosts.every((host) => listening.has(host.id))) void send()
          return
        }
        const elapsedMs = startedAt === 0 ? 0 : Date.now() - startedAt
        if (fill === 'red') {
          const problem = {
            zh: `节点“${node.name ?? node.type}”状态：${word}`,
            en: `the node ${node.type} shows ${word}`,
          }
          tell({ ...problem, ok: false, elapsedMs })
          end(false, problem)
          return
        }
        // Steps of two branches may overtake each other: any step still to come is taken when it happens.
        const step = WAY.findIndex(
          ([, , status], index) => !seen.has(index) && ids[index] === id && status === word,
        )
        if (step < 0 || startedAt === 0) return
        seen.add(step)
        next = WAY.findIndex((_, index) => !seen.has(index))
        const [, , , zh, en] = WAY[step]!
        tell({ zh, en, ok: true, elapsedMs })
        if (seen.size === WAY.length) end(true, { zh: '', en: '' })
      }
      const seen = new Set<number>()

      const send = async (): Promise<void> => {
        startedAt = Date.now()
        const response = await fetch(`${running.url}/inject/${inject.id}`, { method: 'POST' })
        if (!response.ok)
          end(false, { zh: '无法触发 inject', en: 'the inject node did not answer' })
      }
      socket.addEventListener('message', (event) => {
        const list: unknown = JSON.parse(String(event.data))
        for (const item of Array.isArray(list) ? list : [list]) {
          const { topic, data } = item as {
            topic?: string
            data?: { text?: string; fill?: string }
          }
          if (topic?.startsWith('status/')) take(topic.slice(7), data?.text ?? '', data?.fill ?? '')
        }
      })
      socket.send(JSON.stringify({ subscribe: 'status/#' }))
      running.deploy(flows).catch((error: unknown) => {
        end(false, { zh: '部署失败', en: `deploying failed: ${String(error)}` })
      })
    })
  } finally {
    socket.close()
  }
}

/** @throws Error naming a port that another program holds */
export async function checkPortsFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    await new Promise<void>((resolve, reject) => {
      const server = createServer()
      server.once('error', () =>
        reject(new Error(`端口 ${port} 已被占用 · port ${port} is in use by another program`)),
      )
      server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
    })
  }
}

import { startChild, type Child } from './children.js'
import type { Cover, FrontState } from './front-host.js'
import { STEP_NAMES, type Step, type StepQuestion } from './front-steps.js'
import {
  calledBy,
  hostTable,
  measureHosts,
  seriesOf,
  timesFirst,
  timesOther,
  type Host,
  type Series,
} from './hosts.js'
import { reportAim, reportBeside, type Effort } from './report.js'
import { CRISIS_REPLY, DESCRIBED_REQUEST, TOKEN } from './samples.js'
import { figure, table } from './statistics.js'

const CONNECTIONS = [1, 16, 64]
/** Throughput × bare, by the number of connections. */
const AIM_THROUGHPUT: Readonly<Record<number, number>> = { 1: 0.55, 16: 0.5, 64: 0.47 }
/** Latency with one connection is no question of throughput. */
const AIM_P99: Readonly<Record<number, number>> = { 16: 2, 64: 2 }
const TLS_CONNECTIONS = [1, 16]
const CALL = { request: 'described', authorization: `Bearer ${TOKEN}` } as const

const OURS = '本包 front, everything on'
const BEFORE = '0.1.0 front, everything on'

const HOSTS: readonly (readonly [name: string, file: string, kind: string])[] = [
  ['裸 http bare node:http', 'front-host.js', 'bare'],
  ['只加严格读取 strict reading and no more', 'front-host.js', 'reading'],
  [OURS, 'front-host.js', 'front'],
  ['不登记调用方 callers not recorded', 'front-host.js', 'unrecorded'],
  [BEFORE, 'version-0-1-0/host.js', 'front'],
]

const COVERS: readonly (readonly [Cover, string])[] = [
  ['plain', '明文 plain'],
  ['tls', 'TLS'],
  ['mutual', '双向 TLS mutual TLS'],
]

const HOW = `同一请求（SynCrisisInfo，${DESCRIBED_REQUEST.length} B → ${CRISIS_REPLY.length} B）、同一客户端（每连接一次一个请求），服务各占一个进程，逐轮交替测量。
裸 http 读完请求体，应答同样长度的常量；“只加严格读取”另外严格读取信封与文档，写出应答；本包含独立端口、地址与令牌检查、各项限制、全部宽容读取、信封与文档的严格校验、调用方登记，
收到即应答成功，不写台账。
The same request and the same client (one request at a time on each connection), each server a process, measured in turn.
Bare reads the whole body and answers a constant of the same length; “strict reading” reads envelope and document
strictly besides, and writes the answer. Ours: own port, allow-list, bearer, limits, all
tolerance, the strict gate on envelope and document, callers recorded; it accepts at once, without a ledger.`

/** The door: what stands before the ledger, beside nothing but HTTP. */
export async function benchFront(effort: Effort): Promise<void> {
  const load = startChild('load.js', [], 1)
  const children = HOSTS.map(([, file, kind]) => startChild(file, [kind], 0))
  const steps = startChild('front-steps.js', [], 0)
  try {
    const hosts = await Promise.all(HOSTS.map(([name], i) => hostOf(name, children[i]!, load)))
    const all = await measureHosts(hosts, CONNECTIONS, effort)
    console.log(`\n## 接收危急值，不写台账 The front, without a ledger\n\n${HOW}\n`)
    console.log(hostTable(all))
    for (const connections of CONNECTIONS) reportFront(all, connections)
    console.log(`\n${await stepTable(steps, effort)}`)
  } finally {
    for (const child of [load, steps, ...children]) child.stop()
  }
}

function reportFront(all: readonly Series[], connections: number): void {
  const ours = seriesOf(all, OURS, connections)
  const before = seriesOf(all, BEFORE, connections)
  const front = `接收 front, ${connections} 连接 connections`
  const throughput = `${front}, 吞吐 throughput`
  const least = AIM_THROUGHPUT[connections]
  const most = AIM_P99[connections]
  if (least) reportAim(`${throughput} / bare`, timesFirst(ours, 'perSecond'), '≥', least)
  if (most) reportAim(`${front}, p99 / bare`, timesFirst(ours, 'p99Ms'), '≤', most)
  reportBeside(throughput, timesOther(ours, before, 'perSecond'))
  reportBeside(`${front}, p99`, timesOther(ours, before, 'p99Ms'))
}

/** What TLS adds, on connections that stay and on a new one for each call. */
export async function benchFrontTls(effort: Effort): Promise<void> {
  const load = startChild('load.js', [], 1)
  const children = COVERS.map(([cover]) => startChild('front-host.js', ['front', cover], 0))
  try {
    for (const fresh of [false, true]) {
      effort.tell(fresh ? '每次新连接 a new connection each' : '保持连接 kept alive')
      const hosts = await Promise.all(
        COVERS.map(([, name], i) => hostOf(name, children[i]!, load, fresh)),
      )
      const all = await measureHosts(hosts, TLS_CONNECTIONS, effort)
      const title = fresh
        ? '每次新连接，完整握手 A new connection and a full handshake each'
        : '保持连接 Connections kept alive'
      console.log(`\n## TLS：${title}\n\n${hostTable(all)}`)
    }
  } finally {
    for (const child of [load, ...children]) child.stop()
  }
}

async function hostOf(name: string, child: Child, load: Child, fresh = false): Promise<Host> {
  const state = () => child.ask<FrontState>({})
  const { port, tls } = await state()
  return {
    name,
    burst: calledBy(load, port, { ...CALL, fresh, ...(tls && { tls }) }),
    cpuUs: async () => (await state()).cpuUs,
  }
}

async function stepTable(child: Child, effort: Effort): Promise<string> {
  const time = async (step: Step, durationMs: number, tries: number): Promise<number> =>
    (await child.ask<{ us: number }>({ step, durationMs, tries } satisfies StepQuestion)).us
  const rows: [string, string][] = []
  for (const step of STEP_NAMES) {
    await time(step, effort.warmMs, 1)
    const times: number[] = []
    for (let round = 0; round < effort.rounds; round++) {
      times.push(await time(step, effort.burstMs / 8, effort.tries))
    }
    // The fastest: whatever else the machine does can only add to a loop.
    rows.push([step, figure(Math.min(...times))])
  }
  return table(['步骤（紧凑循环）step, in a tight loop', 'µs'], rows)
}

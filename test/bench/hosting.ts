import { startChild, type Child } from './children.js'
import type { Burst, BurstResult } from './load.js'
import { reportAim, type Effort } from './report.js'
import { FEEDBACK_REPLY, FEEDBACK_REQUEST, SERVICE_PATH } from './samples.js'
import type { ServerKind, ServerState } from './servers.js'
import { figure, median, ratio, table } from './statistics.js'

const CONNECTIONS = [1, 16, 64]
const AIM_CONNECTIONS = 16
const AIM_THROUGHPUT = 0.45

/** Something that takes bursts, and how to learn what it has used. */
export interface Host {
  readonly name: string
  burst(connections: number, durationMs: number): Promise<BurstResult>
  cpuUs(): Promise<number>
}

/** Bursts of calls from the load generator. */
export function calledBy(
  load: Child,
  port: number,
  options: Partial<Omit<Burst, 'port' | 'connections' | 'durationMs'>> = {},
): Host['burst'] {
  const call = { path: SERVICE_PATH, request: 'feedback', awake: true, ...options } as const
  return (connections, durationMs) =>
    load.ask<BurstResult>({ ...call, port, connections, durationMs } satisfies Burst)
}

export interface Series {
  readonly host: Host
  readonly connections: number
  readonly perSecond: number[]
  readonly cpuUs: number[]
  readonly p50Ms: number[]
  readonly p99Ms: number[]
}

const NAMES: Readonly<Record<ServerKind, string>> = {
  bare: '裸 http bare node:http',
  ours: '本包 ours (own port, gate, licence)',
  handmade: '手写 handmade: http + fast-xml-parser',
  'soap-listen': 'soap.listen + fast-xml-parser',
}

export async function benchHosting(effort: Effort): Promise<void> {
  const load = startChild('load.js', [], 1)
  const servers = new Map<ServerKind, Child>()
  const hosts: Host[] = []
  for (const kind of Object.keys(NAMES) as ServerKind[]) {
    const child = startChild('servers.js', [kind], 0)
    servers.set(kind, child)
    const state = (): Promise<ServerState> => child.ask<ServerState>({})
    const { port } = await state()
    hosts.push({
      name: NAMES[kind],
      burst: calledBy(load, port),
      cpuUs: async () => (await state()).cpuUs,
    })
  }
  try {
    const all = await measureHosts(hosts, CONNECTIONS, effort)
    console.log(
      `\n## 接收反馈 Hosted feedback calls (${FEEDBACK_REQUEST.length} B → ${FEEDBACK_REPLY.length} B)\n`,
    )
    console.log(hostTable(all))
    const memory: string[] = []
    for (const [kind, child] of servers) {
      memory.push(`${kind} ${figure((await child.ask<ServerState>({})).residentMb)} MB`)
    }
    console.log(`\n内存 Resident: ${memory.join(', ')}`)
    const [bare, ours] = all.filter(({ connections }) => connections === AIM_CONNECTIONS)
    if (bare && ours) {
      const value = ratio(ours.perSecond, bare.perSecond)
      reportAim(`${AIM_CONNECTIONS} 连接吞吐 throughput / bare`, value, '≥', AIM_THROUGHPUT)
    }
  } finally {
    load.stop()
    for (const child of servers.values()) child.stop()
  }
}

/** Short bursts in turn, so that whatever else the machine does meets all hosts alike. */
export async function measureHosts(
  hosts: readonly Host[],
  connectionCounts: readonly number[],
  effort: Effort,
): Promise<readonly Series[]> {
  const all: Series[] = connectionCounts.flatMap((connections) =>
    hosts.map((host) => ({
      host,
      connections,
      perSecond: [],
      cpuUs: [],
      p50Ms: [],
      p99Ms: [],
    })),
  )
  const run = async ({ host, connections }: Series, durationMs: number) => {
    const before = await host.cpuUs()
    const result = await host.burst(connections, durationMs)
    return { ...result, cpuUs: ((await host.cpuUs()) - before) / result.calls }
  }
  effort.progress(0)
  for (const series of all) await run(series, effort.warmMs)
  for (let round = 0; round < effort.rounds; round++) {
    for (const series of all) {
      const result = await run(series, effort.burstMs)
      series.perSecond.push((result.calls / result.elapsedMs) * 1000)
      series.cpuUs.push(result.cpuUs)
      series.p50Ms.push(result.p50Ms)
      series.p99Ms.push(result.p99Ms)
    }
    effort.progress(round + 1)
  }
  return all
}

/** The first host of each number of connections is what the others are held against. */
export function hostTable(all: readonly Series[]): string {
  const head = [
    '服务 server',
    '连接 conns',
    '次/秒 calls/s',
    '×',
    'CPU µs/次',
    '×',
    'p50 ms',
    'p99 ms',
  ]
  return table(
    head,
    all.map((series) => {
      const first = all.find(({ connections }) => connections === series.connections) ?? series
      return [
        series.host.name,
        String(series.connections),
        figure(median(series.perSecond)),
        figure(ratio(series.perSecond, first.perSecond)),
        figure(median(series.cpuUs)),
        figure(ratio(series.cpuUs, first.cpuUs)),
        figure(median(series.p50Ms)),
        figure(median(series.p99Ms)),
      ]
    }),
  )
}

import type { CallBurst, CallBurstResult, CallerKind } from './callers.js'
import { startChild } from './children.js'
import { undisturbed } from './cpu.js'
import { reportAim, reportBeside, type Effort } from './report.js'
import type { ServerState } from './servers.js'
import { figure, median, ratio, table } from './statistics.js'

const IN_FLIGHT = [1, 16]
const AIM_CPU = 1.15
/** Of a call with a wrapper, beside one without. */
const AIM_WRAPPED = 1.3

const NAMES: Readonly<Record<CallerKind, string>> = {
  plain: 'http.request, 相同字节 same bytes',
  ours: '本包 ours (openRemote over Poster)',
  wrapped: '本包, 外层文档与参数 ours, wrapped',
  '0.1.0': '0.1.0 (openRemote over Poster)',
  'node-soap': 'node-soap, 自带客户端 own client',
}

export async function benchCalling(effort: Effort): Promise<void> {
  const server = startChild('servers.js', ['bare', 'awake'], 0)
  const caller = startChild('callers.js', [], 1)
  try {
    const { port } = await server.ask<ServerState>({})
    const all = IN_FLIGHT.flatMap((inFlight) =>
      (Object.keys(NAMES) as CallerKind[]).map((kind) => ({
        kind,
        inFlight,
        perSecond: [] as number[],
        cpuUs: [] as number[],
      })),
    )
    const run = (kind: CallerKind, inFlight: number, durationMs: number) =>
      caller.ask<CallBurstResult>({ kind, port, inFlight, durationMs } satisfies CallBurst)
    effort.progress(0)
    for (const { kind, inFlight } of all) await run(kind, inFlight, effort.warmMs)
    for (let round = 0; round < effort.rounds; round++) {
      for (const { kind, inFlight, perSecond, cpuUs } of all) {
        const result = await undisturbed(effort.tries, () => run(kind, inFlight, effort.burstMs))
        perSecond.push((result.calls / result.elapsedMs) * 1000)
        cpuUs.push(result.cpuUs)
      }
      effort.progress(round + 1)
    }
    console.log('\n## 发出调用 Outgoing calls\n')
    const head = ['方式 caller', '并发 in flight', '次/秒 calls/s', '×', 'CPU µs/次', '×']
    const rows = all.map((series) => {
      const plain = all.find(({ inFlight }) => inFlight === series.inFlight) ?? series
      const cpu = ratio(series.cpuUs, plain.cpuUs)
      if (series.kind === 'ours') {
        reportAim(
          `发出 calling, ${series.inFlight} 并发 in flight, CPU / http.request`,
          cpu,
          '≤',
          AIM_CPU,
        )
        const before = all.find((one) => one.kind === '0.1.0' && one.inFlight === series.inFlight)
        const what = `发出 calling, ${series.inFlight} 并发 in flight, CPU`
        if (before) reportBeside(what, ratio(series.cpuUs, before.cpuUs))
      }
      if (series.kind === 'wrapped') {
        const own = all.find((one) => one.kind === 'ours' && one.inFlight === series.inFlight)
        const what = `发出 calling, ${series.inFlight} 并发 in flight, 外层文档 wrapped, CPU`
        if (own) reportAim(what, ratio(series.cpuUs, own.cpuUs), '≤', AIM_WRAPPED)
      }
      return [
        NAMES[series.kind],
        String(series.inFlight),
        figure(median(series.perSecond)),
        figure(ratio(series.perSecond, plain.perSecond)),
        figure(median(series.cpuUs)),
        figure(cpu),
      ]
    })
    console.log(table(head, rows))
  } finally {
    server.stop()
    caller.stop()
  }
}

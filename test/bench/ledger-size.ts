import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startChild, type Child } from './children.js'
import { fillFile } from './filling-sqlite.js'
import { measureHosts, timesFirst, timesOther, type Host, type Series } from './hosts.js'
import { ledgerHost } from './ledger-accepts.js'
import type { LedgerHostState, LedgerQuestion, LedgerRun } from './ledger-host.js'
import { reportAim, type Effort } from './report.js'
import { figure, median, quantile, table } from './statistics.js'

const CONNECTIONS = [1, 16]
const AIM_P50 = 1.3
const AIM_P99 = 2
const AIM_FIGURES = 1.3
/** A question that reads all there is. */
const FIGURES = { name: 'figures' } as const
const DAY_MS = 24 * 3_600_000
/** As the store waits between two steps of pruning. */
const PRUNE_PAUSE_MS = 200
const ACTOR = { chain: 'file', actor: 'bench' }

/** What goes on beside the accepts: two years of the three are pruned, a courier idles, people look. */
const BESIDE: readonly LedgerRun[] = [
  {
    name: 'prune',
    args: { actor: ACTOR, retention: { rawMs: 30 * DAY_MS, alertMs: 365 * DAY_MS } },
  },
  {
    name: 'claim',
    args: {
      actor: ACTOR,
      peer: 'bench-peer',
      lease: 'bench/1',
      leaseMs: 1,
      limit: 4,
      parallel: 4,
      perMinute: 0,
    },
  },
  { name: 'nextDue', args: { peer: 'bench-peer' } },
  { name: 'noteOld', args: { actor: ACTOR, peer: 'bench-peer', ageMs: 0 } },
  { name: 'noteWaits', args: { actor: ACTOR, peer: 'bench-peer', ageMs: 0 } },
  { name: 'tend', args: { peer: 'bench-peer' } },
  { name: 'undeliveredByPeer', args: undefined },
  { name: 'depth', args: { peer: '' } },
  { name: 'openAlerts', args: { limit: 100 } },
  { name: 'deadLetters', args: { limit: 100 } },
  { name: 'trace', args: { ApplyNo: '4711' } },
  { name: 'auditChains', args: undefined },
]

/** Accepts with an empty ledger and with one of three years. */
export function benchLedgerSize(effort: Effort): Promise<void> {
  return benchFilled(effort, '台账大小 The size of the ledger')
}

/** The same where nobody feeds back, so that all alerts are open. */
export function benchLedgerOpen(effort: Effort): Promise<void> {
  return benchFilled(effort, '全部未处理 All alerts open', effort.alerts)
}

async function benchFilled(effort: Effort, title: string, open?: number): Promise<void> {
  const { alerts } = effort
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-bench-'))
  const children: Child[] = []
  const start = (name: string): Child => {
    const child = startChild('ledger-host.js', [path.join(folder, name)])
    children.push(child)
    return child
  }
  try {
    const tell = (text: string): void => effort.tell(`填充 filling: ${text}`)
    await fillFile(path.join(folder, 'full.db'), alerts, tell, { open })
    const load = startChild('load.js', [])
    children.push(load)
    const full = start('full.db')
    const tookMs = new Map<string, number[]>()
    const host = await ledgerHost('alerts', full, load)
    const all = await measureHosts(
      [
        await ledgerHost('空台账 empty', start('empty.db'), load),
        { ...host, name: `${alerts} 条 alerts` },
        {
          ...host,
          name: '同时清理、查询 while pruned and asked',
          burst: beside(host, full, BESIDE, tookMs),
        },
        {
          ...host,
          name: '同时统计 while figures are asked for',
          burst: beside(host, full, [FIGURES], tookMs),
        },
      ],
      CONNECTIONS,
      effort,
    )
    report(title, all, tookMs)
  } finally {
    for (const child of children) child.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Bursts during which the ledger is asked for something else as well, again and again. */
function beside(
  host: Host,
  child: Child,
  asked: readonly (LedgerRun | typeof FIGURES)[],
  tookMs: Map<string, number[]>,
): Host['burst'] {
  return async (connections, durationMs) => {
    const end = new AbortController()
    const others = (async () => {
      while (!end.signal.aborted) {
        for (const run of asked) {
          const question: LedgerQuestion = 'args' in run ? { run } : { figures: true }
          const state = await child.ask<LedgerHostState>(question)
          tookMs.set(run.name, [...(tookMs.get(run.name) ?? []), state.tookMs])
          if (end.signal.aborted) break
        }
        await setTimeout(PRUNE_PAUSE_MS, undefined, { signal: end.signal }).catch(() => undefined)
      }
    })()
    // Its failure is that of the burst as well, which is waited for first.
    others.catch(() => undefined)
    const result = await host.burst(connections, durationMs)
    end.abort()
    await others
    return result
  }
}

function report(
  title: string,
  all: readonly Series[],
  tookMs: ReadonlyMap<string, readonly number[]>,
): void {
  console.log(`\n## ${title}\n`)
  const head = ['台账 ledger', '连接 conns', 'p50 ms', '×', 'p99 ms', '×']
  const rows = all.map((series) => [
    series.host.name,
    String(series.connections),
    figure(median(series.p50Ms)),
    figure(timesFirst(series, 'p50Ms')),
    figure(median(series.p99Ms)),
    figure(timesFirst(series, 'p99Ms')),
  ])
  console.log(table(head, rows))
  for (const connections of CONNECTIONS) {
    const [, full, pruned, figures] = all.filter((series) => series.connections === connections)
    if (!full || !pruned || !figures) continue
    const what = (beside: string, times: string): string =>
      `${title}, ${connections} 连接 ${times}${beside}, 满 full / 空 empty`
    for (const [series, name] of [
      [full, ''],
      [pruned, ', 同时清理 while pruned'],
    ] as const) {
      reportAim(what(name, 'p50'), timesFirst(series, 'p50Ms'), '≤', AIM_P50)
      reportAim(what(name, 'p99'), timesFirst(series, 'p99Ms'), '≤', AIM_P99)
    }
    const slower = timesOther(figures, full, 'p99Ms')
    reportAim(`${title}, ${connections} 连接 p99, 统计 figures / 无 none`, slower, '≤', AIM_FIGURES)
  }
  const times = [...tookMs].map(([name, ms]) => [
    name,
    String(ms.length),
    figure(median(ms)),
    figure(quantile(ms, 1)),
  ])
  console.log(`\n${table(['操作 operation', '次 times', 'p50 ms', '最长 longest ms'], times)}`)
}

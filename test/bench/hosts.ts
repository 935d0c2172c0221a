// Servers side by side: bursts of calls, in turn, and a table of what came of them.
import type { Child } from './children.js'
import { undisturbed } from './cpu.js'
import type { Burst, BurstResult } from './load.js'
import type { Effort } from './report.js'
import { SERVICE_PATH } from './samples.js'
import { figure, median, ratio, table } from './statistics.js'

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

/** The figures of bursts, in their order. */
export interface Figures {
  readonly perSecond: number[]
  readonly cpuUs: number[]
  readonly p50Ms: number[]
  readonly p99Ms: number[]
}

export interface Series extends Figures {
  readonly host: Host
  readonly connections: number
  /** The first host's, in the bursts right before these: a slow moment of the machine meets both. */
  readonly first: Figures
}

/** A figure of a host × that of the first host: the median of the pairs. */
export function timesFirst(series: Series, what: keyof Figures): number {
  return ratio(series[what], series.first[what])
}

/** A figure of a host × that of another one, each held against the first host in its own pairs. */
export function timesOther(series: Series, other: Series, what: keyof Figures): number {
  return timesFirst(series, what) / timesFirst(other, what)
}

/** The series of a host with a number of connections. */
export function seriesOf(all: readonly Series[], name: string, connections: number): Series {
  const found = all.find((one) => one.host.name === name && one.connections === connections)
  if (!found) throw new RangeError(`no series of ${name} with ${connections} connections`)
  return found
}

/**
 * Short bursts in pairs, each of a host right after one of the first; a pair that other programs disturbed is
 * measured again.
 */
export async function measureHosts(
  hosts: readonly Host[],
  connectionCounts: readonly number[],
  effort: Effort,
): Promise<readonly Series[]> {
  const [first, ...others] = hosts
  if (!first) return []
  effort.progress(0)
  for (const connections of connectionCounts) {
    for (const host of hosts) await burstOf(host, connections, effort.warmMs)
  }
  const groups = connectionCounts.map((connections) => {
    const figures = newFigures()
    return {
      connections,
      reference: { ...figures, host: first, connections, first: figures },
      others: others.map((host) => ({ ...newFigures(), host, connections, first: newFigures() })),
    }
  })
  for (let round = 0; round < effort.rounds; round++) {
    for (const { connections, reference, others: all } of groups) {
      for (const series of all) {
        const [before, own] = await undisturbed(effort.tries, async () => [
          await burstOf(first, connections, effort.burstMs),
          await burstOf(series.host, connections, effort.burstMs),
        ])
        note(reference, before!)
        note(series.first, before!)
        note(series, own!)
      }
    }
    effort.progress(round + 1)
  }
  return groups.flatMap(({ reference, others: all }) => [reference, ...all])
}

type Measured = { readonly [Name in keyof Figures]: number }

const newFigures = (): Figures => ({ perSecond: [], cpuUs: [], p50Ms: [], p99Ms: [] })

async function burstOf(host: Host, connections: number, durationMs: number): Promise<Measured> {
  const before = await host.cpuUs()
  const { calls, elapsedMs, p50Ms, p99Ms } = await host.burst(connections, durationMs)
  const cpuUs = ((await host.cpuUs()) - before) / calls
  return { perSecond: (calls / elapsedMs) * 1000, cpuUs, p50Ms, p99Ms }
}

function note(to: Figures, burst: Measured): void {
  to.perSecond.push(burst.perSecond)
  to.cpuUs.push(burst.cpuUs)
  to.p50Ms.push(burst.p50Ms)
  to.p99Ms.push(burst.p99Ms)
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
    '×',
  ]
  return table(
    head,
    all.map((series) => [
      series.host.name,
      String(series.connections),
      figure(median(series.perSecond)),
      figure(timesFirst(series, 'perSecond')),
      figure(median(series.cpuUs)),
      figure(timesFirst(series, 'cpuUs')),
      figure(median(series.p50Ms)),
      figure(median(series.p99Ms)),
      figure(timesFirst(series, 'p99Ms')),
    ]),
  )
}

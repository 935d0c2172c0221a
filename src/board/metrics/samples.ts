import type { EngineState, Monitored, Pile, Space } from '../../ledger/index.js'
import type { Figure } from '../../loop/index.js'
import type { Health } from './health.js'
import { METRICS, type MetricName } from './definitions.js'
import type { Durations, Meters } from './meters.js'

/** The ledger as this process sees it, without asking it. */
export interface LedgerSeen {
  readonly engine: 'sqlite' | 'postgres'
  readonly state: EngineState
  /** The code of its trouble; null = it has none. */
  readonly trouble: string | null
  readonly space: Space
  readonly commits: number
  /** Sizes in bytes; null where the ledger is on a server, or its disk cannot be read. */
  readonly disk: {
    readonly freeBytes: number
    readonly totalBytes: number
    readonly fileBytes: number
    readonly logBytes: number
  } | null
  /** Epoch ms; null = there is no backup. */
  readonly backupAt: number | null
}

/** Figures of the site's present day, and of its present month. */
export interface FiguresSeen {
  readonly period: 'day' | 'month'
  readonly figures: readonly Figure[]
}

/** All that the metrics of one look are made of. */
export interface Seen {
  readonly health: Health
  readonly instance: string
  /** When the process started, in epoch ms. */
  readonly startedAt: number
  readonly memoryBytes: number
  readonly ledger: LedgerSeen
  /** null while the ledger does not answer. */
  readonly monitored: Monitored | null
  readonly figures: readonly FiguresSeen[]
  readonly meters: Meters
  /** The name that people gave a node of the flows; undefined for one that is in none. */
  readonly nameOf: (id: string) => string | undefined
}

export interface Sample {
  readonly labels: readonly string[]
  readonly value: number | Durations
}

/** Samples by metric. Nodes of one name are one series: their counts are added up, and the worst of their ages stands. */
class Samples {
  readonly all = new Map<MetricName, Map<string, Sample>>()

  add(name: MetricName, value: number, ...labels: readonly string[]): void {
    const before = this.#before(name, labels)
    this.#set(name, labels, (typeof before === 'number' ? before : 0) + value)
  }

  worst(name: MetricName, value: number, ...labels: readonly string[]): void {
    const before = this.#before(name, labels)
    this.#set(name, labels, typeof before === 'number' ? Math.max(before, value) : value)
  }

  times(name: MetricName, value: Durations, labels: readonly string[]): void {
    this.#set(name, labels, value)
  }

  #before(name: MetricName, labels: readonly string[]): Sample['value'] | undefined {
    return this.all.get(name)?.get(keyOf(labels))?.value
  }

  #set(name: MetricName, labels: readonly string[], value: Sample['value']): void {
    if (labels.length !== METRICS[name].labels.length) throw new TypeError(`labels of ${name}`)
    const samples = this.all.get(name) ?? new Map<string, Sample>()
    samples.set(keyOf(labels), { labels, value })
    this.all.set(name, samples)
  }
}

const keyOf = (labels: readonly string[]): string => labels.join('\u0000')

export type SamplesByMetric = ReadonlyMap<MetricName, ReadonlyMap<string, Sample>>

export function samplesOf(seen: Seen): SamplesByMetric {
  const samples = new Samples()
  ofProcess(samples, seen)
  ofLedger(samples, seen.ledger)
  ofMeters(samples, seen.meters)
  for (const { period, figures } of seen.figures) ofFigures(samples, period, figures)
  const { monitored } = seen
  if (monitored) {
    const named = (id: string): string => seen.nameOf(id) ?? id
    ofAlerts(samples, monitored, named)
    ofDocuments(samples, monitored, named)
    ofStuck(samples, monitored, seen.nameOf)
  }
  return samples.all
}

function ofProcess(samples: Samples, seen: Seen): void {
  const { health, instance, startedAt, memoryBytes, ledger } = seen
  samples.add('crisis_ready', health.isReady ? 1 : 0)
  for (const { code } of health.reasons) samples.worst('crisis_not_ready', 1, code)
  samples.add('crisis_instance_info', 1, instance, ledger.engine)
  samples.add('crisis_process_start_time_seconds', startedAt / 1000)
  samples.add('crisis_process_memory_bytes', memoryBytes)
}

function ofLedger(samples: Samples, ledger: LedgerSeen): void {
  const { state, trouble, space, commits, disk, backupAt } = ledger
  samples.add('crisis_ledger_ready', state === 'ready' ? 1 : 0)
  if (trouble !== null) samples.add('crisis_ledger_trouble', 1, trouble)
  samples.add('crisis_ledger_accepts', state === 'ready' && space !== 'spent' ? 1 : 0)
  samples.add('crisis_ledger_commits_total', commits)
  if (disk) {
    samples.add('crisis_ledger_file_bytes', disk.fileBytes)
    samples.add('crisis_ledger_log_bytes', disk.logBytes)
    samples.add('crisis_ledger_disk_free_bytes', disk.freeBytes)
    samples.add('crisis_ledger_disk_size_bytes', disk.totalBytes)
  }
  if (backupAt !== null) samples.add('crisis_ledger_backup_timestamp_seconds', backupAt / 1000)
}

function ofMeters(samples: Samples, meters: Meters): void {
  for (const [labels, n] of meters.answers.entries)
    samples.add('crisis_answers_total', n, ...labels)
  for (const [labels, n] of meters.refusals.entries)
    samples.add('crisis_refused_calls_total', n, ...labels)
  for (const [labels, n] of meters.deliveries.entries)
    samples.add('crisis_deliveries_total', n, ...labels)
  for (const [labels, n] of meters.pages.entries)
    samples.add('crisis_page_attempts_total', n, ...labels)
  for (const [labels, times] of meters.answerTimes.entries)
    samples.times('crisis_answer_duration_seconds', times, labels)
  for (const [labels, times] of meters.deliveryTimes.entries)
    samples.times('crisis_delivery_duration_seconds', times, labels)
  for (const [peer, at] of meters.deliveredAt)
    samples.worst('crisis_peer_last_success_timestamp_seconds', at / 1000, peer)
}

function ofFigures(samples: Samples, period: string, figures: readonly Figure[]): void {
  for (const { code, numerator, denominator } of figures) {
    samples.add('crisis_measure_cases', denominator, code, period)
    // A share of nothing is none.
    if (denominator > 0) samples.add('crisis_measure_ratio', numerator / denominator, code, period)
  }
}

type Named = (id: string) => string

function ofAlerts(samples: Samples, seen: Monitored, named: Named): void {
  for (const stage of ['stored', 'notified', 'received'])
    samples.add('crisis_alerts_open', 0, stage)
  for (const { stage, ...pile } of seen.open) {
    samples.add('crisis_alerts_open', pile.count, stage)
    samples.worst('crisis_alerts_oldest_age_seconds', ageOf(pile, seen), stage)
  }
  samples.add('crisis_alerts_overdue', seen.overdue.received, 'received')
  samples.add('crisis_alerts_overdue', seen.overdue.processed, 'processed')
  samples.add('crisis_alerts_uncounted', seen.uncounted)
  for (const { watch, escalated, ...pile } of seen.watches) {
    samples.add('crisis_alerts_escalated', escalated, named(watch))
    samples.add('crisis_timers_due', pile.count, named(watch))
    samples.worst('crisis_timers_late_seconds', ageOf(pile, seen), named(watch))
  }
}

function ofDocuments(samples: Samples, seen: Monitored, named: Named): void {
  for (const { peer, operation, ...pile } of seen.waiting) {
    const labels = [named(peer), operation] as const
    samples.add('crisis_documents_waiting', pile.count, ...labels)
    samples.worst('crisis_documents_oldest_age_seconds', ageOf(pile, seen), ...labels)
  }
  for (const { peer, operation, count } of seen.dead)
    samples.add('crisis_documents_dead', count, named(peer), operation)
  for (const { peer, waits, count } of seen.parked)
    samples.add('crisis_documents_parked', count, named(peer), waits)
  for (const { id, failures } of seen.peers)
    samples.worst('crisis_peer_failures', failures, named(id))
  for (const { channel, ...pile } of seen.pagesWaiting) {
    samples.add('crisis_pages_waiting', pile.count, named(channel))
    samples.worst('crisis_pages_oldest_age_seconds', ageOf(pile, seen), named(channel))
  }
  for (const { channel, count } of seen.pagesFailed)
    samples.add('crisis_pages_failed', count, named(channel))
  samples.add('crisis_ledger_lapsed_leases', seen.lapsedLeases)
  if (seen.databaseBytes !== null) samples.add('crisis_ledger_database_bytes', seen.databaseBytes)
}

function ofStuck(samples: Samples, seen: Monitored, nameOf: Seen['nameOf']): void {
  const sum = (piles: readonly Pile[]): number =>
    piles.reduce((total, { count }) => total + count, 0)
  const isGone = (id: string): boolean => nameOf(id) === undefined
  const unclaimed =
    sum(seen.handouts.filter(({ node }) => isGone(node))) +
    sum(seen.waiting.filter(({ peer }) => isGone(peer)))
  const stuck = {
    dead: sum(seen.dead),
    hold: seen.heldExams,
    orphan: seen.orphans,
    page: sum(seen.pagesFailed),
    quarantine: seen.quarantined,
    unclaimed,
    waiting: sum(seen.parked),
  }
  for (const [kind, count] of Object.entries(stuck)) samples.add('crisis_stuck', count, kind)
  for (const { node, kind, ...pile } of seen.handouts) {
    const labels = [nameOf(node) ?? node, kind] as const
    samples.add('crisis_handouts_waiting', pile.count, ...labels)
    samples.worst('crisis_handouts_oldest_age_seconds', ageOf(pile, seen), ...labels)
  }
  // A gap of the roster has no node; its key would be another label for each gap.
  for (const { kind, key } of seen.troubles)
    samples.worst('crisis_trouble', 1, kind, nameOf(key) ?? '')
}

/** In seconds, by the ledger's own time. */
const ageOf = ({ oldestAt }: Pile, { at }: Monitored): number =>
  oldestAt === null ? 0 : Math.max(0, at - oldestAt) / 1000

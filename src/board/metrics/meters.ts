/*
 * Counts of what happened in this process since it started, for a monitoring system. An event costs one look into a map; all else
 * is done when somebody asks.
 */

/** Number of label sets that a meter keeps; what comes after that counts as one more, `other`. */
const MOST = 500

/** Values by labels. A meter never grows without end, whatever codes a peer or a flow makes up. */
class ByLabels<V> {
  readonly #make: () => V
  readonly #all = new Map<string, { readonly labels: readonly string[]; readonly value: V }>()

  constructor(make: () => V) {
    this.#make = make
  }

  of(labels: readonly string[]): V {
    const known = this.#all.get(keyOf(labels))
    if (known) return known.value
    const kept = this.#all.size < MOST ? labels : labels.map(() => 'other')
    const key = keyOf(kept)
    const entry = this.#all.get(key) ?? { labels: kept, value: this.#make() }
    this.#all.set(key, entry)
    return entry.value
  }

  get entries(): readonly (readonly [labels: readonly string[], value: V])[] {
    return [...this.#all.values()].map(({ labels, value }) => [labels, value])
  }
}

const keyOf = (labels: readonly string[]): string => labels.join('\u0000')

/** A count of something that happened, by labels such as the name of a peer and the class of an outcome. */
export class Count {
  readonly #counts = new ByLabels(() => ({ n: 0 }))

  add(...labels: readonly string[]): void {
    this.#counts.of(labels).n++
  }

  get entries(): readonly (readonly [labels: readonly string[], count: number])[] {
    return this.#counts.entries.map(([labels, { n }]) => [labels, n])
  }
}

/** Upper bounds of the buckets of a duration, in seconds, each included. */
export const DURATION_BOUNDS_S: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
]

export interface Durations {
  /** Number of durations in each bucket, and in one more for longer ones. */
  readonly buckets: readonly number[]
  readonly sumSeconds: number
}

/** Durations of something, by labels. */
export class Timing {
  readonly #times = new ByLabels(() => ({
    buckets: DURATION_BOUNDS_S.map(() => 0).concat(0),
    sumSeconds: 0,
  }))

  /** @param ms the duration */
  add(ms: number, ...labels: readonly string[]): void {
    const times = this.#times.of(labels)
    const seconds = ms / 1000
    const found = DURATION_BOUNDS_S.findIndex((bound) => seconds <= bound)
    const bucket = found < 0 ? DURATION_BOUNDS_S.length : found
    times.buckets[bucket] = (times.buckets[bucket] ?? 0) + 1
    times.sumSeconds += seconds
  }

  get entries(): readonly (readonly [labels: readonly string[], durations: Durations])[] {
    return this.#times.entries
  }
}

/** A code that we or the interface have; a flow may answer with any text, which is no label. */
const codeLabel = (code: string): string =>
  /^(?:\d{1,3}|[A-Z][A-Z0-9_]*)$/.test(code) ? code : 'other'

/** The meters of one ledger in this process. Labels are names of nodes, operations, classes and codes. */
export class Meters {
  /** By service, operation and code. */
  readonly answers = new Count()
  /** By service and code: calls that were turned away before anything was stored. */
  readonly refusals = new Count()
  /** By service and operation. */
  readonly answerTimes = new Timing()
  /** By peer, operation and class of the outcome. */
  readonly deliveries = new Count()
  /** By peer. */
  readonly deliveryTimes = new Timing()
  /** By channel and class. */
  readonly pages = new Count()
  /** When a peer took a document last, in epoch ms. */
  readonly deliveredAt = new Map<string, number>()

  answered(service: string, operation: string, code: string, ms: number): void {
    this.answers.add(service, operation, codeLabel(code))
    this.answerTimes.add(ms, service, operation)
  }

  refused(service: string, code: string): void {
    this.refusals.add(service, codeLabel(code))
  }

  /** An attempt to deliver a document has ended. */
  tried(peer: string, attempt: TriedDelivery): void {
    const { operation, class: kind, startedAt, endedAt } = attempt
    this.deliveries.add(peer, operation, kind)
    this.deliveryTimes.add(Math.max(0, endedAt - startedAt), peer)
    if (kind === 'delivered') this.deliveredAt.set(peer, endedAt)
  }

  /** An attempt to give a page to a channel has ended. */
  paged(channel: string, kind: string): void {
    this.pages.add(channel, kind)
  }
}

/** An attempt to deliver a document. Times are epoch ms. */
export interface TriedDelivery {
  readonly operation: string
  readonly class: string
  readonly startedAt: number
  readonly endedAt: number
}

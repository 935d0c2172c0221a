const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

/**
 * Upper bounds of the buckets that durations are counted in, in ms, each included; what is longer stands in one more.
 * They stand in the tallies of every ledger, so that none may be changed, or put between others.
 */
export const BUCKETS_MS: readonly number[] = [
  30 * SECOND_MS,
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 45, 60, 90, 120, 240, 480, 1440].map(
    (minutes) => minutes * MINUTE_MS,
  ),
]

/** The bucket of a duration, from 0 to `BUCKETS_MS.length`. */
export function bucketOf(ms: number): number {
  const found = BUCKETS_MS.findIndex((bound) => ms <= bound)
  return found < 0 ? BUCKETS_MS.length : found
}

/** The number of those that are no longer than a limit. A limit between two bounds counts as the lower one. */
export const within = (counts: readonly number[], limitMs: number): number =>
  sum(counts.slice(0, BUCKETS_MS.filter((bound) => bound <= limitMs).length))

/** The bounds between which a duration lies, in ms. */
export interface DurationRange {
  /** It is longer than this. */
  readonly over: number
  /** It is no longer than this; null = there is no bound. */
  readonly upTo: number | null
}

/**
 * The bucket that the duration lies in which a share of all does not exceed: 0.5 = the median. By the nearest rank.
 * @returns null where there are none
 */
export function percentile(counts: readonly number[], share: number): DurationRange | null {
  const total = sum(counts)
  if (total === 0) return null
  const rank = Math.max(1, Math.ceil(total * share))
  let seen = 0
  const bucket = counts.findIndex((count) => (seen += count) >= rank)
  return { over: BUCKETS_MS[bucket - 1] ?? 0, upTo: BUCKETS_MS[bucket] ?? null }
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/*
 * The traffic of a region, made up second by second: hospitals that are alike, a curve over the day, and an outage of the
 * network at the busiest hour, after which all that has waited comes within a minute.
 */

/** Critical values a day of one hospital; hospitals have from ten to some hundreds. */
export const VALUES_A_DAY = 100
/** The part of a day's critical values that comes in each hour. */
const CURVE = [
  ...[1, 1, 1, 1, 1, 1, 2, 4, 9, 12, 11, 8, 5, 7, 9, 8, 6, 4, 3, 2, 1, 1, 1, 1],
] as const
const WHOLE = CURVE.reduce<number>((sum, part) => sum + part, 0)
const PEAK_HOUR = 9
export const OUTAGE_MINUTES = 30
const DAY_SECONDS = 86_400

export interface Traffic {
  /** Critical values in the busiest second and in the busiest minute of a day without trouble. */
  readonly second: number
  readonly minute: number
  /** What waits when the network is there again. */
  readonly held: number
  /** The longest that one of these waits then, in s, until it is stored and delivered. */
  readonly waitSeconds: number
}

/**
 * @param capacity critical values that the installation brings all their way in a second
 * @param random from 0 to 1, for a day that can be made again
 */
export function trafficOf(hospitals: number, capacity: number, random: () => number): Traffic {
  const seconds = Array.from({ length: DAY_SECONDS }, (_, second) => {
    const part = CURVE[Math.floor(second / 3_600)] ?? 0
    return poisson((hospitals * VALUES_A_DAY * part) / WHOLE / 3_600, random)
  })
  let minute = 0
  for (let at = 0; at < DAY_SECONDS; at += 60) minute = Math.max(minute, sum(seconds, at, at + 60))
  const outage = PEAK_HOUR * 3_600
  const end = outage + OUTAGE_MINUTES * 60
  const held = sum(seconds, outage, end)
  let waiting = 0
  let waitSeconds = 0
  for (let at = end; at < DAY_SECONDS; at++) {
    waiting += (seconds[at] ?? 0) + (at < end + 60 ? held / 60 : 0)
    waitSeconds = Math.max(waitSeconds, waiting / capacity)
    waiting = Math.max(0, waiting - capacity)
  }
  return { second: seconds.reduce((a, b) => Math.max(a, b), 0), minute, held, waitSeconds }
}

const sum = (list: readonly number[], from: number, to: number): number =>
  list.slice(from, to).reduce((total, one) => total + one, 0)

/** Knuth's way for small rates, which those of a second are. */
function poisson(rate: number, random: () => number): number {
  const limit = Math.exp(-rate)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}

/** Numbers from 0 to 1 that are the same for a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

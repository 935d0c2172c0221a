/*
 * The limits of channels: how many messages a service takes in a stretch of time.
 */

/** So many messages in any stretch of time. */
export interface RateLimit {
  readonly most: number
  readonly withinMs: number
}

export interface RateRule {
  readonly limits: readonly RateLimit[]
  /** True for services that ask senders to keep away from the full and the half hour. */
  readonly avoidsHalfHours: boolean
}

/** Messages may arrive closer together than they were sent. */
export const JITTER_MS = 2_000

const HALF_HOUR_MS = 1_800_000
/** Time kept free before and behind a full or half hour, in ms. */
const EDGE_BEFORE_MS = 5_000
const EDGE_AFTER_MS = 20_000

/**
 * Time until a message may go, in ms; 0 = now. The limits hold for whatever minute the service counts by. An urgent
 * message does not wait for the edge of a half hour to pass: a crowded service is better than a late page.
 * @param sent times at which messages went, in ms since the epoch, in any order
 */
export function rateWaitMs(
  { limits, avoidsHalfHours }: RateRule,
  sent: readonly number[],
  now: number,
  isUrgent: boolean,
): number {
  const free = limits.map(({ most, withinMs }) => {
    // A clock that was set back must not stop the channel.
    const counting = sent.filter((at) => at <= now && at > now - withinMs - JITTER_MS)
    const oldest = counting.toSorted((a, b) => a - b).at(-most)
    return oldest === undefined ? now : oldest + withinMs + JITTER_MS
  })
  const at = Math.max(now, ...free)
  const edge = avoidsHalfHours && !isUrgent ? edgeAfter(at) : at
  return edge - now
}

/** A time itself, or the end of the edge of a half hour in which it lies. */
function edgeAfter(at: number): number {
  const into = at % HALF_HOUR_MS
  if (into < EDGE_AFTER_MS) return at - into + EDGE_AFTER_MS
  if (into > HALF_HOUR_MS - EDGE_BEFORE_MS) return at - into + HALF_HOUR_MS + EDGE_AFTER_MS
  return at
}

/** The messages that a service may still be counting, for as long as any limit looks back. */
export const countedBy = <T extends { readonly at: number }>(
  { limits }: RateRule,
  sent: readonly T[],
  now: number,
): readonly T[] => {
  const longest = Math.max(0, ...limits.map(({ withinMs }) => withinMs))
  // A message that lies ahead was noted by a clock that has been set back since.
  return sent.filter(({ at }) => at <= now && at > now - longest - JITTER_MS)
}

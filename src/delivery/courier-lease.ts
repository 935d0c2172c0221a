/** The same moment by two clocks, in ms. */
export interface Moment {
  readonly wallMs: number
  readonly monotonicMs: number
}

export const momentOf = (wallClock: () => number): Moment => ({
  wallMs: wallClock(),
  monotonicMs: performance.now(),
})

/**
 * Less than a while has passed by both clocks: a machine that was suspended may find its monotonic clock where it was,
 * and a wall clock may be set back.
 */
export function isWithin(since: Moment, now: Moment, limitMs: number): boolean {
  const elapsedMs = Math.max(now.wallMs - since.wallMs, now.monotonicMs - since.monotonicMs)
  return elapsedMs < limitMs
}

/** A document on its way. */
export interface Flight {
  lease: string
  /** Before the ledger was asked for it, so that the lease lasts longer than from here. */
  claimed: Moment
  readonly abort: AbortController
}

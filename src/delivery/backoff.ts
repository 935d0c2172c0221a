export const DEFAULT_BASE_DELAY_MS = 2_000
export const DEFAULT_MAX_DELAY_MS = 5 * 60_000

export interface BackoffRange {
  /** Default is 2 000 (reading A30). */
  readonly baseMs?: number
  /** Default is 300 000 (reading A30). */
  readonly maxMs?: number
}

/**
 * The wait after so many failures in a row, in ms: doubled each time up to a limit, half of it left to
 * chance, so that documents that failed together do not all come back at the same moment.
 */
export function backoffMs(
  failures: number,
  random: () => number,
  { baseMs = DEFAULT_BASE_DELAY_MS, maxMs = DEFAULT_MAX_DELAY_MS }: BackoffRange = {},
): number {
  const half = Math.min(maxMs, baseMs * 2 ** Math.max(0, failures)) / 2
  return Math.round(half + random() * half)
}

/** Number of wrong attempts that a caller has before it is told to wait. */
export const FREE_ATTEMPTS = 10
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 300_000
const FORGET_AFTER_MS = 600_000
const MAX_CALLERS = 1_000

interface Failed {
  count: number
  lastAt: number
}

/**
 * Counts wrong attempts by caller and says how long to wait with the next one. It is asked only about an
 * attempt that was wrong, so a right one always gets in and nobody can be locked out by another.
 */
export class BackOff {
  readonly #now: () => number
  /** The one that failed longest ago stands first, and is forgotten when there are too many. */
  readonly #callers = new Map<string, Failed>()

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  get size(): number {
    return this.#callers.size
  }

  /** Counts one more and answers how many ms to wait before the next; 0 = it may try again. */
  failed(caller: string): number {
    const now = this.#now()
    const before = this.#callers.get(caller)
    const isFresh = before !== undefined && now - before.lastAt < FORGET_AFTER_MS
    const count = (isFresh ? before.count : 0) + 1
    this.#callers.delete(caller)
    this.#callers.set(caller, { count, lastAt: now })
    if (this.#callers.size > MAX_CALLERS) {
      const [oldest] = this.#callers.keys()
      if (oldest !== undefined) this.#callers.delete(oldest)
    }
    if (count <= FREE_ATTEMPTS) return 0
    return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(count - FREE_ATTEMPTS - 1, 20))
  }
}

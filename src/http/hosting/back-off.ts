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
 * Counts wrong attempts by caller and says how long to wait with the next one. Asked only about an attempt that was
 * wrong, it lets a right one always in, so that nobody can be locked out by another; whoever asks before an attempt has
 * to name its caller closely enough for that.
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

  /** Time in ms for which a caller has still to wait before it may try again; 0 = it need not. */
  waits(caller: string): number {
    const failed = this.#callers.get(caller)
    if (!failed) return 0
    return Math.max(0, failed.lastAt + waitOf(failed.count) - this.#now())
  }

  /** The caller has shown the right thing: its wrong attempts were slips. */
  forget(caller: string): void {
    this.#callers.delete(caller)
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
    return waitOf(count)
  }
}

function waitOf(count: number): number {
  if (count <= FREE_ATTEMPTS) return 0
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(count - FREE_ATTEMPTS - 1, 20))
}

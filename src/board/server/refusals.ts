import type { TurnedAway } from '../../ledger/index.js'
import { startTimer, type StartTimer } from '../../http/hosting/index.js'

type Refused = TurnedAway['refused'][number]

/** Attempts that were turned away are written so often, in ms. */
const EVERY_MS = 60_000
/** Different ones that are told apart in that time. */
const MOST_APART = 20

/**
 * Collects attempts that were turned away, for the audit: the first of a kind at once, those that follow within a minute
 * as one with their number, so that a flood of them is few entries.
 */
export class Refusals {
  readonly #write: (refused: readonly Refused[]) => Promise<void>
  readonly #startTimer: StartTimer
  readonly #counts = new Map<string, Refused>()
  #stopTimer: (() => void) | undefined

  /** @param write may fail: the log tells of a ledger that does */
  constructor(
    write: (refused: readonly Refused[]) => Promise<void>,
    start: StartTimer = startTimer,
  ) {
    this.#write = write
    this.#startTimer = start
  }

  add(why: string, account: string, remote: string): void {
    let key = JSON.stringify([why, account, remote])
    let about = { why, account, remote }
    if (!this.#counts.has(key) && this.#counts.size >= MOST_APART) {
      key = why
      about = { why, account: '', remote: '' }
    }
    const before = this.#counts.get(key)
    if (!before) void this.#write([{ ...about, count: 1 }])
    this.#counts.set(key, { ...about, count: (before?.count ?? -1) + 1 })
    this.#stopTimer ??= this.#startTimer(() => void this.flush(), EVERY_MS)
  }

  /** Writes what has been counted. Never rejects. */
  async flush(): Promise<void> {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    const counted = [...this.#counts.values()].filter(({ count }) => count > 0)
    this.#counts.clear()
    if (counted.length > 0) await this.#write(counted)
  }
}

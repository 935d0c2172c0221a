import { backoffMs } from './backoff.js'

/** Failures in a row after which documents are no longer tried in parallel. */
export const BREAKER_AFTER = 5

/** Longest pause between two probes, in ms: so soon at the latest is a peer's return noticed. */
const MAX_PROBE_PAUSE_MS = 30_000

/**
 * Keeps a backlog from being burnt through at a peer that takes nothing. It opens after several failures in a
 * row of different lanes: one document that the peer chokes on must not hold up all others. While it is open
 * one document at a time is tried, with pauses.
 */
export class Breaker {
  readonly #random: () => number
  readonly #lanes = new Set<string>()
  #failures = 0

  constructor(random: () => number) {
    this.#random = random
  }

  get open(): boolean {
    return this.#failures >= BREAKER_AFTER && this.#lanes.size > 1
  }

  /** Returns the pause before the next probe, in ms; 0 while it is closed. */
  failed(lane: string): number {
    this.#failures++
    if (this.#lanes.size < 2) this.#lanes.add(lane)
    if (!this.open) return 0
    return backoffMs(this.#failures - BREAKER_AFTER, this.#random, { maxMs: MAX_PROBE_PAUSE_MS })
  }

  /**
   * So many failures in a row have been counted over all instances: once two lanes have failed here, those of the
   * others open it as well. Returns the pause before the next probe when it opens by that, in ms; else 0.
   */
  heard(failures: number): number {
    const before = this.open
    this.#failures = Math.max(this.#failures, failures)
    return this.open && !before ? backoffMs(0, this.#random, { maxMs: MAX_PROBE_PAUSE_MS }) : 0
  }

  /** Returns whether the peer had failed so long that documents may be waiting only for its return. */
  succeeded(): boolean {
    const returned = this.#failures >= BREAKER_AFTER
    this.#failures = 0
    this.#lanes.clear()
    return returned
  }
}

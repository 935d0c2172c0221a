import type { Claimed } from '../ledger/index.js'
import { backoffMs } from './backoff.js'
import type { Outcome } from './outcome.js'
import { healthOf, isOfPeersAnswer, type Judgement } from './policy.js'

/** Failures in a row after which documents are no longer tried in parallel. */
export const BREAKER_AFTER = 5

/** Longest pause between two probes, in ms: so soon at the latest is a peer's return noticed. */
const MAX_PROBE_PAUSE_MS = 30_000

/** Documents whose refusal is remembered; what is forgotten is tried again. */
const MOST_REFUSED = 1_000

export interface Noted {
  /** The pause before the next probe, in ms; 0 when there is none. */
  readonly pauseMs: number
  /** The peer had failed so long that documents may be waiting only for its return. */
  readonly returned: boolean
}

/**
 * Keeps a backlog from being burnt through at a peer that takes nothing. It opens after several failures in a
 * row of different lanes: one document that the peer chokes on must not hold up all others. It opens at once when the
 * peer refuses us, whatever the document. While it is open one document at a time is tried, with pauses.
 */
export class Breaker {
  readonly #random: () => number
  readonly #lanes = new Set<string>()
  /** Documents for which the peer refused us, and how many it had taken by then. */
  readonly #refused = new Map<number, number>()
  #failures = 0
  #refusals = 0
  #taken = 0
  /** The peer did not even answer one of them. */
  #silent = false

  constructor(random: () => number) {
    this.#random = random
  }

  get open(): boolean {
    if (this.#refusals > 0) return true
    // Two that get no answer tell of the peer; answers may be about the documents, so these must be several.
    return this.#failures >= BREAKER_AFTER && this.#lanes.size >= (this.#silent ? 2 : BREAKER_AFTER)
  }

  /**
   * Sees that a document is held when it is what the peer means by its refusal of us: others have been taken since it
   * was refused before.
   */
  judged(document: Pick<Claimed, 'id'>, judgement: Judgement): Judgement {
    const { outcome, action } = judgement
    const before = this.#refused.get(document.id)
    if (outcome.class !== 'unauthorized' || action !== 'retry') {
      this.#refused.delete(document.id)
      return judgement
    }
    if (before !== undefined && before < this.#taken && isOfPeersAnswer(outcome)) {
      this.#refused.delete(document.id)
      return { outcome, action: 'held' }
    }
    const [oldest] = this.#refused.keys()
    if (this.#refused.size >= MOST_REFUSED && oldest !== undefined) this.#refused.delete(oldest)
    if (before === undefined) this.#refused.set(document.id, this.#taken)
    return judgement
  }

  note(document: Pick<Claimed, 'lane'>, judgement: Judgement): Noted {
    const health = healthOf(judgement)
    if (health === 'good') return { pauseMs: 0, returned: this.#succeeded() }
    if (health === undefined) return { pauseMs: 0, returned: false }
    const { outcome } = judgement
    const isRefusal = outcome.class === 'unauthorized'
    return {
      pauseMs: isRefusal ? this.#refusedAgain() : this.#failed(document.lane, outcome),
      returned: false,
    }
  }

  #failed(lane: string, outcome: Outcome): number {
    this.#failures++
    if (!isOfPeersAnswer(outcome)) this.#silent = true
    if (this.#lanes.size < BREAKER_AFTER) this.#lanes.add(lane)
    if (!this.open) return 0
    const over = Math.max(0, this.#failures - BREAKER_AFTER)
    return backoffMs(over, this.#random, { maxMs: MAX_PROBE_PAUSE_MS })
  }

  /** Another document is tried at once, for the refusal may be of the first alone; then ever less often. */
  #refusedAgain(): number {
    this.#refusals++
    return this.#refusals === 1 ? 0 : backoffMs(this.#refusals - 2, this.#random)
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

  #succeeded(): boolean {
    const returned = this.#failures >= BREAKER_AFTER || this.#refusals > 0
    this.#taken++
    this.#failures = this.#refusals = 0
    this.#silent = false
    this.#lanes.clear()
    return returned
  }
}

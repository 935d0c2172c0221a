import { monotonicMs } from './clock.js'
import type { DiskSpace } from './disk-space.js'

/**
 * - `enough`: nothing to do
 * - `low`: a person should free some soon
 * - `spent`: only the reserve is left, which is for bringing to an end what was accepted before
 */
export type Space = 'enough' | 'low' | 'spent'

export interface SpaceGuardOptions {
  readonly measure: () => Promise<Pick<DiskSpace, 'freeBytes'>>
  /** Below so much nothing new is accepted. 0: the room is not looked at. */
  readonly reserveBytes: number
  /** Age that a measurement may have, in ms. Default is 1 000. */
  readonly maxAgeMs?: number
}

export const DEFAULT_MAX_AGE_MS = 1_000

/** Low begins at so many times the reserve. */
const LOW = 4
/** Room that has become short counts as better only with so much more, so that it does not change back and forth. */
const BETTER = 1.25

/** Watches the room on the disk of a ledger, so that the last of it is not taken by new documents. */
export class SpaceGuard {
  readonly #options: SpaceGuardOptions
  readonly #listeners = new Set<(space: Space, before: Space) => void>()
  #space: Space = 'enough'
  #measuredAt = -Infinity
  #measuring: Promise<void> | undefined

  constructor(options: SpaceGuardOptions) {
    this.#options = options
  }

  /** As it was measured last. */
  get space(): Space {
    return this.#space
  }

  /** As it is now. Never rejects: what cannot be measured stays what it was. */
  async look(): Promise<Space> {
    const { maxAgeMs = DEFAULT_MAX_AGE_MS, reserveBytes } = this.#options
    if (reserveBytes > 0 && monotonicMs() - this.#measuredAt >= maxAgeMs) {
      this.#measuring ??= this.#measure().finally(() => (this.#measuring = undefined))
      await this.#measuring
    }
    return this.#space
  }

  /** Calls back at every change; returns how to stop that. */
  onChange(listener: (space: Space, before: Space) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #measure(): Promise<void> {
    let freeBytes: number
    try {
      freeBytes = (await this.#options.measure()).freeBytes
    } catch {
      return
    }
    this.#measuredAt = monotonicMs()
    const before = this.#space
    this.#space = this.#judge(freeBytes)
    if (this.#space === before) return
    for (const listener of this.#listeners) listener(this.#space, before)
  }

  #judge(freeBytes: number): Space {
    const { reserveBytes } = this.#options
    const least = (isShort: boolean) => reserveBytes * (isShort ? BETTER : 1)
    if (freeBytes < least(this.#space === 'spent')) return 'spent'
    return freeBytes < LOW * least(this.#space !== 'enough') ? 'low' : 'enough'
  }
}

/**
 * Decisions drawn from bytes. The same bytes make the same case; what is missing counts as zero, the simplest
 * alternative, so that a case becomes simpler as its bytes become fewer.
 */
export class Choices {
  #at = 0

  constructor(readonly bytes: Uint8Array) {}

  /** A number from 0 to `limit` - 1. */
  below(limit: number): number {
    const high = limit > 256 ? this.#next() : 0
    return ((high << 8) | this.#next()) % limit
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** True once in so many times, and never when the bytes have run out. */
  once(inTimes: number): boolean {
    return this.below(inTimes) === inTimes - 1
  }

  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make)
  }

  #next(): number {
    return this.bytes[this.#at++] ?? 0
  }
}

/** Random numbers that can be had again from their seed. */
export interface Dice {
  /** A number from 0 to `limit` - 1. */
  below(limit: number): number
  bytes(length: number): Buffer
}

export function dice(random: () => number): Dice {
  const below = (limit: number): number => Math.floor(random() * limit)
  return {
    below,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  }
}

/** Checks of passwords that run at a time: each holds tens of MiB. */
const MOST_AT_ONCE = 2
const MOST_WAITING = 64
const MOST_OF_ONE = 4

/**
 * Lets few checks of passwords run at a time and few wait, of one address fewer still: whoever sends thousands of wrong
 * passwords neither fills the memory nor keeps people at other addresses out.
 */
export class Gate {
  readonly #waiting: (() => void)[] = []
  readonly #byAddress = new Map<string, number>()
  #running = 0

  /** @returns undefined, at once, where too many wait */
  async run<T>(
    address: string,
    check: () => Promise<T>,
  ): Promise<{ readonly result: T } | undefined> {
    const own = this.#byAddress.get(address) ?? 0
    if (own >= MOST_OF_ONE || this.#waiting.length >= MOST_WAITING) return undefined
    this.#byAddress.set(address, own + 1)
    if (this.#running >= MOST_AT_ONCE) {
      await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return { result: await check() }
    } finally {
      const left = (this.#byAddress.get(address) ?? 1) - 1
      if (left > 0) this.#byAddress.set(address, left)
      else this.#byAddress.delete(address)
      // The place goes to whoever waits longest.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}

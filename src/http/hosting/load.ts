/** How many requests may be under way in a process. */
export const MAX_IN_FLIGHT = 256
/** What a caller may always have under way, however many others there are. */
const LEAST_SHARE = 4
/** How many bytes of large bodies may be held at a time. */
export const MAX_LARGE_BYTES = 64 << 20
/** Up to here a body is not large, and finds room whatever others send. */
const SMALL_BYTES = 64 << 10

/** One request under way. */
export interface UnderWay {
  /** Whether a body, of so many bytes by now, may be held. */
  readonly hasRoom: (bytes: number) => boolean
  /** Its body is still coming in: until that has ended, it may be given up for a newer call. */
  readonly receiving: (giveUp: () => void) => void
  readonly received: () => void
  readonly leave: () => void
}

interface Caller {
  count: number
  bytes: number
  /** The way to give up each call whose body is still coming in, the longest first. */
  readonly receiving: Set<() => void>
}

/**
 * How much is under way, in all and by caller. A caller by itself may have all there is; with others it has
 * its share, so that a flood from one address does not starve another. Of a caller that has its share already the call
 * whose body has been coming in for longest makes room.
 */
export class Load {
  readonly #maxInFlight: number
  readonly #maxLargeBytes: number
  readonly #callers = new Map<string, Caller>()
  #bytes = 0

  constructor(limits: { readonly maxInFlight?: number; readonly maxLargeBytes?: number } = {}) {
    this.#maxInFlight = limits.maxInFlight ?? MAX_IN_FLIGHT
    this.#maxLargeBytes = limits.maxLargeBytes ?? MAX_LARGE_BYTES
  }

  /** Undefined where the caller has its share already, all of it calls that have come in whole. */
  enter(caller: string): UnderWay | undefined {
    const met = this.#callers.get(caller)
    const callers = this.#callers.size + (met ? 0 : 1)
    const share = Math.max(LEAST_SHARE, Math.floor(this.#maxInFlight / callers))
    if (met && met.count >= share) {
      const [giveUpLongest] = met.receiving
      giveUpLongest?.()
      if (met.count >= share) return undefined
    }
    const own = met ?? { count: 0, bytes: 0, receiving: new Set() }
    own.count++
    this.#callers.set(caller, own)
    let held = 0
    let giveUp: (() => void) | undefined
    return {
      receiving: (how) => {
        giveUp = how
        own.receiving.add(how)
      },
      received: () => {
        if (giveUp) own.receiving.delete(giveUp)
      },
      hasRoom: (bytes) => {
        if (bytes <= SMALL_BYTES) return true
        const more = bytes - held
        // The rule of the requests: with others, each has its share, and at least one body.
        const isOnly = own.bytes === held
        const fair = this.#maxLargeBytes / Math.max(1, this.#callers.size)
        const fits = this.#bytes + more <= this.#maxLargeBytes || own.bytes + more <= fair
        if (!fits && !isOnly) return false
        held = bytes
        own.bytes += more
        this.#bytes += more
        return true
      },
      leave: () => {
        own.bytes -= held
        this.#bytes -= held
        held = 0
        if (--own.count === 0) this.#callers.delete(caller)
      },
    }
  }
}

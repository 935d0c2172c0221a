/** Number of requests that may be under way in a process. */
export const MAX_IN_FLIGHT = 256
/** Number of requests that a caller may always have under way, however many others there are. */
const LEAST_SHARE = 4
/** Number of bytes of large bodies that may be held at a time. */
export const MAX_LARGE_BYTES = 64 << 20
/** Up to here a body is not large, and finds room whatever others send. */
const SMALL_BYTES = 64 << 10

interface Caller {
  readonly name: string
  count: number
  bytes: number
  /** The calls whose body is still coming in, the longest first. */
  readonly receiving: Set<UnderWay>
}

/**
 * Counts the requests under way, in all and by caller. A caller by itself may have all there is; with others it has
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
      const [longest] = met.receiving
      longest?.giveUp()
      if (met.count >= share) return undefined
    }
    const own = met ?? { name: caller, count: 0, bytes: 0, receiving: new Set() }
    if (!met) this.#callers.set(caller, own)
    own.count++
    return new UnderWay(this, own)
  }

  /** True when a body of a caller may be held that has grown from so many bytes to so many. */
  hold(caller: Caller, held: number, bytes: number): boolean {
    const more = bytes - held
    // The rule of the requests: with others, each has its share, and at least one body.
    const isOnly = caller.bytes === held
    const fair = this.#maxLargeBytes / Math.max(1, this.#callers.size)
    const fits = this.#bytes + more <= this.#maxLargeBytes || caller.bytes + more <= fair
    if (!fits && !isOnly) return false
    caller.bytes += more
    this.#bytes += more
    return true
  }

  leave(caller: Caller, held: number): void {
    caller.bytes -= held
    this.#bytes -= held
    if (--caller.count === 0) this.#callers.delete(caller.name)
  }
}

/** One request under way. */
export class UnderWay {
  readonly #load: Load
  readonly #caller: Caller
  #held = 0
  #giveUp: (() => void) | undefined

  constructor(load: Load, caller: Caller) {
    this.#load = load
    this.#caller = caller
  }

  /** True when a body, of so many bytes by now, may be held. */
  hasRoom(bytes: number): boolean {
    if (bytes <= SMALL_BYTES) return true
    if (!this.#load.hold(this.#caller, this.#held, bytes)) return false
    this.#held = bytes
    return true
  }

  /** Its body is still coming in: until that has ended, it may be given up for a newer call. */
  receiving(giveUp: () => void): void {
    this.#giveUp = giveUp
    this.#caller.receiving.add(this)
  }

  received(): void {
    if (this.#giveUp) this.#caller.receiving.delete(this)
    // V8 may keep what has left for a while; it must not keep the request with it.
    this.#giveUp = undefined
  }

  giveUp(): void {
    this.#giveUp?.()
  }

  leave(): void {
    this.#load.leave(this.#caller, this.#held)
    this.#held = 0
  }
}

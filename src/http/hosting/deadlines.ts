/** A wait that must be over in time. */
export interface Deadline {
  /** The wait is over: nobody is told any more. */
  stop(): void
}

/**
 * Time limits of requests. Waits of one length end in the order in which they began, so one timer for the first of
 * them is enough for all; nearly all waits are over long before it fires.
 */
export class Deadlines {
  readonly #lines = new Map<number, Line>()

  /** Calls `late` once, after so many milliseconds, unless the wait is stopped before. */
  add(ms: number, late: () => void): Deadline {
    let line = this.#lines.get(ms)
    if (!line) this.#lines.set(ms, (line = new Line(ms)))
    return line.add(late)
  }
}

class Line {
  /** In the order in which they began, and so in that in which they end. */
  readonly #waits = new Set<Wait>()
  #timer: NodeJS.Timeout | undefined

  constructor(readonly ms: number) {}

  add(late: () => void): Deadline {
    const wait = new Wait(this.#waits, late, performance.now() + this.ms)
    this.#waits.add(wait)
    if (this.#timer === undefined) this.#start(this.ms)
    return wait
  }

  #start(ms: number): void {
    this.#timer = setTimeout(() => this.#check(), ms)
    this.#timer.unref()
  }

  #check(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const wait of this.#waits) {
      if (wait.dueAt > now) {
        this.#start(Math.ceil(wait.dueAt - now))
        return
      }
      wait.stop()
      wait.late()
    }
  }
}

class Wait implements Deadline {
  readonly #waits: Set<Wait>

  constructor(
    waits: Set<Wait>,
    readonly late: () => void,
    /** On the clock of `performance.now`. */
    readonly dueAt: number,
  ) {
    this.#waits = waits
  }

  stop(): void {
    this.#waits.delete(this)
  }
}

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

/**
 * The waits of one length in the order in which they began, each holding its neighbours. A Set would do, but of its own
 * old tables V8 lets go late, and meanwhile each keeps whole requests in memory.
 */
class Line {
  #first: Wait | undefined
  #last: Wait | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(readonly ms: number) {}

  add(late: () => void): Deadline {
    const wait = new Wait(this, late, performance.now() + this.ms, this.#last)
    if (this.#last) this.#last.next = wait
    else this.#first = wait
    this.#last = wait
    if (this.#timer === undefined) this.#start(this.ms)
    return wait
  }

  remove(wait: Wait): void {
    const { previous, next } = wait
    if (previous) previous.next = next
    else this.#first = next
    if (next) next.previous = previous
    else this.#last = previous
  }

  #start(ms: number): void {
    this.#timer = setTimeout(() => this.#check(), ms)
    this.#timer.unref()
  }

  #check(): void {
    this.#timer = undefined
    const now = performance.now()
    for (let wait = this.#first; wait; wait = this.#first) {
      if (wait.dueAt > now) {
        this.#start(Math.ceil(wait.dueAt - now))
        return
      }
      const { late } = wait
      wait.stop()
      late?.()
    }
  }
}

class Wait implements Deadline {
  next: Wait | undefined
  /** The line that it stands in; none once it is over. */
  #line: Line | undefined

  constructor(
    line: Line,
    public late: (() => void) | undefined,
    /** On the clock of `performance.now`. */
    readonly dueAt: number,
    public previous: Wait | undefined,
  ) {
    this.#line = line
  }

  stop(): void {
    this.#line?.remove(this)
    // A wait that is over holds nothing, for V8 may keep it for a while.
    this.#line = undefined
    this.late = undefined
    this.previous = undefined
    this.next = undefined
  }
}

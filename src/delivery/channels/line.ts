import type { Duplex } from 'node:stream'
import { LineError } from './line-error.js'

/** A line to paging equipment: a TCP connection, or a serial device that stays open between pages. */
export interface Line {
  readonly stream: Duplex
  /** Closes a connection; leaves a serial device open. May be called again. */
  release(): void
}

/** Opens a line, or hands over the one that is open. Rejects when it cannot, and when `signal` is aborted. */
export type OpenLine = (signal: AbortSignal) => Promise<Line>

/** More than any answer of the protocols has. */
const MAX_BUFFERED_BYTES = 16 << 10

/** Finds the end of an answer in what has come: its length in bytes, or undefined while it is not complete. */
export type Match = (buffered: Buffer) => number | undefined

export interface TalkOptions {
  readonly signal: AbortSignal
  /** Longest time of the whole talk, in ms. */
  readonly limitMs: number
}

/** One talk over a line: writes, waits for answers within limits of time, and keeps all bytes of both sides. */
export class Talk {
  readonly #stream: Duplex
  readonly #signal: AbortSignal
  readonly #endsAt: number
  readonly #sent: Buffer[] = []
  readonly #received: Buffer[] = []
  #buffered: Buffer = Buffer.alloc(0)
  #ended: LineError | undefined
  #wake = (): void => {}

  constructor(stream: Duplex, { signal, limitMs }: TalkOptions) {
    this.#stream = stream
    this.#signal = signal
    this.#endsAt = performance.now() + limitMs
    stream.on('data', this.#onData)
    stream.on('error', this.#onEnd)
    stream.on('end', this.#onEnd)
    stream.on('close', this.#onEnd)
    signal.addEventListener('abort', this.#onAbort)
    if (signal.aborted) this.#onAbort()
    else if (stream.destroyed || stream.readableEnded) this.#onEnd()
  }

  get sent(): Buffer {
    return Buffer.concat(this.#sent)
  }

  get received(): Buffer {
    return Buffer.concat(this.#received)
  }

  /** True when something has come that no answer has taken: the two sides are out of step. */
  get hasMore(): boolean {
    return this.#buffered.length > 0
  }

  /** @throws LineError LINE_CLOSED, ABORTED */
  write(bytes: Buffer | string): void {
    if (this.#ended) throw this.#ended
    const chunk = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    this.#sent.push(chunk)
    this.#stream.write(chunk)
  }

  /**
   * The next answer, up to its end.
   * @throws LineError LINE_TIMEOUT, LINE_CLOSED, LINE_FLOOD, ABORTED
   */
  async read(match: Match, limitMs: number): Promise<Buffer> {
    const endsAt = Math.min(performance.now() + limitMs, this.#endsAt)
    for (;;) {
      const length = match(this.#buffered)
      if (length !== undefined) {
        const answer = this.#buffered.subarray(0, length)
        this.#buffered = this.#buffered.subarray(length)
        return answer
      }
      if (this.#ended) throw this.#ended
      if (this.#buffered.length > MAX_BUFFERED_BYTES) throw new LineError('LINE_FLOOD')
      if (!(await this.#more(endsAt))) throw new LineError('LINE_TIMEOUT')
    }
  }

  /** Waits until nothing has come for so long, and forgets what came. At most one second. */
  async settle(quietMs: number): Promise<Buffer> {
    const endsAt = Math.min(performance.now() + MAX_SETTLE_MS, this.#endsAt)
    while (!this.#ended && (await this.#more(Math.min(performance.now() + quietMs, endsAt)))) {
      if (performance.now() >= endsAt) break
    }
    const came = this.#buffered
    this.#buffered = Buffer.alloc(0)
    return came
  }

  /** Ends the talk and leaves the stream as it is. */
  close(): void {
    this.#stream.off('data', this.#onData)
    this.#stream.off('end', this.#onEnd)
    this.#stream.off('close', this.#onEnd)
    this.#signal.removeEventListener('abort', this.#onAbort)
    // Whoever opened the stream listens for later errors.
    this.#stream.off('error', this.#onEnd)
  }

  /** Resolves with true when something has come or the talk has ended, with false at a time. */
  #more(endsAt: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(false), Math.max(0, endsAt - performance.now()))
      const done = (isMore: boolean): void => {
        clearTimeout(timer)
        this.#wake = () => {}
        resolve(isMore)
      }
      this.#wake = () => done(true)
    })
  }

  readonly #onData = (chunk: Buffer | string): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk
    if (this.#buffered.length <= MAX_BUFFERED_BYTES) {
      this.#received.push(bytes)
      this.#buffered = Buffer.concat([this.#buffered, bytes])
    }
    this.#wake()
  }

  readonly #onEnd = (cause?: unknown): void => {
    this.#ended ??= new LineError('LINE_CLOSED', cause instanceof Error ? { cause } : undefined)
    this.#wake()
  }

  readonly #onAbort = (): void => {
    this.#ended = new LineError('ABORTED')
    this.#wake()
  }
}

const MAX_SETTLE_MS = 1_000

/** Tasks one after the other, in the order in which they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs a task when all before it have ended; one that is aborted while it waits comes to `abandoned` at once. */
  run<T>(task: () => Promise<T>, signal: AbortSignal, abandoned: T): Promise<T> {
    let hasBegun = false
    const turn = this.#last.then(() => {
      if (signal.aborted) return abandoned
      hasBegun = true
      return task()
    })
    this.#last = turn.catch(() => {})
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (!hasBegun) resolve(abandoned)
      }
      signal.addEventListener('abort', onAbort)
      turn
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', onAbort))
        .catch(() => {})
    })
  }
}

/** Opens a line within a limit of time, whatever the opener does. @throws LineError LINE_CONNECT */
export function opened(open: OpenLine, signal: AbortSignal, limitMs: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      reject(new LineError('LINE_CONNECT'))
    }, limitMs)
    open(signal).then(
      (line) => {
        clearTimeout(timer)
        if (isLate) line.release()
        else resolve(line)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error instanceof LineError ? error : new LineError('LINE_CONNECT', { cause: error }))
      },
    )
  })
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OpenUpdate } from '../api.js'
import { STREAM_LIMITS, type StreamLimits } from './options.js'
import { BoardProblem, toldOf, tooMany } from './problem.js'
import { SAFE_HEADERS } from './replies.js'

export interface StreamOf {
  /** The session that it belongs to. */
  readonly hash: string
  /** True while the session holds as it did when the stream was opened. Never rejects. */
  readonly holds: () => Promise<boolean>
  /** As `BoardReads.follow`. */
  readonly follow: (
    tell: (update: OpenUpdate) => void,
    failed: (thrown: unknown) => void,
  ) => () => void
}

/** Beats between two looks at whether a session still holds. */
const LOOK_EVERY = 2
/** Time in ms after which a browser that has lost its stream opens it again; spread, so that not all come at once. */
const RETRY_MS = 2_000

/** The event streams of a board. */
export class Streams {
  readonly #limits: StreamLimits
  readonly #now: () => number
  readonly #open = new Set<Stream>()
  #timer: NodeJS.Timeout | undefined
  #beats = 0
  #isOver = false

  constructor(limits: Partial<StreamLimits> = {}, now: () => number = Date.now) {
    this.#limits = { ...STREAM_LIMITS, ...limits }
    this.#now = now
  }

  get size(): number {
    return this.#open.size
  }

  /** Opens a stream. @throws BoardProblem TOO_MANY, BUSY */
  open(_req: IncomingMessage, res: ServerResponse, of: StreamOf): void {
    const { most, mostOfSession, beatMs } = this.#limits
    if (this.#isOver || this.#open.size >= most) throw full()
    const own = [...this.#open].filter(({ hash }) => hash === of.hash)
    if (own.length >= mostOfSession) throw tooManyOwn()
    const stream = new Stream(res, of, this.#limits)
    this.#open.add(stream)
    res.once('close', () => {
      stream.stop()
      this.#open.delete(stream)
      if (this.#open.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    })
    this.#timer ??= setInterval(() => this.#beat(), beatMs).unref()
    stream.begin()
  }

  /** Ends those whose session does not hold any more. */
  async recheck(): Promise<void> {
    await Promise.all([...this.#open].map((stream) => stream.check()))
  }

  /** Ends all, and opens none any more. */
  end(): void {
    this.#isOver = true
    clearInterval(this.#timer)
    for (const stream of this.#open) stream.end()
  }

  #beat(): void {
    const now = this.#now()
    for (const stream of this.#open) stream.beat(now)
    if (++this.#beats % LOOK_EVERY === 0) void this.recheck()
  }
}

class Stream {
  readonly #res: ServerResponse
  readonly #of: StreamOf
  readonly #limits: StreamLimits
  #unreadSince: number | undefined
  #stopFollowing = (): void => {}

  constructor(res: ServerResponse, of: StreamOf, limits: StreamLimits) {
    this.#res = res
    this.#of = of
    this.#limits = limits
  }

  get hash(): string {
    return this.#of.hash
  }

  begin(): void {
    this.#res.writeHead(200, {
      ...SAFE_HEADERS,
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      // nginx would keep back what it has not enough of.
      'X-Accel-Buffering': 'no',
    })
    this.#res.write(`retry: ${RETRY_MS + Math.floor(Math.random() * RETRY_MS)}\n\n`)
    this.#stopFollowing = this.#of.follow(
      (update) => this.#send('open', update),
      (thrown) => this.#send('broken', toldOf(thrown).problem),
    )
  }

  /** A sign of life, which also tells whether anybody reads. */
  beat(now: number): void {
    if (this.#res.writableLength === 0) this.#unreadSince = undefined
    else this.#unreadSince ??= now
    const isStuck =
      this.#unreadSince !== undefined && now - this.#unreadSince >= this.#limits.unreadMs
    if (isStuck) this.#res.destroy()
    else this.#send('beat', { now })
  }

  async check(): Promise<void> {
    if (await this.#of.holds()) return
    this.#send('signedOut', {})
    this.end()
  }

  stop(): void {
    this.#stopFollowing()
    this.#stopFollowing = (): void => {}
  }

  end(): void {
    this.stop()
    if (!this.#res.destroyed) this.#res.end()
  }

  #send(event: string, data: object): void {
    if (this.#res.destroyed || this.#res.writableEnded) return
    // Whoever does not read is not waited for, nor is all of it kept.
    if (this.#res.writableLength > this.#limits.mostUnread) this.#res.destroy()
    else this.#res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
}

const full = () =>
  new BoardProblem(
    'BUSY',
    503,
    { zh: '打开的看板过多，请稍后再试', en: 'Too many boards are open; try again in a moment' },
    10,
  )

const tooManyOwn = () =>
  tooMany(
    {
      zh: '您打开的看板页面过多，请关闭一些',
      en: 'You have too many pages of the board open; close some',
    },
    10,
  )

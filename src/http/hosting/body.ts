import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'
import { HttpError } from '../errors.js'
import type { Deadline, Deadlines } from './deadlines.js'
import type { UnderWay } from './load.js'

export const DEFAULT_MAX_BODY_BYTES = 384 << 10
export const DEFAULT_BODY_TIME_MS = 10_000

export interface BodyLimits {
  /** Largest body in bytes, on the wire and again when inflated. Default is 384 KiB. */
  readonly maxBytes?: number
  /** Longest time until the last byte is there. Default is 10 000. */
  readonly timeMs?: number
}

export interface Body {
  readonly bytes: Buffer
  /** True when a body parser has already decoded the text, so that `bytes` are UTF-8 whatever the labels say. */
  readonly decoded: boolean
}

/** A request as Express hands it on, perhaps after a body parser. */
type ParsedRequest = IncomingMessage & { readonly body?: unknown; readonly _body?: unknown }

/** Takes either a body or the error in its place, once. */
export type TakeBody = (body: Body | undefined, error?: unknown) => void

/**
 * Reads the body of a request, inflated, or takes what a body parser has left of it. It is handed over by a callback
 * and not by a promise, because every request waits for it.
 * Errors: HttpError BODY_TOO_BIG, BODY_SLOW, BODY_CUT, BODY_UNREADABLE, BODY_ENCODING, BODY_CONSUMED, FRONT_BUSY
 */
export function takeBody(
  req: ParsedRequest,
  limits: BodyLimits,
  deadlines: Deadlines,
  underWay: UnderWay | undefined,
  take: TakeBody,
): void {
  const maxBytes = limits.maxBytes ?? DEFAULT_MAX_BODY_BYTES
  const { body } = req
  // Parsers inflate but leave the Content-Encoding header as it was.
  if (Buffer.isBuffer(body) && body.length > 0) return takeParsed(body, false, maxBytes, take)
  if (typeof body === 'string' && body !== '') {
    return takeParsed(Buffer.from(body), true, maxBytes, take)
  }
  if (req._body === true || req.readableEnded) return take(undefined, consumed())

  const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (!/^(?:|identity|gzip|x-gzip|deflate)$/.test(encoding)) return take(undefined, otherEncoding())
  const collector = new Collector(req, limits, underWay, (bytes, error) => {
    if (!bytes) take(undefined, error)
    else if (encoding === '' || encoding === 'identity') take({ bytes, decoded: false })
    else
      inflateBody(bytes, encoding, maxBytes, underWay).then(take, (failed: unknown) =>
        take(undefined, failed),
      )
  })
  collector.start(deadlines)
}

/** Takes what a body parser has left, as far as it is not too big. */
export function takeParsed(
  bytes: Buffer,
  decoded: boolean,
  maxBytes: number,
  take: TakeBody,
): void {
  if (bytes.length > maxBytes) take(undefined, tooBig(maxBytes))
  else take({ bytes, decoded })
}

/** Collects the bytes of one body. */
class Collector {
  readonly #maxBytes: number
  readonly #timeMs: number
  #first: Buffer | undefined
  /** All pieces, where there is more than one. */
  #pieces: Buffer[] | undefined
  #length = 0
  #deadline: Deadline | undefined
  #isOver = false

  constructor(
    private readonly req: IncomingMessage,
    limits: BodyLimits,
    private readonly underWay: UnderWay | undefined,
    private readonly take: (bytes: Buffer | undefined, error?: HttpError) => void,
  ) {
    this.#maxBytes = limits.maxBytes ?? DEFAULT_MAX_BODY_BYTES
    this.#timeMs = limits.timeMs ?? DEFAULT_BODY_TIME_MS
  }

  start(deadlines: Deadlines): void {
    const { req } = this
    if (Number(req.headers['content-length']) > this.#maxBytes) {
      return this.#finish(tooBig(this.#maxBytes))
    }
    if (req.destroyed) return this.#finish(cut())
    this.underWay?.receiving(() => this.#finish(givenUp()))
    this.#deadline = deadlines.add(this.#timeMs, () => this.#finish(slow(this.#timeMs)))
    req.on('data', (piece: Buffer) => this.#add(piece))
    req.on('end', () => this.#finish(req.complete ? undefined : cut()))
    // Follows an error as well, and an end, after which it means nothing.
    req.on('close', () => {
      if (!this.#isOver) this.#finish(cut())
    })
  }

  #add(piece: Buffer): void {
    if (this.#isOver) return
    this.#length += piece.length
    if (this.#length > this.#maxBytes) this.#finish(tooBig(this.#maxBytes))
    else if (this.underWay && !this.underWay.hasRoom(this.#length)) this.#finish(noRoom())
    else if (!this.#first) this.#first = piece
    else if (this.#pieces) this.#pieces.push(piece)
    else this.#pieces = [this.#first, piece]
  }

  #finish(error?: HttpError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#deadline?.stop()
    this.underWay?.received()
    if (error) this.take(undefined, error)
    else if (this.#pieces) this.take(Buffer.concat(this.#pieces, this.#length))
    else this.take(this.#first ?? EMPTY)
  }
}

const EMPTY = Buffer.alloc(0)

/** @throws HttpError BODY_TOO_BIG, BODY_UNREADABLE, FRONT_BUSY */
async function inflateBody(
  bytes: Buffer,
  encoding: string,
  maxBytes: number,
  underWay: UnderWay | undefined,
): Promise<Body> {
  let inflated: Buffer
  try {
    inflated = await inflaterFor(bytes, encoding)(bytes, { maxOutputLength: maxBytes })
  } catch (cause) {
    if (cause instanceof RangeError) throw tooBig(maxBytes)
    throw new HttpError(
      'BODY_UNREADABLE',
      {
        zh: '请求体的压缩数据已损坏或不完整',
        en: 'The compressed body is damaged or incomplete',
      },
      '400',
      { cause },
    )
  }
  if (underWay && !underWay.hasRoom(inflated.length)) throw noRoom()
  return { bytes: inflated, decoded: false }
}

const gunzipAsync = promisify(gunzip)
const inflateAsync = promisify(inflate)
const inflateRawAsync = promisify(inflateRaw)

function inflaterFor(bytes: Buffer, encoding: string): typeof gunzipAsync {
  if (encoding !== 'deflate') return gunzipAsync
  // `deflate` means the zlib format (RFC 9110 section 8.4.1.2), but some senders leave its header out.
  return ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateAsync : inflateRawAsync
}

const consumed = (): HttpError =>
  new HttpError(
    'BODY_CONSUMED',
    {
      zh: '请求体已被其他中间件按表单或 JSON 读取；请把 Content-Type 设为 text/xml，或改用独立端口',
      en: 'The body was already read as a form or JSON; set Content-Type to text/xml, or use a port of its own',
    },
    '400',
  )

const otherEncoding = (): HttpError =>
  new HttpError(
    'BODY_ENCODING',
    {
      zh: '不支持该 Content-Encoding，只接受 gzip、deflate 或不压缩',
      en: 'This Content-Encoding is not supported; send gzip, deflate or no compression',
    },
    '400',
  )

const noRoom = (): HttpError =>
  new HttpError(
    'FRONT_BUSY',
    {
      zh: '正在接收的大请求过多，请稍后重发',
      en: 'Too many large requests are under way; send again in a moment',
    },
    '503',
  )

const givenUp = (): HttpError =>
  new HttpError(
    'FRONT_BUSY',
    {
      zh: '同时处理的请求过多，且该请求体尚未传完，请稍后重发',
      en: 'Too many requests are under way, and the body of this one was not complete; send again in a moment',
    },
    '503',
  )

const tooBig = (maxBytes: number): HttpError =>
  new HttpError(
    'BODY_TOO_BIG',
    {
      zh: `请求体过大，上限 ${maxBytes} 字节`,
      en: `The body is too big; at most ${maxBytes} bytes are accepted`,
    },
    '413',
  )

const slow = (timeMs: number): HttpError =>
  new HttpError('BODY_SLOW', {
    zh: `请求体在 ${timeMs} 毫秒内未传完`,
    en: `The body was not complete within ${timeMs} ms`,
  })

const cut = (): HttpError =>
  new HttpError(
    'BODY_CUT',
    {
      zh: '请求体未传完连接就断开了',
      en: 'The connection was cut before the body was complete',
    },
    '400',
  )

import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'
import { HttpError } from './errors.js'
import { startTimer } from './timers.js'

export const DEFAULT_MAX_BODY_BYTES = 384 << 10
export const DEFAULT_BODY_TIME_MS = 10_000

export interface BodyLimits {
  /** Largest body in bytes, on the wire and again when inflated. Default is 384 KiB. */
  readonly maxBytes?: number
  /** Longest time until the last byte is there. Default is 10 000. */
  readonly timeMs?: number
  /** Whether so many bytes may be held, asked while they come in. Default is always. */
  readonly hasRoom?: (bytes: number) => boolean
}

export interface Body {
  readonly bytes: Buffer
  /** Whether a body parser has already decoded the text, so that `bytes` are UTF-8 whatever the labels say. */
  readonly decoded: boolean
}

/** A request as Express hands it on, perhaps after a body parser. */
type ParsedRequest = IncomingMessage & { readonly body?: unknown; readonly _body?: unknown }

/**
 * Reads the body of a request, inflated, or what a body parser has left of it.
 * @throws HttpError BODY_TOO_BIG, BODY_SLOW, BODY_CUT, BODY_UNREADABLE, BODY_ENCODING, BODY_CONSUMED,
 * FRONT_BUSY
 */
export async function readBody(req: ParsedRequest, limits: BodyLimits = {}): Promise<Body> {
  const maxBytes = limits.maxBytes ?? DEFAULT_MAX_BODY_BYTES
  const { body } = req
  // Parsers inflate but leave the Content-Encoding header as it was.
  if (Buffer.isBuffer(body) && body.length > 0) return limited(body, false, maxBytes)
  if (typeof body === 'string' && body !== '') return limited(Buffer.from(body), true, maxBytes)
  if (req._body === true || req.readableEnded) {
    throw new HttpError(
      'BODY_CONSUMED',
      {
        zh: '请求体已被其他中间件按表单或 JSON 读取；请把 Content-Type 设为 text/xml，或改用独立端口',
        en: 'The body was already read as a form or JSON; set Content-Type to text/xml, or use a port of its own',
      },
      '400',
    )
  }

  const encoding = (req.headers['content-encoding'] ?? '').trim().toLowerCase()
  if (!/^(?:|identity|gzip|x-gzip|deflate)$/.test(encoding)) {
    throw new HttpError(
      'BODY_ENCODING',
      {
        zh: '不支持该 Content-Encoding，只接受 gzip、deflate 或不压缩',
        en: 'This Content-Encoding is not supported; send gzip, deflate or no compression',
      },
      '400',
    )
  }
  const hasRoom = limits.hasRoom ?? (() => true)
  const timeMs = limits.timeMs ?? DEFAULT_BODY_TIME_MS
  const bytes = await collect(req, maxBytes, timeMs, hasRoom)
  const inflated = await inflateBody(bytes, encoding, maxBytes)
  if (!hasRoom(inflated.length)) throw noRoom()
  return { bytes: inflated, decoded: false }
}

function limited(bytes: Buffer, decoded: boolean, maxBytes: number): Body {
  if (bytes.length > maxBytes) throw tooBig(maxBytes)
  return { bytes, decoded }
}

function collect(
  req: IncomingMessage,
  maxBytes: number,
  timeMs: number,
  hasRoom: (bytes: number) => boolean,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const finish = (error?: HttpError): void => {
      stopTimer()
      req.off('data', onData).off('end', onEnd).off('close', onCut)
      if (error) reject(error)
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length))
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length > maxBytes) finish(tooBig(maxBytes))
      else if (!hasRoom(length)) finish(noRoom())
      else chunks.push(chunk)
    }
    const onEnd = (): void => finish(req.complete ? undefined : cut())
    // Follows an error as well.
    const onCut = (): void => finish(cut())
    const stopTimer = startTimer(() => finish(slow(timeMs)), timeMs)

    if (Number(req.headers['content-length']) > maxBytes) return finish(tooBig(maxBytes))
    if (req.destroyed) return finish(cut())
    req.on('data', onData).on('end', onEnd).on('close', onCut)
  })
}

async function inflateBody(bytes: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  if (encoding === '' || encoding === 'identity') return bytes
  try {
    return await inflaterFor(bytes, encoding)(bytes, { maxOutputLength: maxBytes })
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
}

const gunzipAsync = promisify(gunzip)
const inflateAsync = promisify(inflate)
const inflateRawAsync = promisify(inflateRaw)

function inflaterFor(bytes: Buffer, encoding: string): typeof gunzipAsync {
  if (encoding !== 'deflate') return gunzipAsync
  // `deflate` means the zlib format (RFC 9110 section 8.4.1.2), but some senders leave its header out.
  return ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateAsync : inflateRawAsync
}

const noRoom = (): HttpError =>
  new HttpError(
    'FRONT_BUSY',
    {
      zh: '正在接收的大请求过多，请稍后重发',
      en: 'Too many large requests are under way; send again in a moment',
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

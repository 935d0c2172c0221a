import type { IncomingMessage, ServerResponse } from 'node:http'
import { takeBody, takeParsed, type BodyLimits, type TakeBody } from './body.js'
import type { Deadlines } from './deadlines.js'
import { DRAIN_MS, hasBody } from './replies.js'
import { startTimer } from '../timers.js'

/** An answer to a browser. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** Absent = none, as for HEAD and 304. */
  readonly body?: string | Buffer
}

/**
 * Answers a request once. Where its body is still coming in, the connection is closed after a short while in which the
 * rest is let through unread, so that the browser gets to read the answer (RFC 9112 section 9.6).
 */
export function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { status, headers, body }: Answered,
): void {
  if (res.destroyed || res.headersSent) return
  const bytes = body === undefined || req.method === 'HEAD' ? undefined : Buffer.from(body)
  const isRead = req.readableEnded || !hasBody(req)
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  if (body !== undefined) res.setHeader('Content-Length', Buffer.byteLength(body))
  if (!isRead) res.setHeader('Connection', 'close')
  res.writeHead(status)
  if (isRead) {
    res.end(bytes)
    return
  }
  if (bytes) res.write(bytes)
  const finish = (): void => {
    stopTimer()
    res.end()
  }
  const stopTimer = startTimer(finish, DRAIN_MS)
  req.once('end', finish).once('close', finish)
  req.resume()
}

/**
 * The body of a request of a browser as text, also where the editor of Node-RED has read it: where that is at the root,
 * its parsers take the body of whatever comes behind it.
 * @throws HttpError BODY_…
 */
export function textOf(
  req: IncomingMessage,
  limits: BodyLimits & { readonly maxBytes: number },
  deadlines: Deadlines,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const take: TakeBody = (body, error) => {
      if (body) resolve(body.bytes.toString('utf8'))
      else reject(error instanceof Error ? error : new Error('no body'))
    }
    const read = readBefore(req)
    if (read === undefined) takeBody(req, limits, deadlines, undefined, take)
    else takeParsed(Buffer.from(read), true, limits.maxBytes, take)
  })
}

function readBefore({ _body, body, headers }: ReadRequest): string | undefined {
  if (_body !== true || typeof body !== 'object' || body === null) return undefined
  if (Buffer.isBuffer(body)) return undefined
  if (/\bjson\b/i.test(headers['content-type'] ?? '')) return JSON.stringify(body)
  const fields = Object.entries(body as Readonly<Record<string, unknown>>)
  const isText = (field: [string, unknown]): field is [string, string] =>
    typeof field[1] === 'string'
  return new URLSearchParams(fields.filter(isText)).toString()
}

/** A request as Express hands it on. */
type ReadRequest = IncomingMessage & { readonly body?: unknown; readonly _body?: unknown }

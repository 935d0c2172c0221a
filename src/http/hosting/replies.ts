import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  checkedResponse,
  SUCCESS_CODE,
  writeGenericResponse,
  type CrisisError,
} from '../../messages/index.js'
import {
  SOAP_CONTENT_TYPES,
  writeFault,
  writeReply,
  type ReplyForm,
  type SoapCall,
  type SoapVersion,
} from '../../soap/index.js'
import { soapVersionOf } from '../content-type.js'
import { startTimer } from '../timers.js'
import type { TurnedAway } from './guard.js'
import type { Answer, ReadyReply } from './hosted.js'

/** Time for which a refused body may still flow in, so that its sender gets to read the refusal. */
export const DRAIN_MS = 2_000

/** The answer to a call, written once: head and body go to the socket in one piece. */
export class Reply {
  readonly #version: SoapVersion
  readonly #namespace: string
  readonly #operation: string
  readonly #code: string
  readonly #desc: string
  readonly #argumentNamespace: string | null
  readonly #names: ReplyForm | undefined
  /** Each byte as a character of its own: of such text alone Node needs no copy to send it together with the head. */
  readonly #latin1: string
  readonly #status: 200 | 500
  readonly #head: Readonly<Record<string, string | number>>

  constructor(call: SoapCall, answer: Answer, names: ReplyForm | undefined) {
    this.#argumentNamespace = call.argumentName === null ? null : copyOf(call.argumentNamespace)
    this.#names = names
    this.#version = call.version
    this.#namespace = copyOf(call.namespace)
    this.#operation = copyOf(call.operation)
    this.#code = answer.code
    this.#desc = answer.desc
    this.#status = names?.fault && answer.code !== SUCCESS_CODE ? 500 : 200
    const text =
      this.#status === 500
        ? faultOf(call, answer)
        : writeReply(call, names?.write?.(answer) ?? writeGenericResponse(answer), names)
    this.#latin1 = Buffer.from(text).toString('latin1')
    this.#head = {
      'Content-Type': SOAP_CONTENT_TYPES[call.version],
      'Content-Length': this.#latin1.length,
    }
  }

  isFor(call: SoapCall, answer: Answer, names: ReplyForm | undefined): boolean {
    return (
      this.#names === names &&
      this.#argumentNamespace === (call.argumentName === null ? null : call.argumentNamespace) &&
      this.#code === answer.code &&
      this.#desc === answer.desc &&
      this.#operation === call.operation &&
      this.#namespace === call.namespace &&
      this.#version === call.version
    )
  }

  get ready(): ReadyReply {
    const text = Buffer.from(this.#latin1, 'latin1').toString()
    return { version: this.#version, contentType: SOAP_CONTENT_TYPES[this.#version], text }
  }

  send(res: ServerResponse): void {
    if (res.destroyed || res.headersSent) return
    res.writeHead(this.#status, this.#head)
    res.end(this.#latin1, 'latin1')
  }
}

/** A failure as a Fault, for callers that understand nothing else as one. */
function faultOf({ version }: SoapCall, { code, desc }: Answer): string {
  return writeFault(version, code.startsWith('4') ? 'sender' : 'receiver', { zh: desc, en: code })
}

/** A string by itself. One cut out of a message would keep the whole message, and its patient, in memory. */
const copyOf = (text: string): string => Buffer.from(text).toString()

/** Remembers the last reply of an address, because nearly all of its calls are answered alike. */
export class Replies {
  #last: Reply | undefined

  /**
   * The reply with the answer that a handler gave.
   * @throws MessageError RESPONSE_CODE
   */
  to(call: SoapCall, given: Answer, names: ReplyForm | undefined): Reply {
    if (this.#last?.isFor(call, given, names)) return this.#last
    const answer = checkedResponse(given.code, given.desc)
    const reply = new Reply(call, answer, names)
    if (answer.desc === given.desc) this.#last = reply
    return reply
  }
}

/** A Fault for what could not be read, or no answer where nobody is left to take it. */
export function refuse(req: IncomingMessage, res: ServerResponse, error: CrisisError): void {
  if (error.code === 'BODY_CUT') {
    res.destroy()
    return
  }
  const version = soapVersionOf(req.headers['content-type'])
  const status = statusOf(error.code)
  // An error that is not one of ours is our own fault, and the caller is told so.
  const isOurs = error.code === 'UNEXPECTED' || error.code === 'FRONT_BUSY'
  const who = isOurs ? 'receiver' : 'sender'
  if (status === 503) res.setHeader('Retry-After', '1')
  const fault = writeFault(version, who, error.reason)
  if (req.readableEnded) send(res, status, SOAP_CONTENT_TYPES[version], fault)
  else sendAndClose(req, res, status, SOAP_CONTENT_TYPES[version], fault)
}

function statusOf(code: string): number {
  switch (code) {
    case 'BODY_TOO_BIG':
    case 'ENVELOPE_TOO_BIG':
      return 413
    case 'BODY_ENCODING':
    case 'BODY_CONSUMED':
      return 415
    case 'BODY_SLOW':
      return 408
    case 'FRONT_BUSY':
      return 503
    default:
      return 500
  }
}

/** Tells somebody who may not come in why, in plain words: a Fault would look like a service that failed. */
export function turnAway(req: IncomingMessage, res: ServerResponse, away: TurnedAway): void {
  for (const [name, value] of Object.entries(away.headers)) res.setHeader(name, value)
  const { zh, en } = away.error.reason
  const text = `${zh}\n${en}\n`
  if (req.readableEnded) send(res, away.status, 'text/plain; charset=utf-8', text)
  // The rest of the request is not read, however long it is.
  else sendAndClose(req, res, away.status, 'text/plain; charset=utf-8', text)
}

/** True when a request has a body, which may still be on its way. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

export function send(res: ServerResponse, status: number, contentType: string, text: string): void {
  if (res.destroyed || res.headersSent) return
  // As text, which Node sends in one write together with the head.
  res.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(text),
  })
  res.end(text)
}

/**
 * Answers while the request is still coming in. Closing at once would reset the connection and take the
 * answer with it, so the rest is let through unread for a short while (RFC 9112 section 9.6).
 */
function sendAndClose(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  contentType: string,
  text: string,
): void {
  if (res.destroyed || res.headersSent) return
  const bytes = Buffer.from(text)
  res.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': bytes.length,
    Connection: 'close',
  })
  res.write(bytes)
  const finish = (): void => {
    stopTimer()
    res.end()
  }
  const stopTimer = startTimer(finish, DRAIN_MS)
  req.once('end', finish).once('close', finish)
  req.resume()
}

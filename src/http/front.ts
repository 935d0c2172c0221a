import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  CrisisError,
  asCrisisError,
  checkedResponse,
  decodeBytes,
  failure,
  writeGenericResponse,
} from '../messages/index.js'
import {
  SOAP_CONTENT_TYPES,
  ourWsdl,
  readCall,
  writeFault,
  writeReply,
  type SoapCall,
  type SoapVersion,
} from '../soap/index.js'
import { rootPart } from './body-part.js'
import { readBody } from './body.js'
import { remoteAddressOf } from './caller.js'
import { Episodes } from './episodes.js'
import { HttpError } from './errors.js'
import { formOf, MAX_NAME, notCanonical } from './form.js'
import { addressOf, asksForWsdl, splitTarget } from './front-url.js'
import type { TurnedAway } from './guard.js'
import type {
  Address,
  AddressOptions,
  Answer,
  FormMet,
  Handler,
  HostedCall,
  Trouble,
} from './hosted.js'
import type { UnderWay } from './load.js'
import { startTimer } from './timers.js'

export const DEFAULT_ANSWER_LIMIT_MS = 10_000

/** How long a refused body may still flow in, so that its sender gets to read the refusal. */
export const DRAIN_MS = 2_000

export type RequestListener = (req: IncomingMessage, res: ServerResponse) => void

/**
 * Answers the requests of one address. Whatever comes in, each request is answered once and nothing is
 * thrown: a readable envelope always by HTTP 200 and a generic response, all else by a Fault (reading A34).
 */
export function createFront(address: Address): RequestListener {
  const episodes = new Episodes((trouble) => {
    try {
      address.options.onTrouble?.(trouble)
    } catch {
      // The caller's answer matters more than a listener that fails.
    }
  })
  const tell = (trouble: Trouble): void => episodes.add(trouble)
  return (req, res) => {
    // A caller that has gone away is no fault of the process.
    req.on('error', () => {})
    res.on('error', () => {})
    const { guard } = address.options
    const remoteAddress = guard ? guard.callerOf(req) : remoteAddressOf(req)
    const isPost = req.method === 'POST'
    const isWsdl = !isPost && asksForWsdl(splitTarget(req.url ?? '/').query)
    const away = guard?.refuses(req, remoteAddress, isWsdl)
    if (away) {
      tell(troubleOf(away.error, remoteAddress))
      turnAway(req, res, away)
    } else if (!isPost) {
      serveOther(address, req, res)
    } else {
      const underWay = address.load?.enter(remoteAddress)
      if (address.load && !underWay) {
        const error = busyFront()
        tell(troubleOf(error, remoteAddress))
        refuse(req, res, error)
        return
      }
      // All that can fail is answered inside; should that fail, only this one connection goes.
      servePost({ address, remoteAddress, tell, underWay }, req, res)
        .catch(() => res.destroy())
        .finally(() => underWay?.leave())
    }
  }
}

/** What is told of a request of which nothing was read. */
export const troubleOf = ({ code, reason, answer }: HttpError, remoteAddress: string): Trouble => ({
  code,
  reason,
  answer,
  remoteAddress,
  operation: '',
  raw: undefined,
  charset: '',
})

interface Serving {
  readonly address: Address
  readonly remoteAddress: string
  readonly tell: (trouble: Trouble) => void
  readonly underWay: UnderWay | undefined
}

async function servePost(
  { address, remoteAddress, tell, underWay }: Serving,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const receivedAt = new Date()
  const { options } = address
  let raw: Buffer | undefined
  let charset = ''
  let operation = ''
  const trouble = (thrown: unknown): CrisisError => {
    const error = asCrisisError(thrown)
    const { code, reason, answer } = error
    tell({ code, reason, answer, remoteAddress, operation, raw, charset })
    return error
  }

  let call: SoapCall
  let envelope: Pick<HostedCall, 'raw' | 'charset' | 'flags' | 'form'>
  try {
    const body = await readBody(req, {
      ...options.body,
      ...(underWay && { hasRoom: underWay.hasRoom }),
    })
    raw = body.bytes
    const part = rootPart(body.bytes, req.headers['content-type'])
    raw = part.bytes
    const text = body.decoded
      ? { text: part.bytes.toString(), charset: 'utf-8', from: 'parser' as const, flags: [] }
      : decodeBytes(part.bytes, {
          contentType: part.contentType,
          allowGbk: options.allowGbk ?? false,
        })
    charset = text.charset
    call = readCall(text.text, options.xml)
    operation = call.operation
    const form = formOf(call, text, {
      contentType: req.headers['content-type'],
      contentEncoding: req.headers['content-encoding'],
      userAgent: req.headers['user-agent'],
    })
    envelope = { raw, charset, form, flags: [...text.flags, ...call.flags] }
    tellForm(options, { remoteAddress, operation: operation.slice(0, MAX_NAME), form })
  } catch (thrown) {
    refuse(req, res, trouble(thrown))
    return
  }

  let answer: Answer
  try {
    answer = await answerOf(address, call, { ...envelope, receivedAt, remoteAddress })
  } catch (thrown) {
    const { answer: code, reason } = trouble(thrown)
    answer = failure(code, reason)
  }
  const reply = writeReply(call, writeGenericResponse(answer))
  send(res, 200, SOAP_CONTENT_TYPES[call.version], reply)
}

/** @throws whatever the handler throws, and HttpError where it is not asked or does not answer in time */
async function answerOf(
  address: Address,
  call: SoapCall,
  envelope: Omit<HostedCall, 'operation' | 'document' | 'version'>,
): Promise<Answer> {
  const handler = address.handler(call.operation)
  if (handler === undefined) throw unknownOperation(address.operations())
  if (handler === 'busy') throw busy()
  if (address.options.strict && envelope.form.deviations.length > 0) {
    throw notCanonical(envelope.form)
  }
  if (call.ambiguous) throw ambiguousArgument()
  if (call.argument === null) throw missingArgument()
  const { operation, argument: document, version } = call
  const hosted = { ...envelope, operation, document, version }
  const answer = await inTime(
    handler,
    hosted,
    address.options.answerLimitMs ?? DEFAULT_ANSWER_LIMIT_MS,
  )
  return checkedResponse(answer.code, answer.desc)
}

async function inTime(handler: Handler, call: HostedCall, limitMs: number): Promise<Answer> {
  const abort = new AbortController()
  let stopTimer: (() => void) | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    stopTimer = startTimer(() => {
      // First the answer, then the signal: a handler that ends on the signal must not answer in its place.
      reject(late(limitMs))
      abort.abort()
    }, limitMs)
  })
  try {
    return await Promise.race([handler(call, abort.signal), limit])
  } finally {
    stopTimer?.()
  }
}

/** A Fault for what could not be read, or no answer where nobody is left to take it. */
function refuse(req: IncomingMessage, res: ServerResponse, error: CrisisError): void {
  if (error.code === 'BODY_CUT') {
    res.destroy()
    return
  }
  const version = versionOf(req.headers['content-type'])
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

/** The version of a request that cannot be read, by its media type (RFC 3902). */
function versionOf(contentType: string | undefined): SoapVersion {
  return /application\/soap\+xml/i.test(contentType ?? '') ? '1.2' : '1.1'
}

/** Tells somebody who may not come in why, in plain words: a Fault would look like a service that failed. */
function turnAway(req: IncomingMessage, res: ServerResponse, away: TurnedAway): void {
  for (const [name, value] of Object.entries(away.headers)) res.setHeader(name, value)
  const { zh, en } = away.error.reason
  const text = `${zh}\n${en}\n`
  if (req.readableEnded) send(res, away.status, 'text/plain; charset=utf-8', text)
  // What it sends is not read, however long it is.
  else sendAndClose(req, res, away.status, 'text/plain; charset=utf-8', text)
}

function serveOther(address: Address, req: IncomingMessage, res: ServerResponse): void {
  // A body with a GET means nothing; it must not stay in the way of the next request.
  req.resume()
  const reads = req.method === 'GET' || req.method === 'HEAD'
  const { query } = splitTarget(req.url ?? '/')
  if (reads && asksForWsdl(query)) {
    const location = address.options.publicUrl ?? addressOf(req)
    const wsdl = ourWsdl({ operations: address.operations(), address: location })
    send(res, 200, SOAP_CONTENT_TYPES['1.1'], wsdl)
    return
  }
  res.setHeader('Allow', 'POST, GET, HEAD')
  send(
    res,
    405,
    'text/plain; charset=utf-8',
    '这是 SOAP 服务地址，请用 POST 调用；在地址后加 ?wsdl 可查看 WSDL。\n' +
      'This is the address of a SOAP service: call it by POST; its WSDL is at ?wsdl.\n',
  )
}

function send(res: ServerResponse, status: number, contentType: string, text: string): void {
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

function tellForm(options: AddressOptions, met: FormMet): void {
  try {
    options.onForm?.(met)
  } catch {
    // As with trouble: the call goes on.
  }
}

function unknownOperation(operations: readonly string[]): HttpError {
  return new HttpError(
    'OPERATION_UNKNOWN',
    {
      zh: `此地址没有该操作，可用操作：${operations.join('、')}`,
      en: `There is no such operation at this address; there is ${operations.join(', ')}`,
    },
    '405',
  )
}

const busy = (): HttpError =>
  new HttpError(
    'OPERATION_BUSY',
    { zh: '正在重新部署，请稍后重发', en: 'Being deployed anew; send again in a moment' },
    '503',
  )

const busyFront = (): HttpError =>
  new HttpError(
    'FRONT_BUSY',
    {
      zh: '同时处理的请求过多，请稍后重发',
      en: 'Too many requests are under way; send again in a moment',
    },
    '503',
  )

const missingArgument = (): HttpError =>
  new HttpError(
    'ARGUMENT_MISSING',
    {
      zh: '操作中没有参数：应为一个含 XML 文档的字符串',
      en: 'The operation has no argument: one string that holds the XML document is expected',
    },
    '400',
  )

const ambiguousArgument = (): HttpError =>
  new HttpError(
    'ARGUMENT_AMBIGUOUS',
    {
      zh: '一次调用中有多个操作或多个 XML 文档，请分别发送',
      en: 'One call holds several operations or several XML documents; send each by itself',
    },
    '400',
  )

const late = (limitMs: number): HttpError =>
  new HttpError(
    'ANSWER_LATE',
    {
      zh: `${limitMs} 毫秒内未能处理完，请稍后重发`,
      en: `Not handled within ${limitMs} ms; send again in a moment`,
    },
    '503',
  )

import {
  CrisisError,
  decodeBytes,
  isBlank,
  withControlsShown,
  type Answer,
  type DecodedText,
  type Flag,
} from '../messages/index.js'
import { readReply, type SoapReply } from './envelope.js'
import { SoapError } from './errors.js'
import { MAX_FAULT_LENGTH, RemoteError } from './remote-errors.js'
import { refused } from './remote-wsdl.js'
import type { TransportReply } from './transport.js'

/** An answer that arrived whole; what it means is the messages' to judge. */
export interface RemoteReply {
  /** The returned string, exact; not blank unless such were allowed. */
  readonly value: string
  /** The same with all else that was returned. */
  readonly answer: Answer
  readonly reply: SoapReply & { readonly kind: 'value' }
  /** The body as it came, inflated. */
  readonly bytes: Buffer
  readonly charset: string
  readonly flags: readonly Flag[]
}

export interface ReplyReading {
  readonly allowGbk?: boolean | undefined
  /** True when a blank string is handed on, since the rule of the peer reads something else. Default is false. */
  readonly allowBlank?: boolean | undefined
  /** The body itself is the answer, without SOAP. Default is false. */
  readonly isPlain?: boolean
}

/**
 * Reads what a remote sent back (reading A5: whatever is not a whole envelope with a value under a status of
 * 2xx is a failure). Text around the envelope is refused as well: a page that mentions one is no answer.
 * @throws RemoteError SOAP_FAULT, REPLY_EMPTY, REPLY_NOT_SOAP, REPLY_UNREADABLE, HTTP_STATUS
 */
export function readRemoteReply(reply: TransportReply, options: ReplyReading = {}): RemoteReply {
  try {
    return read(reply, options)
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error
    const { code, reason, status, fault, cause } = error
    throw new RemoteError(code, reason, {
      bytes: reply.bytes,
      cause,
      ...(status !== undefined && { status }),
      ...(fault && { fault }),
    })
  }
}

function read({ status, headers, bytes }: TransportReply, options: ReplyReading): RemoteReply {
  if (status === 401 || status === 403) throw refused(status, headers)
  const ok = status >= 200 && status < 300
  if (bytes.length === 0) throw ok ? empty(status) : failed(status)

  let decoded: DecodedText
  let reply: SoapReply
  try {
    decoded = decodeBytes(bytes, {
      contentType: headers['content-type'],
      allowGbk: options.allowGbk ?? false,
    })
    const text = withControlsShown(decoded.text)
    reply = options.isPlain ? plainReply(text) : readText(text, status)
  } catch (error) {
    if (ok) throw error instanceof RemoteError ? error : unreadableReply(error, status)
    throw failed(status, error)
  }

  if (reply.kind === 'fault') throw faulted(reply, status)
  if (!ok) throw failed(status)
  const { name, body, others } = reply
  const value = reply.value ?? ''
  const isNothing = isBlank(body) || (isBlank(value) && options.allowBlank !== true)
  if (isNothing) throw empty(status)
  const answer: Answer = { name, text: value, body, ...(others && { others }) }
  return { value, answer, reply, bytes, charset: decoded.charset, flags: decoded.flags }
}

const plainReply = (value: string): SoapReply => ({
  kind: 'value',
  version: '1.1',
  name: null,
  value,
  form: null,
  body: value,
})

function readText(text: string, status: number): SoapReply {
  if (isBlank(text)) throw empty(status)
  try {
    return readReply(text)
  } catch (error) {
    const code = error instanceof SoapError ? error.code : undefined
    if (
      code === 'ENVELOPE_VERSION' ||
      // The size of a page, its DOCTYPE or its depth may be refused before its root is looked at.
      (code !== undefined && OF_A_PAGE.has(code) && !mentionsEnvelope(text))
    ) {
      throw notSoap(error, status)
    }
    throw error
  }
}

const OF_A_PAGE: ReadonlySet<string> = new Set([
  'ENVELOPE_UNREADABLE',
  'ENVELOPE_DOCTYPE',
  'ENVELOPE_TOO_BIG',
  'ENVELOPE_TOO_DEEP',
])

// Enough for a declaration, comments and whatever stands in front.
const ENVELOPE_WINDOW = 4096
const mentionsEnvelope = (text: string) =>
  /<(?:[\w.-]+:)?Envelope[\s>]/.test(text.slice(0, ENVELOPE_WINDOW))

const empty = (status: number) =>
  new RemoteError(
    'REPLY_EMPTY',
    {
      zh: `对方应答为空（HTTP ${status}），不能视为成功`,
      en: `The peer's reply is empty (HTTP ${status}), which is no success`,
    },
    { status },
  )

const failed = (status: number, cause?: unknown) =>
  new RemoteError(
    'HTTP_STATUS',
    {
      zh: `对方返回 HTTP ${status}，请检查服务地址与对方服务`,
      en: `The peer answered HTTP ${status}; check the service address and the peer's service`,
    },
    { status, cause },
  )

const notSoap = (cause: unknown, status: number) =>
  new RemoteError(
    'REPLY_NOT_SOAP',
    {
      zh: `对方的应答不是 SOAP（HTTP ${status}），请检查服务地址`,
      en: `The peer's reply is not SOAP (HTTP ${status}); check the service address`,
    },
    { status, cause },
  )

function unreadableReply(cause: unknown, status: number): RemoteError {
  const detail =
    cause instanceof CrisisError ? cause.reason : { zh: '内部错误', en: 'an internal error' }
  return new RemoteError(
    'REPLY_UNREADABLE',
    {
      zh: `对方的应答无法读取：${detail.zh}`,
      en: `The peer's reply cannot be read: ${detail.en}`,
    },
    { status, cause },
  )
}

function faulted(reply: SoapReply & { kind: 'fault' }, status: number): RemoteError {
  const code = cut(reply.faultCode)
  // Only what looks like a name is shown: the rest of a Fault may quote the document.
  const shown = /^[\w.:-]{1,60}$/.test(code) ? `（${code}）` : ''
  return new RemoteError(
    'SOAP_FAULT',
    {
      zh: `对方返回 SOAP Fault${shown}，对方未能处理`,
      en: `The peer answered with a SOAP Fault${shown && ` (${code})`}; it could not process the call`,
    },
    { status, fault: { code, text: cut(reply.faultString) } },
  )
}

// Cut on a character, so that no half of one is left.
const cut = (text: string) =>
  text.length <= MAX_FAULT_LENGTH ? text : Array.from(text).slice(0, MAX_FAULT_LENGTH).join('')

import tls, { type PeerCertificate } from 'node:tls'
import type { Reason } from '../../messages/index.js'
import { HttpError, type PosterErrorCode } from '../errors.js'

/** The state of a connection when a call failed on it. */
export interface Failing {
  /** The connection had been made, with TLS the handshake too. */
  readonly connected: boolean
  /** Some of the request may have been sent. */
  readonly sent: boolean
  /** The connection had carried another call before. */
  readonly reused: boolean
  /** Not a byte has come since the request was sent. */
  readonly untouched: boolean
  /** The peer has ended or reset the connection. */
  readonly ended: boolean
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
])

// The names of OpenSSL's verification results and of Node's own TLS errors.
const TLS =
  /^(?:ERR_SSL_|ERR_TLS_|CERT_|CRL_|UNABLE_TO_|ERROR_IN_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|EPROTO$)/

/** Codes by which undici and node:http say that a connection was closed or reset. */
const RESET: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** True when a connection that had been kept was given up by the peer, not whether it acted on the request. */
export const isStale = (thrown: unknown, failing: Failing): boolean =>
  failing.reused && failing.untouched && RESET.has(codeOf(thrown))

/**
 * Whatever the HTTP client reports, as a HttpError whose code tells what an operator can do.
 * @param host host and port only: the rest of an address may hold what is nobody's business
 */
export function posterError(thrown: unknown, host: string, failing: Failing): HttpError {
  if (thrown instanceof HttpError) return thrown
  const code = codeOf(thrown)
  const fail = (kind: PosterErrorCode, reason: Reason) =>
    new HttpError(kind, reason, '500', { cause: evidence(thrown) })
  if (code === 'UND_ERR_INVALID_ARG' || code.startsWith('ERR_INVALID_')) return badAddress(thrown)
  if (isStale(thrown, failing)) {
    return fail('PEER_STALE', {
      zh: `与 ${host} 保持的连接已被对方关闭，对方是否已处理不明，将很快重发`,
      en: `${host} had given up the connection that was kept; whether it acted is unknown, and the same is sent again soon`,
    })
  }
  if (TLS.test(code)) return tlsFailed(host, thrown)
  // The parser also complains of a connection that ends: then the reply was cut short.
  if (isParserError(thrown) && !failing.ended) return notHttp(host, evidence(thrown))
  if (code === 'ETIMEDOUT' && !failing.connected) return connectTimeout(host, thrown)
  if (UNREACHABLE.has(code) && !failing.connected) {
    return fail('PEER_UNREACHABLE', {
      zh: `无法连接 ${host}（${code}），请检查地址、对方服务与网络`,
      en: `${host} cannot be reached (${code}); check the address, the peer's service and the network`,
    })
  }
  return fail('PEER_CLOSED', {
    zh: `与 ${host} 的连接在应答完整之前中断，对方是否已处理不明`,
    en: `The connection to ${host} broke before the reply was complete; whether the peer acted is unknown`,
  })
}

const PARSER: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
])

/** node:http gives its parser's errors a code, undici only a name. */
const isParserError = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (thrown.name === 'HTTPParserError' ||
    codeOf(thrown).startsWith('HPE_') ||
    PARSER.has(codeOf(thrown)))

/** A parser's error holds the bytes that it could not read, which may be a patient's. */
const evidence = (thrown: unknown): unknown =>
  thrown instanceof Error && isParserError(thrown) ? new Error(thrown.message) : thrown

export const notHttp = (host: string, cause?: unknown) =>
  new HttpError(
    'PEER_NOT_HTTP',
    {
      zh: `${host} 的应答不是有效的 HTTP，请检查地址和端口`,
      en: `The reply of ${host} is not valid HTTP; check the address and the port`,
    },
    '500',
    { cause },
  )

/** The words of a certificate that is not trusted about itself, kept with the error of its handshake. */
const certificates = new WeakMap<Error, PeerCertificate>()

export function withCertificate(error: Error, certificate: PeerCertificate): Error {
  if (certificate.valid_to) certificates.set(error, certificate)
  return error
}

export const tlsFailed = (host: string, cause: unknown) => {
  const code = codeOf(cause)
  const named = code === '' ? ['', ''] : [`（${code}）`, ` (${code})`]
  const seen = cause instanceof Error ? certificates.get(cause) : undefined
  const [zh, en] = seen
    ? [
        `，对方证书有效期为 ${dayOf(seen.valid_from)} 至 ${dayOf(seen.valid_to)}`,
        `, and its certificate is valid from ${dayOf(seen.valid_from)} to ${dayOf(seen.valid_to)}`,
      ]
    : OF_A_VERSION.test(code)
      ? [
          `，本机只接受 ${tls.DEFAULT_MIN_VERSION} 至 ${tls.DEFAULT_MAX_VERSION}`,
          `, and only ${tls.DEFAULT_MIN_VERSION} to ${tls.DEFAULT_MAX_VERSION} are spoken here`,
        ]
      : ['', '']
  return new HttpError(
    'PEER_TLS',
    {
      zh: `与 ${host} 的 TLS 握手失败${named[0]}${zh}；请检查证书、主机名与协议`,
      en: `The TLS handshake with ${host} failed${named[1]}${en}; check the certificates, the host name and the protocol`,
    },
    '500',
    { cause },
  )
}

/** OpenSSL's errors of two that have no version of TLS in common, or of a port that speaks no TLS at all. */
const OF_A_VERSION = /VERSION|PROTOCOL/

/** OpenSSL writes `Nov 29 12:00:00 2026 GMT`. */
function dayOf(written: string): string {
  const at = Date.parse(written)
  return Number.isFinite(at) ? new Date(at).toISOString().slice(0, 10) : '?'
}

export const noConnectionFree = (host: string, limitMs: number) =>
  new HttpError('PEER_BUSY', {
    zh: `${limitMs} 毫秒内没有空闲的连接可用于 ${host}，未发送任何内容`,
    en: `No connection to ${host} became free within ${limitMs} ms; nothing was sent`,
  })

export const connectTimeout = (host: string, cause?: unknown) =>
  new HttpError(
    'PEER_CONNECT_TIMEOUT',
    {
      zh: `连接 ${host} 超时，请检查地址、防火墙与网络`,
      en: `Connecting to ${host} took too long; check the address, the firewall and the network`,
    },
    '500',
    { cause },
  )

export const deadlineExceeded = (host: string, limitMs: number) =>
  new HttpError('PEER_DEADLINE', {
    zh: `${host} 未在 ${limitMs} 毫秒内完整应答，对方是否已处理不明`,
    en: `${host} did not reply completely within ${limitMs} ms; whether the peer acted is unknown`,
  })

export const tooBig = (host: string, limit: number) =>
  new HttpError('PEER_TOO_BIG', {
    zh: `${host} 的应答超过 ${limit} 字节的上限`,
    en: `The reply of ${host} is bigger than the limit of ${limit} bytes`,
  })

export const badEncoding = (host: string, cause?: unknown) =>
  new HttpError(
    'PEER_ENCODING',
    {
      zh: `${host} 的应答的压缩或 multipart 格式不受支持或已损坏`,
      en: `The reply of ${host} is compressed in an unknown way, or its compression or multipart is damaged`,
    },
    '500',
    { cause },
  )

export const redirected = (host: string, status: number) =>
  new HttpError(
    'PEER_REDIRECT',
    {
      zh: `${host} 要求重定向（HTTP ${status}），不予跟随；请填写最终地址`,
      en: `${host} redirects (HTTP ${status}), which is not followed; set the final address`,
    },
    '500',
    { status },
  )

export const badAddress = (cause?: unknown) =>
  new HttpError(
    'PEER_ADDRESS',
    {
      zh: '对方地址或请求头无效：地址必须以 http:// 或 https:// 开头',
      en: "The peer's address or a request header is invalid; the address must begin with http:// or https://",
    },
    '500',
    { cause },
  )

export const aborted = (cause: unknown) =>
  new HttpError(
    'ABORTED',
    {
      zh: '调用已被取消，对方是否已处理不明',
      en: 'The call was cancelled; whether the peer acted is unknown',
    },
    '500',
    { cause },
  )

export const posterClosed = () =>
  new HttpError('POSTER_CLOSED', {
    zh: '对方的连接已关闭（部署或停止），对方是否已处理不明',
    en: 'The connections to the peer were closed (deploy or stop); whether the peer acted is unknown',
  })

function codeOf(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : ''
}

import type { Reason } from '../messages/index.js'
import { HttpError, type PosterErrorCode } from './errors.js'

/** What is known of a call when it fails. */
export interface CallState {
  /** Host and port only: the rest of an address may hold what is nobody's business. */
  readonly host: string
  /** Whether the connection (with TLS, the handshake too) had been made. */
  readonly connected: boolean
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

/** Whatever node:http reports, as a HttpError whose code tells what an operator can do. */
export function posterError(thrown: unknown, state: CallState): HttpError {
  if (thrown instanceof HttpError) return thrown
  const code = codeOf(thrown)
  const fail = (kind: PosterErrorCode, reason: Reason) =>
    new HttpError(kind, reason, '500', { cause: thrown })
  const { host } = state
  if (TLS.test(code)) {
    return fail('PEER_TLS', {
      zh: `与 ${host} 的 TLS 握手失败（${code}），请检查证书、主机名与协议`,
      en: `The TLS handshake with ${host} failed (${code}); check the certificates, the host name and the protocol`,
    })
  }
  if (code.startsWith('HPE_')) {
    return fail('PEER_NOT_HTTP', {
      zh: `${host} 的应答不是有效的 HTTP，请检查地址和端口`,
      en: `The reply of ${host} is not valid HTTP; check the address and the port`,
    })
  }
  if (code === 'ETIMEDOUT' && !state.connected) return connectTimeout(host, thrown)
  if (UNREACHABLE.has(code) && !state.connected) {
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

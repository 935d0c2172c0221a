import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { plainAddress } from './address-list.js'
import type { Reason } from '../../messages/index.js'
import { HttpError } from '../errors.js'

/** A TLS socket knows the one under it by this name, in Node 22 and 24; its own address is gone once it is closed. */
type Wrapping = TLSSocket & { readonly _parent?: Socket }

/** The connection that a TLS connection was made of. */
export const underOf = (socket: TLSSocket): Socket | undefined => (socket as Wrapping)._parent

/** Address of the caller of a handshake; '' when it is not known. */
export function handshakeCaller(socket: TLSSocket): string {
  return plainAddress(socket.remoteAddress ?? underOf(socket)?.remoteAddress ?? '')
}

/**
 * Why a handshake failed, where somebody should know: a caller that was set up wrongly calls in vain, and sees no
 * more than a connection that is closed. Undefined for who only knocks or speaks no TLS at all.
 */
export function handshakeError(
  error: NodeJS.ErrnoException,
  socket: TLSSocket,
): HttpError | undefined {
  const caller = handshakeCaller(socket)
  const from =
    caller === '' ? { zh: '来源地址不明', en: 'unknown address' } : { zh: caller, en: caller }
  const code = error.code ?? ''
  // A word of OpenSSL, whatever the types say.
  const verdict = String(socket.authorizationError ?? '')
  const refused = (reason: Reason): HttpError =>
    new HttpError(
      'CLIENT_CERTIFICATE',
      {
        zh: `TLS 握手被拒绝（${from.zh}）：${reason.zh}`,
        en: `TLS handshake refused (${from.en}): ${reason.en}`,
      },
      '401',
    )
  const failed = (reason: Reason): HttpError =>
    new HttpError(
      'TLS_HANDSHAKE',
      {
        zh: `TLS 握手失败（${from.zh}）：${reason.zh}`,
        en: `TLS handshake failed (${from.en}): ${reason.en}`,
      },
      '401',
    )

  if (code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') return refused(MISSING)
  if (verdict === 'CERT_HAS_EXPIRED' || verdict === 'CERT_NOT_YET_VALID') return refused(UNTIMELY)
  if (verdict !== '') return refused(UNKNOWN)
  if (code === 'ERR_SSL_HTTP_REQUEST') return failed(PLAIN)
  if (/^ERR_SSL_.*ALERT.*(?:CA|CERTIFICATE)/.test(code)) return failed(DISTRUSTED)
  if (/^ERR_SSL_(?:UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_SHARED_CIPHER)/.test(code)) {
    return failed(OLD)
  }
  return undefined
}

const MISSING: Reason = {
  zh: '调用方没有出示客户端证书，请在调用方配置证书',
  en: 'the caller shows no client certificate; give it one',
}
const UNTIMELY: Reason = {
  zh: '调用方的客户端证书已过期或尚未生效，请更换证书并核对两端时钟',
  en: 'the client certificate of the caller has expired or is not valid yet; renew it, and check the clocks of both',
}
const UNKNOWN: Reason = {
  zh: '调用方的客户端证书不是由 TLS 配置中的 CA 签发的，或不能用作客户端证书',
  en: 'the client certificate of the caller is not signed by the CA of the TLS configuration, or not meant for clients',
}
const PLAIN: Reason = {
  zh: '调用方以 http 调用，本端口只接受 https',
  en: 'the caller speaks http, and this port https only',
}
const DISTRUSTED: Reason = {
  zh: '调用方不信任本服务的证书，请在调用方导入签发它的 CA',
  en: 'the caller does not trust the certificate of this service; let it know the CA that signed it',
}
const OLD: Reason = {
  zh: '调用方使用的 TLS 版本或加密套件过旧，需要 TLS 1.2 以上',
  en: 'the TLS version or the ciphers of the caller are too old; TLS 1.2 is wanted at least',
}

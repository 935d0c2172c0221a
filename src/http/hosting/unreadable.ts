import type { Socket } from 'node:net'
import type { Reason } from '../../messages/index.js'
import { remoteAddressOfSocket } from './caller.js'
import { Connection } from './connection.js'
import { HttpError } from '../errors.js'
import { troubleOf } from './front.js'
import type { Trouble } from './hosted.js'

/**
 * Answers with one line what Node's parser has refused, and hangs up: there is no request to be answered.
 * Returns the trouble to be told; undefined where the caller has hung up, or only knocked.
 */
export function refuseUnreadable(
  error: NodeJS.ErrnoException,
  socket: Socket,
): Trouble | undefined {
  const code = error.code ?? ''
  const caller = remoteAddressOfSocket(socket)
  const hasHungUp = !socket.writable || code === 'ECONNRESET'
  if (hasHungUp) {
    socket.destroy()
    return undefined
  }
  const isSlow = code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const status = isSlow
    ? '408 Request Timeout'
    : code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  )
  // A probe of the port sends nothing, and who ends in the middle of a request is told of by its body.
  if (socket.bytesRead === 0 || code === 'HPE_INVALID_EOF_STATE') return undefined
  const hasAsked = Connection.of(socket)?.hasAsked === true
  return troubleOf(unreadable(status, code, isSlow, hasAsked), caller)
}

const unreadable = (
  status: string,
  code: string,
  isSlow: boolean,
  hasAsked: boolean,
): HttpError => {
  const hint = isSlow ? SLOW : hasAsked ? BEHIND : NO_HTTP
  return new HttpError(
    'HTTP_UNREADABLE',
    {
      zh: `收到的不是可读的 HTTP 请求，已回 ${status}（${code}）：${hint.zh}`,
      en: `What came in is no HTTP request that can be read, and was answered ${status} (${code}): ${hint.en}`,
    },
    '400',
  )
}

const SLOW: Reason = {
  zh: '请求头未在时限内传完',
  en: 'its head was not complete in time',
}
const BEHIND: Reason = {
  zh: '它跟在同一连接的前一个请求之后，前一个请求的 Content-Length 很可能偏小（应按字节而不是按字符计算）',
  en: 'it stands behind a request on the same connection, whose Content-Length is probably too small (it counts bytes, not characters)',
}
const NO_HTTP: Reason = {
  zh: '请核对调用方的协议（http 或 https）和请求头',
  en: 'check the protocol (http or https) and the headers of the caller',
}

import { CrisisError, type FailureCode, type Reason } from '../messages/index.js'

/**
 * Codes of troubles while we call a peer:
 *
 * - `PEER_ADDRESS`: the address is no http(s) URL, or cannot be called
 * - `PEER_UNREACHABLE`: nobody there (refused, unknown name, no route)
 * - `PEER_CONNECT_TIMEOUT`, `PEER_DEADLINE`: too slow to connect; too slow in all
 * - `PEER_BUSY`: no connection became free in time, so that nothing was sent
 * - `PEER_CLOSED`: the connection broke before the reply was complete
 * - `PEER_STALE`: a connection that was kept from an earlier call turned out to be closed or reset
 * - `PEER_NOT_HTTP`, `PEER_ENCODING`, `PEER_TOO_BIG`: the reply cannot be taken
 * - `PEER_REDIRECT`: the peer points elsewhere, which is never followed
 * - `PEER_TLS`: certificate or handshake refused by one of the two
 * - `ABORTED`, `POSTER_CLOSED`: ended by ourselves; the outcome at the peer is unknown
 */
export type PosterErrorCode =
  | 'PEER_ADDRESS'
  | 'PEER_UNREACHABLE'
  | 'PEER_CONNECT_TIMEOUT'
  | 'PEER_DEADLINE'
  | 'PEER_BUSY'
  | 'PEER_CLOSED'
  | 'PEER_STALE'
  | 'PEER_NOT_HTTP'
  | 'PEER_ENCODING'
  | 'PEER_TOO_BIG'
  | 'PEER_REDIRECT'
  | 'PEER_TLS'
  | 'ABORTED'
  | 'POSTER_CLOSED'

/**
 * Codes of troubles while we host:
 *
 * - `BODY_TOO_BIG`, `BODY_SLOW`, `BODY_CUT`, `BODY_UNREADABLE`, `BODY_ENCODING`, `BODY_CONSUMED`: the bytes
 *   of a request cannot be had
 * - `OPERATION_UNKNOWN`, `OPERATION_BUSY`, `ARGUMENT_MISSING`, `ANSWER_LATE`: a call cannot be answered
 * - `ARGUMENT_AMBIGUOUS`: it holds several documents; `FORM_REFUSED`: it is not as our WSDL describes it
 * - `ADDRESS_TAKEN`: another node hosts the operation there
 * - `PORT_IN_USE`, `PORT_DENIED`, `PORT_UNAVAILABLE`, `PORT_TLS`: a port cannot be opened
 * - `ADDRESS_LIST`: a list of addresses cannot be read
 * - `GUARDS_DIFFER`: two services at one address let different callers in
 * - `CALLER_REFUSED`, `CREDENTIAL_MISSING`, `CREDENTIAL_REFUSED`: somebody may not come in
 * - `CLIENT_CERTIFICATE`, `TLS_HANDSHAKE`: a caller on a port with TLS came no further than that
 * - `FRONT_BUSY`: too much is under way
 * - `HTTP_UNREADABLE`, `PATH_UNKNOWN`, `METHOD_REFUSED`: a request came no further than HTTP
 */
export type HostErrorCode =
  | 'BODY_TOO_BIG'
  | 'BODY_SLOW'
  | 'BODY_CUT'
  | 'BODY_UNREADABLE'
  | 'BODY_ENCODING'
  | 'BODY_CONSUMED'
  | 'OPERATION_UNKNOWN'
  | 'OPERATION_BUSY'
  | 'ARGUMENT_MISSING'
  | 'ARGUMENT_AMBIGUOUS'
  | 'FORM_REFUSED'
  | 'ANSWER_LATE'
  | 'HTTP_UNREADABLE'
  | 'PATH_UNKNOWN'
  | 'METHOD_REFUSED'
  | 'ADDRESS_TAKEN'
  | 'PORT_IN_USE'
  | 'PORT_DENIED'
  | 'PORT_UNAVAILABLE'
  | 'PORT_TLS'
  | 'ADDRESS_LIST'
  | 'GUARDS_DIFFER'
  | 'CALLER_REFUSED'
  | 'CREDENTIAL_MISSING'
  | 'CREDENTIAL_REFUSED'
  | 'CLIENT_CERTIFICATE'
  | 'TLS_HANDSHAKE'
  | 'FRONT_BUSY'

export type HttpErrorCode = PosterErrorCode | HostErrorCode

export interface HttpErrorOptions extends ErrorOptions {
  /** The HTTP status, where there was one. */
  readonly status?: number
}

/** A failure of the transport, in either direction. */
export class HttpError extends CrisisError {
  override readonly name: string = 'HttpError'
  readonly status: number | undefined

  constructor(
    override readonly code: HttpErrorCode,
    reason: Reason,
    answer: FailureCode = '500',
    options: HttpErrorOptions = {},
  ) {
    super(code, reason, answer, options)
    this.status = options.status
  }
}

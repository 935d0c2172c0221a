import { CrisisError, type FailureCode, type Reason } from '../messages/index.js'

/** What can be wrong with an envelope, whoever sent it. */
export type EnvelopeErrorCode =
  | 'ENVELOPE_UNREADABLE'
  | 'ENVELOPE_DOCTYPE'
  | 'ENVELOPE_TOO_DEEP'
  | 'ENVELOPE_TOO_BIG'
  | 'ENVELOPE_VERSION'
  | 'ENVELOPE_NO_OPERATION'

/**
 * What can go wrong while we call a remote:
 *
 * - `SOAP_FAULT`: it answered with a Fault
 * - `REPLY_EMPTY`: no body, or an envelope without content
 * - `REPLY_NOT_SOAP`: HTML, JSON or something else where an envelope was expected
 * - `REPLY_UNREADABLE`: an envelope that is cut short, malformed or in another charset than it says
 * - `HTTP_STATUS`: a failing status, whatever the body says
 * - `WSDL_UNREADABLE`, `WSDL_NO_OPERATION`: the description is of no use
 * - `REQUEST_EMPTY`: the request that came of the description would not carry the document; nothing was sent
 */
export type RemoteErrorCode =
  | 'SOAP_FAULT'
  | 'REPLY_EMPTY'
  | 'REPLY_NOT_SOAP'
  | 'REPLY_UNREADABLE'
  | 'HTTP_STATUS'
  | 'WSDL_UNREADABLE'
  | 'WSDL_NO_OPERATION'
  | 'REQUEST_EMPTY'

export type SoapErrorCode = EnvelopeErrorCode | RemoteErrorCode

export interface SoapErrorOptions extends ErrorOptions {
  readonly answer?: FailureCode
  /** The HTTP status, where there was one. */
  readonly status?: number
  /** What a Fault said, each cut to `MAX_FAULT_LENGTH` characters. */
  readonly fault?: { readonly code: string; readonly text: string }
}

/** A Fault may carry a whole stack trace: what is kept of it. */
export const MAX_FAULT_LENGTH = 200

/** A failure of the wrapping, in either direction. */
export class SoapError extends CrisisError {
  override readonly name: string = 'SoapError'
  readonly status: number | undefined
  readonly fault: { readonly code: string; readonly text: string } | undefined

  constructor(
    override readonly code: SoapErrorCode,
    reason: Reason,
    options: SoapErrorOptions = {},
  ) {
    super(code, reason, options.answer ?? '400', options)
    this.status = options.status
    this.fault = options.fault
  }
}

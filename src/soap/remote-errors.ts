import { CrisisError, type Reason } from '../messages/index.js'

/**
 * Codes of troubles while we call a remote:
 *
 * - `SOAP_FAULT`: it answered with a Fault
 * - `REPLY_EMPTY`: no body, or an envelope without a value
 * - `REPLY_NOT_SOAP`: HTML, plain text or something else where an envelope was expected
 * - `REPLY_UNREADABLE`: an envelope that is cut short, malformed or in another charset than it says
 * - `HTTP_STATUS`: a failing status, whatever the body says
 * - `WSDL_UNREADABLE`, `WSDL_NO_OPERATION`: the description is of no use; nothing was sent
 * - `SETTING_PARAMETER`: the description does not say which parameter takes the document, and no setting does; nothing
 *   was sent
 * - `SETTING_REQUEST`: the settings of the request do not go together; nothing was sent
 * - `REQUEST_EMPTY`: the request that follows from the description would not carry the document; nothing was sent
 */
export type RemoteErrorCode =
  | 'SOAP_FAULT'
  | 'REPLY_EMPTY'
  | 'REPLY_NOT_SOAP'
  | 'REPLY_UNREADABLE'
  | 'HTTP_STATUS'
  | 'WSDL_UNREADABLE'
  | 'WSDL_NO_OPERATION'
  | 'SETTING_PARAMETER'
  | 'SETTING_REQUEST'
  | 'REQUEST_EMPTY'

export interface RemoteErrorOptions extends ErrorOptions {
  /** The HTTP status, where there was one. */
  readonly status?: number
  /** Words of a Fault, each part cut to `MAX_FAULT_LENGTH` characters. It is the peer's text: not for logs. */
  readonly fault?: { readonly code: string; readonly text: string }
  /** The reply's body, where there was one. */
  readonly bytes?: Uint8Array
}

/** A Fault may carry a whole stack trace: what is kept of each of its parts. */
export const MAX_FAULT_LENGTH = 200

/** A call that did not end with a value in an envelope. */
export class RemoteError extends CrisisError {
  override readonly name: string = 'RemoteError'
  readonly status: number | undefined
  readonly fault: RemoteErrorOptions['fault']
  /** Private: whoever prints or clones an error must not carry a reply with it. */
  readonly #bytes: Uint8Array | undefined

  constructor(
    override readonly code: RemoteErrorCode,
    reason: Reason,
    options: RemoteErrorOptions = {},
  ) {
    super(code, reason, '500', options)
    this.status = options.status
    this.fault = options.fault
    this.#bytes = options.bytes
  }

  /** The reply's body as it came, inflated; undefined when there was none. For the record only. */
  get bytes(): Uint8Array | undefined {
    return this.#bytes
  }
}

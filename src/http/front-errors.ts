import { CrisisError, type FailureCode, type Reason } from '../messages/index.js'

/** What goes wrong in hosting: with the bytes of a request, with an address, with a port. */
export class HttpError extends CrisisError {
  override readonly name: string = 'HttpError'

  constructor(
    override readonly code: HttpErrorCode,
    reason: Reason,
    answer: FailureCode = '400',
    options?: ErrorOptions,
  ) {
    super(code, reason, answer, options)
  }
}

export type HttpErrorCode =
  | 'BODY_TOO_BIG'
  | 'BODY_SLOW'
  | 'BODY_CUT'
  | 'BODY_UNREADABLE'
  | 'BODY_ENCODING'
  | 'BODY_CONSUMED'
  | 'OPERATION_UNKNOWN'
  | 'OPERATION_BUSY'
  | 'ARGUMENT_MISSING'
  | 'ANSWER_LATE'
  | 'ADDRESS_TAKEN'
  | 'PORT_IN_USE'
  | 'PORT_DENIED'
  | 'PORT_UNAVAILABLE'
  | 'PORT_TLS'

/** A text that a person reads, in both languages of the product. */
export interface Reason {
  readonly zh: string
  readonly en: string
}

/**
 * The root of all errors of this package: a stable `code` for policy, a reason in both languages for
 * people, and `answer`, the failure code a caller of ours is given (reading A2).
 * Neither the code nor the reason ever carries patient text, a licence or a password.
 */
export class CrisisError extends Error {
  override readonly name: string = 'CrisisError'

  constructor(
    readonly code: string,
    readonly reason: Reason,
    readonly answer: FailureCode = '500',
    options?: ErrorOptions,
  ) {
    super(reason.en, options)
  }
}

/**
 * The failure codes of ours. Never `1` or `200`: a reader of table 7.2 takes `1`, and HTTP-minded code
 * takes `200`, for a success (reading A2).
 *
 * 400 not readable · 401 licence · 404 no such crisis · 405 no such operation here · 409 conflict ·
 * 413 too big · 422 key missing · 500 not stored · 503 not ready, try again
 */
export type FailureCode = '400' | '401' | '404' | '405' | '409' | '413' | '422' | '500' | '503'

/** A document that cannot be read or must not be written. */
export class MessageError extends CrisisError {
  override readonly name: string = 'MessageError'

  constructor(
    override readonly code: MessageErrorCode,
    reason: Reason,
    answer: FailureCode = '400',
    options?: ErrorOptions,
  ) {
    super(code, reason, answer, options)
  }
}

export type MessageErrorCode =
  | 'CHARSET_UNREADABLE'
  | 'CHARSET_REPLACEMENT'
  | 'XML_NOT_WELL_FORMED'
  | 'XML_DOCTYPE'
  | 'XML_TOO_DEEP'
  | 'XML_TOO_BIG'
  | 'DOCUMENT_EMPTY'
  | 'DOCUMENT_UNKNOWN'
  | 'DOCUMENT_AMBIGUOUS'
  | 'KEY_MISSING'
  | 'VALUE_NOT_TEXT'
  | 'VALUE_CHARACTER'
  | 'RESPONSE_CODE'
  | 'WRAPPING_UNREADABLE'

/** Anything thrown, as a CrisisError: what is not ours becomes `UNEXPECTED` with the original as cause. */
export function asCrisisError(thrown: unknown): CrisisError {
  if (thrown instanceof CrisisError) return thrown
  return new CrisisError(
    'UNEXPECTED',
    { zh: '内部错误，请查看日志后重试', en: 'An internal error; see the log and try again' },
    '500',
    { cause: thrown },
  )
}

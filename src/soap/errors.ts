import { CrisisError, MessageError, type FailureCode, type Reason } from '../messages/index.js'

/** An envelope that cannot be read or is not one. Whoever called us is told by a SOAP Fault (reading A34). */
export class SoapError extends CrisisError {
  override readonly name: string = 'SoapError'

  constructor(
    override readonly code: SoapErrorCode,
    reason: Reason,
    answer: FailureCode = '400',
    options?: ErrorOptions,
  ) {
    super(code, reason, answer, options)
  }
}

export type SoapErrorCode =
  | 'ENVELOPE_UNREADABLE'
  | 'ENVELOPE_CHARSET'
  | 'ENVELOPE_DOCTYPE'
  | 'ENVELOPE_TOO_DEEP'
  | 'ENVELOPE_TOO_BIG'
  | 'ENVELOPE_VERSION'
  | 'ENVELOPE_NO_OPERATION'

/** A refusal of the strict gate, as a fault of the envelope; the gate's own error stays the cause. */
export function envelopeError(thrown: unknown): unknown {
  if (!(thrown instanceof MessageError)) return thrown
  return new SoapError(
    envelopeCode(thrown.code),
    { zh: `SOAP 信封：${thrown.reason.zh}`, en: `SOAP envelope: ${thrown.reason.en}` },
    thrown.answer,
    { cause: thrown },
  )
}

function envelopeCode(code: MessageError['code']): SoapErrorCode {
  switch (code) {
    case 'XML_DOCTYPE':
      return 'ENVELOPE_DOCTYPE'
    case 'XML_TOO_DEEP':
      return 'ENVELOPE_TOO_DEEP'
    case 'XML_TOO_BIG':
      return 'ENVELOPE_TOO_BIG'
    case 'CHARSET_REPLACEMENT':
    case 'CHARSET_UNREADABLE':
      return 'ENVELOPE_CHARSET'
    default:
      return 'ENVELOPE_UNREADABLE'
  }
}

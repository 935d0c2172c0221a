import { HttpError } from '../http/index.js'
import { OF_SETTINGS } from '../ledger/index.js'
import {
  asCrisisError,
  classifyReply,
  isBlank,
  OWN_RULES,
  type Answer,
  type MessageErrorCode,
  type ReadResponse,
  type Reason,
  type ReplyRules,
} from '../messages/index.js'
import { RemoteError } from '../soap/index.js'

/**
 * The outcome of one attempt to hand a document to a peer. Success is only `delivered` (reading A1); policy
 * keys on the class and the code, never on a text.
 *
 * - `delivered`: the peer answered exactly `0`
 * - `rejected`: the peer understood and refused; the same bytes will be refused again
 * - `ambiguous`: the peer's answer contradicts itself or is not understood (A4): a person must look
 * - `unreachable`: no answer (down, slow, Fault, HTML, empty, cut short): the outcome is unknown (A5)
 * - `unauthorized`: the peer refuses us, not the document (A12): alarm, and pause until it accepts us
 */
export type OutcomeClass = 'delivered' | 'rejected' | 'ambiguous' | 'unreachable' | 'unauthorized'

export interface Outcome {
  readonly class: OutcomeClass
  /** Stable code: `DELIVERED`, or the code of the error or of the reply's fault. */
  readonly code: string
  readonly reason: Reason
  /** The peer's own answer, when it could be read. `desc` is the peer's text. */
  readonly reply?: { readonly code: string; readonly desc: string }
}

/** Codes of a fault in the document itself, seen before anything was sent. */
const WRONG_DOCUMENT: ReadonlySet<string> = new Set([
  'CHARSET_UNREADABLE',
  'CHARSET_REPLACEMENT',
  'XML_NOT_WELL_FORMED',
  'XML_DOCTYPE',
  'XML_TOO_DEEP',
  'XML_TOO_BIG',
  'DOCUMENT_EMPTY',
  'DOCUMENT_UNKNOWN',
  'DOCUMENT_AMBIGUOUS',
  'KEY_MISSING',
  'VALUE_NOT_TEXT',
  'VALUE_CHARACTER',
] satisfies MessageErrorCode[])

/** A setting that is missing, seen before anything was sent: told at once, and the documents wait until it is set. */
export const isMissingSetting = (outcome: Pick<Outcome, 'code'>): boolean =>
  outcome.code === 'SETTING_PARAMETER' || outcome.code === 'SETTING_REQUEST'

export const isWrongSetting = (outcome: Pick<Outcome, 'code'>): boolean =>
  OF_SETTINGS.has(outcome.code)

/** True when nothing could be sent, so that the same again would end the same. */
export const isHopeless = (outcome: Pick<Outcome, 'code'>): boolean =>
  isWrongSetting(outcome) || WRONG_DOCUMENT.has(outcome.code)

/** Codes of an attempt whose connection could not be used: another one is there at once. */
const OF_A_CONNECTION: ReadonlySet<string> = new Set(['PEER_STALE', 'PEER_BUSY'])

/** True when the attempt says something of a connection and nothing of the peer or the document. */
export const isOfConnection = (outcome: Pick<Outcome, 'code'>): boolean =>
  OF_A_CONNECTION.has(outcome.code)

/** The statuses that refuse us rather than the document. */
const REFUSING: ReadonlySet<number> = new Set([401, 403])

/**
 * The outcome of an attempt that ended with an error. Whatever is not known to be hopeless is `unreachable`:
 * the peer may or may not have acted (reading A5). What a Fault said is handed on as the peer's own answer.
 */
export function outcomeOfError(thrown: unknown): Outcome {
  const error = asCrisisError(thrown)
  const { code, reason } = error
  const fault = error instanceof RemoteError ? error.fault : undefined
  return {
    class: classOfError(error),
    code,
    reason,
    ...(fault && { reply: { code: fault.code, desc: fault.text } }),
  }
}

/** Fault codes that refuse a UsernameToken (WS-Security 1.0 section 12), under whatever prefix. */
const REFUSES_TOKEN =
  /^(?:[^:]*:)?(?:FailedAuthentication|InvalidSecurity|InvalidSecurityToken|UnsupportedSecurityToken|SecurityTokenUnavailable|FailedCheck|MessageExpired)$/

function classOfError(error: Error & { readonly code: string }): OutcomeClass {
  if (OF_SETTINGS.has(error.code) || WRONG_DOCUMENT.has(error.code)) return 'ambiguous'
  if (error instanceof HttpError && error.code === 'PEER_TLS') return 'unauthorized'
  if (error instanceof RemoteError && REFUSING.has(error.status ?? 0)) return 'unauthorized'
  if (error instanceof RemoteError && REFUSES_TOKEN.test(error.fault?.code ?? '')) {
    return 'unauthorized'
  }
  return 'unreachable'
}

/** Longest text of an answer that is kept for people, in UTF-16 code units. */
const MAX_WORDS = 1_000

/** The words of an answer for people: its desc, or whatever it has in place of one. */
function wordsOf({ desc, beside }: ReadResponse): string {
  if (!isBlank(desc)) return desc
  const said = beside.map(({ text }) => text.trim()).filter((text) => text !== '')
  return Array.from(said.join('\n').slice(0, 2 * MAX_WORDS))
    .slice(0, MAX_WORDS)
    .join('')
}

/** The outcome of an attempt that brought an answer; what the answer means is decided by `classifyReply`. */
export function outcomeOfReply(answer: string | Answer, rules: ReplyRules = OWN_RULES): Outcome {
  const { class: verdict, code, reason, reply, raw } = classifyReply(answer, rules)
  return {
    class: verdict === 'unusable' ? 'unreachable' : verdict,
    code,
    reason,
    ...(reply && { reply: { code: reply.code, desc: wordsOf(reply) } }),
    // A person decides by the peer's own words.
    ...(raw !== undefined && { reply: { code: '', desc: raw } }),
  }
}

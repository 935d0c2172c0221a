import { MessageError, type FailureCode, type Reason } from './errors.js'
import { content } from './fields.js'
import type { ReadResponse } from './reply-parts.js'
import { OWN_RULES, rowsOf } from './reply-profile.js'
import { readByRules } from './reply-reading.js'
import { looksLikeSuccess } from './success-code.js'
import { cutToBytes, isBlank, withoutControlCharacters } from './text.js'
import { XML_DECLARATION, type XmlLimits } from './xml/index.js'

/** The common answer of both directions (document 7.1 and 7.2). */
export interface GenericResponse {
  readonly code: string
  readonly desc: string
}

/** `0`: the only success of an XML answer (document 7.1, reading A1). */
export const SUCCESS_CODE = '0'

/** VARCHAR(300), counted in bytes as Oracle does (reading A6). */
export const MAX_DESC_BYTES = 300

/** VARCHAR(6) */
export const MAX_CODE_LENGTH = 6

/** A success of ours; all that say nothing of their own are one object. */
export const success = (desc?: string): GenericResponse =>
  desc === undefined ? PLAIN_SUCCESS : checkedResponse(SUCCESS_CODE, desc)

const PLAIN_SUCCESS: GenericResponse = Object.freeze({ code: SUCCESS_CODE, desc: '成功' })

/** A refusal of ours: the sender's operator reads the Chinese reason. */
export const failure = (code: FailureCode, reason: Reason): GenericResponse => ({
  code,
  desc: cutToBytes(reason.zh, MAX_DESC_BYTES),
})

// Only characters that no writer drops and no reader trims, so that the code is written as it was checked.
const PLAIN_CODE = /^[\x21-\x7e]+$/

/**
 * An answer of ours, checked: exactly `0`, or a failure code that nobody can take for a success.
 * A blank desc is filled, since the document says NOT NULL.
 * @throws MessageError RESPONSE_CODE
 */
export function checkedResponse(code: string, desc: string | undefined): GenericResponse {
  if (
    code !== SUCCESS_CODE &&
    (looksLikeSuccess(code) || code.length > MAX_CODE_LENGTH || !PLAIN_CODE.test(code))
  ) {
    throw new MessageError(
      'RESPONSE_CODE',
      {
        zh: `通用响应的 code 无效：成功只能是 0；失败码不能是 1、200 等可能被当作成功的值，且为不超过 ${MAX_CODE_LENGTH} 个的字母、数字或符号`,
        en: `Not a code for a generic response: success is exactly 0, a failure must not be 1, 200 or another value that could be taken for a success, and is made of at most ${MAX_CODE_LENGTH} plain letters, digits or signs`,
      },
      '500',
    )
  }
  // Whoever reads as strictly as we do would refuse the answer for a character that was lost before.
  const said = withoutControlCharacters(desc ?? '').replaceAll('\ufffd', '')
  // Cut before it is looked at, or what is left of it may be blank after all.
  const text = cutToBytes(said, MAX_DESC_BYTES)
  if (!isBlank(text)) return { code, desc: text }
  return { code, desc: code === SUCCESS_CODE ? '成功' : '失败' }
}

/** Writes the XML form (document 7.1). */
export function writeGenericResponse(response: GenericResponse): string {
  const desc = content(cutToBytes(response.desc, MAX_DESC_BYTES))
  return `${XML_DECLARATION}<response><code>${content(response.code)}</code><desc>${desc}</desc></response>`
}

export interface JsonResponseOptions {
  /**
   * The code that means success in JSON. The document contradicts itself (7.2: the sample says `0`, the
   * table says `1`), so a site must say which its callers expect. Default is `0`, the document's sample.
   */
  readonly successCode?: string
}

/** Writes the JSON form (document 7.2). */
export function writeGenericResponseJson(
  response: GenericResponse,
  options: JsonResponseOptions = {},
): string {
  const code =
    response.code === SUCCESS_CODE ? (options.successCode ?? SUCCESS_CODE) : response.code
  return JSON.stringify({ code, desc: cutToBytes(response.desc, MAX_DESC_BYTES) })
}

/**
 * Reads an answer in either form, without judging it; see `classifyReply`.
 * @throws MessageError those of the gate, DOCUMENT_UNKNOWN, DOCUMENT_AMBIGUOUS (two codes or none)
 */
export const readGenericResponse = (text: string, limits: XmlLimits = {}): ReadResponse =>
  readByRules(text, rowsOf(OWN_RULES), limits)

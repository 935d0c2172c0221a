import { readDocument } from './document.js'
import { MessageError } from './errors.js'
import { ambiguousCode, besideIn, elementsBelow, readGenericResponse } from './generic-response.js'
import type { ReadResponse } from './generic-response.js'
import { isBlank } from './text.js'
import { textsOf, type XmlLimits } from './xml/index.js'

/**
 * The form of the answers of a peer whose interface is older than the common answer of V2.0, or is none of this document
 * (reading A31). `''` is the document's own: `<response><code>0`, and JSON where its success codes are set.
 *
 * - `json`: only JSON with `code`, whose success codes are set
 * - `result-code-0`, `result-code-1`: `<Response>` with one `ResultCode`, there or one level below; DHC's
 *   success is `1` and its failure `-1`, others have `0`
 * - `text-0`, `text-true`: nothing but this word
 */
export const REPLY_PROFILES = [
  '',
  'json',
  'result-code-0',
  'result-code-1',
  'text-0',
  'text-true',
] as const
export type ReplyProfile = (typeof REPLY_PROFILES)[number]

/** The one value that each profile counts as success; of JSON the rules say it. */
export const PROFILE_SUCCESS: Readonly<Record<Exclude<ReplyProfile, 'json'>, string>> = {
  '': '0',
  'result-code-0': '0',
  'result-code-1': '1',
  'text-0': '0',
  'text-true': 'true',
}

/**
 * Reads an answer in the shape of a profile and in no other, without judging it; see `classifyReply`.
 * @throws MessageError those of `readGenericResponse`; DOCUMENT_UNKNOWN for the shape of another profile
 */
export function readProfile(
  text: string,
  profile: ReplyProfile,
  limits: XmlLimits = {},
): ReadResponse {
  switch (profile) {
    case '':
      return readGenericResponse(text, limits)
    case 'json':
      if (!text.trim().startsWith('{')) throw otherShape()
      return readGenericResponse(text, limits)
    case 'result-code-0':
    case 'result-code-1':
      return readResultCode(text, limits)
    case 'text-0':
      return readWord(text, /^[+-]?\d{1,9}$/)
    case 'text-true':
      return readWord(text, /^(?:true|false)$/i)
  }
}

function readResultCode(text: string, limits: XmlLimits): ReadResponse {
  const root = readDocument(text, 'Response', limits)
  if (root.name !== 'Response') throw otherShape()
  // A second code of either name may contradict the first.
  const codes = [...elementsBelow(root, 'resultcode'), ...elementsBelow(root, 'code')]
  const [code] = codes
  if (code?.name !== 'ResultCode' || codes.length > 1 || code.children.length > 0) {
    throw ambiguousCode()
  }
  const holders = [root, ...root.children]
  if (!holders.some(({ children }) => children.includes(code))) throw ambiguousCode()
  // Vendors name the explanation as they like, so all the rest is taken for one.
  const said = [...textsOf(root, code)].filter((part) => !isBlank(part)).map((part) => part.trim())
  const beside = [...besideIn(root, code)]
  return { format: 'xml', code: code.text.trim(), desc: said.join('\n'), beside }
}

function readWord(text: string, shape: RegExp): ReadResponse {
  const word = text.trim()
  if (!shape.test(word)) throw otherShape()
  return { format: 'text', code: word, desc: '', beside: [] }
}

const otherShape = () =>
  new MessageError('DOCUMENT_UNKNOWN', {
    zh: '应答不是该对方“应答格式”设置所说的样子',
    en: "The answer has not the form that this peer's settings say",
  })

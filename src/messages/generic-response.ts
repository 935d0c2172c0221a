import { readDocument } from './document.js'
import { MessageError, type FailureCode, type Reason } from './errors.js'
import { content } from './fields.js'
import { looksLikeSuccess } from './success-code.js'
import { cutToBytes, isBlank, withoutControlCharacters } from './text.js'
import { textsOf, XML_DECLARATION, type XmlElement, type XmlLimits } from './xml/index.js'

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

/** Something that an answer says beside its code: the name of the element, attribute or property, and its text. */
export interface Beside {
  readonly name: string
  readonly text: string
}

export interface ReadResponse extends GenericResponse {
  readonly format: 'xml' | 'json' | 'text'
  /** All that stands beside the code, whatever it is called and however deep; the desc too. */
  readonly beside: readonly Beside[]
}

/**
 * Reads an answer in either form, without judging it; see `classifyReply`.
 * @throws MessageError those of the gate, DOCUMENT_UNKNOWN, DOCUMENT_AMBIGUOUS (two codes or none)
 */
export function readGenericResponse(text: string, limits: XmlLimits = {}): ReadResponse {
  const trimmed = text.trim()
  return /^[{["]/.test(trimmed) ? readJson(trimmed) : readXmlResponse(text, limits)
}

function readXmlResponse(text: string, limits: XmlLimits): ReadResponse {
  // Only the exact root counts: `<Response>` is another vendor's shape with other codes (reading A31).
  const root = readDocument(text, 'response', limits)
  if (root.name !== 'response') throw notAResponse()
  // A second code anywhere, or a second desc, may contradict the first.
  const codes = elementsBelow(root, 'code')
  const [code] = codes
  if (code === undefined || codes.length > 1 || code.children.length > 0) throw ambiguousCode()
  if (!root.children.includes(code)) throw ambiguousCode()
  const descs = elementsBelow(root, 'desc').flatMap((desc) => [...textsOf(desc)])
  return {
    format: 'xml',
    code: code.text.trim(),
    desc: descs.join('\n'),
    beside: [...besideIn(root, code)],
  }
}

/** The texts and attributes in an element, but for the text of one below it. */
export function* besideIn(element: XmlElement, but?: XmlElement): Generator<Beside> {
  const { name } = element
  for (const [attribute, text] of Object.entries(element.attributes)) {
    if (!/^xmlns(?::|$)/.test(attribute)) yield { name: attribute.replace(/^.*:/, ''), text }
  }
  if (element !== but && !isBlank(element.text)) yield { name, text: element.text }
  for (const child of element.children) {
    yield* besideIn(child, but)
    if (!isBlank(child.tail)) yield { name, text: child.tail ?? '' }
  }
}

/** The elements of a name in lower case, whatever their own case, that do not stand in one another. */
export function elementsBelow(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) =>
    child.name.toLowerCase() === name ? [child] : elementsBelow(child, name),
  )
}

function readJson(text: string): ReadResponse {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new MessageError(
      'DOCUMENT_UNKNOWN',
      { zh: '应答不是有效的 JSON', en: 'The answer is not valid JSON' },
      '400',
      { cause },
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAResponse()
  // JSON.parse keeps the last of two equal names, which would hide a contradiction.
  const names = namesIn(text).map((name) => name.toLowerCase())
  const count = (wanted: string) => names.filter((name) => name === wanted).length
  if (count('code') !== 1 || count('desc') > 1) throw ambiguousCode()
  const { code, desc } = value as { code?: unknown; desc?: unknown }
  if (typeof code !== 'string' && typeof code !== 'number') throw ambiguousCode()
  const said = desc ?? ''
  return {
    format: 'json',
    code: String(code).trim(),
    desc: typeof said === 'string' ? said : JSON.stringify(said),
    beside: [...besideInJson(value)],
  }
}

/** The names and values in a JSON value, but for the code at its top. */
function* besideInJson(value: object): Generator<Beside> {
  const waiting: [name: string, value: unknown][] = Object.entries(value).filter(
    ([name]) => name !== 'code',
  )
  // Without recursion: an answer may be nested as deep as it likes.
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [name, item] = next
    if (Array.isArray(item)) for (const one of item) waiting.push([name, one])
    else if (typeof item === 'object' && item !== null) {
      for (const entry of Object.entries(item)) waiting.push(entry)
    } else if (typeof item === 'string') yield { name, text: item }
    else if (item !== null) yield { name, text: JSON.stringify(item) }
  }
}

/** Every name in a valid JSON text, at any depth and with repeats, unescaped. */
function namesIn(json: string): string[] {
  return Array.from(json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/g))
    .filter(([, , colon]) => colon !== undefined)
    .map(([, name]) => String(JSON.parse(name ?? '""')))
}

const notAResponse = () =>
  new MessageError('DOCUMENT_UNKNOWN', {
    zh: '应答不是通用响应消息（response/code/desc）',
    en: 'The answer is not a generic response (response/code/desc)',
  })

export const ambiguousCode = () =>
  new MessageError('DOCUMENT_AMBIGUOUS', {
    zh: '应答中没有唯一的 code',
    en: 'The answer does not have exactly one code',
  })

import { MessageError } from '../errors.js'

export interface XmlLimits {
  /** Largest document in UTF-16 code units. Default is 1 MiB (reading A32). */
  readonly maxLength?: number
  /** Deepest nesting of elements. Default is 32 (reading A32). */
  readonly maxDepth?: number
  /** Most tags, references, line breaks and other characters of markup. Default is 20 000. */
  readonly maxStops?: number
}

export const DEFAULT_MAX_DOCUMENT_LENGTH = 1 << 20
export const DEFAULT_MAX_DEPTH = 32
// The sample of the document, escaped, has some 200; thirty findings of 270 Chinese characters, each a reference, 14 000.
export const DEFAULT_MAX_STOPS = 20_000

/** @throws MessageError XML_TOO_BIG */
export function refuseLength(xml: string, limits: XmlLimits): void {
  const most = limits.maxLength ?? DEFAULT_MAX_DOCUMENT_LENGTH
  if (xml.length <= most) return
  throw new MessageError(
    'XML_TOO_BIG',
    {
      zh: `XML 文档过大：${xml.length} 个字符，上限 ${most}`,
      en: `The XML document is too big: ${xml.length} characters, at most ${most} are accepted`,
    },
    '413',
  )
}

/** Characters at which a reader of XML has to decide something, by code unit. */
const STOPS = new Uint8Array(0x80)
for (const stop of '<&=-?]\r\n\t') STOPS[stop.charCodeAt(0)] = 1

/**
 * Refuses a document that makes many elements or references out of few bytes, before any other work is done on it.
 * The characters are counted wherever they stand: telling a comment from text is the scanner's work, and a count
 * that got it wrong could be fooled.
 * @throws MessageError XML_TOO_BIG
 */
export function refuseStops(xml: string, limits: XmlLimits = {}): void {
  const most = limits.maxStops ?? DEFAULT_MAX_STOPS
  // There cannot be more of them than characters, and nearly all documents have fewer characters.
  if (xml.length <= most) return
  let stops = 0
  for (let i = 0; i < xml.length; i++) {
    stops += STOPS[xml.charCodeAt(i)] ?? 0
    if (stops > most) {
      throw new MessageError(
        'XML_TOO_BIG',
        {
          zh: `XML 中的标签、转义和换行等超过 ${most} 个，不像一份危急值文档`,
          en: `The XML has more than ${most} tags, references, line breaks and the like, which no such document has`,
        },
        '413',
      )
    }
  }
}

import { MessageError } from './errors.js'
import {
  readElement,
  scanXml,
  type XmlElement,
  type XmlLimits,
  type XmlScanner,
} from './xml/index.js'

/**
 * Something unusual about a message that could still be read. Flags inform, they never refuse.
 * They travel in `msg.crisis.flags` and are stable words, not texts.
 */
export type Flag = string

const SURROGATE_PAIR =
  /&#(?:x(d[89ab][0-9a-f]{2})|(5[56]\d{3}));&#(?:x(d[c-f][0-9a-f]{2})|(5[67]\d{3}));/gi
// To the end where a section has none: otherwise each `<![CDATA[` would be searched for its end in vain.
const CDATA = /(<!\[CDATA\[[\s\S]*?(?:\]\]>|$))/

/**
 * Axis 1.4 writes a character beyond U+FFFF, such as 𠮷 in a person's name, as two references to halves of it, which is
 * not well-formed. Such a pair can mean nothing else, so it is joined; anywhere but in CDATA, which has no
 * references. A half that stands alone is left for the gate to refuse.
 */
export function joinSurrogateReferences(xml: string): {
  readonly xml: string
  readonly joined: boolean
} {
  if (!hasNumberedReference(xml) || xml.search(SURROGATE_PAIR) < 0) return { xml, joined: false }
  const joined = xml
    .split(CDATA)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(SURROGATE_PAIR, joinPair)))
    .join('')
  return { xml: joined, joined: joined !== xml }
}

function joinPair(
  whole: string,
  highHex: string | undefined,
  highDecimal: string | undefined,
  lowHex: string | undefined,
  lowDecimal: string | undefined,
): string {
  const unit = (hex: string | undefined, decimal: string | undefined): number =>
    hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  const text = String.fromCharCode(unit(highHex, highDecimal), unit(lowHex, lowDecimal))
  const [character = '', ...more] = Array.from(text)
  // The decimal pattern is a little wider than the halves.
  if (more.length > 0 || !character.isWellFormed()) return whole
  // As one reference: where none may stand, as in a name, there is still none that may.
  return `&#${character.codePointAt(0)};`
}

/** Number signs are few in what is escaped, where ampersands are many, so they are looked for first. */
const hasNumberedReference = (xml: string): boolean => xml.includes('#') && xml.includes('&#')

const AMPERSAND_LT = /^&lt;/i
const NO_FLAGS: readonly Flag[] = []

/**
 * The string a SOAP argument or a flow hands over, ready for the gate: a BOM and white space before the
 * declaration are dropped, and a document that is still escaped is unescaped once more (reading A9).
 */
export function prepareDocument(text: string): {
  readonly xml: string
  readonly flags: readonly Flag[]
} {
  let xml = text.trim()
  // Nearly all documents begin with their markup and refer to no character by its number.
  if (xml.startsWith('<') && !hasNumberedReference(xml)) return { xml, flags: NO_FLAGS }
  const flags: Flag[] = []
  if (AMPERSAND_LT.test(xml)) {
    xml = unescapeOnce(xml).trim()
    flags.push('doubleEscaped')
  }
  const pairs = joinSurrogateReferences(xml)
  if (pairs.joined) flags.push('surrogateReferences')
  return { xml: pairs.xml, flags }
}

const PREDEFINED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  apos: "'",
  quot: '"',
}

/** Replaces the predefined entities and character references once; anything else is left for the gate to refuse. */
export function unescapeOnce(text: string): string {
  return text.replace(
    /&(?:(lt|gt|amp|apos|quot)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g,
    (whole, name?: string, decimal?: string, hex?: string) => {
      if (name !== undefined) return PREDEFINED[name] ?? whole
      const point =
        decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex ?? '', 16)
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole
    },
  )
}

/**
 * Scans a document whose root must be `rootName`; another case or a namespace is tolerated and flagged (A29).
 * @param read takes the tokens from the root's start tag, which was scanned, up to its end tag
 * @throws MessageError DOCUMENT_EMPTY, DOCUMENT_UNKNOWN, those of the gate and of `read`
 */
export function scanDocument<T>(
  text: string,
  rootName: string,
  limits: XmlLimits,
  read: (scanner: XmlScanner, flags: FlagSet) => T,
): T {
  const { xml, flags: prepared } = prepareDocument(text)
  if (xml === '') {
    throw new MessageError('DOCUMENT_EMPTY', {
      zh: '消息内容为空',
      en: 'The message is empty',
    })
  }
  return scanXml(xml, limits, (scanner) => {
    const flags = new FlagSet(prepared)
    // In a document without an element the scanner throws.
    scanner.next()
    const local = scanner.localName()
    if (!nameMatches(local, scanner.prefix(), rootName, flags)) throw otherRoot(rootName, local)
    const result = read(scanner, flags)
    scanner.next()
    return result
  })
}

function otherRoot(wanted: string, found: string): MessageError {
  const isAnswer = wanted !== 'response' && found.toLowerCase() === 'response'
  return new MessageError('DOCUMENT_UNKNOWN', {
    zh: `XML 根节点应为 ${wanted}${isAnswer ? '，收到的是通用响应（response）' : ''}`,
    en: `The root element of the XML should be ${wanted}${isAnswer ? ', and this is a generic response' : ''}`,
  })
}

/**
 * Reads a document whose root must be `rootName` into a tree.
 * @throws MessageError as `scanDocument`
 */
export function readDocument(text: string, rootName: string, limits: XmlLimits = {}): XmlElement {
  return scanDocument(text, rootName, limits, readElement)
}

/** Collects flags without repeats, in the order in which they were raised. */
export class FlagSet {
  readonly list: Flag[]

  constructor(initial: readonly Flag[] = []) {
    this.list = [...initial]
  }

  add(flag: Flag): void {
    if (!this.list.includes(flag)) this.list.push(flag)
  }
}

/** Compares an element's local name; a match only without regard to case, or under a prefix, is flagged. */
export function nameMatches(local: string, prefix: string, name: string, flags: FlagSet): boolean {
  if (local !== name) {
    if (local.toLowerCase() !== name.toLowerCase()) return false
    flags.add('elementCase')
  }
  if (prefix !== '') flags.add('elementNamespace')
  return true
}

import { SaxesParser } from 'saxes'
import { MessageError } from './errors.js'

/** One element as it was read. Text is the joined character data; comments and instructions are left out. */
export interface XmlElement {
  /** Local name, as written. */
  readonly name: string
  /** Prefix as written, '' when there is none. */
  readonly prefix: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Character data and CDATA directly in this element, joined. */
  readonly text: string
}

export interface XmlLimits {
  /** Largest document in UTF-16 code units. Default is 1 MiB (reading A32). */
  readonly maxLength?: number
  /** Deepest nesting of elements. Default is 32 (reading A32). */
  readonly maxDepth?: number
  /** Most tags, references, line breaks and whatever else makes a parser stop. Default is 20 000. */
  readonly maxStops?: number
}

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

export const DEFAULT_MAX_DOCUMENT_LENGTH = 1 << 20
export const DEFAULT_MAX_DEPTH = 32
// The sample of the document, escaped, has some 200; thirty findings of 270 Chinese characters, each a reference, 14 000.
export const DEFAULT_MAX_STOPS = 20_000

// No document and no toolkit comes near these; a parser has to keep all of them until the tag ends.
const MAX_ATTRIBUTES = 128
const MAX_NAME_LENGTH = 256

/** What a reader is told while a document is scanned; `position` is the index behind the token in the text. */
export interface XmlEvents {
  open(name: string, attributes: Readonly<Record<string, string>>, position: number): void
  close(name: string, position: number): void
  text(text: string, cdata: boolean): void
}

/**
 * The strict gate: scans a whole document and reports its elements and text, or throws.
 * Refused with a reason: whatever is not well-formed XML 1.0 (cut short, mismatched, two roots, control
 * characters, undeclared entities, names with stray colons), a DOCTYPE, lone surrogates, U+FFFD, and whatever exceeds the limits.
 * @throws MessageError XML_NOT_WELL_FORMED, XML_DOCTYPE, XML_TOO_DEEP, XML_TOO_BIG, CHARSET_REPLACEMENT
 */
export function scanXml(xml: string, events: XmlEvents, limits: XmlLimits = {}): void {
  const maxLength = limits.maxLength ?? DEFAULT_MAX_DOCUMENT_LENGTH
  const maxDepth = limits.maxDepth ?? DEFAULT_MAX_DEPTH
  if (xml.length > maxLength) {
    throw new MessageError(
      'XML_TOO_BIG',
      {
        zh: `XML 文档过大：${xml.length} 个字符，上限 ${maxLength}`,
        en: `The XML document is too big: ${xml.length} characters, at most ${maxLength} are accepted`,
      },
      '413',
    )
  }
  refuseStops(xml, limits)
  refuseLostCharacters(xml)

  const parser = new SaxesParser({
    xmlns: false,
    position: false,
    // A declaration of 1.1 would let control characters in as references.
    defaultXMLVersion: '1.0',
    forceXMLVersion: true,
  })
  // A character reference can name U+FFFD although the document itself does not hold it.
  const refers = xml.includes('&#')
  const said = (text: string): void => {
    if (refers) refuseLostCharacters(text)
  }
  let depth = 0
  // V8 keeps an object that is given more properties by computed names than it likes, as `on` does, in a form
  // that makes reading four times as slow: with one more handler this parser is such an object.
  parser.on('error', (error) => {
    // saxes names the fault but may quote names of the document: kept as the cause, never shown.
    throw notWellFormed(xml, parser.position, error)
  })
  parser.on('doctype', () => {
    throw new MessageError('XML_DOCTYPE', {
      zh: 'XML 含有 DOCTYPE 声明，不予接收',
      en: 'The XML has a DOCTYPE, which is not accepted',
    })
  })
  let attributes = 0
  const checkName = (name: string): void => {
    if (name.length > MAX_NAME_LENGTH) throw tooMuch()
    if (!QUALIFIED_NAME.test(name)) throw notWellFormed(xml, parser.position)
  }
  parser.on('attribute', ({ name }) => {
    checkName(name)
    if (++attributes > MAX_ATTRIBUTES) throw tooMuch()
  })
  parser.on('opentag', (tag) => {
    checkName(tag.name)
    attributes = 0
    if (++depth > maxDepth) {
      throw new MessageError(
        'XML_TOO_DEEP',
        {
          zh: `XML 嵌套过深：超过 ${maxDepth} 层`,
          en: `The XML is nested more than ${maxDepth} levels deep`,
        },
        '413',
      )
    }
    if (refers) Object.values(tag.attributes).forEach(said)
    events.open(tag.name, tag.attributes, parser.position)
  })
  parser.on('closetag', (tag) => {
    depth--
    events.close(tag.name, parser.position)
  })
  parser.on('text', (text) => {
    said(text)
    events.text(text, false)
  })
  parser.on('cdata', (text) => events.text(text, true))
  parser.write(xml).close()
  refuseRunOnInstructions(xml)
}

// Namespaces in XML 1.0, QName, of what is a Name already. Its local part is a name by itself, as we write it again.
const QUALIFIED_NAME = /^[^:]+(?::[^\u0300-\u036f:\d.\-\xb7\u203f\u2040][^:]*)?$/

const SECTIONS = /<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>/gs
const RUN_ON = /<\?[^\s?]+\?(?!>)/

/**
 * saxes overlooks what stands right behind the target of an instruction, as in `<?p?x?>`; XML 1.0 section 2.6 wants
 * white space there. For a document that is well-formed otherwise, in which each section has its end.
 */
function refuseRunOnInstructions(xml: string): void {
  if (!RUN_ON.test(xml)) return
  for (const { 0: section, index } of xml.matchAll(SECTIONS)) {
    if (section.startsWith('<?') && section.search(RUN_ON) === 0) throw notWellFormed(xml, index)
  }
}

function notWellFormed(xml: string, position: number, cause?: unknown): MessageError {
  const before = xml.slice(0, position)
  const line = before.split('\n').length
  const column = before.length - before.lastIndexOf('\n')
  return new MessageError(
    'XML_NOT_WELL_FORMED',
    {
      zh: `XML 格式错误或不完整（第 ${line} 行第 ${column} 列）`,
      en: `The XML is not well-formed or is cut short (line ${line}, column ${column})`,
    },
    '400',
    { cause },
  )
}

/** Where the parser leaves its fast path, by character: each costs it as much as ten others or more. */
const STOPS = new Uint8Array(0x80)
for (const stop of '<&=-?]\r\n\t') STOPS[stop.charCodeAt(0)] = 1

/**
 * Refuses what would keep the parser busy for long, at a small part of that price. The characters are counted
 * wherever they stand: to tell a comment from text is the parser's work, and whoever got it wrong could be fooled.
 * @throws MessageError XML_TOO_BIG
 */
export function refuseStops(xml: string, limits: XmlLimits = {}): void {
  const most = limits.maxStops ?? DEFAULT_MAX_STOPS
  // There cannot be more of them than characters, and nearly all documents have fewer.
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

const tooMuch = (): MessageError =>
  new MessageError(
    'XML_TOO_BIG',
    {
      zh: `XML 的元素或属性名称超过 ${MAX_NAME_LENGTH} 个字符，或一个元素的属性超过 ${MAX_ATTRIBUTES} 个`,
      en: `The XML has a name of more than ${MAX_NAME_LENGTH} characters, or an element with more than ${MAX_ATTRIBUTES} attributes`,
    },
    '413',
  )

/**
 * Reads a whole document strictly into a tree.
 * @throws MessageError as scanXml
 */
export function readXml(xml: string, limits: XmlLimits = {}): XmlElement {
  interface Building {
    name: string
    prefix: string
    attributes: Readonly<Record<string, string>>
    children: Building[]
    text: string
  }
  const open: Building[] = []
  let root: Building | undefined
  scanXml(
    xml,
    {
      open(qualified, attributes) {
        const colon = qualified.indexOf(':')
        const element: Building = {
          name: qualified.slice(colon + 1),
          prefix: colon < 0 ? '' : qualified.slice(0, colon),
          attributes,
          children: [],
          text: '',
        }
        const parent = open.at(-1)
        if (parent) parent.children.push(element)
        else root = element
        open.push(element)
      },
      close() {
        open.pop()
      },
      text(text) {
        const element = open.at(-1)
        if (element) element.text += text
      },
    },
    limits,
  )
  // The gate has refused a document without a root before this line.
  if (!root) throw new Error('a well-formed document has a root')
  return root
}

/**
 * U+FFFD means that somebody before us has already lost a character, and a lone surrogate is half of one:
 * a finding with a hole is refused, never stored (reading A10).
 */
export function refuseLostCharacters(text: string): void {
  if (text.includes('\ufffd') || !text.isWellFormed()) {
    throw new MessageError('CHARSET_REPLACEMENT', {
      zh: '文本中有已损坏的字符（U+FFFD 或不成对的代理项），请检查发送方的字符编码',
      en: 'The text holds characters that were already lost (U+FFFD or a lone surrogate); check the charset at the sender',
    })
  }
}

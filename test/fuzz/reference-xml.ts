/**
 * A second reader of XML 1.0 (fifth edition), written production by production from the recommendation and from
 * nothing of ours, to compare the gate with. It knows no DOCTYPE: the gate accepts none.
 */
export interface ReferenceElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: ReferenceElement[]
  /** Character data and CDATA directly in it, before its first child; references are replaced. */
  text: string
  /** The same behind it, up to its next sibling or its parent's end. */
  tail: string
  /** Where its start tag begins, and where what is in it does. */
  readonly from: number
  readonly start: number
  /** Behind its end tag. */
  end: number
}

export interface ReferenceOptions {
  /** Whether two references to the halves of one character count as that character, as envelopes may have them. */
  readonly surrogateReferences?: boolean
  /** Whether colons may stand anywhere in names, as XML 1.0 has them without its namespaces. */
  readonly colonsAnywhere?: boolean
}

class NotWellFormed extends Error {}

const START =
  ':A-Z_a-z\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c-\\u200d'
const START_TOO =
  '\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}'
const NAME_START = START + START_TOO
/** Production [5]. */
const NAME = new RegExp(
  `[${NAME_START}][${NAME_START}\\-.0-9\\xb7\\u0300-\\u036f\\u203f-\\u2040]*`,
  'uy',
)
const WHOLE_NAME = new RegExp(`^${NAME.source}$`, 'u')
const SPACE = /[ \t\r\n]+/y
/** Production [2], turned round. */
const NOT_A_CHARACTER = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
/** Productions [23] to [26], [32], [80] and [81]. */
const DECLARATION = new RegExp(
  `<\\?xml[ \\t\\r\\n]+version[ \\t\\r\\n]*=[ \\t\\r\\n]*("1\\.[0-9]+"|'1\\.[0-9]+')` +
    `([ \\t\\r\\n]+encoding[ \\t\\r\\n]*=[ \\t\\r\\n]*("[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*'))?` +
    `([ \\t\\r\\n]+standalone[ \\t\\r\\n]*=[ \\t\\r\\n]*("(yes|no)"|'(yes|no)'))?[ \\t\\r\\n]*\\?>`,
  'y',
)
const REFERENCE = /&(?:(lt|gt|amp|apos|quot)|#([0-9]+)|#x([0-9a-fA-F]+));/y
const ENTITIES = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
])

/** The tree of a document, or undefined when it is not well-formed. */
export function readReference(
  xml: string,
  options: ReferenceOptions = {},
): ReferenceElement | undefined {
  try {
    return new Reader(xml, options).document()
  } catch (error) {
    if (error instanceof NotWellFormed) return undefined
    throw error
  }
}

class Reader {
  #at = 0

  constructor(
    readonly xml: string,
    readonly options: ReferenceOptions,
  ) {}

  document(): ReferenceElement {
    if (!this.xml.isWellFormed() || NOT_A_CHARACTER.test(this.xml)) throw new NotWellFormed()
    this.#skip('\ufeff')
    if (/^<\?xml[ \t\r\n]/.test(this.xml.slice(this.#at, this.#at + 6))) this.#expect(DECLARATION)
    this.#misc()
    const root = this.#tree()
    this.#misc()
    if (this.#at < this.xml.length) throw new NotWellFormed()
    return root
  }

  #misc(): void {
    while (this.#match(SPACE) !== undefined || this.#comment() || this.#instruction());
  }

  /** Elements, without recursion: the depth is the gate's to limit. */
  #tree(): ReferenceElement {
    const open: ReferenceElement[] = []
    for (;;) {
      const parent = open.at(-1)
      if (parent && this.#skip('</')) {
        if (this.#expect(NAME)[0] !== parent.name) throw new NotWellFormed()
        this.#match(SPACE)
        this.#need('>')
        parent.end = this.#at
        open.pop()
        if (open.length === 0) return parent
      } else if (parent && this.#skip('<![CDATA[')) {
        addText(parent, lineEnds(this.#until(']]>')))
      } else if (parent && this.xml[this.#at] === '&') {
        addText(parent, this.#reference())
      } else if (parent && this.xml[this.#at] !== '<') {
        addText(parent, lineEnds(this.#characters()))
      } else if (!(parent && (this.#comment() || this.#instruction()))) {
        const element = this.#startTag()
        parent?.children.push(element)
        if (element.end === 0) open.push(element)
        else if (!parent) return element
      }
    }
  }

  #startTag(): ReferenceElement {
    const from = this.#at
    this.#need('<')
    const name = this.#name()
    const attributes = new Map<string, string>()
    for (;;) {
      const spaced = this.#match(SPACE) !== undefined
      const empty = this.#skip('/>')
      if (empty || this.#skip('>')) {
        const end = empty ? this.#at : 0
        return { name, attributes, children: [], text: '', tail: '', from, start: this.#at, end }
      }
      if (!spaced) throw new NotWellFormed()
      const attribute = this.#name()
      this.#match(SPACE)
      this.#need('=')
      this.#match(SPACE)
      if (attributes.has(attribute)) throw new NotWellFormed()
      attributes.set(attribute, this.#attributeValue())
    }
  }

  /** Namespaces in XML 1.0, production [7]: a name without a colon, or two with one between. */
  #name(): string {
    const [name] = this.#expect(NAME)
    const parts = name.split(':')
    const isQualified = parts.length <= 2 && parts.every((part) => WHOLE_NAME.test(part))
    if (!isQualified && !this.options.colonsAnywhere) throw new NotWellFormed()
    return name
  }

  /** Section 3.3.3: white space as written becomes a space, as a reference it stays. */
  #attributeValue(): string {
    const quote = this.xml[this.#at]
    if (quote !== '"' && quote !== "'") throw new NotWellFormed()
    this.#at++
    let value = ''
    while (!this.#skip(quote)) {
      const character = this.xml[this.#at]
      if (character === undefined || character === '<') throw new NotWellFormed()
      if (character === '&') value += this.#reference()
      else {
        this.#at++
        if (character === '\r' && this.xml[this.#at] === '\n') this.#at++
        value += /[\t\r\n]/.test(character) ? ' ' : character
      }
    }
    return value
  }

  #reference(): string {
    const [, name, decimal, hex] = this.#expect(REFERENCE)
    if (name !== undefined) return ENTITIES.get(name) ?? ''
    const point = pointOf(decimal, hex)
    if (point >= 0xd800 && point <= 0xdbff && this.options.surrogateReferences) {
      const [, , low, lowHex] = this.#expect(REFERENCE)
      const half = pointOf(low, lowHex)
      if (half >= 0xdc00 && half <= 0xdfff) return String.fromCharCode(point, half)
    }
    if (!(point <= 0x10ffff)) throw new NotWellFormed()
    const character = String.fromCodePoint(point)
    if (!character.isWellFormed() || NOT_A_CHARACTER.test(character)) throw new NotWellFormed()
    return character
  }

  #characters(): string {
    const text = this.#match(/[^<&]*/y)?.[0] ?? ''
    if (text === '' || text.includes(']]>')) throw new NotWellFormed()
    return text
  }

  #comment(): boolean {
    if (!this.#skip('<!--')) return false
    this.#until('--')
    this.#need('>')
    return true
  }

  #instruction(): boolean {
    if (!this.#skip('<?')) return false
    if (/^xml$/i.test(this.#expect(NAME)[0])) throw new NotWellFormed()
    if (!this.#skip('?>')) {
      this.#expect(SPACE)
      this.#until('?>')
    }
    return true
  }

  #until(end: string): string {
    const to = this.xml.indexOf(end, this.#at)
    if (to < 0) throw new NotWellFormed()
    const text = this.xml.slice(this.#at, to)
    this.#at = to + end.length
    return text
  }

  #skip(text: string): boolean {
    if (!this.xml.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #need(text: string): void {
    if (!this.#skip(text)) throw new NotWellFormed()
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.xml) ?? undefined
    if (match) this.#at = pattern.lastIndex
    return match
  }

  #expect(pattern: RegExp): RegExpExecArray {
    const match = this.#match(pattern)
    if (!match) throw new NotWellFormed()
    return match
  }
}

function addText(parent: ReferenceElement, text: string): void {
  const before = parent.children.at(-1)
  if (before) before.tail += text
  else parent.text += text
}

/** Section 2.11. */
const lineEnds = (text: string): string => text.replace(/\r\n?/g, '\n')

const pointOf = (decimal: string | undefined, hex: string | undefined): number =>
  decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)

import { behindComment, behindDeclaration, behindInstruction } from './asides.js'
import { Class, classOf, isPair, isSpace } from './characters.js'
import { malformed, MAX_ATTRIBUTES, MAX_NAME_LENGTH, XmlFault } from './fault.js'
import { knownName } from './known-names.js'
import { behindNcName } from './names.js'
import { angleBracketAt, behindReference, putReferred } from './references.js'
import { Token } from './token.js'
import { Unit, UnitBuffer } from './units.js'

/** Attributes of an element that are compared one by one with a new one; from there on their names are looked up. */
const FEW_ATTRIBUTES = 8

/**
 * Reads a document of XML 1.0 (fifth edition) strictly, in one pass, and hands out its tokens: `next` until it says
 * `End`, or throws. Names are those of Namespaces in XML 1.0; prefixes need not be declared. There is no DOCTYPE.
 * Numbers in brackets are productions, and sections those, of the recommendation.
 *
 * Strings are made only of what is asked for. Text with references is replaced within the array.
 */
export class XmlScanner {
  /** Number of open elements; one just opened counts, one just closed does not. */
  depth = 0
  /** Index behind the token. */
  position = 0
  /** Index of the `<` of an `Open`. */
  from = 0
  /** Number of attributes of an `Open`. Their names and values stand in the two lists until the next `Open`. */
  attributeCount = 0
  readonly attributeNames: string[] = []
  readonly attributeValues: string[] = []

  readonly #buffer = new UnitBuffer()
  #units = this.#buffer.array
  #xml = ''
  #maxDepth = 0
  #isRootSeen = false
  /** True when the element just opened is an empty one, whose end is still to be told. */
  #isEmpty = false
  readonly #manyNames = new Set<string>()
  /** Begin and end of the names of the open elements. */
  readonly #nameFrom: number[] = []
  readonly #nameTo: number[] = []
  /** Begin of the local part of the last qualified name, and of that of the name of the last `Open`. */
  #lastLocal = 0
  #localFrom = 0
  /** Place of the last text or attribute value in the array. */
  #textFrom = 0
  #textTo = 0
  /** True when it stands in the document just as it is to be read. */
  #isVerbatim = true
  /** The classes of its units, together. */
  #classes = 0
  /** The part of the array that holds all texts and values with watched units, as they are read. */
  #watchedFrom = 0
  #watchedTo = 0

  /** @throws XmlFault XML_NOT_WELL_FORMED for a declaration that is none */
  start(xml: string, maxDepth: number): void {
    this.#buffer.fill(xml)
    this.#units = this.#buffer.array
    this.#xml = xml
    this.#maxDepth = maxDepth
    this.#isRootSeen = false
    this.#isEmpty = false
    this.#watchedTo = 0
    this.depth = 0
    this.position = behindDeclaration(xml, this.#units)
  }

  /** Goes on in the content of an element, for a document whose beginning up to there is known to be well-formed. */
  enter(at: number): void {
    this.depth = 1
    this.position = at
  }

  /** Forgets the document. */
  stop(): void {
    this.#xml = ''
    this.#buffer.clear()
    this.#units = this.#buffer.array
    this.#manyNames.clear()
    // Emptied, because they hold pieces of the document; kept at a usual length, because growing anew costs more.
    const { attributeNames, attributeValues } = this
    if (attributeNames.length > FEW_ATTRIBUTES) {
      attributeNames.length = attributeValues.length = FEW_ATTRIBUTES
    }
    for (let i = 0; i < attributeNames.length; i++) attributeNames[i] = attributeValues[i] = ''
  }

  /** @throws XmlFault XML_NOT_WELL_FORMED, XML_DOCTYPE, XML_TOO_DEEP, XML_TOO_BIG, CHARSET_REPLACEMENT */
  next(): Token {
    if (this.#isEmpty) {
      this.#isEmpty = false
      this.depth--
      return Token.Close
    }
    const units = this.#units
    let i = this.position
    for (;;) {
      if (units[i] !== Unit.Less) {
        if (this.depth > 0) return this.#text(i)
        i = this.#behindSpace(i)
        if (units[i] !== Unit.Less) return this.#end(i)
      }
      switch (units[i + 1]) {
        case Unit.Slash:
          return this.#endTag(i)
        case Unit.Bang:
          if (units[i + 2] !== Unit.Dash) return this.#cdata(i)
          i = behindComment(units, i)
          break
        case Unit.Question:
          i = behindInstruction(units, i)
          break
        default:
          return this.#startTag(i)
      }
    }
  }

  /** The name of an `Open` without its prefix. Not to be asked for after the next token; so for the prefix. */
  localName(): string {
    const from = this.#localFrom
    const to = this.#nameTo[this.depth - 1]!
    return knownName(this.#units, from, to) ?? this.#xml.slice(from, to)
  }

  /** The prefix of that name, '' where it has none. */
  prefix(): string {
    const from = this.#nameFrom[this.depth - 1]!
    return from === this.#localFrom ? '' : this.#xml.slice(from, this.#localFrom - 1)
  }

  /** The text of a `Text` or `Cdata`: references are replaced, and line ends are line feeds (section 2.11). */
  text(): string {
    return this.#isVerbatim
      ? this.#xml.slice(this.#textFrom, this.#textTo)
      : this.#buffer.text(this.#textFrom, this.#textTo)
  }

  /** True when a `Text` or `Cdata` is white space and nothing else, as it is between elements. */
  isSpace(): boolean {
    const units = this.#units
    for (let i = this.#textFrom; i < this.#textTo; i++) if (!isSpace(units[i]!)) return false
    return true
  }

  /**
   * Asks `test` of a part of the document as it is read, which holds every text and value so far that has a unit
   * named by `watchUnits`. False where there is none, as in nearly all documents.
   */
  someWatched(test: (units: Uint16Array, from: number, to: number) => boolean): boolean {
    return this.#watchedTo > 0 && test(this.#units, this.#watchedFrom, this.#watchedTo)
  }

  #end(i: number): Token {
    if (i !== this.#xml.length || !this.#isRootSeen) malformed(i)
    this.position = i
    return Token.End
  }

  /** [40] and [44] */
  #startTag(from: number): Token {
    const units = this.#units
    const { depth } = this
    // [1]: one root element, and no other behind it.
    if (depth === 0 && this.#isRootSeen) malformed(from)
    let i = this.#behindQualifiedName(from + 1)
    this.#localFrom = this.#lastLocal
    this.#nameFrom[depth] = from + 1
    this.#nameTo[depth] = i
    this.attributeCount = 0
    if (units[i] !== Unit.Greater) {
      i = this.#behindAttributes(i)
      if (units[i] === Unit.Slash) {
        this.#isEmpty = true
        i++
      }
      if (units[i] !== Unit.Greater) malformed(i)
    }
    if (depth >= this.#maxDepth) throw new XmlFault('XML_TOO_DEEP', from)
    this.#isRootSeen = true
    this.depth = depth + 1
    this.from = from
    this.position = i + 1
    return Token.Open
  }

  /** @returns the index of the first unit that is neither white space nor part of an attribute */
  #behindAttributes(at: number): number {
    const units = this.#units
    let i = at
    for (let count = 0; ; count++) {
      this.attributeCount = count
      // White space stands before each attribute.
      if (!isSpace(units[i]!)) return i
      i = this.#behindSpace(i)
      if (units[i] === Unit.Greater || units[i] === Unit.Slash) return i
      const from = i
      i = this.#behindQualifiedName(from)
      const name = this.#xml.slice(from, i)
      // Section 3.1: no name may stand twice in a tag.
      if (this.#isAmong(name, count)) malformed(from)
      i = this.#behindSpace(i)
      if (units[i] !== Unit.Equals) malformed(i)
      i = this.#behindSpace(i + 1)
      if (count >= MAX_ATTRIBUTES) throw new XmlFault('XML_TOO_BIG', from)
      i = this.#behindValue(i)
      this.attributeNames[count] = name
      this.attributeValues[count] = this.text()
    }
  }

  /** True when one of the first attributes of the tag has this name. */
  #isAmong(name: string, count: number): boolean {
    const names = this.attributeNames
    if (count < FEW_ATTRIBUTES) {
      for (let k = 0; k < count; k++) if (names[k] === name) return true
      return false
    }
    const seen = this.#manyNames
    if (count === FEW_ATTRIBUTES) {
      seen.clear()
      for (let k = 0; k < count; k++) seen.add(names[k]!)
    }
    if (seen.has(name)) return true
    seen.add(name)
    return false
  }

  /** [10]; `text` gives the value, normalised as CDATA (section 3.3.3). */
  #behindValue(at: number): number {
    const quote = this.#units[at]
    if (quote !== Unit.DoubleQuote && quote !== Unit.Quote) malformed(at)
    return this.#characters(at + 1, Class.StopsValue, quote) + 1
  }

  /** [42]; the name must be that of the start tag (section 3). */
  #endTag(at: number): Token {
    const units = this.#units
    const level = this.depth - 1
    if (level < 0) malformed(at)
    const to = this.#nameTo[level]!
    let i = at + 2
    for (let k = this.#nameFrom[level]!; k < to; k++, i++) {
      if (units[i] !== units[k]) malformed(at)
    }
    // A name that goes on is another one.
    i = this.#behindSpace(i)
    if (units[i] !== Unit.Greater) malformed(at)
    this.depth = level
    this.position = i + 1
    return Token.Close
  }

  /** [14] */
  #text(from: number): Token {
    this.position = this.#characters(from, Class.StopsText, Unit.Less)
    return Token.Text
  }

  /** True when `]]>` stands here. */
  #endsCdata(i: number): boolean {
    return this.#units[i + 1] === Unit.CloseBracket && this.#units[i + 2] === Unit.Greater
  }

  /** [18] to [21], and whatever else begins with `<!` and is no comment. */
  #cdata(at: number): Token {
    if (!this.#xml.startsWith('[CDATA[', at + 2)) {
      const isDoctype = this.#xml.startsWith('DOCTYPE', at + 2) && !this.#isRootSeen
      throw new XmlFault(isDoctype ? 'XML_DOCTYPE' : 'XML_NOT_WELL_FORMED', at)
    }
    if (this.depth === 0) malformed(at)
    this.position = this.#characters(at + 9, Class.StopsCdata, Unit.CloseBracket) + 3
    return Token.Cdata
  }

  /**
   * Reads a text, CDATA or a value, which `text` gives from then on.
   * @param stops the class at whose units it has to be looked at
   * @param end the unit before which it ends; of CDATA that of `]]>`
   * @returns the index of that unit
   */
  #characters(from: number, stops: Class, end: Unit): number {
    const units = this.#units
    let i = this.#beginText(from, stops)
    let to = i
    for (;;) {
      const unit = units[i]!
      if (unit === end && (end !== Unit.CloseBracket || this.#endsCdata(i))) break
      if (unit === Unit.Ampersand) {
        to = this.#replaceReference(i, to)
        i = this.position
      } else if (isSpace(unit)) {
        // Line ends are line feeds (section 2.11), and all white space of a value is spaces (section 3.3.3).
        this.#isVerbatim = false
        units[to++] = stops === Class.StopsValue ? Unit.Space : Unit.LineFeed
        i += unit === Unit.CarriageReturn && units[i + 1] === Unit.LineFeed ? 2 : 1
      } else {
        if (unit === Unit.CloseBracket) {
          if (stops === Class.StopsText && this.#endsCdata(i)) malformed(i)
        } else if (unit !== Unit.DoubleQuote && unit !== Unit.Quote) {
          if (!isPair(units, i)) malformed(i)
          units[to++] = units[i++]!
        }
        units[to++] = units[i++]!
      }
      const behind = this.#copyPlainRun(i, to, stops)
      to += behind - i
      i = behind
    }
    this.#endText(to)
    return i
  }

  /**
   * Begins a text or a value, which nearly always is one run in which nothing has to be replaced.
   * @returns the index of the first unit that is of the class or no character by itself
   */
  #beginText(from: number, stops: Class): number {
    const units = this.#units
    let classes = 0
    let i = from
    for (;;) {
      const unit = classOf(units[i]!)
      if ((unit & stops) !== 0) break
      classes |= unit
      i++
    }
    this.#textFrom = from
    this.#isVerbatim = true
    this.#classes = classes
    return i
  }

  /** Moves such a run to an index at or before its own, and returns the index behind it. */
  #copyPlainRun(from: number, target: number, stops: Class): number {
    const units = this.#units
    let classes = 0
    let i = from
    let to = target
    for (;;) {
      const unit = units[i]!
      const own = classOf(unit)
      if ((own & stops) !== 0) break
      classes |= own
      units[to++] = unit
      i++
    }
    this.#classes |= classes
    return i
  }

  /** Replaces a reference; `position` is then the index behind it. Returns the index behind what was put. */
  #replaceReference(at: number, to: number): number {
    const units = this.#units
    this.#isVerbatim = false
    const bracket = angleBracketAt(units, at)
    if (bracket !== 0) {
      units[to] = bracket
      this.position = at + 4
      return to + 1
    }
    this.position = behindReference(units, at)
    const behind = putReferred(units, at, to)
    this.#classes |= classOf(units[to]!)
    return behind
  }

  #endText(to: number): void {
    this.#textTo = to
    if ((this.#classes & Class.Watched) === 0) return
    if (this.#watchedTo === 0) this.#watchedFrom = this.#textFrom
    this.#watchedTo = to
  }

  /** Namespaces in XML 1.0, production [7]: a name without colons, or two with a colon between them. */
  #behindQualifiedName(from: number): number {
    const units = this.#units
    let i = behindNcName(units, from)
    if (i === from) malformed(from)
    this.#lastLocal = from
    if (units[i] === Unit.Colon) {
      const local = i + 1
      this.#lastLocal = local
      i = behindNcName(units, local)
      if (i === local) malformed(local)
    }
    if (i - from > MAX_NAME_LENGTH) throw new XmlFault('XML_TOO_BIG', from)
    return i
  }

  #behindSpace(from: number): number {
    const units = this.#units
    let i = from
    while (isSpace(units[i]!)) i++
    return i
  }
}

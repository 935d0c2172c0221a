import type { FlagSet } from './document.js'
import { MessageError } from './errors.js'
import { isBlank } from './text.js'
import { readElement, type XmlElement, type XmlScanner } from './xml/index.js'

/**
 * Content of a document that the interface does not name.
 *
 * - without `place`: an element in the record (`Crisis`, `CrisisResponse`)
 * - `beside`: an element beside the record, in `XmlDocument`
 * - `known`: attributes and text of an element that the interface names, be it a field, the record or `XmlDocument`;
 *   `text` stands at its beginning and `tail` behind its end tag
 */
export interface ExtraElement extends XmlElement {
  readonly place?: 'beside' | 'known'
  /**
   * Name of the known element that an unknown one follows; '' = it stands before all of them, absent = behind them. It is
   * no part of what is said, so it does not count for identity.
   */
  readonly after?: string
}

type Building = { -readonly [K in keyof ExtraElement]: ExtraElement[K] }

/** Elements that hold a whole document of the interface; in small letters, because other case is tolerated. */
const RECORDS: ReadonlySet<string> = new Set(['crisis', 'crisisresponse'])

/**
 * True for an attribute that belongs to how XML is written and not to what it says: declarations of namespaces, and
 * the types that SOAP toolkits write.
 */
export const isTechnical = (attribute: string): boolean =>
  attribute === 'xmlns' || /^(?:xmlns|xsi):|:encodingStyle$/.test(attribute)

/** Collects what stands beside the named fields of one element, in its place. */
export class Extra {
  readonly list: Building[] = []
  /** The name of a record that stands where none belongs, in or as an element that was kept. */
  unclaimed: string | undefined
  readonly #flags: FlagSet
  readonly #parent: string
  readonly #declared: Declared
  /** The thing that a text which comes next stands behind: an element that was kept, or the name of a known one. */
  #before: Building | string
  /** The known element that was read last, and the unknown ones since then. */
  #passed = ''
  #since: Building[] = []

  /** @param parent the name of the element that is read */
  constructor(parent: string, flags: FlagSet, declared: Declared) {
    this.#parent = parent
    this.#flags = flags
    this.#declared = declared
    this.#before = parent
  }

  /** Tells that a known element was read. */
  passed(name: string): void {
    this.#before = name
    if (this.#since.length > 0) {
      for (const element of this.#since) element.after = this.#passed
      this.#since = []
    }
    this.#passed = name
  }

  /** Keeps the element that was just opened. */
  element(scanner: XmlScanner, place?: 'beside'): void {
    const element: Building = readElement(scanner)
    this.unclaimed ??= recordIn(element)
    if (place) element.place = place
    this.list.push(element)
    this.#since.push(element)
    this.#before = element
    this.#flags.add('unknownElement')
  }

  /** Keeps text that stands between elements; white space is their layout. */
  text(scanner: XmlScanner): void {
    if (scanner.isSpace()) return
    const before = this.#before
    if (before === this.#parent)
      this.#keep(scanner, (text) => (this.#knownPart(before).text += text))
    else
      this.#keepBehind(scanner, () =>
        typeof before === 'string' ? this.#knownPart(before) : before,
      )
  }

  /** Keeps text that stands behind the element that was read itself. */
  behind(scanner: XmlScanner): void {
    if (scanner.isSpace()) return
    this.#keepBehind(scanner, () => this.#knownPart(this.#parent))
  }

  #keepBehind(scanner: XmlScanner, element: () => Building): void {
    this.#keep(scanner, (text) => {
      const before = element()
      before.tail = (before.tail ?? '') + text
    })
  }

  #keep(scanner: XmlScanner, put: (text: string) => void): void {
    const text = scanner.text()
    if (isBlank(text)) return
    put(text)
    this.#flags.add('unknownText')
  }

  /**
   * Keeps an attribute of a known element.
   * @throws MessageError DOCUMENT_AMBIGUOUS when an element that stands there twice has it with two values
   */
  attribute(name: string, attribute: string, value: string): void {
    if (attribute.startsWith('xmlns:')) this.#declared.note(attribute, value)
    if (isTechnical(attribute)) return
    const { attributes } = this.#knownPart(name)
    const earlier = attributes[attribute]
    if (earlier !== undefined && earlier !== value) {
      throw new MessageError('DOCUMENT_AMBIGUOUS', {
        zh: `字段 ${name} 出现多次且属性不同`,
        en: `The field ${name} stands there twice with different attributes`,
      })
    }
    ;(attributes as Record<string, string>)[attribute] = value
    this.#flags.add('unknownAttribute')
  }

  #knownPart(name: string): Building {
    const found = this.list.find((entry) => entry.place === 'known' && entry.name === name)
    if (found) return found
    const entry: Building = {
      name,
      prefix: '',
      attributes: Object.create(null) as Record<string, string>,
      children: [],
      text: '',
      place: 'known',
    }
    this.list.push(entry)
    return entry
  }
}

function recordIn({ name, children }: XmlElement): string | undefined {
  if (RECORDS.has(name.toLowerCase())) return name
  for (const child of children) {
    const found = recordIn(child)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * A record in a wrong place would be lost.
 * @throws MessageError DOCUMENT_AMBIGUOUS
 */
export function refuseUnclaimed({ unclaimed }: Extra): void {
  if (unclaimed === undefined) return
  throw new MessageError('DOCUMENT_AMBIGUOUS', {
    zh: `${unclaimed} 节点的位置不对：应直接位于 XmlDocument 之下，且与操作相符，请放在正确的位置或分别发送`,
    en: `An element ${unclaimed} stands in the wrong place: it belongs directly into XmlDocument, and to its own operation; put it there, or send it by itself`,
  })
}

/** The namespaces that elements have declared for prefixes, by `xmlns:` and the prefix. */
export class Declared {
  #prefixes: Record<string, string> | undefined

  note(declaration: string, uri: string): void {
    this.#prefixes ??= Object.create(null) as Record<string, string>
    this.#prefixes[declaration] = uri
  }

  /** Puts those that an element uses into it, so that they are not lost with the elements around it. */
  putInto(elements: readonly Building[]): void {
    if (!this.#prefixes) return
    for (const element of elements) {
      for (const declaration of declarationsFor(element)) {
        const uri = this.#prefixes[declaration]
        if (uri === undefined || element.attributes[declaration] !== undefined) continue
        ;(element.attributes as Record<string, string>)[declaration] = uri
      }
    }
  }
}

/** The names of the declarations that an element and those below it need for their attributes. */
function* declarationsFor({ attributes, children }: XmlElement): Generator<string> {
  for (const name of Object.keys(attributes)) {
    const prefix = prefixOf(name)
    if (prefix !== '' && !isTechnical(name)) yield `xmlns:${prefix}`
  }
  for (const child of children) yield* declarationsFor(child)
}

/** '' for a name without one, and for `xml:`, which needs no declaration. */
export function prefixOf(name: string): string {
  const prefix = name.slice(0, Math.max(0, name.indexOf(':')))
  return prefix === 'xml' ? '' : prefix
}

/** The unknown elements of one place that stand behind a known one. */
export const extraBehind = (
  extra: readonly ExtraElement[],
  place: 'beside' | undefined,
  isThere: (after: string | undefined) => boolean,
): readonly ExtraElement[] =>
  extra.length === 0 ? extra : extra.filter((one) => one.place === place && isThere(one.after))

/** The kept part of a known element, undefined where there is nothing beside its value. */
export const extraOf = (extra: readonly ExtraElement[], name: string): ExtraElement | undefined =>
  extra.length === 0
    ? undefined
    : extra.find((entry) => entry.place === 'known' && entry.name === name)

import {
  DEFAULT_MAX_DEPTH,
  joinSurrogateReferences,
  knowNames,
  OPERATIONS,
  refuseStops,
  scanXml,
  Token,
  unescapeOnce,
  type Returned,
  type XmlLimits,
  type XmlScanner,
} from '../messages/index.js'
import {
  attributesOf,
  byLocalName,
  isNil,
  namespaceBoundTo,
  NO_ATTRIBUTES,
  type AttributeList,
} from './attributes.js'
import { partOf, type Part } from './envelope-part.js'
import { SoapError, envelopeError } from './errors.js'
import { SOAP_NAMESPACES, type SoapVersion } from './version.js'

/** Wrapping that the sender had given the document (reading A9). */
export type ArgumentForm = 'escaped' | 'cdata' | 'inline' | 'doubleEscaped' | 'operationText'

// An escaped document of the largest size still fits: what counts for it is the limit of the document itself.
export const DEFAULT_MAX_ENVELOPE_LENGTH = 4 << 20
// Envelope, Body, operation and argument stand around an inline document.
export const DEFAULT_MAX_ENVELOPE_DEPTH = DEFAULT_MAX_DEPTH + 4

// Elements that are a document rather than the wrapper of one.
const DOCUMENT_NAMES = /^(?:XmlDocument|response)$/i
// Both documents of the interface have this root, under any prefix and in any case (reading A29).
const INTERFACE_DOCUMENT = /XmlDocument/i
// No operation has as many. Each may refer to the same large value, which must not be searched again and again.
const MOST_ARGUMENTS = 8
/** A rule names the ones that it takes, so that the others are not searched. */
const MOST_NAMED_ARGUMENTS = 32
const STARTS_ESCAPED = /^[\s\ufeff]*&lt;/i

knowNames(['Envelope', 'Header', 'Body', 'Fault', 'return', 'inputString', 'req', ...OPERATIONS])

interface Value {
  readonly name: string | null
  readonly namespace: string
  readonly text: string | null
  readonly form: ArgumentForm | null
}

const NONE: readonly Returned[] = []
const NO_VALUE: Value = { name: null, namespace: '', text: null, form: null }
// RPC/encoded shows itself by one of these at an argument (SOAP 1.1 section 5).
const ENCODING_ATTRIBUTES = ['encodingStyle', 'type', 'href', 'ref']

/** @throws SoapError whatever the gate refuses, and ENVELOPE_VERSION */
export function readEnvelope(xml: string, limits: XmlLimits): EnvelopeReader {
  try {
    // Before halves of characters are joined, each of which costs as much as a tag.
    refuseStops(xml, limits)
    // Some senders write a blank line before the declaration, where XML allows none.
    const { xml: text, joined } = joinSurrogateReferences(xml.trimStart())
    const reader = new EnvelopeReader(text, joined)
    scanXml(text, envelopeLimits(limits), (scanner) => reader.read(scanner))
    return reader
  } catch (thrown) {
    throw envelopeError(thrown)
  }
}

export function envelopeLimits(limits: XmlLimits): XmlLimits {
  return {
    ...limits,
    maxLength: limits.maxLength ?? DEFAULT_MAX_ENVELOPE_LENGTH,
    maxDepth: limits.maxDepth ?? DEFAULT_MAX_ENVELOPE_DEPTH,
  }
}

/** Collects, in the one pass of the gate, the children of the Body and those of the first of them. */
export class EnvelopeReader {
  #inBody = false
  #hasHeader = false
  #version: SoapVersion | undefined
  /** `xmlns` attributes of the Envelope, the Body and the operation: nobody else's name is looked at. */
  readonly #scopes: AttributeList[] = []
  readonly #bodyParts: Part[] = []
  readonly #children: Part[] = []
  /** The child of the operation that is open. */
  #child: Part | undefined
  #namespace = ''
  #found: readonly Part[] | undefined

  /**
   * @param xml what all indexes refer to
   * @param joined whether halves of characters were put together before
   */
  constructor(
    readonly xml: string,
    readonly joined: boolean,
  ) {}

  get version(): SoapVersion {
    // The root was seen, and refused if it told no version, before the gate let the document pass.
    return this.#version ?? '1.1'
  }

  get operation(): Part | undefined {
    return this.#bodyParts[0]
  }

  get namespace(): string {
    return this.#namespace
  }

  get childCount(): number {
    return this.#children.length
  }

  get encoded(): boolean {
    return (
      this.#scopes.some((scope) => byLocalName(scope, 'encodingStyle') !== undefined) ||
      this.#children.some(
        ({ attributes }) =>
          attributes.length > 0 &&
          ENCODING_ATTRIBUTES.some((name) => byLocalName(attributes, name) !== undefined),
      )
    )
  }

  get ambiguous(): boolean {
    return this.#isAmbiguous(MOST_ARGUMENTS)
  }

  /** True for a call under a rule that holds several operations, or a parameter of the rule twice. */
  ambiguousBy(wanted: readonly (string | number | undefined)[]): boolean {
    const isTwice = (name: string | number | undefined): boolean =>
      this.#children.filter((child) => child.name === name).length > 1
    return this.#isAmbiguous(MOST_NAMED_ARGUMENTS) || wanted.some(isTwice)
  }

  #isAmbiguous(most: number): boolean {
    // One operation with one argument, as nearly every call is.
    if (this.#bodyParts.length < 2 && this.#children.length < 2) return false
    // The parts that Axis 1 puts beside the operation have an id to be referred to by.
    const operations = this.#bodyParts.filter(
      ({ attributes }) => byLocalName(attributes, 'id') === undefined,
    )
    const many = this.#children.length > most
    return many || operations.length > 1 || this.#documents().length > 1
  }

  /**
   * The text of the one argument, where that is one piece of text and all else in the envelope may be kept: a Header
   * can hold secrets, and differs from call to call.
   */
  get argumentText(): { readonly from: number; readonly to: number } | undefined {
    const [child] = this.#children
    const isPlain = !this.#hasHeader && !this.joined && this.#bodyParts.length === 1
    if (!isPlain || !child || this.#children.length > 1 || child.attributes.length > 0) {
      return undefined
    }
    const isText = child.pieces === 1 && !child.cdata && child.firstChild === undefined
    return isText ? { from: child.start, to: child.textEnd } : undefined
  }

  /** A Fault anywhere in the Body counts, so that none hides behind another element. */
  fault(): string | undefined {
    const part = this.#bodyParts.find((one) => one.name === 'Fault')
    return part && this.#outer(part)
  }

  /** The one string in the operation, or the one meant if there are several. */
  value(preferred: RegExp): Value {
    const { operation } = this
    if (!operation) return NO_VALUE
    if (this.#children.length === 0) {
      if (isNil(operation.attributes) || operation.text.trim() === '') return NO_VALUE
      const { text, form } = unwrapText(operation.text, 'operationText')
      return { name: null, namespace: '', text, form }
    }
    return this.#valueOf(this.#chosen(preferred))
  }

  /** The string in the element of a name, or at a place from 1, of the operation. */
  named(wanted: string | number): Value {
    const part =
      typeof wanted === 'number'
        ? this.#children[wanted - 1]
        : this.#children.find(({ name }) => name === wanted)
    return part ? this.#valueOf(part) : NO_VALUE
  }

  /** The strings of the other elements in the operation. */
  others(preferred: RegExp): readonly Returned[] {
    if (this.#children.length < 2) return NONE
    const chosen = this.#chosen(preferred)
    return this.#children
      .slice(0, MOST_ARGUMENTS)
      .filter((part) => part !== chosen)
      .flatMap((part) => {
        const { name, text } = this.#valueOf(part)
        return text === null ? [] : [{ name, text }]
      })
  }

  /** The operation as it stands in the envelope; '' = there is none. */
  body(): string {
    return this.operation ? this.#outer(this.operation) : ''
  }

  #valueOf(chosen: Part): Value {
    const held = this.#resolve(chosen)
    const namespace = this.#namespaceOf(chosen.prefix, chosen.attributes)
    if (!held || isNil(chosen.attributes) || isNil(held.attributes)) {
      return { name: chosen.name, namespace, text: null, form: null }
    }
    if (held.firstChild !== undefined) {
      const bare = DOCUMENT_NAMES.test(held.name) && !DOCUMENT_NAMES.test(held.firstChild)
      return {
        name: bare ? null : chosen.name,
        namespace,
        text: bare ? this.#outer(held) : this.#inner(held),
        form: 'inline',
      }
    }
    const { text, form } = unwrapText(held.text, held.cdata ? 'cdata' : 'escaped')
    return { name: chosen.name, namespace, text, form }
  }

  #chosen(preferred: RegExp): Part {
    const children = this.#children
    const [document] = this.#documents()
    const named =
      children.length < 2 ? undefined : children.find(({ name }) => preferred.test(name))
    return document ?? named ?? children[0]!
  }

  /** Those of several children that hold a document of the interface, whatever they are called. */
  #documents(): readonly Part[] {
    if (this.#children.length < 2) return []
    return (this.#found ??= this.#children.slice(0, MOST_ARGUMENTS).filter((part) => {
      const held = this.#resolve(part)
      if (!held) return false
      const content = held.firstChild === undefined ? held.text : this.#outer(held)
      return INTERFACE_DOCUMENT.test(held.name) || INTERFACE_DOCUMENT.test(content)
    }))
  }

  /** Takes the tokens of the whole envelope. */
  read(scanner: XmlScanner): void {
    for (;;) {
      switch (scanner.next()) {
        case Token.Open:
          this.#open(scanner)
          break
        case Token.Close:
          this.#close(scanner.depth + 1, scanner.position)
          break
        case Token.Text:
          this.#text(scanner, false)
          break
        case Token.Cdata:
          this.#text(scanner, true)
          break
        case Token.End:
          return
      }
    }
  }

  #open(scanner: XmlScanner): void {
    const { depth } = scanner
    if (depth === 1) {
      this.#scopes.push(attributesOf(scanner))
      this.#version = this.#versionOf(scanner.localName(), scanner.prefix())
    } else if (depth === 2) {
      this.#inBody = scanner.localName() === 'Body'
      this.#hasHeader ||= !this.#inBody
      if (this.#inBody) this.#scopes.push(attributesOf(scanner))
    } else if (this.#inBody) {
      if (depth === 3) this.#openBodyPart(partOf(scanner))
      else if (depth === 4) {
        const parent = this.#bodyParts.at(-1)
        if (parent) parent.firstChild ??= scanner.localName()
        if (this.#bodyParts.length === 1) {
          this.#child = partOf(scanner)
          this.#children.push(this.#child)
        }
      } else if (depth === 5 && this.#child) {
        this.#child.firstChild ??= scanner.localName()
      }
    }
  }

  #close(depth: number, position: number): void {
    if (!this.#inBody) return
    const part = this.#partAt(depth)
    if (part) part.end = position
    if (depth === 4) this.#child = undefined
    if (depth === 2) this.#inBody = false
  }

  #text(scanner: XmlScanner, cdata: boolean): void {
    if (!this.#inBody) return
    const part = this.#partAt(scanner.depth)
    if (!part) return
    part.text += scanner.text()
    part.pieces++
    part.textEnd = scanner.position
    if (cdata) part.cdata = true
  }

  /** The part that an element, or text, at this depth belongs to directly. */
  #partAt(depth: number): Part | undefined {
    if (depth === 3) return this.#bodyParts.at(-1)
    return depth === 4 ? this.#child : undefined
  }

  #openBodyPart(part: Part): void {
    this.#bodyParts.push(part)
    if (this.#bodyParts.length > 1) return
    this.#scopes.push(part.attributes)
    this.#namespace = this.#namespaceOf(part.prefix)
  }

  #versionOf(name: string, prefix: string): SoapVersion {
    const namespace = this.#namespaceOf(prefix)
    if (name === 'Envelope') {
      if (namespace === SOAP_NAMESPACES['1.1']) return '1.1'
      if (namespace === SOAP_NAMESPACES['1.2']) return '1.2'
    }
    throw new SoapError('ENVELOPE_VERSION', {
      zh: '消息不是 SOAP 1.1 或 SOAP 1.2 信封',
      en: 'The message is not a SOAP 1.1 or SOAP 1.2 envelope',
    })
  }

  #namespaceOf(prefix: string, own: AttributeList = NO_ATTRIBUTES): string {
    let found = namespaceBoundTo(own, prefix)
    for (let i = this.#scopes.length - 1; i >= 0 && found === undefined; i--) {
      found = namespaceBoundTo(this.#scopes[i]!, prefix)
    }
    return found ?? ''
  }

  /** Axis 1 puts values beside the operation and leaves a reference (SOAP 1.1 section 5.4.1, SOAP 1.2 part 2 section 3.1.5). */
  #resolve(part: Part): Part | undefined {
    const { attributes } = part
    const id = byLocalName(attributes, 'href')?.replace(/^#/, '') ?? byLocalName(attributes, 'ref')
    if (id === undefined || part.text.trim() !== '' || part.firstChild !== undefined) return part
    return this.#bodyParts.find(
      (one) => one !== this.operation && byLocalName(one.attributes, 'id') === id,
    )
  }

  #inner(part: Part): string {
    // The close tag of a well-formed element is the last `</` before its end.
    return this.xml.slice(part.start, this.xml.lastIndexOf('</', part.end - 1))
  }

  #outer(part: Part): string {
    return this.xml.slice(part.from, part.end)
  }
}

function unwrapText(
  text: string,
  form: ArgumentForm,
): { readonly text: string; readonly form: ArgumentForm } {
  // As a rule the document stands here, and begins with its markup.
  if (text.startsWith('<') || !STARTS_ESCAPED.test(text)) return { text, form }
  return { text: unescapeOnce(text), form: 'doubleEscaped' }
}

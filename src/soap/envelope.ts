import {
  DEFAULT_MAX_DEPTH,
  readXml,
  joinSurrogateReferences,
  scanXml,
  unescapeOnce,
  type Flag,
  type XmlElement,
  type XmlEvents,
  type XmlLimits,
} from '../messages/index.js'
import { SoapError, envelopeError } from './errors.js'

export type SoapVersion = '1.1' | '1.2'

/** The namespace of the Envelope element tells the version (SOAP 1.1 section 4.1.2, SOAP 1.2 part 1 section 5.1). */
export const SOAP_NAMESPACES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
}

/** How the sender had wrapped the document (reading A9). */
export type ArgumentForm = 'escaped' | 'cdata' | 'inline' | 'doubleEscaped' | 'operationText'

export interface SoapCall {
  readonly version: SoapVersion
  /** Local name of the Body's first child. */
  readonly operation: string
  /** Namespace of that element, '' when there is none. */
  readonly namespace: string
  /** Local name of the element that held the argument; null when the operation held it directly. */
  readonly argumentName: string | null
  /** The exact string; null when it is missing or xsi:nil. */
  readonly argument: string | null
  readonly form: ArgumentForm | null
  /** `doubleEscaped`, `argumentInline`, `argumentInOperation`, `argumentsIgnored` */
  readonly flags: readonly Flag[]
}

export type SoapReply =
  | {
      readonly kind: 'value'
      readonly version: SoapVersion
      readonly name: string | null
      /** The exact string; null for nil, an empty reply and an empty Body, none of which is a success. */
      readonly value: string | null
      readonly form: ArgumentForm | null
    }
  | {
      readonly kind: 'fault'
      readonly version: SoapVersion
      /** As the peer wrote it, '' when it wrote none. */
      readonly faultCode: string
      readonly faultString: string
    }

// An escaped document of the largest size still fits: what counts for it is the limit of the document itself.
export const DEFAULT_MAX_ENVELOPE_LENGTH = 4 << 20
// Envelope, Body, operation and argument stand around an inline document.
export const DEFAULT_MAX_ENVELOPE_DEPTH = DEFAULT_MAX_DEPTH + 4

/**
 * Reads a request whatever the toolkit that wrote it: the operation by the local name of the Body's first
 * child, its one string under any name (reading A7, A8). Headers and SOAPAction do not count.
 * @throws SoapError ENVELOPE_UNREADABLE, ENVELOPE_CHARSET, ENVELOPE_DOCTYPE, ENVELOPE_TOO_DEEP,
 * ENVELOPE_TOO_BIG, ENVELOPE_VERSION, ENVELOPE_NO_OPERATION
 */
export function readCall(xml: string, limits: XmlLimits = {}): SoapCall {
  const reader = readEnvelope(xml, limits)
  const { version, operation } = reader
  if (!operation) {
    throw new SoapError('ENVELOPE_NO_OPERATION', {
      zh: 'SOAP 信封的 Body 中没有操作',
      en: 'The Body of the SOAP envelope holds no operation',
    })
  }
  const value = reader.value(ARGUMENT_NAMES)
  const flags: Flag[] = []
  if (value.form === 'doubleEscaped') flags.push('doubleEscaped')
  if (value.form === 'inline') flags.push('argumentInline')
  if (value.name === null && value.text !== null) flags.push('argumentInOperation')
  if (reader.childCount > 1) flags.push('argumentsIgnored')
  if (reader.joined) flags.push('surrogateReferences')
  return {
    version,
    operation: operation.name,
    namespace: reader.namespace,
    argumentName: value.name,
    argument: value.text,
    form: value.form,
    flags,
  }
}

/**
 * Reads a reply: its one string under any name, or a Fault wherever it stands in the Body. HTTP status and
 * Content-Type are the caller's to judge.
 * @throws SoapError as readCall, but for ENVELOPE_NO_OPERATION
 */
export function readReply(xml: string, limits: XmlLimits = {}): SoapReply {
  const reader = readEnvelope(xml, limits)
  const { version } = reader
  const fault = reader.fault()
  if (fault) return { kind: 'fault', version, ...readFault(fault, limits) }
  const value = reader.value(RETURN_NAMES)
  return { kind: 'value', version, name: value.name, value: value.text, form: value.form }
}

// Which of several children is meant: the names of the interface document, then those toolkits make up.
const ARGUMENT_NAMES = /^(?:inputString|req|arg0|in0|parameters|string|xml|input)$/i
const RETURN_NAMES = /^(?:return|out|result|response|\w+(?:Result|Return))$/i
// Elements that are a document rather than the wrapper of one.
const DOCUMENT_NAMES = /^(?:XmlDocument|response)$/i
const STARTS_ESCAPED = /^[\s\ufeff]*&lt;/i

/** An element of interest with the place and the text of its content. */
interface Part {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  /** Indexes into the envelope: behind the open tag, and behind the close tag. */
  readonly start: number
  end: number
  /** Character data and CDATA directly in the element, joined. */
  text: string
  cdata: boolean
  /** Local name of its first child element. */
  firstChild: string | undefined
}

interface Value {
  readonly name: string | null
  readonly text: string | null
  readonly form: ArgumentForm | null
}

const NO_VALUE: Value = { name: null, text: null, form: null }

function readEnvelope(xml: string, limits: XmlLimits): EnvelopeReader {
  // Some senders write a blank line before the declaration, where XML allows none.
  const { xml: text, joined } = joinSurrogateReferences(xml.trimStart())
  const reader = new EnvelopeReader(text, joined)
  try {
    scanXml(text, reader, envelopeLimits(limits))
  } catch (thrown) {
    throw envelopeError(thrown)
  }
  return reader
}

function envelopeLimits(limits: XmlLimits): XmlLimits {
  return {
    maxLength: limits.maxLength ?? DEFAULT_MAX_ENVELOPE_LENGTH,
    maxDepth: limits.maxDepth ?? DEFAULT_MAX_ENVELOPE_DEPTH,
  }
}

/** Collects, in the one pass of the gate, the children of the Body and those of the first of them. */
class EnvelopeReader implements XmlEvents {
  readonly #xml: string
  #depth = 0
  #inBody = false
  #version: SoapVersion | undefined
  /** `xmlns` attributes of the Envelope, the Body and the operation: nobody else's name is looked at. */
  readonly #scopes: Readonly<Record<string, string>>[] = []
  readonly #bodyParts: Part[] = []
  readonly #children: Part[] = []
  /** The child of the operation that is open. */
  #child: Part | undefined
  #namespace = ''

  /** @param joined whether halves of characters were put together before */
  constructor(
    xml: string,
    readonly joined: boolean,
  ) {
    this.#xml = xml
  }

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
      if (isNil(operation) || operation.text.trim() === '') return NO_VALUE
      const { text, form } = unwrapText(operation.text, 'operationText')
      return { name: null, text, form }
    }
    const chosen = this.#children.find((part) => preferred.test(part.name)) ?? this.#children[0]
    if (!chosen) return NO_VALUE
    const held = this.#resolve(chosen)
    if (!held || isNil(chosen) || isNil(held)) return { name: chosen.name, text: null, form: null }
    if (held.firstChild !== undefined) {
      const bare = DOCUMENT_NAMES.test(held.name) && !DOCUMENT_NAMES.test(held.firstChild)
      return {
        name: bare ? null : chosen.name,
        text: bare ? this.#outer(held) : this.#inner(held),
        form: 'inline',
      }
    }
    const { text, form } = unwrapText(held.text, held.cdata ? 'cdata' : 'escaped')
    return { name: chosen.name, text, form }
  }

  open(qualified: string, attributes: Readonly<Record<string, string>>, position: number): void {
    const depth = ++this.#depth
    const colon = qualified.indexOf(':')
    const name = qualified.slice(colon + 1)
    if (depth === 1) {
      this.#scopes.push(attributes)
      this.#version = this.#versionOf(name, qualified)
    } else if (depth === 2) {
      this.#inBody = name === 'Body'
      if (this.#inBody) this.#scopes.push(attributes)
    } else if (this.#inBody) {
      if (depth === 3) this.#openBodyPart(name, qualified, attributes, position)
      else if (depth === 4) {
        const parent = this.#bodyParts.at(-1)
        if (parent) parent.firstChild ??= name
        if (this.#bodyParts.length === 1) {
          this.#child = newPart(name, attributes, position)
          this.#children.push(this.#child)
        }
      } else if (depth === 5 && this.#child) {
        this.#child.firstChild ??= name
      }
    }
  }

  close(_name: string, position: number): void {
    const depth = this.#depth--
    if (!this.#inBody) return
    const part = this.#partAt(depth)
    if (part) part.end = position
    if (depth === 4) this.#child = undefined
    if (depth === 2) this.#inBody = false
  }

  text(text: string, cdata: boolean): void {
    if (!this.#inBody) return
    const part = this.#partAt(this.#depth)
    if (!part) return
    part.text += text
    if (cdata) part.cdata = true
  }

  /** The part that an element, or text, at this depth belongs to directly. */
  #partAt(depth: number): Part | undefined {
    if (depth === 3) return this.#bodyParts.at(-1)
    return depth === 4 ? this.#child : undefined
  }

  #openBodyPart(
    name: string,
    qualified: string,
    attributes: Readonly<Record<string, string>>,
    position: number,
  ): void {
    this.#bodyParts.push(newPart(name, attributes, position))
    if (this.#bodyParts.length > 1) return
    this.#scopes.push(attributes)
    this.#namespace = this.#namespaceOf(qualified)
  }

  #versionOf(name: string, qualified: string): SoapVersion {
    const namespace = this.#namespaceOf(qualified)
    if (name === 'Envelope') {
      if (namespace === SOAP_NAMESPACES['1.1']) return '1.1'
      if (namespace === SOAP_NAMESPACES['1.2']) return '1.2'
    }
    throw new SoapError('ENVELOPE_VERSION', {
      zh: '消息不是 SOAP 1.1 或 SOAP 1.2 信封',
      en: 'The message is not a SOAP 1.1 or SOAP 1.2 envelope',
    })
  }

  #namespaceOf(qualified: string): string {
    const colon = qualified.indexOf(':')
    const attribute = colon < 0 ? 'xmlns' : `xmlns:${qualified.slice(0, colon)}`
    return this.#scopes.findLast((scope) => scope[attribute] !== undefined)?.[attribute] ?? ''
  }

  /** Axis 1 puts values beside the operation and leaves a reference (SOAP 1.1 section 5.4.1). */
  #resolve(part: Part): Part | undefined {
    const { href } = part.attributes
    if (href === undefined || part.text !== '' || part.firstChild !== undefined) return part
    return this.#bodyParts.find(
      (one) => one !== this.operation && `#${one.attributes['id']}` === href,
    )
  }

  #inner(part: Part): string {
    // The close tag of a well-formed element is the last `</` before its end.
    return this.#xml.slice(part.start, this.#xml.lastIndexOf('</', part.end - 1))
  }

  #outer(part: Part): string {
    // Neither a name nor an attribute value can hold `<`, so the nearest one before opens this tag.
    return this.#xml.slice(this.#xml.lastIndexOf('<', part.start - 1), part.end)
  }
}

function newPart(
  name: string,
  attributes: Readonly<Record<string, string>>,
  position: number,
): Part {
  return {
    name,
    attributes,
    start: position,
    end: position,
    text: '',
    cdata: false,
    firstChild: undefined,
  }
}

function isNil(part: Part): boolean {
  for (const name in part.attributes) {
    if (!/(?:^|:)nil$/.test(name)) continue
    const value = part.attributes[name]?.trim()
    if (value === 'true' || value === '1') return true
  }
  return false
}

function unwrapText(
  text: string,
  form: ArgumentForm,
): { readonly text: string; readonly form: ArgumentForm } {
  if (!STARTS_ESCAPED.test(text)) return { text, form }
  return { text: unescapeOnce(text), form: 'doubleEscaped' }
}

/** Both shapes are looked for in both versions: some stacks write that of the other one. */
function readFault(xml: string, limits: XmlLimits): { faultCode: string; faultString: string } {
  const fault = readXml(xml, envelopeLimits(limits))
  const code12 = child(fault, 'Code')
  // The subcode of 1.2 says what 1.1 says in its code: `wsse:FailedAuthentication` rather than `Sender`.
  const value12 = child(child(code12, 'Subcode'), 'Value') ?? child(code12, 'Value')
  const code = child(fault, 'faultcode') ?? value12
  const text = child(fault, 'faultstring') ?? child(child(fault, 'Reason'), 'Text')
  return { faultCode: code?.text.trim() ?? '', faultString: text?.text.trim() ?? '' }
}

function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name)
}

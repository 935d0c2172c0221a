import {
  ownText,
  readXml,
  type Flag,
  type Returned,
  type XmlElement,
  type XmlLimits,
} from '../messages/index.js'
import type { SoapCall } from './call.js'
import {
  envelopeLimits,
  readEnvelope,
  type ArgumentForm,
  type EnvelopeReader,
} from './envelope-reader.js'
import { SoapError } from './errors.js'
import type { InboundRule, InboundRules } from './inbound/rule.js'
import type { KnownFrames } from './known-frames.js'
import type { SoapVersion } from './version.js'

export { DEFAULT_MAX_ENVELOPE_DEPTH, DEFAULT_MAX_ENVELOPE_LENGTH } from './envelope-reader.js'
export type { SoapCall } from './call.js'
export type { ArgumentForm } from './envelope-reader.js'
export { SOAP_NAMESPACES, type SoapVersion } from './version.js'

export type SoapReply =
  | {
      readonly kind: 'value'
      readonly version: SoapVersion
      readonly name: string | null
      /** The exact string; null for nil, an empty reply and an empty Body, none of which is a success. */
      readonly value: string | null
      readonly form: ArgumentForm | null
      /** Further returned strings: all of it is one answer. */
      readonly others?: readonly Returned[]
      /** The whole element in the Body. */
      readonly body: string
    }
  | {
      readonly kind: 'fault'
      readonly version: SoapVersion
      /** As the peer wrote it, '' when it wrote none. */
      readonly faultCode: string
      readonly faultString: string
    }

/**
 * Reads a request whatever the toolkit that wrote it: the operation by the local name of the Body's first
 * child, its one string under any name (reading A7, A8). Headers and SOAPAction do not count.
 * @param frames envelopes met before at the same address, which make it faster and nothing else
 * @param rules calls of other shapes that the service takes, whose parameters are named
 * @throws SoapError ENVELOPE_UNREADABLE, ENVELOPE_CHARSET, ENVELOPE_DOCTYPE, ENVELOPE_TOO_DEEP,
 * ENVELOPE_TOO_BIG, ENVELOPE_VERSION, ENVELOPE_NO_OPERATION
 */
export function readCall(
  xml: string,
  limits: XmlLimits = NO_LIMITS,
  frames?: KnownFrames,
  rules?: InboundRules,
): SoapCall {
  const known = frames?.read(xml, limits)
  // A frame may have been met before the service was given its rules.
  if (known && !rules?.find(known.operation, known.namespace)) return known
  return readWholeCall(xml, limits, frames, rules)
}

// One object, so that two calls can be told to have the same.
const NO_LIMITS: XmlLimits = {}

function readWholeCall(
  xml: string,
  limits: XmlLimits,
  frames: KnownFrames | undefined,
  rules: InboundRules | undefined,
): SoapCall {
  const reader = readEnvelope(xml, limits)
  const { version, operation } = reader
  if (!operation) {
    throw new SoapError('ENVELOPE_NO_OPERATION', {
      zh: 'SOAP 信封的 Body 中没有操作',
      en: 'The Body of the SOAP envelope holds no operation',
    })
  }
  const rule = rules?.find(operation.name, reader.namespace)
  const value =
    rule?.document === undefined ? reader.value(ARGUMENT_NAMES) : reader.named(rule.document)
  const flags: Flag[] = []
  if (value.form === 'doubleEscaped') flags.push('doubleEscaped')
  if (value.form === 'inline') flags.push('argumentInline')
  if (value.name === null && value.text !== null) flags.push('argumentInOperation')
  if (reader.childCount > 1 && !rule) flags.push('argumentsIgnored')
  if (reader.joined) flags.push('surrogateReferences')
  if (SPACE_BEFORE_XML.test(xml)) flags.push('spaceBeforeXml')
  const call = {
    version,
    operation: operation.name,
    namespace: reader.namespace,
    argumentName: value.name,
    argumentNamespace: value.namespace,
    argument: value.text,
    form: value.form,
    encoded: reader.encoded,
    ambiguous: reader.ambiguous,
    flags,
  }
  if (rule) return ruledCall(call, rule, reader)
  const text = flags.length === 0 && value.form === 'escaped' ? reader.argumentText : undefined
  if (text) frames?.keep(reader.xml, limits, text.from, text.to, call)
  return call
}

function ruledCall(call: SoapCall, rule: InboundRule, reader: EnvelopeReader): SoapCall {
  const { operation, document } = rule
  const parameter = typeof operation === 'string' ? undefined : operation.parameter
  return {
    ...call,
    ambiguous: reader.ambiguousBy([document, parameter]),
    ruled: { rule, value: parameter === undefined ? null : reader.named(parameter).text },
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
  const others = reader.others(RETURN_NAMES)
  return {
    kind: 'value',
    version,
    name: value.name,
    value: value.text,
    form: value.form,
    ...(others.length > 0 && { others }),
    body: reader.body(),
  }
}

// Names by which one of several children is chosen: the names of the interface document, then those toolkits make up.
const ARGUMENT_NAMES = /^(?:inputString|req|arg0|in0|parameters|string|xml|input)$/i
const RETURN_NAMES = /^(?:return|out|result|response|\w+(?:Result|Return))$/i
const SPACE_BEFORE_XML = /^\ufeff?\s+<\?xml\s/

/** Both shapes are looked for in both versions: some stacks write that of the other one. */
function readFault(xml: string, limits: XmlLimits): { faultCode: string; faultString: string } {
  const fault = readXml(xml, envelopeLimits(limits))
  const code12 = child(fault, 'Code')
  // The subcode of 1.2 says what 1.1 says in its code: `wsse:FailedAuthentication` rather than `Sender`.
  const value12 = child(child(code12, 'Subcode'), 'Value') ?? child(code12, 'Value')
  const code = child(fault, 'faultcode') ?? value12
  const text = child(fault, 'faultstring') ?? child(child(fault, 'Reason'), 'Text')
  return {
    faultCode: code ? ownText(code).trim() : '',
    faultString: text ? ownText(text).trim() : '',
  }
}

function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name)
}

import {
  XML_DECLARATION,
  escapeAttribute,
  escapeText,
  withoutControlCharacters,
  type Reason,
} from '../messages/index.js'
import { SOAP_NAMESPACES, type SoapCall, type SoapVersion } from './envelope.js'
import { responseName, resultName, type ReplyForm, type ServiceNames } from './reply-form.js'
import { TARGET_NAMESPACE } from './wsdl.js'

/** The Content-Type of whatever we send; Mono reads a reply without a charset as ASCII. */
export const SOAP_CONTENT_TYPES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8',
}

/** A call, as far as its answer depends on it. */
export type AnsweredCall = Pick<SoapCall, 'version' | 'operation' | 'namespace'> &
  Partial<Pick<SoapCall, 'argumentName' | 'argumentNamespace'>>

/** Writes the answer to a call in its own version and namespaces, or in those that the service was given. */
export function writeReply(call: AnsweredCall, value: string, names: ReplyForm = {}): string {
  const text = escapeText(withoutControlCharacters(value))
  const namespace = names.namespace ?? call.namespace
  const resultNamespace = names.resultNamespace ?? (isQualified(call, names) ? namespace : '')
  const [open, name] = tag('m', namespace, responseName(names, call.operation))
  const result = resultName(names, call.operation)
  // Declared once where both have the same.
  const [openResult, nameResult] =
    resultNamespace === namespace && namespace !== ''
      ? [`m:${result}`, `m:${result}`]
      : tag('r', resultNamespace, result)
  return envelope(call.version, `<${open}><${openResult}>${text}</${nameResult}></${name}>`)
}

/** A start tag and its name. Without a namespace there is nothing a prefix could be bound to (Namespaces in XML 1.0, 2.2). */
function tag(prefix: string, namespace: string, name: string): readonly [string, string] {
  if (namespace === '') return [name, name]
  const qualified = `${prefix}:${name}`
  return [`${qualified} xmlns:${prefix}="${escapeAttribute(namespace)}"`, qualified]
}

/**
 * An answer is qualified as its call was, because stubs that were made of the WSDL of 0.1.0 expect no namespace, as RPC
 * does. Where nothing was passed, as toolkits do with an empty string, what our WSDL says counts.
 */
const isQualified = (call: AnsweredCall, names: ServiceNames): boolean =>
  (call.argumentName ?? null) === null
    ? call.namespace === (names.namespace ?? TARGET_NAMESPACE)
    : call.argumentNamespace !== ''

/**
 * Writes a Fault: reasons only, never a stack (SOAP 1.1 section 4.4, SOAP 1.2 part 1 section 5.4).
 * `sender` says that the message was at fault, `receiver` that we were.
 */
export function writeFault(
  version: SoapVersion,
  who: 'sender' | 'receiver',
  reason: Reason,
): string {
  const text = escapeText(withoutControlCharacters(`${reason.zh} / ${reason.en}`))
  if (version === '1.1') {
    const code = who === 'sender' ? 'Client' : 'Server'
    return envelope(
      version,
      `<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>${text}</faultstring></soap:Fault>`,
    )
  }
  const code = who === 'sender' ? 'Sender' : 'Receiver'
  // One Text for both languages: gSOAP reads no Fault that has two, and other toolkits show but one of them.
  return envelope(
    version,
    `<soap:Fault><soap:Code><soap:Value>soap:${code}</soap:Value></soap:Code><soap:Reason>` +
      `<soap:Text xml:lang="zh">${text}</soap:Text></soap:Reason></soap:Fault>`,
  )
}

function envelope(version: SoapVersion, body: string): string {
  return `${XML_DECLARATION}<soap:Envelope xmlns:soap="${SOAP_NAMESPACES[version]}"><soap:Body>${body}</soap:Body></soap:Envelope>`
}

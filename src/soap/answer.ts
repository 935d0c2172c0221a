import {
  XML_DECLARATION,
  escapeAttribute,
  escapeText,
  withoutControlCharacters,
  type Reason,
} from '../messages/index.js'
import { SOAP_NAMESPACES, type SoapCall, type SoapVersion } from './envelope.js'

/** The Content-Type of whatever we send; Mono reads a reply without a charset as ASCII. */
export const SOAP_CONTENT_TYPES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8',
}

/** Writes the answer to a call in its own version and namespace, the string escaped in an unqualified `return`. */
export function writeReply(
  call: Pick<SoapCall, 'version' | 'operation' | 'namespace'>,
  value: string,
): string {
  const text = escapeText(withoutControlCharacters(value))
  const name = `${call.operation}Response`
  // Without a namespace there is nothing a prefix could be bound to (Namespaces in XML 1.0, section 2.2).
  if (call.namespace === '') {
    return envelope(call.version, `<${name}><return>${text}</return></${name}>`)
  }
  const namespace = escapeAttribute(call.namespace)
  return envelope(
    call.version,
    `<m:${name} xmlns:m="${namespace}"><return>${text}</return></m:${name}>`,
  )
}

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

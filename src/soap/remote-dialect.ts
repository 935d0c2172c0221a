import {
  escapeAttribute,
  ownText,
  readXml,
  type OutCharset,
  type XmlElement,
} from '../messages/index.js'
import { SOAP_NAMESPACES, type SoapVersion } from './envelope.js'
import { RemoteError } from './remote-errors.js'

/**
 * Style of the Body (WSDL 1.1 section 3.5).
 *
 * - `wrapped`, `qualified`: document/literal, the parameter outside or inside of the operation's namespace
 * - `bare`: document/literal, the string directly in the operation
 * - `rpc`, `encoded`: rpc/literal; rpc/encoded, with `xsi:type` and `encodingStyle` (SOAP 1.1 section 5)
 */
export const BODY_STYLES = ['wrapped', 'qualified', 'bare', 'rpc', 'encoded'] as const
export type BodyStyle = (typeof BODY_STYLES)[number]

/** All that a request to one operation of a remote consists of, but for the document. */
export interface Dialect {
  readonly soapVersion: SoapVersion
  readonly style: BodyStyle
  /** The element in the Body. */
  readonly operation: string
  readonly namespace: string
  /** Null when the operation takes its string without a parameter around it. */
  readonly parameter: string | null
  /** Blank when the parameter is unqualified. */
  readonly parameterNamespace: string
  /** Blank = `""`, which says that the address says it all (SOAP 1.1 section 6.1.1). */
  readonly soapAction: string
}

/** A request with gaps where the document and a header go; all calls to one operation differ in nothing else. */
export interface RequestTemplate {
  readonly headers: Readonly<Record<string, string>>
  readonly head: string
  /** Between the Header, if there is one, and the parameters. */
  readonly middle: string
  /** Around the document; blank where the operation takes its string bare. */
  readonly open: string
  readonly close: string
  readonly tail: string
  /** A further parameter. @param value escaped */
  readonly beside: (name: string, ownNamespace: string | undefined, value: string) => string
}

const XSI = 'http://www.w3.org/2001/XMLSchema-instance'
const XSD = 'http://www.w3.org/2001/XMLSchema'
const ENCODING_STYLES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/encoding/',
  '1.2': 'http://www.w3.org/2003/05/soap-encoding',
}

/** Stands for the document while a request is written. */
export const MARK = 'crisis-document-stands-here'

/**
 * @throws RemoteError REQUEST_EMPTY when the names make no XML, or another one than is meant
 */
export function requestTemplate(dialect: Dialect, charset: OutCharset): RequestTemplate {
  const { soapVersion, style, namespace, parameter, parameterNamespace } = dialect
  const encoded = style === 'encoded'
  const types = encoded ? ` xmlns:xsi="${XSI}" xmlns:xsd="${XSD}"` : ''
  const head = `<?xml version="1.0" encoding="${charset}"?><soap:Envelope xmlns:soap="${SOAP_NAMESPACES[soapVersion]}"${types}>`
  const inDefault = parameter === null || parameterNamespace !== ''
  const [prefix, declared] = inDefault || namespace === '' ? ['', 'xmlns'] : ['m:', 'xmlns:m']
  const name = `${prefix}${dialect.operation}`
  const scope = namespace === '' ? '' : ` ${declared}="${escapeAttribute(namespace)}"`
  const encodingStyle = encoded ? ` soap:encodingStyle="${ENCODING_STYLES[soapVersion]}"` : ''
  const ownScope =
    parameterNamespace === '' || parameterNamespace === namespace
      ? ''
      : ` xmlns="${escapeAttribute(parameterNamespace)}"`
  const type = encoded ? ' xsi:type="xsd:string"' : ''
  const [open, close] =
    parameter === null ? ['', ''] : [`<${parameter}${ownScope}${type}>`, `</${parameter}>`]
  const template = {
    headers: headersOf(dialect, charset),
    head,
    middle: `<soap:Body><${name}${scope}${encodingStyle}>`,
    open,
    close,
    tail: `</${name}></soap:Body></soap:Envelope>`,
    beside: (other: string, ownNamespace: string | undefined, value: string): string => {
      const own =
        ownNamespace === undefined ? ownScope : ` xmlns="${escapeAttribute(ownNamespace)}"`
      return `<${other}${own}${type}>${value}</${other}>`
    },
  }
  const { head: first, middle, tail } = template
  const written = placeOfMark(first + middle + open + MARK + close + tail)
  const asMeant =
    written.operation === dialect.operation &&
    written.namespace === namespace &&
    written.parameter === parameter &&
    written.parameterNamespace === parameterNamespace
  if (!asMeant) throw requestEmpty()
  return template
}

function headersOf(
  { soapVersion, soapAction }: Dialect,
  charset: OutCharset,
): Record<string, string> {
  // Characters beyond ASCII go as UTF-8 bytes, which an HTTP client takes in this form only.
  const action = Buffer.from(soapAction.replace(/["\r\n]/g, ''), 'utf8').toString('latin1')
  // Firewalls for web applications refuse what names no agent and accepts nothing.
  const always = { Accept: '*/*', 'User-Agent': 'node-red-crisis' }
  const label = charset.toLowerCase()
  if (soapVersion === '1.1') {
    const type = `text/xml; charset=${label}`
    return { ...always, 'Content-Type': type, SOAPAction: `"${action}"` }
  }
  // An empty action is none (RFC 3902 makes it optional, and some stacks look up the empty one).
  const parameter = action === '' ? '' : `; action="${action}"`
  return { ...always, 'Content-Type': `application/soap+xml; charset=${label}${parameter}` }
}

/** The place of the document in a request. */
export type Place = Pick<Dialect, 'operation' | 'namespace' | 'parameter' | 'parameterNamespace'>

/**
 * Reads a request back: what is said of it is what will be sent.
 * @throws RemoteError REQUEST_EMPTY
 */
export function placeOfMark(xml: string): Place {
  let envelope: XmlElement
  try {
    envelope = readXml(xml)
  } catch (cause) {
    throw requestEmpty(cause)
  }
  const body = envelope.children.find((child) => child.name === 'Body')
  const operation = body?.children[0]
  if (!body || !operation) throw requestEmpty()
  const [holder, ...others] = operation.children.filter((child) => child.text === MARK)
  if (others.length > 0 || (!holder && ownText(operation) !== MARK)) throw requestEmpty()
  const namespaceOf = (element: XmlElement, ...around: readonly XmlElement[]): string => {
    const attribute = element.prefix === '' ? 'xmlns' : `xmlns:${element.prefix}`
    const scope = [element, ...around].find(({ attributes }) =>
      Object.hasOwn(attributes, attribute),
    )
    return scope?.attributes[attribute] ?? ''
  }
  return {
    operation: operation.name,
    namespace: namespaceOf(operation, body, envelope),
    parameter: holder?.name ?? null,
    parameterNamespace: holder ? namespaceOf(holder, operation, body, envelope) : '',
  }
}

export const requestEmpty = (cause?: unknown) =>
  new RemoteError(
    'REQUEST_EMPTY',
    {
      zh: '按对方 WSDL 与设置生成的请求不含消息内容，未发送；请清空 WSDL，直接填写服务地址、命名空间、参数名与请求样式',
      en: "A request written by the peer's WSDL and settings would not hold the document, so nothing was sent; leave the WSDL empty and set service address, namespace, parameter and style instead",
    },
    { cause },
  )

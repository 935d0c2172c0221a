import type { IncomingHttpHeaders } from 'node:http'
import {
  asCrisisError,
  CrisisError,
  decodeBytes,
  MessageError,
  readXml,
  type Reason,
  type XmlElement,
} from '../messages/index.js'
import type { SoapVersion } from './envelope.js'
import { RemoteError, type RemoteErrorOptions } from './remote-errors.js'
import { headerTemplate } from './wsdl-header.js'
import type { Transport, TransportReply } from './transport.js'

// A description of many services may be large; one that imports without end is refused.
const WSDL_LIMITS = { maxLength: 4 << 20, maxDepth: 64, maxStops: Infinity }
const MAX_WSDL_FILES = 64
const MAX_WSDL_TOTAL_LENGTH = 16 << 20

/** The namespace of the binding's extension elements tells the version (WSDL 1.1 section 3, WSDL 1.1 Binding for SOAP 1.2). */
const SOAP_BINDINGS: Readonly<Record<string, SoapVersion>> = {
  'http://schemas.xmlsoap.org/wsdl/soap/': '1.1',
  'http://schemas.xmlsoap.org/wsdl/soap12/': '1.2',
}

/** Facts about a port that node-soap does not tell. */
export interface PortOutline {
  readonly address: string | undefined
  readonly binding: BindingOutline | undefined
}

export interface BindingOutline {
  readonly soapVersion: SoapVersion | undefined
  readonly addressing: boolean
  /** Ids of the policies that it refers to. */
  readonly policies: readonly string[]
  readonly operations: ReadonlyMap<string, OperationOutline>
}

export interface OperationOutline {
  readonly rpc: boolean
  /** `use="encoded"` of its `soap:body` */
  readonly encoded: boolean
  /** `namespace` of its `soap:body`, which counts in rpc style only (WSDL 1.1 section 3.5). */
  readonly namespace: string | undefined
  readonly soapAction: string
  /** A `soap:header` that calls must carry; undefined = none. */
  readonly header: XmlElement | undefined
}

/**
 * The files of one description, each fetched once, checked by the strict gate before node-soap sees it, and
 * read for what node-soap keeps to itself: SOAP versions, addresses, styles, SOAPActions and rpc namespaces.
 */
export class WsdlFiles {
  readonly #transport: Pick<Transport, 'get'>
  readonly #texts = new Map<string, string>()
  #length = 0
  /** Address of the description; undefined when it was given as text. */
  #origin: string | undefined
  readonly #missing = new Set<string>()
  readonly #roots: XmlElement[] = []
  /** By namespace and name, the `form` of elements that have one of their own. */
  readonly #forms = new Map<string, string>()
  readonly #bindings = new Map<string, BindingOutline>()
  /** Ids of policies that ask for WS-Addressing. */
  readonly #addressing = new Set<string>()
  readonly #ports: {
    service: string
    port: string
    address: string | undefined
    binding: string
  }[] = []

  constructor(transport: Pick<Transport, 'get'>) {
    this.#transport = transport
  }

  /** Takes a description given as text; returns it in the one shape that node-soap takes for a text. */
  take(text: string): string {
    const body = text.replace(/^[\s\ufeff]+/, '')
    const normal = /^<\?xml[\s?]/.test(body) ? body : `<?xml version="1.0"?>${body}`
    if (!isDescription(normal)) throw notADescription()
    this.#read(normal)
    return normal
  }

  /**
   * True when the remote serves a description at this URL. It serves none when it answers with something else,
   * or with a failing status that is not a passing trouble.
   * @throws RemoteError HTTP_STATUS (401, 403), WSDL_UNREADABLE; those of the transport
   */
  async find(url: string): Promise<boolean> {
    const { status, headers, text } = await this.#fetch(url)
    if (status === 401 || status === 403) throw refused(status, headers)
    if (PASSING.has(status)) throw unreadable(NO_DESCRIPTION, { status })
    if (status < 200 || status >= 300 || text === undefined || !isDescription(text)) return false
    this.#origin = new URL(url).origin
    this.#read(text)
    this.#texts.set(url, text)
    return true
  }

  /** One file, for node-soap. @throws RemoteError WSDL_UNREADABLE; those of the transport */
  async load(url: string): Promise<string> {
    const known = this.#texts.get(url)
    if (known !== undefined) return known
    if (this.#texts.size >= MAX_WSDL_FILES) throw unreadable(TOO_MANY)
    const { status, text } = await this.#fetch(url)
    if (status < 200 || status >= 300) throw unreadable(IMPORT_MISSING, { status })
    if (text === undefined) throw unreadable(IMPORT_MISSING)
    this.#read(text)
    this.#texts.set(url, text)
    return text
  }

  /** The block of the SOAP header that an operation wants, as a template. */
  headerOf(service: string, port: string, operation: string): string | undefined {
    const header = this.outlineOf(service, port).binding?.operations.get(operation)?.header
    return header && headerTemplate(this.#roots, header)
  }

  outlineOf(service: string, port: string): PortOutline {
    const found = this.#ports.find((one) => one.service === service && one.port === port)
    return {
      address: found?.address,
      binding: found && this.#bindings.get(found.binding),
    }
  }

  /** True when calls to a port must carry the headers of WS-Addressing (WS-Addressing 1.0 WSDL Binding, section 3.1). */
  wantsAddressing(service: string, port: string): boolean {
    const { binding } = this.outlineOf(service, port)
    return (
      binding !== undefined &&
      (binding.addressing || binding.policies.some((id) => this.#addressing.has(id)))
    )
  }

  /** True for a parameter that is qualified of its own, which node-soap does not look at (XML Schema part 1, 3.3.2). */
  isQualified(namespace: string, parameter: string): boolean | undefined {
    const form = this.#forms.get(formKey(namespace, parameter))
    return form === undefined ? undefined : form === 'qualified'
  }

  #readForms(element: XmlElement, outer: string): void {
    const { name, attributes, children } = element
    const namespace = name === 'schema' ? (attributes['targetNamespace'] ?? '') : outer
    const form = name === 'element' ? attributes['form'] : undefined
    if (form !== undefined) this.#forms.set(formKey(namespace, attributes['name'] ?? ''), form)
    for (const child of children) this.#readForms(child, namespace)
  }

  /**
   * A description behind NAT imports from the host that it has inside, so what cannot be had there is looked for
   * where the description came from.
   */
  async #get(url: string): Promise<TransportReply> {
    // The first file is the one that was asked for; whether its address is one is the transport's to say.
    if (this.#origin === undefined) return this.#transport.get(url)
    const { origin, pathname, search } = new URL(url)
    if (origin === this.#origin) return this.#transport.get(url)
    if (!this.#missing.has(origin)) {
      try {
        const reply = await this.#transport.get(url)
        if (reply.status < 400) return reply
      } catch (error) {
        if (!NO_CONNECTION.has(asCrisisError(error).code)) throw error
      }
      // No second wait for the same host.
      this.#missing.add(origin)
    }
    return this.#transport.get(`${this.#origin}${pathname}${search}`)
  }

  async #fetch(
    url: string,
  ): Promise<Pick<TransportReply, 'status' | 'headers'> & { text: string | undefined }> {
    const { status, headers, bytes } = await this.#get(url)
    try {
      // Comments in GBK under a UTF-8 label do no harm in a description.
      const { text } = decodeBytes(bytes, { contentType: headers['content-type'], allowGbk: true })
      this.#length += text.length
      if (this.#length > MAX_WSDL_TOTAL_LENGTH) throw unreadable(TOO_MANY)
      return { status, headers, text: text.trim() }
    } catch (error) {
      if (error instanceof MessageError) return { status, headers, text: undefined }
      throw error
    }
  }

  #read(text: string): void {
    let root: XmlElement
    try {
      root = readXml(text, WSDL_LIMITS)
    } catch (cause) {
      const detail = cause instanceof CrisisError ? cause.reason : { zh: '', en: '' }
      throw unreadable(
        { zh: `WSDL 无法读取：${detail.zh}`, en: `The WSDL cannot be read: ${detail.en}` },
        { cause },
      )
    }
    refuseDangerousNames(root)
    this.#readForms(root, '')
    this.#roots.push(root)
    if (root.name !== 'definitions') return
    for (const child of root.children) {
      if (child.name === 'Policy' && asksForAddressing(child)) {
        this.#addressing.add(child.attributes['wsu:Id'] ?? child.attributes['Id'] ?? '')
      }
      const scope = { ...root.attributes, ...child.attributes }
      const name = child.attributes['name'] ?? ''
      if (child.name === 'binding') this.#bindings.set(name, outlineOfBinding(child, scope))
      if (child.name === 'service') {
        for (const port of child.children) {
          if (port.name !== 'port') continue
          const address = port.children.find((one) => one.name === 'address')?.attributes[
            'location'
          ]
          this.#ports.push({
            service: name,
            port: port.attributes['name'] ?? '',
            address: address?.trim(),
            binding: localName(port.attributes['binding'] ?? ''),
          })
        }
      }
    }
  }
}

const formKey = (namespace: string, name: string) => JSON.stringify([namespace, name])

function outlineOfBinding(
  binding: XmlElement,
  scope: Readonly<Record<string, string>>,
): BindingOutline {
  const extension = binding.children.find((child) => child.name === 'binding')
  const attribute = extension?.prefix ? `xmlns:${extension.prefix}` : 'xmlns'
  const namespace = extension?.attributes[attribute] ?? scope[attribute] ?? ''
  const operations = new Map<string, OperationOutline>()
  for (const operation of binding.children) {
    if (operation.name !== 'operation') continue
    const named = (name: string) => operation.children.find((child) => child.name === name)
    const soap = named('operation')?.attributes
    const rpc = (soap?.['style'] ?? extension?.attributes['style']) === 'rpc'
    const input = named('input')?.children ?? []
    const body = input.find((child) => child.name === 'body')
    operations.set(operation.attributes['name'] ?? '', {
      rpc,
      encoded: body?.attributes['use'] === 'encoded',
      namespace: rpc ? body?.attributes['namespace'] : undefined,
      soapAction: soap?.['soapAction']?.trim() ?? '',
      header: input.find((child) => child.name === 'header'),
    })
  }
  return {
    soapVersion: Object.hasOwn(SOAP_BINDINGS, namespace) ? SOAP_BINDINGS[namespace] : undefined,
    addressing: asksForAddressing(binding),
    policies: binding.children
      .filter((child) => child.name === 'PolicyReference')
      .map((child) => (child.attributes['URI'] ?? '').replace(/^#/, '')),
    operations,
  }
}

const asksForAddressing = (element: XmlElement): boolean =>
  /^(?:UsingAddressing|Addressing)$/.test(element.name) || element.children.some(asksForAddressing)

/** Names by which an object of JavaScript is changed rather than filled. */
const DANGEROUS =
  /^(?:__proto__|prototype|constructor|__(?:define|lookup)[GS]etter__|hasOwnProperty|toString|valueOf)$/

/** Libraries keep what they read under its name, and these names would spoil every object of theirs. */
function refuseDangerousNames({ name, prefix, attributes, children }: XmlElement): void {
  const said = Object.entries(attributes).flatMap(([key, value]) => [
    ...key.split(':'),
    localName(value.trim()),
  ])
  const found = [name, prefix, ...said].find((word) => DANGEROUS.test(word))
  if (found !== undefined) {
    throw unreadable({
      zh: `对方的 WSDL 含有不允许的名称 ${found}`,
      en: `The peer's WSDL has the name ${found}, which is not allowed`,
    })
  }
  for (const child of children) refuseDangerousNames(child)
}

const localName = (qualified: string) => qualified.slice(qualified.indexOf(':') + 1)

// Most characters before a root: a declaration and comments.
const ROOT_WINDOW = 16_384
const isDescription = (text: string) =>
  /<(?:[\w.-]+:)?definitions[\s>]/.test(text.slice(0, ROOT_WINDOW))

/** Codes of a transport for a host that is not there. */
const NO_CONNECTION: ReadonlySet<string> = new Set(['PEER_UNREACHABLE', 'PEER_CONNECT_TIMEOUT'])

/** Statuses of a server that will do better later. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504])

const NO_DESCRIPTION: Reason = {
  zh: '暂时取不到对方的 WSDL，请稍后重试',
  en: "The peer's WSDL cannot be had at the moment; try again later",
}
const IMPORT_MISSING: Reason = {
  zh: '对方 WSDL 引用的文件取不到',
  en: "A file that the peer's WSDL imports cannot be had",
}
const TOO_MANY: Reason = {
  zh: `对方 WSDL 引用的文件超过 ${MAX_WSDL_FILES} 个或过大`,
  en: `The peer's WSDL imports more than ${MAX_WSDL_FILES} files, or too large ones`,
}

export const unreadable = (reason: Reason, options?: RemoteErrorOptions) =>
  new RemoteError('WSDL_UNREADABLE', reason, options)

export const unusable = (cause?: unknown) =>
  unreadable(
    {
      zh: '对方的 WSDL 无法使用；可清空 WSDL，直接填写服务地址、命名空间和参数名',
      en: "The peer's WSDL cannot be used; leave it empty and set service address, namespace and parameter instead",
    },
    { cause },
  )

export const tooBigToRead = (cause?: unknown) =>
  unreadable(
    {
      zh: '读取对方的 WSDL 用时或占用内存过多，已停止；可清空 WSDL，直接填写服务地址、命名空间和参数名',
      en: "Reading the peer's WSDL took too long or too much memory and was stopped; leave it empty and set service address, namespace and parameter instead",
    },
    { cause },
  )

export const notADescription = () =>
  unreadable({
    zh: '对方地址没有提供 WSDL；请检查 WSDL 地址，或清空它并直接填写服务地址',
    en: 'There is no WSDL at this address; check it, or leave it empty and set the service address',
  })

/** A peer that lets nobody in, or not us; with the schemes by which it wants us to say who we are (RFC 9110, 11.6.1). */
export function refused(status: number, headers: IncomingHttpHeaders): RemoteError {
  const wanted = schemesIn(headers['www-authenticate'] ?? '')
  const zh = wanted === '' ? '' : `，对方要求以 ${wanted} 方式登录`
  const en = wanted === '' ? '' : `, and asks for a login by ${wanted}`
  return new RemoteError(
    'HTTP_STATUS',
    {
      zh: `对方拒绝访问（HTTP ${status}${zh}），请检查用户名、密码与对方的访问限制`,
      en: `The peer refuses access (HTTP ${status}${en}); check user, password and the peer's allow-list`,
    },
    { status },
  )
}

/** The names of the schemes alone: what else stands in the header is the peer's own text. */
const schemesIn = (header: string): string =>
  [...header.matchAll(/(?:^|,)\s*([a-z][a-z\d-]{1,19})(?=\s+[^=,\s]|\s*(?:,|$))/gi)]
    .map(([, scheme]) => scheme)
    .slice(0, 5)
    .join(', ')

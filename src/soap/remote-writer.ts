import type { Client, IHttpClient } from 'soap'
import { CrisisError, readXml, type XmlElement } from '../messages/index.js'
import { SOAP_NAMESPACES, type SoapVersion } from './envelope.js'
import { RemoteError } from './remote-errors.js'
import { unreadable, type WsdlFiles } from './remote-wsdl.js'

/** An operation that a description offers. */
export interface OfferedOperation {
  readonly service: string
  readonly port: string
  readonly operation: string
  /** In the order of the description; empty when the operation takes its string bare. */
  readonly parameters: readonly { readonly name: string; readonly type: string }[]
  /** The type of the whole message where it is no structure (document/literal bare). */
  readonly bareType: string | undefined
}

/** A request with a gap where the document goes; all calls to one operation differ in nothing else. */
export interface RequestTemplate {
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
  readonly head: string
  readonly tail: string
  /** As they really stand in the request. */
  readonly operation: string
  readonly parameter: string | null
  readonly namespace: string
}

export interface WriteOptions {
  readonly soapVersion: SoapVersion
  readonly address: string | undefined
  readonly namespace: string | undefined
  readonly parameter: string | null
  readonly soapAction: string | undefined
}

interface Written {
  readonly url: string
  readonly xml: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * node-soap behind its public hooks. It reads the description and writes requests; whatever it would send
 * is caught here, so that neither its HTTP client nor its reader of replies ever runs.
 */
export class RemoteWriter {
  readonly #source: string
  readonly #files: WsdlFiles
  readonly #client: Client
  /** By version and address, which are of a client and not of a call. Reading a large description is slow. */
  readonly #clients = new Map<string, Client>()

  private constructor(source: string, files: WsdlFiles, client: Client) {
    this.#source = source
    this.#files = files
    this.#client = client
    this.#clients.set(clientKey('1.1', undefined), client)
  }

  /**
   * @param source a URL that `files` can load, or the text of a description
   * @throws RemoteError WSDL_UNREADABLE; those of the transport
   */
  static async open(source: string, files: WsdlFiles): Promise<RemoteWriter> {
    return new RemoteWriter(source, files, await createClient(source, files, '1.1', undefined))
  }

  /** @throws RemoteError WSDL_UNREADABLE */
  operations(): OfferedOperation[] {
    const found: OfferedOperation[] = []
    let description: unknown
    try {
      description = this.#client.describe()
    } catch (cause) {
      throw unreadable(UNUSABLE, { cause })
    }
    for (const [service, ports] of entries(description)) {
      for (const [port, operations] of entries(ports)) {
        for (const [operation, shape] of entries(operations)) {
          const input = (shape as { input?: unknown } | null)?.input
          found.push({
            service,
            port,
            operation,
            parameters: entries(input)
              .filter(([name]) => !NOT_PARAMETERS.has(name))
              .map(([name, type]) => ({
                name: name.replace(/\[\]$/, ''),
                type: typeof type === 'string' ? type : '',
              })),
            bareType: typeof input === 'string' ? input : undefined,
          })
        }
      }
    }
    return found
  }

  /**
   * Lets node-soap write the request once, around a mark, and checks that the mark is in it: a description
   * that is split by wsdl:import makes node-soap leave out a qualified parameter, and an empty call would
   * be answered like any other.
   * @throws RemoteError REQUEST_EMPTY, WSDL_UNREADABLE
   */
  async template(offered: OfferedOperation, options: WriteOptions): Promise<RequestTemplate> {
    const { service, port, operation } = offered
    const body = this.#files.outlineOf(service, port).binding?.bodies.get(operation)
    const client = await this.#clientFor(options.soapVersion, options.address)
    client.setSOAPAction(options.soapAction ?? '')
    const written = write(client, offered, argumentOf(options.parameter, body?.encoded ?? false))
    const namespace = options.namespace ?? (body?.namespace || undefined)
    const xml = namespace === undefined ? written.xml : inNamespace(written.xml, namespace)
    const [head, tail, ...more] = xml.split(MARK)
    if (head === undefined || tail === undefined || more.length > 0) throw requestEmpty()
    const place = placeOfMark(xml, options.soapVersion)
    if (place.parameter !== options.parameter) throw requestEmpty()
    return {
      address: written.url,
      headers: sendable(written.headers),
      head,
      tail,
      ...place,
    }
  }

  async #clientFor(version: SoapVersion, address: string | undefined): Promise<Client> {
    const key = clientKey(version, address)
    const known = this.#clients.get(key)
    if (known) return known
    const made = await createClient(this.#source, this.#files, version, address)
    this.#clients.set(key, made)
    return made
  }
}

const clientKey = (version: SoapVersion, address: string | undefined) =>
  `${version} ${address ?? ''}`

/** Stands for the document while the request is written. */
const MARK = 'crisis-document-stands-here'

// node-soap keeps these beside the parameters.
const NOT_PARAMETERS: ReadonlySet<string> = new Set(['targetNSAlias', 'targetNamespace'])

const XSD = 'http://www.w3.org/2001/XMLSchema'

/** rpc/encoded promises a type on every part (SOAP 1.1 section 5), and node-soap leaves it out. */
function argumentOf(parameter: string | null, encoded: boolean): unknown {
  if (parameter === null) return MARK
  const typed = { attributes: { 'xmlns:xsd': XSD, 'xsi:type': 'xsd:string' }, $value: MARK }
  return { [parameter]: encoded ? typed : MARK }
}

function write(client: Client, offered: OfferedOperation, argument: unknown): Written {
  const { service, port, operation } = offered
  const method = property(property(property(client, service), port), operation)
  if (typeof method !== 'function') throw requestEmpty()
  const caught: { written?: Written } = {}
  try {
    // node-soap writes and calls its HTTP client, our hook, before it returns; its callback is never used.
    method(argument, () => {}, caught)
  } catch (cause) {
    throw requestEmpty(cause)
  }
  if (!caught.written) throw requestEmpty()
  return caught.written
}

/**
 * Puts the operation into another namespace: that of the settings, or that of `soap:body` in rpc style, which
 * node-soap does not look at (WSDL 1.1 section 3.5).
 */
function inNamespace(xml: string, namespace: string): string {
  const { namespace: old } = placeOfMark(xml)
  return xml.replaceAll(
    `="${old}"`,
    () => `="${namespace.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`,
  )
}

/** Reads the request back: what is said of it is what will be sent. */
function placeOfMark(
  xml: string,
  version?: SoapVersion,
): { operation: string; parameter: string | null; namespace: string } {
  let envelope: XmlElement
  try {
    envelope = readXml(xml)
  } catch (cause) {
    throw requestEmpty(cause)
  }
  const body = envelope.children.find((child) => child.name === 'Body')
  const operation = body?.children[0]
  if (!body || !operation) throw requestEmpty()
  const namespaceOf = (element: XmlElement) => {
    const attribute = element.prefix === '' ? 'xmlns' : `xmlns:${element.prefix}`
    return (
      element.attributes[attribute] ??
      body.attributes[attribute] ??
      envelope.attributes[attribute] ??
      ''
    )
  }
  if (version !== undefined && namespaceOf(envelope) !== SOAP_NAMESPACES[version])
    throw requestEmpty()
  const holder = operation.children.find((child) => child.text === MARK)
  if (!holder && operation.text !== MARK) throw requestEmpty()
  return {
    operation: operation.name,
    parameter: holder?.name ?? null,
    namespace: namespaceOf(operation),
  }
}

function sendable(headers: Readonly<Record<string, string>>): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    // An empty action is none (RFC 3902 makes it optional, and some stacks look up the empty one). What is
    // not ASCII goes as UTF-8 bytes, which node:http takes in this form only.
    const text = value.replace(/; action=""$/, '')
    result[name.toLowerCase()] = Buffer.from(text, 'utf8').toString('latin1')
  }
  return result
}

async function createClient(
  source: string,
  files: WsdlFiles,
  version: SoapVersion,
  address: string | undefined,
): Promise<Client> {
  // 150 ms and 23 MB: only a process that calls somebody pays for it.
  const soap = await import('soap')
  try {
    return await soap.createClientAsync(source, {
      forceSoap12Headers: version === '1.2',
      ...(address !== undefined && { endpoint: address }),
      // The cache is global and shares its options: one remote's SOAP version would become another's.
      disableCache: true,
      httpClient: hooks(files),
      wsdl_options: { overrideImportLocation: onlyHttp },
    })
  } catch (cause) {
    if (cause instanceof CrisisError) throw cause
    throw unreadable(UNUSABLE, { cause })
  }
}

/** Both of node-soap's uses of HTTP: files of the description, and the call itself, which is caught. */
function hooks(files: WsdlFiles): IHttpClient {
  const request: IHttpClient['request'] = (url, data, callback, headers, options) => {
    if (data === null || data === undefined) {
      files.load(url).then(
        // Outside of the promise, where a throw of node-soap's would be an unhandled rejection.
        (text) => setImmediate(settle, callback, null, text),
        (error: unknown) => setImmediate(settle, callback, error, undefined),
      )
    } else if (options) {
      options['written'] = { url, xml: String(data), headers: headers ?? {} } satisfies Written
    }
    // Its type asks for a promise of axios, which node-soap itself does not look at.
    return undefined as never
  }
  return { request }
}

function settle(
  callback: Parameters<IHttpClient['request']>[2],
  error: unknown,
  text: string | undefined,
): void {
  try {
    callback(error, { status: 200 }, text)
  } catch (thrown) {
    callback(thrown)
  }
}

/** A description may not make us read files of this machine. */
function onlyHttp(location: string): string {
  if (/^https?:/i.test(location)) return location
  throw unreadable({
    zh: '对方 WSDL 引用了其他文件；请填写 WSDL 的 http 地址，而不是粘贴文本',
    en: 'The WSDL imports other files; set its http address instead of its text',
  })
}

const UNUSABLE = {
  zh: '对方的 WSDL 无法使用；可清空 WSDL，直接填写服务地址、命名空间和参数名',
  en: "The peer's WSDL cannot be used; leave it empty and set service address, namespace and parameter instead",
}

export const requestEmpty = (cause?: unknown) =>
  new RemoteError(
    'REQUEST_EMPTY',
    {
      zh: '按对方 WSDL 生成的请求不含消息内容，未发送；请清空 WSDL，直接填写服务地址、命名空间和参数名',
      en: "A request written by the peer's WSDL would not hold the document, so nothing was sent; leave the WSDL empty and set service address, namespace and parameter",
    },
    { cause },
  )

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

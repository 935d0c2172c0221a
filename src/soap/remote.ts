import { encodeText, isBlank, withReferences, type OutCharset } from '../messages/index.js'
import type { SoapVersion } from './envelope.js'
import { requestEmpty, requestTemplate, type BodyStyle, type Dialect } from './remote-dialect.js'
import { RemoteError } from './remote-errors.js'
import { packed, type Packing } from './remote-packing.js'
import { RemoteReader, type OfferedOperation } from './remote-reader.js'
import { readRemoteReply, type RemoteReply } from './remote-reply.js'
import { notADescription, unreadable, WsdlFiles } from './remote-wsdl.js'
import type { Transport } from './transport.js'
import { PARAMETER_NAMES, TARGET_NAMESPACE, type Operation } from './wsdl.js'

export interface RemoteOptions {
  readonly operation: Operation
  readonly transport: Transport
  /** Where the remote's WSDL is, or its text. Without one, requests follow the WSDL that we publish ourselves. */
  readonly wsdl?: string | undefined
  /** Where to call. Overrides the address in the WSDL, which behind a firewall often names the wrong host. */
  readonly address?: string | undefined
  /** Default is what the WSDL offers, 1.1 preferred. */
  readonly soapVersion?: SoapVersion | undefined
  /** Namespace of the operation. Default is that of the WSDL. */
  readonly namespace?: string | undefined
  /** Name of the string argument. Default is the first string in the WSDL. */
  readonly parameter?: string | undefined
  /** How the Body is filled. Default is what the WSDL says. */
  readonly style?: BodyStyle | undefined
  /** Default is that of the WSDL. Quotes around it do not count, so that `""` is the empty one. */
  readonly soapAction?: string | undefined
  /** Default is UTF-8. */
  readonly charset?: OutCharset | undefined
  /** How the document is put into its string. */
  readonly packing?: Packing | undefined
  /** What is to stand in the Header, asked for each call. Default is no Header. */
  readonly header?: (() => string) | undefined
  /** Whether replies that are no UTF-8 may be read as GB18030; see `decodeBytes`. Default is false. */
  readonly allowGbk?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** What is called and how; as it stands in the requests. */
export interface RemoteDescription {
  readonly service: string
  readonly port: string
  readonly operation: string
  /** Null when the operation takes its string without a parameter around it. */
  readonly parameter: string | null
  readonly namespace: string
  readonly soapVersion: SoapVersion
  readonly style: BodyStyle
  readonly address: string
  /** `bundled`: the remote has no WSDL, so the settings and our own say it all; service and port are blank. */
  readonly source: 'wsdl' | 'bundled'
}

export interface Remote {
  readonly description: RemoteDescription
  /**
   * Sends one document and returns the string that came back. Never tries again.
   * @throws RemoteError SOAP_FAULT, REPLY_EMPTY, REPLY_NOT_SOAP, REPLY_UNREADABLE, HTTP_STATUS; MessageError
   * DOCUMENT_EMPTY, VALUE_CHARACTER before anything is sent; those of the transport
   */
  call(document: string, signal?: AbortSignal): Promise<RemoteReply>
}

/**
 * Makes one operation of a remote callable: reads its WSDL (parameter, namespace, SOAP version, SOAPAction,
 * style, address) through node-soap, or follows our own when the remote publishes none and the address is
 * known; settings go before both. A WSDL that cannot be had just now is an error and not a reason to guess the dialect.
 * @throws RemoteError WSDL_UNREADABLE, WSDL_NO_OPERATION, REQUEST_EMPTY, HTTP_STATUS; those of the transport
 */
export async function openRemote(options: RemoteOptions): Promise<Remote> {
  const { transport, charset = 'UTF-8', packing = {}, allowGbk = false } = options
  const { address, dialect, ...offered } = await spoken(options)
  const { head, middle, tail, headers } = requestTemplate(dialect, charset)
  return {
    description: {
      ...offered,
      address,
      operation: dialect.operation,
      parameter: dialect.parameter,
      namespace: dialect.namespace,
      soapVersion: dialect.soapVersion,
      style: dialect.style,
    },
    async call(document, signal) {
      const argument = packed(document, charset, packing)
      const header = options.header ? `<soap:Header>${options.header()}</soap:Header>` : ''
      const front = withReferences(head + header + middle, charset)
      const text = front + argument + withReferences(tail, charset)
      const body = encodeText(text, charset)
      return readRemoteReply(await transport.post(address, body, headers, signal), { allowGbk })
    },
  }
}

type Spoken = Pick<RemoteDescription, 'service' | 'port' | 'source' | 'address'> & {
  readonly dialect: Dialect
}

/** What the settings say, and for the rest the description or our own. */
async function spoken(options: RemoteOptions): Promise<Spoken> {
  const wsdl = given(options.wsdl)
  const files = new WsdlFiles(options.transport, options.signal)
  const source = wsdl === undefined ? undefined : await obtain(wsdl, files)
  const settled = given(options.address)
  if (source === undefined) {
    if (settled === undefined) throw wsdl === undefined ? noAddress() : notADescription()
    const dialect = overridden(ownDialect(options.operation), options)
    return { service: '', port: '', source: 'bundled', address: settled, dialect }
  }
  const reader = await RemoteReader.open(source, files)
  const { operation, soapVersion } = options
  const offered = choose(reader.operations(), files, operation, soapVersion)
  const { service, port } = offered
  const address = settled ?? given(files.outlineOf(service, port).address)
  if (address === undefined) throw noAddress()
  const dialect = overridden(described(reader, offered, options), options)
  return { service, port, source: 'wsdl', address, dialect }
}

const ownDialect = (operation: Operation): Dialect => ({
  soapVersion: '1.1',
  style: 'wrapped',
  operation,
  namespace: TARGET_NAMESPACE,
  parameter: PARAMETER_NAMES[operation],
  parameterNamespace: '',
  soapAction: '',
})

function described(
  reader: RemoteReader,
  offered: OfferedOperation,
  options: RemoteOptions,
): Dialect {
  try {
    return reader.dialect(offered, parameterOf(offered, given(options.parameter)))
  } catch (error) {
    // Settings that say all of it need no description but for the address.
    const { operation } = offered
    const known = given(options.parameter) !== undefined && given(options.namespace) !== undefined
    if (!known || options.style === undefined) throw error
    return { ...ownDialect(options.operation), operation }
  }
}

function overridden(dialect: Dialect, options: RemoteOptions): Dialect {
  const style = options.style ?? dialect.style
  const namespace = given(options.namespace) ?? dialect.namespace
  const parameter =
    style === 'bare'
      ? null
      : (given(options.parameter) ?? dialect.parameter ?? PARAMETER_NAMES[options.operation])
  // A qualified parameter moves with its operation; one that stands elsewhere stays there.
  const own = dialect.style === 'qualified' ? dialect.parameterNamespace : dialect.namespace
  const qualified = own === dialect.namespace ? namespace : own
  return {
    soapVersion: options.soapVersion ?? dialect.soapVersion,
    style,
    operation: dialect.operation,
    namespace,
    parameter,
    parameterNamespace: style === 'qualified' ? qualified : '',
    soapAction: given(options.soapAction)?.replace(/^"(.*)"$/, '$1') ?? dialect.soapAction,
  }
}

export interface WsdlListing {
  readonly service: string
  readonly port: string
  readonly soapVersion: SoapVersion | undefined
  readonly address: string | undefined
  readonly operation: string
  readonly parameters: readonly { readonly name: string; readonly type: string }[]
  /** How it would be called; undefined when its request could not carry a document. */
  readonly dialect: Dialect | undefined
}

/**
 * Lists all that a description offers, for a person to choose from.
 * @param wsdl URL or text
 * @throws RemoteError WSDL_UNREADABLE, HTTP_STATUS; those of the transport
 */
export async function describeWsdl(
  wsdl: string,
  transport: Transport,
  signal?: AbortSignal,
): Promise<WsdlListing[]> {
  const files = new WsdlFiles(transport, signal)
  const source = await obtain(wsdl, files)
  if (source === undefined) throw notADescription()
  const reader = await RemoteReader.open(source, files)
  return reader.operations().map((offered) => {
    const { service, port, operation, parameters } = offered
    const { address, binding } = files.outlineOf(service, port)
    const soapVersion = binding?.soapVersion
    const dialect = dialectOf(reader, offered)
    return { service, port, soapVersion, address, operation, parameters, dialect }
  })
}

function dialectOf(reader: RemoteReader, offered: OfferedOperation): Dialect | undefined {
  try {
    return reader.dialect(offered, parameterOf(offered, undefined))
  } catch (error) {
    if (error instanceof RemoteError) return undefined
    throw error
  }
}

/** What node-soap is to read; undefined when the remote serves no description. */
async function obtain(wsdl: string, files: WsdlFiles): Promise<string | undefined> {
  const source = wsdl.trim()
  // A text has a bracket at its beginning; anything else is meant as an address.
  if (source.startsWith('<')) return files.take(source)
  return (await files.find(source)) ? source : undefined
}

function choose(
  all: readonly OfferedOperation[],
  files: WsdlFiles,
  operation: Operation,
  soapVersion: SoapVersion | undefined,
): OfferedOperation {
  const exact = all.filter((one) => one.operation === operation)
  const found = exact.length > 0 ? exact : all.filter((one) => sameName(one.operation, operation))
  const wanted = soapVersion ?? '1.1'
  const versionOf = ({ service, port }: OfferedOperation) =>
    files.outlineOf(service, port).binding?.soapVersion
  const chosen = found.find((one) => versionOf(one) === wanted) ?? found[0]
  if (chosen) return chosen
  const names = [...new Set(all.map((one) => one.operation))].slice(0, 10).join(', ')
  throw new RemoteError('WSDL_NO_OPERATION', {
    zh: `对方的 WSDL 没有 ${operation} 操作（有：${names || '无'}），请检查 WSDL 地址`,
    en: `The peer's WSDL has no operation ${operation} (it has: ${names || 'none'}); check its address`,
  })
}

/** A setting that was left empty is none. */
const given = (setting: string | undefined) => (isBlank(setting) ? undefined : setting?.trim())

const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()

/** @throws RemoteError REQUEST_EMPTY when the operation takes nothing */
function parameterOf(offered: OfferedOperation, override: string | undefined): string | null {
  if (override !== undefined) return override
  const { parameters, bareType } = offered
  if (parameters.length === 0 && bareType === undefined) throw requestEmpty()
  const text = parameters.find(({ type }) => /(?:^|[:|])string(?:$|\|)/.test(type)) ?? parameters[0]
  return text?.name ?? null
}

const noAddress = () =>
  unreadable({
    zh: '没有服务地址：请填写对方的 WSDL 或服务地址',
    en: "No service address: set the peer's WSDL or its service address",
  })

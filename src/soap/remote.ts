import { escapeText, isBlank, MessageError, withoutControlCharacters } from '../messages/index.js'
import type { SoapVersion } from './envelope.js'
import { RemoteError } from './remote-errors.js'
import { readRemoteReply, type RemoteReply } from './remote-reply.js'
import { RemoteWriter, requestEmpty, type OfferedOperation } from './remote-writer.js'
import { notADescription, unreadable, WsdlFiles } from './remote-wsdl.js'
import type { Transport } from './transport.js'
import { bundledWsdl, type Operation } from './wsdl.js'

export interface RemoteOptions {
  readonly operation: Operation
  readonly transport: Transport
  /** Where the remote's WSDL is, or its text. Without one, requests follow the bundled WSDL. */
  readonly wsdl?: string | undefined
  /** Where to call. Overrides the address in the WSDL, which behind a firewall often names the wrong host. */
  readonly address?: string | undefined
  /** Default is what the WSDL offers, 1.1 preferred. */
  readonly soapVersion?: SoapVersion | undefined
  /** Namespace of the operation. Default is that of the WSDL. */
  readonly namespace?: string | undefined
  /** Name of the string argument. Default is the first string in the WSDL. */
  readonly parameter?: string | undefined
  /** Default is that of the WSDL. */
  readonly soapAction?: string | undefined
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
  readonly address: string
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
 * address) through node-soap, or follows the bundled one when the remote publishes none and the address is
 * known. A WSDL that cannot be had just now is an error and not a reason to guess the dialect.
 * @throws RemoteError WSDL_UNREADABLE, WSDL_NO_OPERATION, REQUEST_EMPTY, HTTP_STATUS; those of the transport
 */
export async function openRemote(options: RemoteOptions): Promise<Remote> {
  const { transport, operation } = options
  const files = new WsdlFiles(transport, options.signal)
  const { source, kind } = await sourceOf(options, files)
  const writer = await RemoteWriter.open(source, files)
  const offered = choose(writer.operations(), files, operation, options.soapVersion)
  const outline = files.outlineOf(offered.service, offered.port)
  const soapVersion = options.soapVersion ?? outline.binding?.soapVersion ?? '1.1'
  const address = given(options.address) ?? given(outline.address)
  if (address === undefined) throw noAddress()
  const { head, tail, headers, ...written } = await writer.template(offered, {
    soapVersion,
    address,
    namespace: given(options.namespace),
    parameter: parameterOf(offered, given(options.parameter)),
    soapAction: given(options.soapAction),
  })
  const allowGbk = options.allowGbk ?? false
  return {
    description: {
      service: offered.service,
      port: offered.port,
      operation: written.operation,
      parameter: written.parameter,
      namespace: written.namespace,
      soapVersion,
      address: written.address,
      source: kind,
    },
    async call(document, signal) {
      refuseUnsendable(document)
      const body = head + escapeText(document) + tail
      return readRemoteReply(await transport.post(written.address, body, headers, signal), {
        allowGbk,
      })
    },
  }
}

export interface WsdlListing {
  readonly service: string
  readonly port: string
  readonly soapVersion: SoapVersion | undefined
  readonly address: string | undefined
  readonly operation: string
  readonly namespace: string
  readonly parameters: readonly { readonly name: string; readonly type: string }[]
}

/**
 * Lists all that a description offers, for a person to choose from. An operation whose request could not
 * carry a document is listed with its parameters and namespace left empty.
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
  const writer = await RemoteWriter.open(source, files)
  const listing: WsdlListing[] = []
  for (const offered of writer.operations()) {
    const { service, port, operation, parameters } = offered
    const { address, binding } = files.outlineOf(service, port)
    const soapVersion = binding?.soapVersion
    listing.push({
      service,
      port,
      soapVersion,
      address,
      operation,
      namespace: await namespaceOf(writer, offered, soapVersion ?? '1.1'),
      parameters,
    })
  }
  return listing
}

async function namespaceOf(
  writer: RemoteWriter,
  offered: OfferedOperation,
  soapVersion: SoapVersion,
): Promise<string> {
  try {
    const template = await writer.template(offered, {
      soapVersion,
      address: undefined,
      namespace: undefined,
      parameter: parameterOf(offered, undefined),
      soapAction: undefined,
    })
    return template.namespace
  } catch (error) {
    if (error instanceof RemoteError) return ''
    throw error
  }
}

async function sourceOf(
  options: RemoteOptions,
  files: WsdlFiles,
): Promise<{ source: string; kind: RemoteDescription['source'] }> {
  const wsdl = given(options.wsdl)
  const source = wsdl === undefined ? undefined : await obtain(wsdl, files)
  if (source !== undefined) return { source, kind: 'wsdl' }
  if (given(options.address) === undefined) {
    throw wsdl === undefined ? noAddress() : notADescription()
  }
  return { source: files.take(bundledWsdl(options.operation)), kind: 'bundled' }
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

function refuseUnsendable(document: string): void {
  if (isBlank(document)) {
    throw new MessageError('DOCUMENT_EMPTY', {
      zh: '要发送的消息内容为空',
      en: 'The message to send is empty',
    })
  }
  if (withoutControlCharacters(document) !== document) {
    throw new MessageError('VALUE_CHARACTER', {
      zh: '要发送的消息含有 XML 不允许的控制字符',
      en: 'The message to send holds control characters that XML does not allow',
    })
  }
}

const noAddress = () =>
  unreadable({
    zh: '没有服务地址：请填写对方的 WSDL 或服务地址',
    en: "No service address: set the peer's WSDL or its service address",
  })

import {
  asCrisisError,
  DEFAULT_ZONE,
  isBlank,
  type CrisisError,
  type OutCharset,
} from '../messages/index.js'
import type { Occasion } from './call-values.js'
import type { SoapVersion } from './envelope.js'
import { readDescription } from './remote-described.js'
import { descriptionOf, isOneOf, type Description, type WsdlListing } from './remote-description.js'
import { requestEmpty, type BodyStyle, type Dialect } from './remote-dialect.js'
import { RemoteError } from './remote-errors.js'
import type { Packing } from './remote-packing.js'
import { readRemoteReply, type RemoteReply } from './remote-reply.js'
import { requestWriter } from './remote-request.js'
import { unreadable } from './remote-wsdl.js'
import type { ReadForm } from './request-form.js'
import type { Transport } from './transport.js'
import { PARAMETER_NAMES, TARGET_NAMESPACE, type Operation } from './wsdl.js'

export interface RemoteOptions {
  readonly operation: Operation
  readonly transport: Transport
  /**
   * Address of the remote's WSDL, or its text. Without one, requests follow the WSDL that we publish ourselves; with one
   * and settings that leave nothing to it, it is not fetched.
   */
  readonly wsdl?: string | undefined
  /**
   * The peer has failed at how it was called: where the element in the Body is not set, the WSDL is asked for it
   * although the settings say all the rest. Default is false.
   */
  readonly doubted?: boolean | undefined
  /** Keeps what was read of the WSDL, for when it cannot be had. Default is to keep nothing. */
  readonly kept?: KeptDescriptions | undefined
  /** Address to call. Overrides the address in the WSDL, which behind a firewall often names the wrong host. */
  readonly address?: string | undefined
  /** Default is what the WSDL offers, 1.1 preferred. */
  readonly soapVersion?: SoapVersion | undefined
  /** Name of the element in the Body. Default is that of the WSDL, else the operation's. */
  readonly element?: string | undefined
  /** Namespace of the operation. Default is that of the WSDL; `""` is none. */
  readonly namespace?: string | undefined
  /** Name of the string argument. Default is the one called like ours, else the only one that takes a string. */
  readonly parameter?: string | undefined
  /** Style of the Body. Default is that of the WSDL. */
  readonly style?: BodyStyle | undefined
  /** Default is that of the WSDL. Quotes around it do not count, so that `""` is the empty one. */
  readonly soapAction?: string | undefined
  /** Default is UTF-8. */
  readonly charset?: OutCharset | undefined
  /** The wrapping of the document in its string. */
  readonly packing?: Packing | undefined
  /** Makes the content of the Header, anew for each call. Default is no Header. */
  readonly header?: (() => string) | undefined
  /** Parts of the request beyond the interface document. Default is none. */
  readonly form?: ReadForm | undefined
  /** Zone of the times that the form puts into a request. */
  readonly zone?: string | undefined
  /** The address as WS-Addressing names it, without a login. Default is the one that is called. */
  readonly to?: string | undefined
  /** True when replies that are no UTF-8 may be read as GB18030; see `decodeBytes`. Default is false. */
  readonly allowGbk?: boolean | undefined
  /** See `ReplyReading`. Default is false. */
  readonly allowBlank?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** The operation that is called and its form, as in the requests. */
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
  /**
   * `kept`: the description cannot be had, and the one that was read last is followed. `bundled`: the settings and our
   * own say it all; service and port are blank.
   */
  readonly source: 'wsdl' | 'kept' | 'bundled'
}

export interface Remote {
  readonly description: RemoteDescription
  /**
   * Sends one document and returns the string that came back. Never tries again.
   * @throws RemoteError SOAP_FAULT, REPLY_EMPTY, REPLY_NOT_SOAP, REPLY_UNREADABLE, HTTP_STATUS; MessageError
   * DOCUMENT_EMPTY, DOCUMENT_AMBIGUOUS, VALUE_CHARACTER before anything is sent; those of the transport
   */
  call(document: string, signal?: AbortSignal, occasion?: Occasion): Promise<RemoteReply>
}

/** The descriptions that were read last, each by where it came from. */
export interface KeptDescriptions {
  /** @param at when it was read, in epoch ms */
  save(source: string, description: string, at: number): Promise<void>
  load(source: string): Promise<{ readonly description: string; readonly at: number } | undefined>
  /** One was used because of an error, or, with none, is needed no more. */
  used(at: number, error: CrisisError): void
  current(): void
}

/**
 * Makes one operation of a remote callable: reads its WSDL (parameter, namespace, SOAP version, SOAPAction,
 * style, address) through node-soap, or follows our own when none is set and the address is known; settings go before
 * both. Where the WSDL cannot be had, the one that was read last is followed, and never our own.
 * @throws RemoteError WSDL_UNREADABLE, WSDL_NO_OPERATION, SETTING_PARAMETER, SETTING_REQUEST, REQUEST_EMPTY,
 * HTTP_STATUS; those of the transport
 */
export async function openRemote(options: RemoteOptions): Promise<Remote> {
  const { transport, charset = 'UTF-8', packing = {}, form, header } = options
  const { address, dialect, ...offered } = await spoken(options)
  const write = requestWriter(dialect, {
    operation: options.operation,
    zone: options.zone ?? DEFAULT_ZONE,
    now: Date.now,
    to: options.to ?? address,
    charset,
    packing,
    header,
    form,
  })
  const { allowGbk, allowBlank } = options
  const reading = { allowGbk, allowBlank, isPlain: form?.carrier !== undefined }
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
    async call(document, signal, occasion = {}) {
      const { body, headers } = write(document, occasion)
      return readRemoteReply(await transport.post(address, body, headers, signal), reading)
    },
  }
}

type Spoken = Pick<RemoteDescription, 'service' | 'port' | 'source' | 'address'> & {
  readonly dialect: Dialect
}

/** The dialect by the settings, and for the rest by the description or our own. */
async function spoken(options: RemoteOptions): Promise<Spoken> {
  const wsdl = given(options.wsdl)
  const settled = given(options.address)
  const bySettings = (): Spoken => {
    if (settled === undefined) throw noAddress()
    const dialect = overridden(ownDialect(options.operation), options)
    return { service: '', port: '', source: 'bundled', address: settled, dialect }
  }
  // Without SOAP there is nothing that a description could say.
  const isSet = isAllSet(options) || (settled !== undefined && options.form?.carrier !== undefined)
  const isDoubted =
    options.doubted === true && given(options.element) === undefined && !options.form?.carrier
  if (wsdl === undefined || (isSet && !isDoubted)) return bySettings()
  const obtained = await obtain(wsdl, options).catch((error: unknown) => {
    if (isSet) return undefined
    throw error
  })
  if (!obtained) return bySettings()
  const { description, chosen, source } = obtained
  const { service, port } = chosen
  const address = settled ?? given(chosen.address)
  if (address === undefined) throw noAddress()
  const dialect = overridden(described(description, chosen, options), options)
  return { service, port, source, address, dialect }
}

/** Nothing is left to a description. */
function isAllSet(options: RemoteOptions): boolean {
  const { address, soapVersion, style, namespace, parameter, soapAction } = options
  const needed = [address, soapVersion, style, namespace, soapAction]
  return [...needed, ...(style === 'bare' ? [] : [parameter])].every(
    (one) => given(one) !== undefined,
  )
}

interface Obtained {
  readonly description: Description
  readonly chosen: WsdlListing
  readonly source: 'wsdl' | 'kept'
}

/** The description that the address serves now; where that is of no use, the one that was read last. */
async function obtain(wsdl: string, options: RemoteOptions): Promise<Obtained> {
  const { transport, signal, kept } = options
  const reading = { source: wsdl, parameter: given(options.parameter) }
  const isText = wsdl.startsWith('<')
  try {
    const description = await readDescription(reading, transport, signal)
    const chosen = choose(description.listings, options)
    if (!isText) {
      kept?.current()
      // A description that cannot be kept is no reason to send nothing.
      await kept?.save(wsdl, JSON.stringify(description), Date.now()).catch(() => undefined)
    }
    return { description, chosen, source: 'wsdl' }
  } catch (error) {
    const last = isText || signal?.aborted ? undefined : await kept?.load(wsdl)
    const description = last && descriptionOf(last.description)
    if (!last || !description) throw error
    const chosen = choose(description.listings, options)
    kept?.used(last.at, asCrisisError(error))
    return { description, chosen, source: 'kept' }
  }
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

function described(description: Description, chosen: WsdlListing, options: RemoteOptions): Dialect {
  const wanted = given(options.parameter)
  // The first of them may be a user's code, and what is put there is lost.
  if (wanted === undefined && chosen.undecided && options.style !== 'bare') throw undecided(chosen)
  const own = chosen.dialect
  if (own && (wanted === undefined || own.parameter === wanted || own.parameter === null))
    return own
  const { service, port, operation } = chosen
  const exact = description.dialects.find(
    (one) =>
      one.service === service &&
      one.port === port &&
      one.operation === operation &&
      one.dialect.parameter === wanted,
  )
  if (exact) return exact.dialect
  if (own && wanted !== undefined) return { ...own, parameter: wanted }
  // Settings that say all of it need no description but for the address.
  const isKnown = wanted !== undefined && given(options.namespace) !== undefined
  if (!isKnown || options.style === undefined) throw requestEmpty()
  return { ...ownDialect(options.operation), operation }
}

function overridden(dialect: Dialect, options: RemoteOptions): Dialect {
  const style = options.style ?? dialect.style
  const namespace = unquoted(options.namespace) ?? dialect.namespace
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
    operation: given(options.element) ?? dialect.operation,
    namespace,
    parameter,
    parameterNamespace: style === 'qualified' ? qualified : '',
    soapAction: unquoted(options.soapAction) ?? dialect.soapAction,
  }
}

function choose(
  all: readonly WsdlListing[],
  { operation, soapVersion, element }: Pick<RemoteOptions, 'operation' | 'soapVersion' | 'element'>,
): WsdlListing {
  const exact = all.filter((one) => one.operation === operation)
  const alike = exact.length > 0 ? exact : all.filter((one) => isOneOf(one.operation, [operation]))
  // A platform has an operation of its own for all that it is told.
  const found = alike.length > 0 ? alike : all.filter((one) => one.operation === given(element))
  const wanted = soapVersion ?? '1.1'
  const chosen = found.find((one) => one.soapVersion === wanted) ?? found[0]
  if (chosen) return chosen
  const names = [...new Set(all.map((one) => one.operation))].slice(0, 10).join(', ')
  throw new RemoteError('WSDL_NO_OPERATION', {
    zh: `对方的 WSDL 没有 ${operation} 操作（有：${names || '无'}），请检查 WSDL 地址`,
    en: `The peer's WSDL has no operation ${operation} (it has: ${names || 'none'}); check its address`,
  })
}

/** Names are the peer's, and stand in an alarm: no more and no longer than a person reads. */
function undecided({ operation, parameters }: WsdlListing): RemoteError {
  const names = parameters.slice(0, 10).map(({ name }) => name.slice(0, 64))
  return new RemoteError('SETTING_PARAMETER', {
    zh: `对方的 ${operation} 有多个参数（${names.join('、')}），无法判断消息应放入哪一个，未发送；请在对方系统的设置中选择“参数名”`,
    en: `${operation} of the peer takes several parameters (${names.join(', ')}), and nothing says which one the document goes into, so nothing was sent; set the parameter in the settings of the peer`,
  })
}

/** A setting that was left empty is none. */
const given = (setting: string | undefined) => (isBlank(setting) ? undefined : setting?.trim())

/** Quotes around a setting say that it is set although it may be empty: `""` is none. */
const unquoted = (setting: string | undefined) => given(setting)?.replace(/^"(.*)"$/, '$1')

const noAddress = () =>
  unreadable({
    zh: '没有服务地址：请填写对方的 WSDL 或服务地址',
    en: "No service address: set the peer's WSDL or its service address",
  })

import { OPERATIONS } from './wsdl.js'
import type { WsdlListing } from './remote-description.js'
import type { BodyStyle } from './remote-dialect.js'
import type { SoapVersion } from './version.js'
import type { Reason } from '../messages/index.js'
import type { Addressing, ParameterRow } from './request-form.js'
import { missingValues, parameterRows } from './wsdl-rows.js'

/** The settings that a WSDL can fill in. */
export interface Proposed {
  address: string
  soapVersion: SoapVersion
  style: '' | BodyStyle
  element: string
  namespace: string
  parameter: string
  soapAction: string
  /** Only where there are several. */
  parameters?: readonly ParameterRow[]
  soapHeader?: string
  addressing?: Addressing
}

/** The settings that call an operation which is none of the interface document's. */
export interface WsdlOffer extends Pick<WsdlPort, 'choices'> {
  readonly operation: string
  readonly proposed: Proposed
  readonly warnings: readonly Reason[]
}

export interface WsdlPort {
  readonly service: string
  readonly port: string
  readonly soapVersion: string
  readonly address: string
  readonly operations: readonly {
    readonly name: string
    readonly parameters: readonly string[]
    readonly style: string
    readonly namespace: string
    readonly soapAction: string
  }[]
  readonly warnings: readonly Reason[]
  /** Undefined when the port has none of our operations. */
  readonly proposed?: Proposed
  /** Parameters of which a person has to choose the one that the document goes into; empty when there is no doubt. */
  readonly choices: readonly string[]
  /** Where the port has none of our operations, as a platform has: the settings for each that takes a text. */
  readonly offers?: readonly WsdlOffer[]
  /** Something is left blank, or cannot be said by settings, so that the WSDL itself must stay set. */
  readonly needsWsdl: boolean
}

export interface WsdlReport {
  readonly services: readonly WsdlPort[]
  readonly warnings: readonly Reason[]
}

/**
 * The operations of a WSDL, port by port, with the settings that call it and what a person should know.
 * @param source where the WSDL was had
 */
export function wsdlReport(listings: readonly WsdlListing[], source: string): WsdlReport {
  const byPort = Map.groupBy(listings, ({ service, port }) => JSON.stringify([service, port]))
  const services = [...byPort.values()].map((port) => portOf(port, source))
  const ours = listings.filter(isOurs)
  const only12 = ours.length > 0 && ours.every(({ soapVersion }) => soapVersion === '1.2')
  return {
    services,
    warnings: [...(ours.length === 0 ? [NO_OPERATION] : []), ...(only12 ? [ONLY_12] : [])],
  }
}

const isOurs = ({ operation }: WsdlListing): boolean =>
  OPERATIONS.some((known) => known.toLowerCase() === operation.toLowerCase())

function portOf(listings: readonly WsdlListing[], source: string): WsdlPort {
  const { service = '', port = '', soapVersion = '1.1', address = '' } = listings[0] ?? {}
  const ours = listings.filter(isOurs)
  const { proposed, said } = proposalFor(ours, source)
  const undecided = ours.filter((one) => one.undecided)
  const offers = ours.length > 0 ? [] : listings.flatMap((one) => offerOf(one, source))
  return {
    service,
    port,
    soapVersion,
    address,
    operations: listings.map(({ operation, parameters, dialect }) => ({
      name: operation,
      parameters: parameters.map(({ name, type }) => `${name}: ${localName(type)}`),
      style: dialect?.style ?? '',
      namespace: dialect?.namespace ?? '',
      soapAction: dialect?.soapAction ?? '',
    })),
    warnings: ours.length === 0 ? [] : warningsOf(ours, proposed, source),
    ...(ours.length > 0 && { proposed }),
    choices: choicesOf(ours),
    ...(offers.length > 0 && { offers: offers.slice(0, MOST_OFFERS) }),
    needsWsdl:
      undecided.length > 0 ||
      ours.some(({ dialect }) => dialect === undefined) ||
      Object.values(said).some(({ size }) => size > 1),
  }
}

/** The most operations of a platform that are offered: nobody reads more. */
const MOST_OFFERS = 50

function offerOf(listing: WsdlListing, source: string): WsdlOffer[] {
  const { operation, dialect } = listing
  if (!dialect) return []
  const { proposed } = proposalFor([listing], source)
  const offer: WsdlOffer = {
    operation,
    proposed: { ...proposed, element: dialect.operation },
    choices: choicesOf([listing]),
    warnings: warningsOf([listing], proposed, source),
  }
  return [offer]
}

const choicesOf = (listings: readonly WsdlListing[]): string[] => [
  ...new Set(
    listings
      .filter((one) => one.undecided)
      .flatMap(({ parameters }) => parameters.map(({ name }) => name)),
  ),
]

function warningsOf(
  listings: readonly WsdlListing[],
  { parameters = [], soapHeader }: Proposed,
  source: string,
): Reason[] {
  const address = listings[0]?.address ?? ''
  const reachable = addressBeside(address, source)
  return [
    ...(address === '' ? [NO_ADDRESS] : []),
    ...(reachable === undefined ? [] : [otherHost(address, source, reachable)]),
    ...listings.flatMap((one) => parameterWarnings(one, parameters.length > 0)),
    ...missingValues(parameters),
    ...listings.flatMap((one) => headerWarnings(one, soapHeader !== undefined)),
  ]
}

/** The settings that all of these operations have in common. */
function proposalFor(ours: readonly WsdlListing[], source: string) {
  const { soapVersion = '1.1', address = '' } = ours[0] ?? {}
  const dialects = ours.map(({ dialect }) => dialect)
  const rows = ours.map(parameterRows)
  const said = {
    style: new Set(dialects.map((one) => one?.style ?? '')),
    // The element of one operation cannot be that of another, so it is named only where it is not the operation's.
    element: new Set(ours.map(({ dialect }) => elementOf(dialect))),
    namespace: new Set(dialects.map((one) => one && (one.namespace || EMPTY))),
    parameter: new Set(dialects.map((one) => one?.parameter ?? '')),
    soapAction: new Set(dialects.map((one) => one?.soapAction ?? '')),
    parameters: new Set(rows.map((one) => JSON.stringify(one))),
  }
  const [parameters = []] = said.parameters.size === 1 ? rows : []
  const headers = new Set(ours.map(({ header }) => header ?? ''))
  const soapHeader = common(headers)
  const isUndecided = ours.some(({ undecided }) => undecided)
  const proposed: Proposed = {
    address: withQueryOf(addressBeside(address, source) ?? address, source),
    soapVersion,
    style: common(said.style),
    element: common(said.element),
    namespace: common(said.namespace),
    parameter: isUndecided ? '' : common(said.parameter),
    soapAction: common(said.soapAction),
    ...(parameters.length > 0 && { parameters }),
    ...(soapHeader !== '' && { soapHeader }),
    ...(ours.some(({ wantsAddressing }) => wantsAddressing) && { addressing: '1.0' as const }),
  }
  return { proposed, said }
}

/** A setting that says "none", where a blank one would leave it to the WSDL or to our own. */
const EMPTY = '""'

/** The element in the Body, blank where it is called exactly like one of our operations. */
const elementOf = (dialect: WsdlListing['dialect']): string =>
  dialect && !OPERATIONS.some((known) => known === dialect.operation) ? dialect.operation : ''

/** The value that all of them have; blank, which leaves it to the WSDL, when they differ. */
function common<T extends string>(said: ReadonlySet<T | undefined>): T | '' {
  const [first, ...others] = said
  return others.length === 0 ? (first ?? '') : ''
}

/** The address on the host that the WSDL came from, when the WSDL names another (as it does behind NAT). */
function addressBeside(address: string, source: string): string | undefined {
  if (!URL.canParse(address) || !URL.canParse(source)) return undefined
  const named = new URL(address)
  const { origin } = new URL(source)
  return named.origin === origin ? undefined : `${origin}${named.pathname}${named.search}`
}

/**
 * An address with what the query of its WSDL's has beside the question for that: Caché needs it with each call.
 * A login in it is moved into the credentials by whoever fills it in.
 */
function withQueryOf(address: string, source: string): string {
  if (!URL.canParse(address) || !URL.canParse(source)) return address
  const [called, asked] = [new URL(address), new URL(source)]
  if (called.search !== '' || called.pathname !== asked.pathname) return address
  // As they are written: some servers tell `%20` from `+`.
  const rest = asked.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !/^(?:wsdl|singleWsdl|xsd)(?:=|$)/i.test(pair))
  return rest.length === 0 ? address : `${address}?${rest.join('&')}`
}

function parameterWarnings(
  { operation, parameters, dialect, undecided }: WsdlListing,
  hasRows: boolean,
): Reason[] {
  if (dialect === undefined) {
    return [
      {
        zh: `${operation} 不能按此 WSDL 调用：其请求不含消息内容。请直接填写命名空间、参数名与请求样式`,
        en: `${operation} cannot be called by this WSDL: its request would not hold the document. Set namespace, parameter and style`,
      },
    ]
  }
  if (undecided) {
    return [
      {
        zh: `${operation} 有多个参数，无法判断消息应放入哪一个，请选择并与厂商确认`,
        en: `${operation} takes several parameters, and nothing says which one the document goes into: choose it, and ask the vendor`,
      },
    ]
  }
  const [only, ...others] = parameters
  const isOneString = others.length === 0 && (!only || localName(only.type) === 'string')
  if (dialect.parameter === null || isOneString || hasRows) return []
  return [
    {
      zh: `${operation} 的参数不是单个字符串，将只填写参数 ${dialect.parameter}，请与厂商确认`,
      en: `${operation} does not take a single string; only its parameter ${dialect.parameter} will be filled. Ask the vendor`,
    },
  ]
}

/** Demands of the peer on the SOAP header, as far as a person has to know of them. */
const headerWarnings = (
  { operation, wantsHeader, wantsAddressing, dialect }: WsdlListing,
  isProposed: boolean,
): Reason[] => [
  ...(wantsHeader && !isProposed
    ? [
        {
          zh: `${operation} 要求自定义的 SOAP 头（多为登录信息），但 WSDL 中没有其格式：请向厂商询问，填入“SOAP 头”`,
          en: `${operation} wants a SOAP header of its own, mostly for a login, and the WSDL does not say which: ask the vendor, and set it under SOAP header`,
        },
      ]
    : []),
  ...(wantsHeader && isProposed
    ? [
        {
          zh: `${operation} 要求自定义的 SOAP 头（多为登录信息）：已按 WSDL 写好，用户名与密码取自“登录”，其余请补全`,
          en: `${operation} wants a SOAP header of its own, mostly for a login: it is written by the WSDL, with user and password from Login; fill in the rest`,
        },
      ]
    : []),
  ...(wantsAddressing
    ? [
        {
          zh: `${operation} 要求 WS-Addressing 头（wsaw:UsingAddressing）：将以 1.0 版发送${dialect?.soapAction === '' ? '，SOAPAction 需向厂商询问' : ''}`,
          en: `${operation} wants the headers of WS-Addressing (wsaw:UsingAddressing): version 1.0 is sent${dialect?.soapAction === '' ? ', and the SOAPAction has to be asked of the vendor' : ''}`,
        },
      ]
    : []),
]

const localName = (type: string): string => type.replace(/\|.*$/, '').replace(/^.*:/, '')

const NO_OPERATION: Reason = {
  zh: '此 WSDL 中既没有 SynCrisisInfo 也没有 SynCrisisResponseInfo：请检查 WSDL 地址；如对方是集成平台，请向厂商询问应调用哪个操作，再选择它',
  en: 'This WSDL has neither SynCrisisInfo nor SynCrisisResponseInfo: check its address; if the peer is a platform, ask the vendor which operation takes the document, and choose it',
}

const ONLY_12: Reason = {
  zh: '对方只提供 SOAP 1.2，应填写 SOAP 版本 1.2',
  en: 'The peer offers SOAP 1.2 only; the SOAP version must be 1.2',
}

const NO_ADDRESS: Reason = {
  zh: '此 WSDL 没有服务地址，请自行填写',
  en: 'This WSDL names no service address; set it yourself',
}

const otherHost = (address: string, source: string, reachable: string): Reason => {
  const [named, own] = [address, source].map((url) => new URL(url).origin)
  return {
    zh: `WSDL 中的服务地址在 ${named}，而 WSDL 来自 ${own}：经过代理或 NAT 时前者往往无法访问，建议使用 ${reachable}`,
    en: `The WSDL names a service at ${named} but came from ${own}: behind a proxy or NAT the former can often not be reached. Proposed: ${reachable}`,
  }
}

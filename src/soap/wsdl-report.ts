import { OPERATIONS } from './wsdl.js'
import type { WsdlListing } from './remote-description.js'
import type { BodyStyle } from './remote-dialect.js'
import type { SoapVersion } from './version.js'
import type { Reason } from '../messages/index.js'

/** The settings that a WSDL can fill in. */
export interface Proposed {
  address: string
  soapVersion: SoapVersion
  style: '' | BodyStyle
  element: string
  namespace: string
  parameter: string
  soapAction: string
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
  const reachable = addressBeside(address, source)
  const dialects = ours.map(({ dialect }) => dialect)
  const said = {
    style: new Set(dialects.map((one) => one?.style ?? '')),
    // The element of one operation cannot be that of another, so it is named only where it is not the operation's.
    element: new Set(ours.map(({ dialect }) => elementOf(dialect))),
    namespace: new Set(dialects.map((one) => one && (one.namespace || EMPTY))),
    parameter: new Set(dialects.map((one) => one?.parameter ?? '')),
    soapAction: new Set(dialects.map((one) => one?.soapAction ?? '')),
  }
  const undecided = ours.filter((one) => one.undecided)
  const choices = undecided.flatMap(({ parameters }) => parameters.map(({ name }) => name))
  const proposed: Proposed = {
    address: reachable ?? address,
    soapVersion,
    style: common(said.style),
    element: common(said.element),
    namespace: common(said.namespace),
    parameter: undecided.length > 0 ? '' : common(said.parameter),
    soapAction: common(said.soapAction),
  }
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
    warnings:
      ours.length === 0
        ? []
        : [
            ...(address === '' ? [NO_ADDRESS] : []),
            ...(reachable === undefined ? [] : [otherHost(address, source, reachable)]),
            ...ours.flatMap(parameterWarnings),
            ...ours.flatMap(headerWarnings),
          ],
    ...(ours.length > 0 && { proposed }),
    choices: [...new Set(choices)],
    needsWsdl:
      undecided.length > 0 ||
      dialects.includes(undefined) ||
      Object.values(said).some(({ size }) => size > 1),
  }
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

function parameterWarnings({ operation, parameters, dialect, undecided }: WsdlListing): Reason[] {
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
  if (dialect.parameter === null || isOneString) return []
  return [
    {
      zh: `${operation} 的参数不是单个字符串，将只填写参数 ${dialect.parameter}，请与厂商确认`,
      en: `${operation} does not take a single string; only its parameter ${dialect.parameter} will be filled. Ask the vendor`,
    },
  ]
}

/** Demands of the peer on the SOAP header, which these settings cannot say. */
const headerWarnings = ({ operation, wantsHeader, wantsAddressing }: WsdlListing): Reason[] => [
  ...(wantsHeader
    ? [
        {
          zh: `${operation} 要求自定义的 SOAP 头（多为登录信息），此处无法填写，对方很可能拒绝，请与厂商确认`,
          en: `${operation} wants a SOAP header of its own, mostly for a login, which cannot be given here; the peer will probably refuse. Ask the vendor`,
        },
      ]
    : []),
  ...(wantsAddressing
    ? [
        {
          zh: `${operation} 要求 WS-Addressing 头（wsaw:UsingAddressing），此处不发送，请厂商提供不要求它的端点（如 basicHttpBinding）`,
          en: `${operation} wants the headers of WS-Addressing (wsaw:UsingAddressing), which are not sent; ask the vendor for an endpoint without them, such as basicHttpBinding`,
        },
      ]
    : []),
]

const localName = (type: string): string => type.replace(/\|.*$/, '').replace(/^.*:/, '')

const NO_OPERATION: Reason = {
  zh: '此 WSDL 中既没有 SynCrisisInfo 也没有 SynCrisisResponseInfo，请检查 WSDL 地址',
  en: 'This WSDL has neither SynCrisisInfo nor SynCrisisResponseInfo; check its address',
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

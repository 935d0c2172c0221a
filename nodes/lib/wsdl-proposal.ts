import { OPERATIONS, type WsdlListing } from '../../src/soap/index.js'
import type { Reason } from '../../src/messages/index.js'
import type { PeerConfig } from './settings.js'

/** The settings that a WSDL can fill in. */
export type Proposed = Pick<
  PeerConfig,
  'address' | 'soapVersion' | 'style' | 'namespace' | 'parameter' | 'soapAction'
>

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
  /** Its operations differ in something that is left blank, so that the WSDL itself must be set. */
  readonly needsWsdl: boolean
}

export interface WsdlReport {
  readonly services: readonly WsdlPort[]
  readonly warnings: readonly Reason[]
}

/**
 * What a WSDL offers, port by port, with the settings that call it and what a person should know.
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
    namespace: new Set(dialects.map((one) => one?.namespace ?? '')),
    parameter: new Set(dialects.map((one) => one?.parameter ?? '')),
    soapAction: new Set(dialects.map((one) => one?.soapAction ?? '')),
  }
  const proposed: Proposed = {
    address: reachable ?? address,
    soapVersion,
    style: common(said.style),
    namespace: common(said.namespace),
    parameter: common(said.parameter),
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
          ],
    ...(ours.length > 0 && { proposed }),
    needsWsdl: Object.values(said).some(({ size }) => size > 1),
  }
}

/** What all of them agree in; blank, which leaves it to the WSDL, when they do not. */
function common<T extends string>(said: ReadonlySet<T>): T | '' {
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

function parameterWarnings({ operation, parameters, dialect }: WsdlListing): Reason[] {
  if (dialect === undefined) {
    return [
      {
        zh: `${operation} 不能按此 WSDL 调用：其请求不含消息内容。请直接填写命名空间、参数名与请求样式`,
        en: `${operation} cannot be called by this WSDL: its request would not hold the document. Set namespace, parameter and style`,
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

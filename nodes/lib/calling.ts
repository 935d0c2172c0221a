import { randomBytes } from 'node:crypto'
import type { Agent } from 'node:https'
import type { Node, NodeAPI } from 'node-red'
import { basicAuthorization, Poster } from '../../src/http/calling/index.js'
import { isBlank, OUT_CHARSETS, REPLY_PROFILES, type ReplyRules } from '../../src/messages/index.js'
import { BODY_STYLES, usernameToken, type RemoteOptions } from '../../src/soap/index.js'
import { requireTypable, valuesOf, withLogin, withoutLogin } from './address.js'
import {
  DECLARATIONS,
  numberSetting,
  SettingError,
  type PeerConfig,
  type PeerCredentials,
} from './settings.js'

interface TlsNode extends Node {
  addTLSOptions(options: object): Agent['options']
}

const LOGINS = ['basic', 'token-text', 'token-digest'] as const

/** What of a peer's settings decides how it is reached. */
export type ReachConfig = Pick<
  PeerConfig,
  | 'wsdl'
  | 'address'
  | 'tls'
  | 'login'
  | 'connectSeconds'
  | 'totalSeconds'
  | 'maxKilobytes'
  | 'parallel'
  | 'lenient'
>

/** @throws SettingError SETTING_MISSING, SETTING_INVALID */
export function posterOf(RED: NodeAPI, config: ReachConfig, credentials: PeerCredentials): Poster {
  const addresses = [config.wsdl, config.address].map((text) => text.trim())
  for (const address of addresses) requireTypable(address)
  if (addresses.every((address) => address === '')) {
    throw new SettingError('SETTING_MISSING', {
      zh: '对方系统未填写 WSDL 地址或调用地址',
      en: 'The peer has neither a WSDL nor an address',
    })
  }
  const tls = config.tls === '' ? undefined : (RED.nodes.getNode(config.tls) as TlsNode | null)
  if (tls === null) {
    throw new SettingError('SETTING_MISSING', {
      zh: '所选的 TLS 配置已被删除或停用',
      en: 'The TLS configuration that was chosen was deleted or disabled',
    })
  }
  const login = loginOf(config.login, credentials)
  const origins = addresses.map(originOf).filter((origin) => origin !== undefined)
  const kilobytes = { least: 1, most: 65_536, fallback: 4096 }
  return new Poster({
    ...(tls && { tls: tls.addTLSOptions({}) }),
    ...(login?.kind === 'basic' && { basic: { ...login, origins } }),
    connectTimeoutMs: secondsOf('connectSeconds', config.connectSeconds, 5),
    deadlineMs: secondsOf('totalSeconds', config.totalSeconds, 15),
    // As many as may be in flight, so that no document waits for a connection.
    maxSockets: parallelOf(config),
    maxBytes: numberSetting('maxKilobytes', config.maxKilobytes, kilobytes) * 1024,
    ...(config.lenient && { lenient: true }),
  })
}

/** Most documents on their way to a peer at a time. @throws SettingError SETTING_INVALID */
export const parallelOf = ({ parallel }: Pick<PeerConfig, 'parallel'>): number =>
  numberSetting('parallel', parallel, { least: 1, most: 32, fallback: 4, whole: true })

/**
 * How this peer is spoken to; what is blank is left to its WSDL.
 * @throws SettingError SETTING_MISSING, SETTING_INVALID
 */
export function remoteOptionsOf(
  config: PeerConfig,
  credentials: PeerCredentials,
): Omit<RemoteOptions, 'operation' | 'transport' | 'signal'> {
  const login = loginOf(config.login, credentials)
  const declaration = choiceSetting('declaration', config.declaration, DECLARATIONS)
  return {
    wsdl: withLogin(config.wsdl, credentials.query ?? ''),
    address: withLogin(config.address, credentials.query ?? ''),
    soapVersion: choiceSetting('soapVersion', config.soapVersion, ['1.1', '1.2']),
    style: choiceSetting('style', config.style, BODY_STYLES),
    element: config.element,
    namespace: config.namespace,
    parameter: config.parameter,
    soapAction: config.soapAction,
    charset: choiceSetting('charset', config.charset, OUT_CHARSETS),
    packing: { cdata: config.cdata, ...(declaration && { declaration }) },
    allowGbk: config.allowGbk,
    ...(login &&
      login.kind !== 'basic' && {
        header: () =>
          usernameToken({
            ...login,
            digest: login.kind === 'token-digest',
            now: Date.now,
            randomBytes,
          }),
      }),
  }
}

/** @throws SettingError SETTING_MISSING, SETTING_INVALID */
export function replyRulesOf(config: Pick<PeerConfig, 'replyProfile' | 'jsonSuccess'>): ReplyRules {
  const profile = choiceSetting('replyProfile', config.replyProfile, REPLY_PROFILES) ?? ''
  const jsonSuccessCodes = config.jsonSuccess
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  if (profile === 'json' && jsonSuccessCodes.length === 0) {
    throw new SettingError('SETTING_MISSING', {
      zh: '应答格式为 JSON 时，必须填写 JSON 成功码',
      en: 'A peer that answers in JSON needs its JSON success codes set',
    })
  }
  return { profile, jsonSuccessCodes }
}

// What a reply says is not to be riddled with masks for a word that stands everywhere.
const LEAST_SECRET_LENGTH = 4

/**
 * Whatever of our secrets a call carries and a reply may quote.
 * @param addresses those of the peer, in which a login may stand
 */
export function secretsOf(
  { licence = '', user = '', password = '', query = '' }: PeerCredentials,
  addresses: readonly string[] = [],
): string[] {
  const inAddresses = addresses.map((address) => withoutLogin(address))
  const logins = [{ user, password }, ...inAddresses].flatMap((login) =>
    login.password.length < LEAST_SECRET_LENGTH
      ? []
      : [
          login.password,
          basicAuthorization({ username: login.user, password: login.password }).slice(6),
        ],
  )
  const inQueries = [query, ...inAddresses.map((one) => one.query)].flatMap(valuesOf)
  return [licence, ...logins, ...inQueries.filter(({ length }) => length >= LEAST_SECRET_LENGTH)]
}

/** Seconds written as text, in ms. @throws SettingError SETTING_INVALID */
export const secondsOf = (name: string, text: string, fallback: number): number =>
  numberSetting(name, text, { least: 1, most: 3600, fallback }) * 1000

type Login = { readonly kind: PeerConfig['login']; username: string; password: string }

function loginOf(
  setting: string,
  { user = '', password = '' }: PeerCredentials,
): Login | undefined {
  const kind = choiceSetting('login', setting, LOGINS)
  if (kind === undefined) return undefined
  if (isBlank(user) || password === '') {
    throw new SettingError('SETTING_MISSING', {
      zh: '对方要求登录，但未填写用户名或密码',
      en: 'The peer asks for a login, and its user or password is not set',
    })
  }
  // RFC 7617 section 2: the first colon ends the user.
  if (kind === 'basic' && user.includes(':')) {
    throw new SettingError('SETTING_INVALID', {
      zh: 'HTTP Basic 的用户名不能含有冒号',
      en: 'A user of HTTP Basic cannot have a colon',
    })
  }
  return { kind, username: user, password }
}

/** One of several words, undefined when blank. @throws SettingError SETTING_INVALID */
function choiceSetting<T extends string>(
  name: string,
  value: string,
  choices: readonly T[],
): T | undefined {
  if (value === '') return undefined
  const choice = choices.find((one) => one === value)
  if (choice !== undefined) return choice
  throw new SettingError('SETTING_INVALID', {
    zh: `设置“${name}”的值不在可选范围内`,
    en: `The setting ${name} has a value that is none of its choices`,
  })
}

function originOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).origin : undefined
}

import { constants, randomBytes } from 'node:crypto'
import { basicAuthorization, Poster, type HttpLogin } from '../../src/http/calling/index.js'
import {
  isBlank,
  OUT_CHARSETS,
  readReplyRule,
  REPLY_PROFILES,
  type ReplyRule,
  type ReplyRules,
  type RuleProblem,
} from '../../src/messages/index.js'
import {
  BODY_STYLES,
  usernameToken,
  type ReadForm,
  type RemoteOptions,
} from '../../src/soap/index.js'
import type { Runtime } from '../face/index.js'
import {
  choiceSetting,
  DECLARATIONS,
  LOGINS,
  numberSetting,
  PEER_NUMBERS,
  requireTypable,
  secretsIn,
  SettingError,
  valuesOf,
  withLogin,
  withoutLogin,
  type Login,
  type PeerConfig,
  type PeerCredentials,
} from '../settings/index.js'

/** The settings of a peer by which it is reached. */
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
> &
  Partial<Pick<PeerConfig, 'oldTls'>>

/** @throws SettingError SETTING_MISSING, SETTING_INVALID */
export function posterOf(
  runtime: Runtime,
  config: ReachConfig,
  credentials: PeerCredentials,
): Poster {
  const addresses = [config.wsdl, config.address].map((text) => text.trim())
  for (const address of addresses) requireTypable(address)
  if (addresses.every((address) => address === '')) {
    throw new SettingError('SETTING_MISSING', {
      zh: '对方系统未填写 WSDL 地址或调用地址',
      en: 'The peer has neither a WSDL nor an address',
    })
  }
  const tls = config.tls === '' ? undefined : runtime.tls(config.tls)
  if (config.tls !== '' && !tls) {
    throw new SettingError('SETTING_MISSING', {
      zh: '所选的 TLS 配置已被删除或停用',
      en: 'The TLS configuration that was chosen was deleted or disabled',
    })
  }
  const login = loginOf(config.login, credentials)
  const isOld = config.oldTls === true
  const origins = addresses.map(originOf).filter((origin) => origin !== undefined)
  return new Poster({
    ...((tls ?? isOld) && { tls: { ...tls, ...(isOld && OLD_TLS) } }),
    ...(login && isOfHttp(login) && { login: { ...login, origins } }),
    connectTimeoutMs: peerNumber(config, 'connectSeconds') * 1000,
    deadlineMs: peerNumber(config, 'totalSeconds') * 1000,
    // As many as may be in flight, so that no document waits for a connection.
    maxSockets: peerNumber(config, 'parallel'),
    maxBytes: peerNumber(config, 'maxKilobytes') * 1024,
    ...(config.lenient && { lenient: true }),
  })
}

/**
 * TLS 1.0 and 1.1 with what servers of that time offer: OpenSSL leaves it out from security level 1 on, and refuses
 * servers that do not renegotiate as RFC 5746 has it.
 */
const OLD_TLS = {
  minVersion: 'TLSv1',
  ciphers: 'DEFAULT:@SECLEVEL=0',
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
} as const

/** One of a peer's numbers, in the unit that its name says. @throws SettingError SETTING_INVALID */
export const peerNumber = <K extends keyof typeof PEER_NUMBERS>(
  config: Pick<PeerConfig, K>,
  name: K,
): number => numberSetting(name, config[name], PEER_NUMBERS[name])

/**
 * The dialect that this peer is spoken to in; what is blank is left to its WSDL.
 * @throws SettingError SETTING_MISSING, SETTING_INVALID
 */
export function remoteOptionsOf(
  config: PeerConfig,
  credentials: PeerCredentials,
  form: ReadForm | undefined,
): Omit<RemoteOptions, 'operation' | 'transport' | 'signal'> {
  const login = loginOf(config.login, credentials)
  const declaration = choiceSetting('declaration', config.declaration, DECLARATIONS)
  const documentRow = form?.parameters.find(({ template }) => template === undefined)?.row
  return {
    wsdl: withLogin(config.wsdl, credentials.query ?? ''),
    address: withLogin(config.address, credentials.query ?? ''),
    soapVersion: choiceSetting('soapVersion', config.soapVersion, ['1.1', '1.2']),
    style: choiceSetting('style', config.style, BODY_STYLES),
    element: config.element,
    namespace: config.namespace,
    parameter: documentRow?.name ?? config.parameter,
    soapAction: config.soapAction,
    charset: choiceSetting('charset', config.charset, OUT_CHARSETS),
    packing: { cdata: config.cdata, ...(declaration && { declaration }) },
    allowGbk: config.allowGbk,
    form,
    zone: config.zone,
    ...(config.address.trim() !== '' && { to: withoutLogin(config.address).address }),
    ...(login &&
      !isOfHttp(login) && {
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

/** The settings of a peer that say what its answers mean. */
export type ReplyConfig = Pick<PeerConfig, 'replyProfile' | 'jsonSuccess' | 'replyRule'>

/** @throws SettingError SETTING_MISSING, SETTING_INVALID */
export function replyRulesOf(config: ReplyConfig): ReplyRules {
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
  return {
    profile,
    jsonSuccessCodes,
    ...(profile === 'rule' && { rule: ruleOf(config.replyRule) }),
  }
}

/** @throws SettingError SETTING_INVALID with the place of the first fault */
function ruleOf(saved: unknown): ReplyRule {
  const { value, problems } = readReplyRule(saved)
  if (value) return value
  const [{ pointer, reason } = NO_PROBLEM] = problems
  throw new SettingError('SETTING_INVALID', {
    zh: `应答规则 ${pointer}：${reason.zh}`,
    en: `The rule for the answer at ${pointer}: ${reason.en}`,
  })
}

const NO_PROBLEM: RuleProblem = { pointer: '', reason: { zh: '无效', en: 'it is invalid' } }

/** True where the rule reads something else than the one returned string, which may be blank then. */
export const readsMoreThanOne = ({ profile, rule }: ReplyRules): boolean =>
  profile === 'rule' && rule !== undefined && rule.returned !== ''

// A reply is not to be riddled with masks for a word that stands everywhere.
const LEAST_SECRET_LENGTH = 4

/**
 * Whatever of our secrets a call carries and a reply may quote.
 * @param addresses those of the peer, in which a login may stand
 */
export function secretsOf(
  { licence = '', user = '', password = '', query = '', secrets = '' }: PeerCredentials,
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
  const others = [...inQueries, ...Object.values(secretsIn(secrets))]
  return [licence, ...logins, ...others.filter(({ length }) => length >= LEAST_SECRET_LENGTH)]
}

type PeerLogin = { readonly kind: Login; username: string; password: string }

/** Whoever logs in by HTTP itself does so with every request; the others within the envelope. */
const isOfHttp = (login: PeerLogin): login is PeerLogin & HttpLogin =>
  login.kind === 'basic' || login.kind === 'digest' || login.kind === 'bearer'

function loginOf(
  setting: string,
  { user = '', password = '' }: PeerCredentials,
): PeerLogin | undefined {
  const kind = choiceSetting('login', setting, LOGINS)
  if (kind === undefined) return undefined
  if (kind === 'bearer') {
    if (/^[\w.~+/-]+=*$/.test(password)) return { kind, username: '', password }
    throw new SettingError('SETTING_MISSING', {
      zh: '对方要求 Bearer 令牌，但“密码”中没有填写令牌，或含有令牌不能有的字符',
      en: 'The peer asks for a Bearer token, and Password holds none, or one with characters that no token has',
    })
  }
  if (isBlank(user) || password === '') {
    throw new SettingError('SETTING_MISSING', {
      zh: '对方要求登录，但未填写用户名或密码',
      en: 'The peer asks for a login, and its user or password is not set',
    })
  }
  // RFC 7617 section 2: the first colon ends the user.
  if ((kind === 'basic' || kind === 'digest') && user.includes(':')) {
    throw new SettingError('SETTING_INVALID', {
      zh: 'HTTP Basic 与 Digest 的用户名不能含有冒号',
      en: 'A user of HTTP Basic or Digest cannot have a colon',
    })
  }
  return { kind, username: user, password }
}

function originOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).origin : undefined
}

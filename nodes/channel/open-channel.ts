import {
  dingtalkRobot,
  espa,
  feishuRobot,
  ntfy,
  overTcp,
  snpp,
  tap,
  wecomApp,
  wecomRobot,
  type Channel,
  type NtfyOptions,
  type OpenLine,
} from '../../src/delivery/channels/index.js'
import { isBlank } from '../../src/messages/index.js'
import {
  CHANNEL_KINDS,
  CHANNEL_NUMBERS,
  choiceSetting,
  isCallable,
  LINE_CHARSETS,
  numberSetting,
  requireTypable,
  type ChannelConfig,
  type ChannelCredentials,
} from '../settings/index.js'
import { gatewayOf } from './gateway.js'
import type { Means } from './means.js'
import { invalid, missing } from './setting-errors.js'

/**
 * The channel that settings describe; null for *this flow*, whose pages leave by the node.
 * @throws SettingError SETTING_MISSING, SETTING_INVALID
 */
export function openChannel(
  config: ChannelConfig,
  credentials: Readonly<ChannelCredentials>,
  means: Means,
): Channel | null {
  const { poster: door, totalMs: limitMs } = means
  const { password = '', user = '' } = credentials
  const kind = choiceSetting('kind', config.kind, CHANNEL_KINDS)
  switch (kind) {
    case 'wecomRobot':
      return wecomRobot({ door, webhook: webhookOf(credentials) })
    case 'dingtalk':
      return dingtalkRobot({ door, webhook: webhookOf(credentials), ...signingOf(credentials) })
    case 'feishu':
      return feishuRobot({ door, webhook: webhookOf(credentials), ...signingOf(credentials) })
    case 'wecomApp':
      return wecomAppOf(config, credentials, means)
    case 'ntfy': {
      const origin = addressOf(config.server)
      return ntfy({ door, origin, login: loginOf(config.login, credentials) })
    }
    case 'gateway':
      return gatewayOf(config, credentials, door)
    case 'snpp': {
      const login = isBlank(user) ? undefined : { id: user.trim(), password: password || undefined }
      const charset = charsetOf(config)
      return snpp({ open: lineOf(config, means), limitMs, charset, login, alert: config.alert })
    }
    case 'tap':
      return tap({ open: lineOf(config, means), limitMs, password })
    case 'espa':
      return espa({
        open: lineOf(config, means),
        limitMs,
        charset: charsetOf(config),
        ...stationsOf(config),
        beep: { urgent: digit(config, 'beepUrgent'), other: digit(config, 'beepOther') },
        transmissions: digit(config, 'transmissions'),
      })
    case 'flow':
      return null
    case undefined:
      throw missing('未选择渠道类型', 'No kind of channel is chosen')
    default:
      kind satisfies never
      return null
  }
}

/** @throws SettingError */
function addressOf(text: string): string {
  const address = text.trim().replace(/\/+$/, '')
  if (address === '') {
    throw missing('未填写服务器地址', 'The address of the server is missing')
  }
  requireTypable(address)
  if (isCallable(address) && URL.canParse(address)) return address
  throw invalid(
    '服务器地址应以 http:// 或 https:// 开头',
    'The address of the server should begin with http:// or https://',
  )
}

/** The address is a secret, so that no reason quotes it. @throws SettingError */
function webhookOf({ webhook = '' }: Readonly<ChannelCredentials>): string {
  const address = webhook.trim()
  if (address === '') {
    throw missing('未填写机器人的 Webhook 地址', 'The webhook address of the robot is missing')
  }
  requireTypable(address)
  if (isCallable(address) && URL.canParse(address)) return address
  throw invalid(
    'Webhook 地址应以 http:// 或 https:// 开头，请从群机器人处完整复制',
    'The webhook address should begin with http:// or https://; copy all of it from the robot',
  )
}

const signingOf = ({ signSecret = '' }: Readonly<ChannelCredentials>) =>
  isBlank(signSecret) ? {} : { signSecret: signSecret.trim() }

/** @throws SettingError */
function wecomAppOf(
  config: ChannelConfig,
  { corpSecret = '' }: Readonly<ChannelCredentials>,
  { poster: door }: Means,
): Channel {
  const corpId = config.corpId.trim()
  const isWhole = corpId !== '' && !isBlank(corpSecret) && !isBlank(config.agentId)
  if (!isWhole) {
    throw missing(
      '企业微信应用需填写企业 ID、应用 AgentId 与应用 Secret',
      'A WeCom application needs its corp id, agent id and secret',
    )
  }
  return wecomApp({
    door,
    corpId,
    corpSecret: corpSecret.trim(),
    agentId: numberSetting('agentId', config.agentId, CHANNEL_NUMBERS.agentId),
    ...(!isBlank(config.server) && { origin: addressOf(config.server) }),
  })
}

/** @throws SettingError */
function loginOf(setting: string, given: Readonly<ChannelCredentials>): NtfyOptions['login'] {
  const { token = '', user = '', password = '' } = given
  const login = choiceSetting('login', setting, ['token', 'basic'])
  if (login === undefined) return undefined
  const isWhole = login === 'token' ? !isBlank(token) : !isBlank(user) && password !== ''
  if (!isWhole) {
    throw missing(
      '服务器要求登录，但未填写令牌，或用户名与密码',
      'The server asks for a login, and its token, or user and password, are not set',
    )
  }
  return login === 'token' ? { token: token.trim() } : { user: user.trim(), password }
}

/** @throws SettingError */
function lineOf(config: ChannelConfig, { tls, connectMs }: Means): OpenLine {
  const host = config.host.trim()
  if (host === '' || isBlank(config.port)) {
    throw missing(
      '未填写寻呼设备（或串口服务器）的主机与端口',
      'The host and the port of the paging equipment, or of its serial server, are missing',
    )
  }
  requireTypable(host)
  if (/[\s/@]/.test(host)) {
    throw invalid(
      '主机应为主机名或 IP 地址，不带 http:// 与端口',
      'The host is a name or an IP address, without http:// and without a port',
    )
  }
  const port = numberSetting('port', config.port, CHANNEL_NUMBERS.port)
  return overTcp({ host, port, tls, connectTimeoutMs: connectMs })
}

const charsetOf = ({ charset }: ChannelConfig) =>
  choiceSetting('charset', charset, LINE_CHARSETS) ?? 'ASCII'

const digit = (config: ChannelConfig, name: 'beepUrgent' | 'beepOther' | 'transmissions'): number =>
  numberSetting(name, config[name], CHANNEL_NUMBERS[name])

/** @throws SettingError */
function stationsOf(config: ChannelConfig) {
  const station = choiceSetting('station', config.station, ['control', 'polled']) ?? 'control'
  const ownAddress = config.ownAddress.trim()
  const pagingAddress = config.pagingAddress.trim()
  const isAddress = (text: string): boolean => /^[0-9A-Za-z]$/.test(text)
  if (isAddress(ownAddress) && isAddress(pagingAddress) && ownAddress !== pagingAddress) {
    return { station, ownAddress, pagingAddress }
  }
  throw invalid(
    'ESPA 的站地址应为一个数字或字母，且两站不同',
    'An ESPA address is one digit or letter, another one for each of the two stations',
  )
}

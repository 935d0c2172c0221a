import { AddressList, NODE_RED_MOUNT, type PortTls } from '../../src/http/hosting/index.js'
import type { Face, Runtime } from '../face/index.js'
import {
  BOARD_NUMBERS,
  choiceSetting,
  isHeaderName,
  isPath,
  LEAST_BOARD_PASSWORD,
  numberSetting,
  SettingError,
  zoneSetting,
  type BoardConfig,
  type BoardCredentials,
} from '../settings/index.js'
import type { Reason } from '../../src/messages/index.js'
import { hasPasswords, noUsers } from './node-red-users.js'

/** The place where a board is hosted. */
export type Place =
  | typeof NODE_RED_MOUNT
  | { readonly host: string; readonly port: number; readonly tls: PortTls | undefined }

/** The settings of a board, read and found to be usable. */
export interface BoardSettings {
  readonly place: Place
  readonly path: string
  readonly zone: string
  readonly signIn: BoardConfig['signIn']
  readonly first: { readonly user: string; readonly password: string } | null
  readonly proxies: AddressList | undefined
  readonly headers: { readonly user: string; readonly role: string }
  readonly role: BoardConfig['role']
  readonly idleMs: number
  readonly absoluteMs: number
  readonly wallMs: number
  /** Addresses that may ask for health and metrics; undefined = all. */
  readonly healthAllow: AddressList | undefined
  readonly metricsAllow: AddressList | undefined
  /** '' = none. */
  readonly metricsToken: string
}

/** @throws SettingError; HttpError ADDRESS_LIST. A setting that cannot be understood lets nobody in */
export function readBoardSettings(face: Face, config: BoardConfig): BoardSettings {
  const number = (name: keyof typeof BOARD_NUMBERS): number =>
    numberSetting(name, config[name], BOARD_NUMBERS[name])
  const signIn = choiceSetting('signIn', config.signIn, ['accounts', 'proxy', 'node-red'] as const)
  const role = choiceSetting('role', config.role, ['look', 'act', 'administer'] as const)
  if (!isPath(config.path)) throw badPath()
  const proxies = listOf(config.proxies)
  const headers = { user: config.userHeader.trim(), role: config.roleHeader.trim() }
  if (signIn === 'proxy') requireProxy(proxies, headers)
  if (signIn === 'node-red' && !hasPasswords(face.runtime)) throw noUsers()
  return {
    place: placeOf(face.runtime, config),
    path: config.path.trim().replace(/\/+$/, ''),
    zone: zoneSetting(config.zone),
    signIn: signIn ?? 'accounts',
    first: firstOf(face, config),
    proxies,
    headers,
    role: role ?? 'look',
    idleMs: number('idleMinutes') * 60_000,
    absoluteMs: number('absoluteHours') * 3_600_000,
    wallMs: number('wallDays') * 24 * 3_600_000,
    healthAllow: listOf(config.healthAllow),
    metricsAllow: listOf(config.metricsAllow),
    metricsToken: (face.credentials<BoardCredentials>().metricsToken ?? '').trim(),
  }
}

const listOf = (text: string): AddressList | undefined =>
  text.trim() === '' ? undefined : new AddressList(text)

function placeOf(runtime: Runtime, { mount, host, port, tls }: BoardConfig): Place {
  if (mount !== 'port') {
    if (runtime.settings.httpNodeRoot === false) throw noHttp()
    return NODE_RED_MOUNT
  }
  const options = tls === '' ? undefined : runtime.tls(tls)
  // Never without TLS where TLS was asked for.
  if (tls !== '' && !options) throw noTls()
  return {
    host: host.trim() === '' ? '0.0.0.0' : host.trim(),
    port: numberSetting('port', port, BOARD_NUMBERS.port),
    tls: options && certificateOf(options),
  }
}

/** Without the checks of a client, which the TLS configuration has too. */
function certificateOf({ key, cert, ca, pfx, passphrase }: PortTls): PortTls {
  const given = Object.entries({ key, cert, ca, pfx, passphrase })
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

function firstOf(face: Face, { firstUser, signIn }: BoardConfig): BoardSettings['first'] {
  const { password = '' } = face.credentials<BoardCredentials>()
  const user = firstUser.trim()
  if (user === '' || password === '') {
    // Nobody could make the first account.
    if (signIn === 'accounts') throw noFirst()
    return null
  }
  if (password.length < LEAST_BOARD_PASSWORD) throw shortPassword()
  return { user, password }
}

function requireProxy(
  proxies: AddressList | undefined,
  { user, role }: BoardSettings['headers'],
): void {
  // Anybody could send the header.
  if (!proxies) throw noProxies()
  if (!isHeaderName(user) || (role !== '' && !isHeaderName(role))) throw badHeader()
}

const invalid = (reason: Reason) => new SettingError('SETTING_INVALID', reason)
const missing = (reason: Reason) => new SettingError('SETTING_MISSING', reason)

const badPath = () =>
  invalid({
    zh: '看板的路径应为 /crisis-board 这样，只含字母、数字、- 与 _',
    en: 'The path of the board should be like /crisis-board, of letters, digits, - and _ only',
  })

const noHttp = () =>
  invalid({
    zh: '本 Node-RED 关闭了 HTTP 节点（httpNodeRoot），请让看板使用独立端口',
    en: 'This Node-RED has its HTTP nodes switched off (httpNodeRoot); let the board use a port of its own',
  })

const noTls = () =>
  missing({
    zh: '看板所选的 TLS 配置已被删除或停用',
    en: 'The TLS configuration of the board was deleted or disabled',
  })

const noFirst = () =>
  missing({
    zh: '看板的首位管理员没有用户名或密码：没有人能登录并建立账户',
    en: 'The first administrator of the board has no user or no password, so that nobody could sign in and make accounts',
  })

const shortPassword = () =>
  invalid({
    zh: `看板首位管理员的密码至少要有 ${LEAST_BOARD_PASSWORD} 个字符`,
    en: `The password of the board’s first administrator should have at least ${LEAST_BOARD_PASSWORD} characters`,
  })

const noProxies = () =>
  missing({
    zh: '由登录代理登录时，必须填写代理的地址：否则任何人都可以冒充他人',
    en: 'For a sign-in by proxy its address is required: without it anybody could pass for somebody else',
  })

const badHeader = () =>
  invalid({
    zh: '登录代理的请求头名称无法识别，应为 X-Forwarded-User 这样',
    en: 'A header of the sign-in proxy is no name of a header, such as X-Forwarded-User',
  })

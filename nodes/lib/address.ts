import type { Reason } from '../../src/messages/index.js'
import { SettingError } from './setting-values.js'

/** Characters of a Chinese keyboard in the place of `? : / . & = # -`, and its space; the dialog looks for the same. */
const FULL_WIDTH = /[？：／．＆＝＃－。，、　]/

/** @throws SettingError SETTING_INVALID for an address with punctuation that no address has */
export function requireTypable(address: string): void {
  const [found] = (address.startsWith('<') ? null : FULL_WIDTH.exec(address)) ?? []
  if (found === undefined) return
  throw new SettingError('SETTING_INVALID', {
    zh: `地址中有中文标点“${found}”，请改用英文输入法输入`,
    en: `The address has the full-width character “${found}” of a Chinese keyboard; type the ASCII one`,
  })
}

/** Names of parameters that a login stands in, as in `CachePassword`, `pwd` or `access_token`; the dialog has the same. */
const LOGIN = /pass|pwd|token|secret|licen[cs]e|api_?key|user|account|login/i

const PARTS = /^(https?:\/\/)(?:([^/?#]*)@)?([^?#]*)(?:\?([^#]*))?(#.*)?$/i

/** An address, and the login that stood in it, which does not belong into a flow file. */
export interface WithoutLogin {
  readonly address: string
  readonly user: string
  readonly password: string
  /** As it stands in a query: `user=someone&password=secret`. */
  readonly query: string
}

/** Parts an address from the login in it, as its user, its password or in its query; the dialog does the same. */
export function withoutLogin(text: string): WithoutLogin {
  const [whole, scheme = '', login = '', place = '', query, hash = ''] =
    PARTS.exec(text.trim()) ?? []
  if (whole === undefined) return { address: text.trim(), user: '', password: '', query: '' }
  const isLogin = (pair: string): boolean => LOGIN.test(decoded(pair.split('=', 1)[0] ?? ''))
  const pairs = query?.split('&') ?? []
  const rest = pairs.filter((pair) => !isLogin(pair)).join('&')
  const [, user = '', password = ''] = /^([^:]*):?([^]*)$/.exec(login) ?? []
  const address = scheme + place + (rest === '' ? '' : `?${rest}`) + hash
  return {
    address: pairs.some(isLogin) || login !== '' ? address : whole,
    user: plain(user),
    password: plain(password),
    query: pairs.filter(isLogin).join('&'),
  }
}

const holdsLogin = (address: string): boolean => withoutLogin(address).address !== address.trim()

/** Warns of a login in any of these addresses; undefined where there is none. */
export const loginWarning = (...addresses: readonly string[]): Reason | undefined =>
  addresses.some(holdsLogin) ? LOGIN_IN_ADDRESS : undefined

const LOGIN_IN_ADDRESS: Reason = {
  zh: '地址中含有登录信息，会保存在流程文件中并随流程导出：打开对方系统的对话框，它会被移到“登录”下，只保存在加密凭据中，保存并部署即可',
  en: 'The address holds a login, which stands in the flow file and goes with every export: open the dialog of the peer, which moves it to "Login", where it is kept in the encrypted credentials; then save and deploy',
}

const queryOf = (address: string): URLSearchParams =>
  URL.canParse(address) ? new URL(address).searchParams : new URLSearchParams()

/**
 * An address with a login in its query.
 * @param login as it stands in a query: `user=someone&password=secret`; parameters that the address has are left alone
 */
export function withLogin(address: string, login: string): string {
  const text = address.trim()
  if (login.trim() === '' || !/^https?:/i.test(text) || !URL.canParse(text)) return text
  const [front = '', hash = ''] = text.split('#', 2)
  const has = queryOf(text)
  // As they are written: some servers tell `%20` from `+`.
  const added = login
    .trim()
    .replace(/^[?&]+/, '')
    .split('&')
    .filter((pair) => pair !== '' && !has.has(decoded(pair.split('=', 1)[0] ?? '')))
    .join('&')
  if (added === '') return text
  return `${front}${front.includes('?') ? '&' : '?'}${added}${hash === '' ? '' : `#${hash}`}`
}

/** The values of a login, as they are written and as they are meant. */
export const valuesOf = (login: string): string[] => {
  const values = login.split('&').map((pair) => pair.replace(/^[^=]*=?/, ''))
  return [...new Set([...values, ...values.map(decoded)])].filter((value) => value !== '')
}

const decoded = (text: string): string => plain(text.replaceAll('+', ' '))

/** Without percent signs; in a user or a password a plus is a plus. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

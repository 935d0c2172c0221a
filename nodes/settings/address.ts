/** Characters of a Chinese keyboard in the place of `? : / . & = # -`, and its space. */
const FULL_WIDTH = /[？：／．＆＝＃－。，、　]/

/** The first character of an address that only a Chinese keyboard makes; a WSDL given as text may have any. */
export const fullWidthIn = (address: string): string | undefined =>
  address.startsWith('<') ? undefined : FULL_WIDTH.exec(address)?.[0]

/** True for an address that can be called: `http://` or `https://` and a host. */
export const isCallable = (address: string): boolean => /^https?:\/\/[^\s/?#]+\S*$/i.test(address)

/** Names of parameters that a login stands in, as in `CachePassword`, `pwd` or `access_token`. */
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

/** Parts an address from the login in it, as its user, its password or in its query. */
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

/** True when an address holds a login, which does not belong into a flow file. */
export const holdsLogin = (address: string): boolean =>
  withoutLogin(address).address !== address.trim()

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

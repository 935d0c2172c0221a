/** Characters of a Chinese keyboard in the place of `? : / . & = # -`, and its space. */
const FULL_WIDTH = /[？：／．＆＝＃－。，、　]/

/** The first character of an address that only a Chinese keyboard makes; a WSDL given as text may have any. */
export const fullWidthIn = (address: string): string | undefined =>
  address.startsWith('<') ? undefined : FULL_WIDTH.exec(address)?.[0]

/** True for an address that can be called: `http://` or `https://` and a host. */
export const isCallable = (address: string): boolean => /^https?:\/\/[^\s/?#]+\S*$/i.test(address)

/** The name of a parameter that a login stands in, as in `CachePassword`, `pwd` or `access_token`. */
const SECRET = /pass|pwd|token|secret|licen[cs]e|api_?key/i
const USER = /user|account|login/i

/** True when the query of an address holds a login, which does not belong into a flow file. */
export const holdsLogin = (address: string): boolean =>
  [...queryOf(address).keys()].some((name) => SECRET.test(name) || USER.test(name))

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

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

// Rules for addresses that the runtime and the dialogs share. The browser loads this file: no module of Node here.

/** Characters of a Chinese keyboard in the place of `? : / . & = # -`, and its space. */
const FULL_WIDTH = /[？：／．＆＝＃－。，、　]/

/** The first character of an address that only a Chinese keyboard types. A WSDL written out is no address. */
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

export const queryOf = (address: string): URLSearchParams =>
  URL.canParse(address) ? new URL(address).searchParams : new URLSearchParams()

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { remoteAddressOf, splitTarget, type AddressList } from '../../http/hosting/index.js'
import { badRequest, BoardProblem } from './problem.js'

/** A request as Express hands it on, which takes the root of the HTTP nodes off its `url`. */
type MountedRequest = IncomingMessage & { readonly originalUrl?: string }

export function headerOf(req: IncomingMessage, name: string): string {
  const value = req.headers[name.toLowerCase()]
  return (Array.isArray(value) ? value.join() : (value ?? '')).trim()
}

export const isBelieved = (req: IncomingMessage, proxies: AddressList | undefined): boolean =>
  proxies?.has(remoteAddressOf(req)) === true

/** True when the browser has come by TLS, be it as far as a proxy that is believed. */
export function isSecure(req: IncomingMessage, proxies: AddressList | undefined): boolean {
  if ((req.socket as Partial<TLSSocket>).encrypted === true) return true
  if (!isBelieved(req, proxies)) return false
  return headerOf(req, 'x-forwarded-proto').split(',')[0]?.trim().toLowerCase() === 'https'
}

/** A name for each board: cookies of one machine are not told apart by ports. */
const nameOf = (board: string): string =>
  `crisis-board-${createHash('sha256').update(board).digest('hex').slice(0, 8)}`

/** A browser takes this prefix only from a connection with TLS, so that nobody on the way can plant such a cookie. */
const SECURE_PREFIX = '__Secure-'

/** Characters of a path that end neither a cookie nor an attribute of it. */
const PLAIN_PATH = /^[\w\-./~%!$&'()*+=:@]*$/

export interface Cookie {
  readonly board: string
  /** Of a session, or of a computer at which people have signed in. */
  readonly kind: 'session' | 'device'
  readonly isSecure: boolean
}

const cookieName = ({ board, kind, isSecure: secure }: Cookie): string =>
  `${secure ? SECURE_PREFIX : ''}${nameOf(board)}${kind === 'device' ? '-device' : ''}`

/** The token of a session that a browser shows; '' = none. */
export function tokenOf(req: IncomingMessage, cookie: Cookie): string {
  const found = cookieValue(req, cookie)
  return /^[\w-]{43}$/.test(found) ? found : ''
}

/** '' = the browser shows none. */
export function cookieValue(req: IncomingMessage, cookie: Cookie): string {
  const name = cookieName(cookie)
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
}

/**
 * A cookie for the board alone.
 * @param value '' takes it away
 * @param keepMs time for which the browser keeps it; null = until it is closed
 */
export function cookieNamed(
  cookie: Cookie,
  path: string,
  value: string,
  keepMs: number | null,
): string {
  const seconds = value === '' ? 0 : keepMs === null ? null : Math.floor(keepMs / 1000)
  return [
    `${cookieName(cookie)}=${value}`,
    `Path=${path}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(cookie.isSecure ? ['Secure'] : []),
    ...(seconds === null ? [] : [`Max-Age=${seconds}`]),
  ].join('; ')
}

/** The base path as the browser has it, with what Node-RED or a believed proxy puts before. */
export function pathOf(
  req: MountedRequest,
  rest: string,
  proxies: AddressList | undefined,
): string {
  const whole = splitTarget(req.originalUrl ?? req.url ?? '/').path
  const behind = splitTarget(rest).path
  const base = whole.endsWith(behind) ? whole.slice(0, whole.length - behind.length) : whole
  const prefix = isBelieved(req, proxies)
    ? headerOf(req, 'x-forwarded-prefix').replace(/\/+$/, '')
    : ''
  const path = (prefix + base).replace(/^\/*/, '/').replace(/\/+$/, '')
  return path !== '' && PLAIN_PATH.test(path) ? path : '/'
}

/**
 * Lets only what a page of this very site has sent through. A browser that says where it comes from is believed; an
 * older one says the origin.
 * @throws BoardProblem OTHER_SITE, REQUEST_INVALID
 */
export function requireOwnPage(req: IncomingMessage, proxies: AddressList | undefined): void {
  const site = headerOf(req, 'sec-fetch-site')
  if (site !== '' && site !== 'same-origin') throw otherSite()
  const origin = headerOf(req, 'origin')
  if (site === '' && origin !== '' && !isOwn(req, origin, proxies)) throw otherSite()
  // A form of another site cannot send this without being asked about first.
  if (!/^application\/json\s*(?:;|$)/i.test(headerOf(req, 'content-type'))) {
    throw badRequest({ zh: '请求应为 JSON', en: 'The request should be JSON' })
  }
}

function isOwn(req: IncomingMessage, origin: string, proxies: AddressList | undefined): boolean {
  const host = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase()
  if (host === undefined) return false
  const forwarded = isBelieved(req, proxies) ? headerOf(req, 'x-forwarded-host') : ''
  const own = [headerOf(req, 'host'), forwarded.split(',')[0]?.trim() ?? '']
  return own.some((one) => one !== '' && withoutPort(one) === withoutPort(host))
}

/** A proxy may listen on another port than it names, and ports of one machine share their cookies anyway. */
const withoutPort = (host: string): string => host.toLowerCase().replace(/:\d+$/, '')

const otherSite = () =>
  new BoardProblem('OTHER_SITE', 403, {
    zh: '请求来自其他网站，未执行；如看板在反向代理之后，请在看板节点中填写受信任的代理',
    en: 'The request comes from another site, and nothing was done; if the board is behind a reverse proxy, name it among the trusted proxies of its node',
  })

/** The user whom a believed proxy names, with the role that it says; null = it names nobody. */
export interface ProxyUser {
  readonly name: string
  /** As the proxy says it; undefined = it was not asked to. */
  readonly roles: readonly string[] | undefined
}

/** @throws BoardProblem PROXY_REFUSED */
export function proxyUserOf(
  req: IncomingMessage,
  headers: { readonly user: string; readonly role: string },
  proxies: AddressList | undefined,
): ProxyUser | null {
  if (!isBelieved(req, proxies)) {
    throw new BoardProblem('PROXY_REFUSED', 403, {
      zh: '看板只能通过医院的登录代理打开，此请求不是由它转来的',
      en: 'The board opens only by way of the sign-in proxy of the hospital, and this request has not come by it',
    })
  }
  const name = textOfHeader(headerOf(req, headers.user))
  // Two of them: one was not written by the proxy.
  if (name === '' || name.includes(',') || name.length > 200) return null
  if (headers.role === '') return { name, roles: undefined }
  const roles = headerOf(req, headers.role)
    .toLowerCase()
    .split(/[,;\s]+/)
  return { name, roles: roles.filter(Boolean) }
}

/** Node reads headers as Latin-1; proxies write names in UTF-8, or in percent encoding. */
function textOfHeader(value: string): string {
  const text = Buffer.from(value, 'latin1').toString('utf8')
  const plain = text.includes('\uFFFD') ? value : text
  try {
    return decodeURIComponent(plain).trim()
  } catch {
    return plain.trim()
  }
}

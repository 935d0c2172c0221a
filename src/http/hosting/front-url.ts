import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

/**
 * Path and query of a request target. Taken apart by hand, because a target need not be a valid URL
 * (`POST //`) and may be a whole one (RFC 9112 section 3.2.2).
 */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  // Nearly all targets are a path, perhaps with a query.
  const isPlain = target.startsWith('/') && !target.includes('#')
  const local = isPlain ? target : target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/s, '')
  const mark = local.indexOf('?')
  const path = mark < 0 ? local : local.slice(0, mark)
  return { path: path === '' ? '/' : path, query: mark < 0 ? '' : local.slice(mark + 1) }
}

const MAX_PATHS = 100
const normalised = new Map<string, string>()

/** A path to compare by: case, doubled and closing slashes and percent encoding do not count. */
export function normalisePath(path: string): string {
  const met = normalised.get(path)
  if (met !== undefined) return met
  const plain = normaliseNew(path)
  // Paths of strangers cost the others no more than to be taken apart again.
  if (normalised.size >= MAX_PATHS) normalised.clear()
  normalised.set(path, plain)
  return plain
}

/** The same with its last part, whose case counts, set apart: the form of a path with a secret. */
export function splitSecret(path: string): { readonly path: string; readonly secret: string } {
  const whole = path.replace(/\/+$/, '')
  const cut = whole.lastIndexOf('/')
  return { path: normalisePath(whole.slice(0, Math.max(0, cut))), secret: whole.slice(cut + 1) }
}

function normaliseNew(path: string): string {
  let decoded = path
  try {
    decoded = decodeURIComponent(path)
  } catch {
    // Not percent encoding: compared as it is.
  }
  return `/${decoded.toLowerCase().split('/').filter(Boolean).join('/')}`
}

/** True for a query that asks for the WSDL: `wsdl` or `singleWsdl`, in any case. */
export function asksForWsdl(query: string): boolean {
  return query.split('&').some((pair) => /^(?:wsdl|singlewsdl)(?:=|$)/i.test(pair))
}

// A host is repeated in the WSDL, so nothing but a host may stand there (RFC 3986 section 3.2.2, plus `_`).
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i

/**
 * The address under which a request reached us: as the caller wrote it, or as a proxy tells it that is trusted. Anybody
 * else could have others call where it likes.
 */
export function addressOf(
  req: IncomingMessage & { readonly originalUrl?: string },
  isProxy = false,
): string {
  const { path } = splitTarget(req.originalUrl ?? req.url ?? '/')
  return `${schemeOf(req, isProxy)}://${hostOf(req, isProxy)}${path}`
}

function schemeOf(req: IncomingMessage, isProxy: boolean): string {
  const forwarded = isProxy ? firstOf(req.headers['x-forwarded-proto'])?.toLowerCase() : undefined
  if (forwarded === 'http' || forwarded === 'https') return forwarded
  return (req.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http'
}

function hostOf(req: IncomingMessage, isProxy: boolean): string {
  const forwarded = isProxy ? firstOf(req.headers['x-forwarded-host']) : undefined
  const claimed = [forwarded, req.headers.host]
  const host = claimed.find((one) => one !== undefined && HOST.test(one))
  if (host !== undefined) return host
  const { localAddress = '127.0.0.1', localPort = 80 } = req.socket
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`
}

/** The first of a list: the proxy nearest to the caller. */
function firstOf(header: string | string[] | undefined): string | undefined {
  return (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim()
}

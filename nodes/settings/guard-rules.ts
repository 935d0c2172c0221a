// Rules of a service's guards that the runtime and the dialog share. The browser loads this file: no module of Node here.

/** Long enough that nobody guesses it, and of characters that no toolkit rewrites. */
const PATH_SECRET = /^[A-Za-z0-9_-]{16,128}$/

export const isPathSecret = (text: string): boolean => PATH_SECRET.test(text.trim())

/** A user of Basic authentication; a colon would belong to the password (RFC 7617 section 2). */
export const isBasicUser = (user: string): boolean => user.trim() !== '' && !user.includes(':')

/** The addresses on which an own port can be reached: by all, by programs on the same machine, by one network. */
export type Reach = 'all' | 'local' | 'one'

export function reachOf(host: string): Reach {
  const address = host.trim().replace(/^\[(.*)\]$/, '$1')
  if (['', '0.0.0.0', '::'].includes(address)) return 'all'
  return /^(?:127\.|::1$|localhost$)/i.test(address) ? 'local' : 'one'
}

/** The guards of a service. */
export type GuardName = 'allow' | 'auth' | 'pathSecret' | 'clientCert'

/** The settings of a service that its guards depend on, credentials included. */
export interface GuardFields {
  readonly allow: string
  readonly proxies: string
  readonly auth: string
  readonly user: string
  readonly secret: string
  readonly pathSecret: string
  readonly clientCert: boolean
  /** `undefined` where the service has no port of its own, and so no TLS of its own. */
  readonly tls: 'none' | 'without CA' | 'with CA' | undefined
}

export interface Guards {
  /** The guards that hold. */
  readonly whole: readonly GuardName[]
  /** Settings that were begun and cannot be used: the service does not start with one of them. */
  readonly broken: readonly (GuardName | 'proxies')[]
}

/**
 * The guards that settings make.
 * @param isList says whether a text is a list of addresses and networks
 * @param isSet says whether a text stands for a value that is known at the start only, such as `${NAME}`
 */
export function guardsOf(
  fields: GuardFields,
  isList: (text: string) => boolean,
  isSet: (text: string) => boolean,
): Guards {
  const { allow, proxies, auth, user, secret, pathSecret, clientCert, tls } = fields
  const wholeIf = (isWhole: boolean): 'whole' | 'broken' => (isWhole ? 'whole' : 'broken')
  const listed = (text: string) => text.trim() !== '' && wholeIf(isSet(text) || isList(text))
  const isUser = auth !== 'basic' || isSet(user) || isBasicUser(user)
  const found = {
    allow: listed(allow),
    proxies: listed(proxies) === 'broken' && ('broken' as const),
    auth: auth !== '' && wholeIf(isUser && secret.trim() !== ''),
    pathSecret: pathSecret.trim() !== '' && wholeIf(isSet(pathSecret) || isPathSecret(pathSecret)),
    clientCert: clientCert && tls !== undefined && wholeIf(tls === 'with CA'),
  }
  const names = Object.keys(found) as (GuardName | 'proxies')[]
  return {
    whole: names.filter((name): name is GuardName => found[name] === 'whole'),
    broken: names.filter((name) => found[name] === 'broken'),
  }
}

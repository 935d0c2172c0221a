import { createHash, randomBytes } from 'node:crypto'
import type { Authorizer } from './authorizer.js'

interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  readonly algorithm: string | undefined
  /** The name of the hash in Node, and whether the session's own key is made of it. */
  readonly hash: string
  readonly isSession: boolean
  /** True when the peer knows `qop=auth`; one that knows none is of RFC 2069. */
  readonly hasQop: boolean
}

/** The algorithms of RFC 7616 section 3.2 that servers have, the better first. */
const HASHES = [
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
] as const

/**
 * HTTP Digest (RFC 7616). A nonce is used for as long as the peer takes it, each time with the next count, so that only
 * the first call, and one with a nonce that has become stale, are sent twice. The first was refused before it was read.
 */
export class Digest implements Authorizer {
  readonly #username: string
  readonly #password: string
  readonly #random: (size: number) => Buffer
  #challenge: Challenge | undefined
  #count = 0

  constructor(
    login: { readonly username: string; readonly password: string },
    random: (size: number) => Buffer = randomBytes,
  ) {
    this.#username = login.username
    this.#password = login.password
    this.#random = random
  }

  authorization(method: string, path: string): string | undefined {
    const challenge = this.#challenge
    if (!challenge) return undefined
    const { realm, nonce, opaque, algorithm, hash, isSession, hasQop } = challenge
    const hashed = (text: string) => createHash(hash).update(text, 'utf8').digest('hex')
    const nc = (++this.#count).toString(16).padStart(8, '0')
    const cnonce = this.#random(12).toString('hex')
    const secret = hashed(`${this.#username}:${realm}:${this.#password}`)
    const key = isSession ? hashed(`${secret}:${nonce}:${cnonce}`) : secret
    const what = hashed(`${method}:${path}`)
    const response = hasQop
      ? hashed(`${key}:${nonce}:${nc}:${cnonce}:auth:${what}`)
      : hashed(`${key}:${nonce}:${what}`)
    const parts = [
      `username="${quoted(this.#username)}"`,
      `realm="${quoted(realm)}"`,
      `nonce="${quoted(nonce)}"`,
      `uri="${path}"`,
      ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
      ...(hasQop ? ['qop=auth', `nc=${nc}`] : []),
      ...(hasQop || isSession ? [`cnonce="${cnonce}"`] : []),
      `response="${response}"`,
      ...(opaque === undefined ? [] : [`opaque="${quoted(opaque)}"`]),
    ]
    // A name beyond ASCII goes as UTF-8 bytes, which an HTTP client takes in this form only.
    return Buffer.from(`Digest ${parts.join(', ')}`, 'utf8').toString('latin1')
  }

  challenged(header: string | undefined, sent: string | undefined): boolean {
    const { challenge, isStale } = challengeIn(header ?? '')
    if (!challenge) return false
    // A nonce that has served before may be too old although the peer does not say so; a new one refuses the password.
    const mayAnswer = sent === undefined || isStale || this.#count > 1
    if (this.#challenge?.nonce !== challenge.nonce) {
      this.#challenge = challenge
      this.#count = 0
    }
    return mayAnswer
  }
}

const quoted = (text: string): string => text.replace(/["\\]/g, '\\$&')

/** The best challenge of a header that may hold several, of several schemes (RFC 9110 section 11.6.1). */
function challengeIn(header: string): {
  readonly challenge: Challenge | undefined
  readonly isStale: boolean
} {
  const found = header
    .split(/(?:^|,)\s*(?=[A-Za-z][\w-]*\s+[A-Za-z])/)
    .flatMap((part) => (/^\s*Digest\s/i.test(part) ? [parametersOf(part)] : []))
  for (const [name, hash] of HASHES) {
    for (const parameters of found) {
      const algorithm = parameters.get('algorithm')
      const [base = '', session] = (algorithm ?? 'MD5').split(/-(?=sess$)/i)
      if (base.toUpperCase() !== name) continue
      const qop = parameters.get('qop')
      const isAuth = qop === undefined || /(?:^|[\s,])auth(?:[\s,]|$)/i.test(qop)
      const nonce = parameters.get('nonce')
      if (nonce === undefined || !isAuth) continue
      return {
        challenge: {
          realm: parameters.get('realm') ?? '',
          nonce,
          opaque: parameters.get('opaque'),
          algorithm,
          hash,
          isSession: session !== undefined,
          hasQop: qop !== undefined,
        },
        isStale: parameters.get('stale')?.toLowerCase() === 'true',
      }
    }
  }
  return { challenge: undefined, isStale: false }
}

/** The parameters of a challenge by their names in small letters. */
const parametersOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)].map(
      ([, name = '', inQuotes, bare = '']) => [
        name.toLowerCase(),
        inQuotes === undefined ? bare : inQuotes.replace(/\\(.)/g, '$1'),
      ],
    ),
  )

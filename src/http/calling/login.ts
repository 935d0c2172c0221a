import type { Authorizer } from './authorizer.js'
import { Digest } from './digest.js'

/** A login of HTTP itself (RFC 7617, 6750, 7616). A token of `bearer` is its password. */
export interface HttpLogin {
  readonly kind: 'basic' | 'bearer' | 'digest'
  readonly username: string
  readonly password: string
  /** Files are fetched with it from these origins only: a description may import from anywhere. Default is all. */
  readonly origins?: readonly string[]
}

export function authorizerOf(login: HttpLogin): Authorizer {
  if (login.kind === 'digest') return new Digest(login)
  const authorization =
    login.kind === 'basic' ? basicAuthorization(login) : `Bearer ${login.password}`
  return { authorization: () => authorization, challenged: () => false }
}

/** The header that HTTP Basic sends. */
export function basicAuthorization(login: Pick<HttpLogin, 'username' | 'password'>): string {
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
}

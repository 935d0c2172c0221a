import { createHash } from 'node:crypto'
import { escapeText } from '../messages/index.js'

export interface UsernameToken {
  readonly username: string
  readonly password: string
  /** Sends a digest of the password instead of the password itself. */
  readonly digest: boolean
  /** Epoch ms. */
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
}

const OASIS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss'
const SECEXT = `${OASIS}-wssecurity-secext-1.0.xsd`
const UTILITY = `${OASIS}-wssecurity-utility-1.0.xsd`
const PROFILE = `${OASIS}-username-token-profile-1.0`
const BASE64 = `${OASIS}-soap-message-security-1.0#Base64Binary`
const NONCE_BYTES = 16

/**
 * The content of a Header that says who calls (WS-Security UsernameToken Profile 1.0): a new nonce and the time
 * with each call, so that a digest is good only once. It does not ask to be understood: a peer that does not
 * know it shall say so by refusing.
 */
export function usernameToken(token: UsernameToken): string {
  const { username, password, digest } = token
  const nonce = Buffer.from(token.randomBytes(NONCE_BYTES))
  // Without fractions of a second, which some readers refuse.
  const created = new Date(token.now()).toISOString().replace(/\.\d+Z$/, 'Z')
  // Password_Digest = Base64(SHA-1(nonce + created + password)), section 3.1.
  const hashed = (): string =>
    createHash('sha1').update(nonce).update(created).update(password).digest('base64')
  const [type, secret] = digest ? ['PasswordDigest', hashed()] : ['PasswordText', password]
  return [
    `<wsse:Security xmlns:wsse="${SECEXT}" xmlns:wsu="${UTILITY}"><wsse:UsernameToken>`,
    `<wsse:Username>${escapeText(username)}</wsse:Username>`,
    `<wsse:Password Type="${PROFILE}#${type}">${escapeText(secret)}</wsse:Password>`,
    `<wsse:Nonce EncodingType="${BASE64}">${nonce.toString('base64')}</wsse:Nonce>`,
    `<wsu:Created>${created}</wsu:Created>`,
    `</wsse:UsernameToken></wsse:Security>`,
  ].join('')
}

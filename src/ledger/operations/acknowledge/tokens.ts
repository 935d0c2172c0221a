import { createHmac, hash as digest, randomBytes, timingSafeEqual } from 'node:crypto'

/*
 * The token of a one-time link: 128 random bits and the time at which it ends, signed by a secret of the ledger, so that
 * a link that nobody has issued is told from one that is over. The ledger keeps only its hash.
 */

const ID_BYTES = 4
const RANDOM_BYTES = 16
const TIME_BYTES = 4
/** Half of HMAC-SHA256, which RFC 2104 section 5 allows: a link has to fit into a text message. */
const MAC_BYTES = 16
const SIGNED_BYTES = ID_BYTES + RANDOM_BYTES + TIME_BYTES

export const makeSecret = (): string => randomBytes(32).toString('hex')

/** @param expiresAt epoch ms; rounded up to a second */
export function makeToken(secret: string, expiresAt: number): string {
  const time = Buffer.alloc(TIME_BYTES)
  time.writeUInt32BE(Math.ceil(expiresAt / 1000))
  const signed = Buffer.concat([ledgerId(secret), randomBytes(RANDOM_BYTES), time])
  return Buffer.concat([signed, macOf(secret, signed)]).toString('base64url')
}

/**
 * The origin of a token.
 * - `foreign`: another ledger has issued it, as that of another hospital
 * - `forged`: nobody has
 */
export type TokenKind = 'own' | 'foreign' | 'forged'

/** @param secret null while no link was ever issued here */
export function kindOf(secret: string | null, token: string): TokenKind {
  const bytes = Buffer.from(token, 'base64url')
  // Other spellings of the same bytes are none that was issued.
  if (bytes.length !== SIGNED_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) {
    return 'forged'
  }
  const signed = bytes.subarray(0, SIGNED_BYTES)
  if (secret === null || !ledgerId(secret).equals(signed.subarray(0, ID_BYTES))) return 'foreign'
  return timingSafeEqual(bytes.subarray(SIGNED_BYTES), macOf(secret, signed)) ? 'own' : 'forged'
}

/** The name of a link in the ledger, from which nobody can make its token. */
export const hashOfToken = (token: string): string => digest('sha256', token)

/** Signs the forms of one link; good for nothing else. */
export const formKeyOf = (secret: string, token: string): string =>
  createHmac('sha256', secret).update(`form ${token}`).digest('hex')

const ledgerId = (secret: string): Buffer =>
  createHmac('sha256', secret).update('ledger').digest().subarray(0, ID_BYTES)

const macOf = (secret: string, signed: Buffer): Buffer =>
  createHmac('sha256', secret).update('link').update(signed).digest().subarray(0, MAC_BYTES)

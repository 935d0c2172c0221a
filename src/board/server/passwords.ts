import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** The cost of a hash (RFC 7914): 2 to the power of `log2N` rounds, blocks of `r`, `p` times. */
export interface ScryptCost {
  readonly log2N: number
  readonly r: number
  readonly p: number
}

/** One of those that OWASP recommends ("Password Storage Cheat Sheet"): 32 MiB, so that small machines can bear it. */
export const SCRYPT_COST: ScryptCost = { log2N: 15, r: 8, p: 3 }

const KEY_BYTES = 32
const SALT_BYTES = 16
/** A stored text asks for no more than this, whoever has written it. */
const MOST_BYTES = 256 << 20

/** The key of a password; the same characters give the same one, however a keyboard composes them. */
export function keyOf(
  password: string,
  salt: Buffer,
  { log2N, r, p }: ScryptCost,
): Promise<Buffer> {
  const options = { N: 2 ** log2N, r, p, maxmem: MOST_BYTES }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}

/** A password as it may be kept: `scrypt$15$8$3$salt$key`. */
export async function hashPassword(password: string, cost = SCRYPT_COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await keyOf(password, salt, cost)
  const { log2N, r, p } = cost
  return ['scrypt', log2N, r, p, salt.toString('base64'), key.toString('base64')].join('$')
}

/** A text that no password fits, as costly to check as a real one. */
export const noPassword = ({ log2N, r, p } = SCRYPT_COST): string =>
  ['scrypt', log2N, r, p, randomText(SALT_BYTES), randomText(KEY_BYTES)].join('$')

const randomText = (bytes: number): string => randomBytes(bytes).toString('base64')

/** True when a password is the one that is kept, in constant time. A text that is none of ours fits no password. */
export async function isPassword(password: string, kept: string): Promise<boolean> {
  const [, log2N, r, p, salt, key] =
    /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w+/=]+)\$([\w+/=]+)$/.exec(kept) ?? []
  if (salt === undefined || key === undefined) return false
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) }
  return areEqual(
    await keyOf(password, Buffer.from(salt, 'base64'), cost),
    Buffer.from(key, 'base64'),
  )
}

export const areEqual = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other)

/** Characters that a new password needs at least: length is what protects it (NIST SP 800-63B). */
export const LEAST_PASSWORD = 10
export const MOST_PASSWORD = 200

import { cutToBytes } from '../../messages/index.js'

/** The people that a robot mentions in its group. */
export interface Mentions {
  readonly all: boolean
  readonly mobiles: readonly string[]
  readonly users: readonly string[]
}

const ALL = /^(?:@?all|@?所有人)$/i
const MOBILE = /^\+?\d{11,15}$/

/** Sorts addresses into what robots tell apart: everybody, mobile numbers, and user ids of the service. */
export const mentionsOf = (to: readonly string[]): Mentions => ({
  all: to.some((address) => ALL.test(address)),
  mobiles: to.filter((address) => MOBILE.test(address)),
  users: to.filter((address) => !ALL.test(address) && !MOBILE.test(address)),
})

const ELLIPSIS = '…'

/** A text of no more bytes of UTF-8 than a service takes: it would refuse a longer one as a whole. */
export const clipped = (text: string, maxBytes: number): string =>
  Buffer.byteLength(text) <= maxBytes
    ? text
    : cutToBytes(text, maxBytes - Buffer.byteLength(ELLIPSIS)) + ELLIPSIS

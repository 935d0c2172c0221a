import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Person } from '../../messages/index.js'

/*
 * The forms of a link page. Each carries a proof, signed by the key of its link, of the page that it stood in: a form
 * that another site has made has none, and nobody acts who has not said who they are.
 */

/** A page is left open for a while, and not for the next shift. */
export const FORM_MS = 30 * 60_000

/** @param who the person that was confirmed; '' = nobody yet */
export function proofOf(formKey: string, who: string, now: number): string {
  const until = (now + FORM_MS).toString(36)
  return `${until}.${macOf(formKey, who, until)}`
}

export function isProof(formKey: string, who: string, proof: string, now: number): boolean {
  const [until = '', mac = ''] = proof.split('.')
  const wanted = Buffer.from(macOf(formKey, who, until))
  const given = Buffer.from(mac)
  const isSigned = given.length === wanted.length && timingSafeEqual(given, wanted)
  return isSigned && formKey !== '' && Number.parseInt(until, 36) >= now
}

const macOf = (formKey: string, who: string, until: string): string =>
  createHmac('sha256', formKey)
    .update(JSON.stringify([who, until]))
    .digest('base64url')

/** A person as a hidden field carries them. */
export const whoOf = ({ code, name }: Person): string => JSON.stringify([code, name])

/** null for what no page of ours has written. */
export function personOf(who: string): Person | null {
  try {
    const [code, name] = JSON.parse(who) as readonly unknown[]
    return typeof code === 'string' && typeof name === 'string' ? { code, name } : null
  } catch {
    return null
  }
}

import { isBlank, type Reason } from '../../messages/index.js'
import type { Act, ActAnswer } from '../api.js'
import { TIME_WRONG } from './words.js'

/** An act that is not done, with the reason for the person. */
export class Refused extends Error {
  constructor(readonly reason: Reason) {
    super(reason.en)
  }
}

export const DONE: ActAnswer = { isDone: true, reason: null }

/** A field without the blanks around it; '' = it is absent. */
export const fieldOf = ({ fields }: Act, name: string): string =>
  fields && Object.hasOwn(fields, name) ? (fields[name] ?? '').trim() : ''

/** @throws Refused where it is blank */
export function needed(text: string | undefined, missing: Reason): string {
  if (isBlank(text)) throw new Refused(missing)
  return (text ?? '').trim()
}

/** A whole number; undefined = the field is absent or no such number. */
export function numberIn(act: Act, name: string): number | undefined {
  const text = fieldOf(act, name)
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}

/** Clocks of people's devices differ by so much, in ms. */
const AHEAD_MS = 5 * 60_000

/** A time with its offset, in epoch ms; now where it is blank. @throws Refused */
export function timeIn(act: Act, name: string, now: number): number {
  const text = fieldOf(act, name)
  if (text === '') return now
  const at = /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN
  if (!(at > 0 && at <= now + AHEAD_MS)) throw new Refused(TIME_WRONG)
  return at
}

import { splitInstant } from '../messages/index.js'

/*
 * Days and shifts by the clock on the wall. A zone that changes its clock has an hour that comes twice and one that
 * never comes; here the wall clock only goes forward, so that a shift neither comes back nor is left out.
 */

/** A shift by wall clock. One that ends at the time of its beginning, or before, ends on the next day. */
export interface Shift {
  readonly name: string
  /** Minutes since midnight, 0 to 1439. */
  readonly from: number
  /** Minutes since midnight, 1 to 1440. */
  readonly to: number
}

/** Rest days are Saturdays, Sundays and holidays, but for the days on which work is made up for (调休). */
export type DayKind = 'workday' | 'restday' | 'holiday'
export const DAY_KINDS: readonly DayKind[] = ['workday', 'restday', 'holiday']

export interface Calendar {
  readonly shifts: readonly Shift[]
  /** Dates of holidays, such as `2026-10-01`. */
  readonly holidays: readonly string[]
  /** Dates of weekends on which people work. */
  readonly workdays: readonly string[]
}

export interface Wall {
  /** Such as `2026-10-01`. */
  readonly date: string
  /** Minutes since midnight. */
  readonly minute: number
}

export const DAY_MINUTES = 1440
const MINUTE_MS = 60_000
/** No zone sets its clock back by more, and none sets it back twice within this time. */
const LOOK_BACK_MS = 3 * 60 * MINUTE_MS

/** The wall clock at an instant; in an hour that comes for the second time it stands at the end of the first. */
export function wallOf(at: number, zone: string): Wall {
  const { offset, wall } = plainWallOf(at, zone)
  const before = plainWallOf(at - LOOK_BACK_MS, zone).offset
  // The clock has been set back, and stands where it has stood before.
  if (before > offset && plainWallOf(at - (before - offset), zone).offset > offset) {
    const isChanged = (time: number): boolean => plainWallOf(time, zone).offset === offset
    return plainWallOf(firstMinute(at - (before - offset), at, isChanged) - 1, zone).wall
  }
  return wall
}

/** The clock on the wall as it is, and the ms that it is ahead of UTC, to the second. */
function plainWallOf(at: number, zone: string): { readonly wall: Wall; readonly offset: number } {
  const { date, time } = splitInstant(at, zone)
  const wall = { date, minute: Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)) }
  return { wall, offset: Date.parse(`${date}T${time}Z`) - Math.floor(at / 1_000) * 1_000 }
}

/** The first full minute after `after`, up to `until`, at which something holds that does not cease to hold. */
function firstMinute(after: number, until: number, holds: (at: number) => boolean): number {
  let low = Math.floor(after / MINUTE_MS)
  let high = Math.floor(until / MINUTE_MS)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle * MINUTE_MS)) high = middle
    else low = middle
  }
  return high * MINUTE_MS
}

/** A time in which the wall clock crosses none of some minutes of the day. */
export interface Segment {
  readonly from: number
  readonly to: number
  /** The wall clock at its beginning. */
  readonly wall: Wall
}

/**
 * Parts a time at each midnight and at given minutes of the day, as the wall clock of a zone comes to them.
 * @param minutes since midnight, in any order
 */
export function segmentsOf(
  minutes: readonly number[],
  from: number,
  to: number,
  zone: string,
): readonly Segment[] {
  const cuts = [...minutes, DAY_MINUTES].toSorted((a, b) => a - b)
  const segments: Segment[] = []
  for (let at = from; at < to;) {
    const wall = wallOf(at, zone)
    const target = cuts.find((minute) => minute > wall.minute) ?? DAY_MINUTES
    const end = Math.min(to, reaching(at, wall, target, zone))
    segments.push({ from: at, to: end, wall })
    at = end
  }
  return segments
}

/** The instant at which the wall clock comes to a minute of its day, or passes it by. */
function reaching(at: number, { date, minute }: Wall, target: number, zone: string): number {
  const isReached = (time: number): boolean => {
    const wall = wallOf(time, zone)
    return wall.date > date || wall.minute >= target
  }
  let before = at
  let guess = (Math.floor(at / MINUTE_MS) + target - minute) * MINUTE_MS
  // It takes longer where the clock is set back meanwhile.
  while (!isReached(guess)) {
    before = guess
    guess += LOOK_BACK_MS
  }
  // As a rule no clock is changed, and the guess is right.
  return isReached(guess - MINUTE_MS) ? firstMinute(before, guess, isReached) : guess
}

/** The date on which the occurrence of a shift began that a wall clock is in; null = it is in none. */
export function beganOn({ from, to }: Shift, { date, minute }: Wall): string | null {
  if (from < to) return minute >= from && minute < to ? date : null
  if (minute >= from) return date
  return minute < to ? dayBefore(date) : null
}

/** The names of the shifts at an instant. */
export const shiftsAt = ({ shifts }: Calendar, at: number, zone: string): readonly string[] => {
  const wall = wallOf(at, zone)
  return shifts.filter((shift) => beganOn(shift, wall) !== null).map(({ name }) => name)
}

/** The shifts and the kinds of day at an instant; without a calendar nothing is known of them. */
export const timeFacts = (
  calendar: Calendar | null,
  at: number,
  zone: string,
): { readonly shifts: readonly string[]; readonly days: readonly DayKind[] } =>
  calendar
    ? { shifts: shiftsAt(calendar, at, zone), days: dayKindsOf(calendar, wallOf(at, zone).date) }
    : { shifts: [], days: [] }

/** The kinds of day that a date is; a holiday is a rest day as well. */
export function dayKindsOf({ holidays, workdays }: Calendar, date: string): readonly DayKind[] {
  if (holidays.includes(date)) return ['restday', 'holiday']
  return weekdayOf(date) >= SATURDAY && !workdays.includes(date) ? ['restday'] : ['workday']
}

/** 1 = Monday … 7 = Sunday. */
export const weekdayOf = (date: string): number => new Date(`${date}T00:00Z`).getUTCDay() || 7
const SATURDAY = 6

const dayBefore = (date: string): string =>
  new Date(Date.parse(`${date}T00:00Z`) - DAY_MINUTES * MINUTE_MS).toISOString().slice(0, 10)

/** True for a date that there is, written like `2026-10-01`. */
export function isDate(date: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00Z`) : NaN
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date)
}

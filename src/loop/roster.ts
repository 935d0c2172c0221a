import type { Person, Reason } from '../messages/index.js'
import {
  beganOn,
  dayKindsOf,
  segmentsOf,
  wallOf,
  weekdayOf,
  type Calendar,
  type DayKind,
  type Shift,
  type Wall,
} from './calendar.js'
import { isSamePerson } from './exam.js'
import { normalised } from './identity.js'

/*
 * The people on call: role × department × shift, by the wall clock of a zone. Nobody is guessed; where nobody can be
 * called, a gap says why.
 */

export interface OnCallPerson extends Person {
  /** By the names of channels. */
  readonly addresses: Readonly<Record<string, string>>
}

/** The days on which shifts of a duty begin. */
export type DutyDays =
  | { readonly kind: 'every' }
  /** 1 = Monday … 7 = Sunday. */
  | { readonly kind: 'weekdays'; readonly weekdays: readonly number[] }
  | { readonly kind: DayKind }
  /** An exception: from one date to another, both included. */
  | { readonly kind: 'dates'; readonly from: string; readonly to: string }

/** One person's duty. */
export interface Duty {
  readonly role: string
  /** '' = all departments that have nobody of their own. */
  readonly department: string
  /** null = the whole day. */
  readonly shift: Shift | null
  readonly days: DutyDays
  readonly person: OnCallPerson
}

export interface Roster {
  readonly calendar: Calendar
  /** People of the same duty are called in this order. */
  readonly duties: readonly Duty[]
}

/** The people that a step calls. */
export interface Wanted {
  readonly role: string
  /** '' = not known. */
  readonly department: string
  /** Names of the channels that they may be called by; none = any. */
  readonly channels: readonly string[]
}

/**
 * Why nobody can be called.
 * - `roleUnknown`: the roster has no such role for the department
 * - `departmentUnknown`: the role is on call by department, and it is not known which is meant
 * - `nobody`: nobody is on call at that time
 * - `noAddress`: whoever is has no address for any of the channels
 */
export type GapCode = 'roleUnknown' | 'departmentUnknown' | 'nobody' | 'noAddress'

export interface OnCall {
  /** In the order in which they are called, each with an address for one of the channels. */
  readonly people: readonly OnCallPerson[]
  /** On call, and without any such address. */
  readonly unreachable: readonly OnCallPerson[]
  /** null = there is somebody. */
  readonly gap: GapCode | null
}

/**
 * The people on call at an instant. A department's own people go before those of all departments; then a duty for a
 * date before one for workdays, rest days or holidays, and that before a weekly one.
 * @param at epoch ms
 */
export const onCall = (roster: Roster, wanted: Wanted, at: number, zone: string): OnCall =>
  onCallBy(roster, wanted, wallOf(at, zone))

function onCallBy({ calendar, duties }: Roster, wanted: Wanted, wall: Wall): OnCall {
  const department = normalised(wanted.department)
  const ofRole = duties.filter(({ role }) => normalised(role) === normalised(wanted.role))
  const ofAll = ofRole.filter((duty) => normalised(duty.department) === '')
  const own = ofRole.filter((duty) => normalised(duty.department) === department)
  const known = department === '' ? ofAll : [...own, ...ofAll]
  if (known.length === 0) {
    const isOfOthers = department === '' && ofRole.length > 0
    return nobodyFor(isOfOthers ? 'departmentUnknown' : 'roleUnknown')
  }
  const onDuty = [own, ofAll]
    .map((candidates) => mostSpecific(candidates, calendar, wall))
    .find((found) => found.length > 0)
  if (!onDuty) return nobodyFor('nobody')
  const all = onDuty
    .map(({ person }) => person)
    .filter((person, n, people) => people.findIndex((one) => isSamePerson(one, person)) === n)
  const people = all.filter((person) => channelsFor(person, wanted.channels).length > 0)
  const unreachable = all.filter((person) => !people.includes(person))
  return { people, unreachable, gap: people.length === 0 ? 'noAddress' : null }
}

const nobodyFor = (gap: GapCode): OnCall => ({ people: [], unreachable: [], gap })

/** The channels by which a person can be called, in the order in which they are tried. */
export function channelsFor(
  { addresses }: OnCallPerson,
  channels: readonly string[],
): readonly string[] {
  const names = channels.length > 0 ? channels : Object.keys(addresses)
  return names.filter((name) => (addresses[name] ?? '').trim() !== '')
}

/** Of the duties that cover a time those of the most specific days. */
function mostSpecific(duties: readonly Duty[], calendar: Calendar, wall: Wall): readonly Duty[] {
  const covering = duties.filter((duty) => covers(duty, calendar, wall))
  const rank = Math.max(...covering.map(({ days }) => rankOf(days)))
  return covering.filter(({ days }) => rankOf(days) === rank)
}

function covers({ shift, days }: Duty, calendar: Calendar, wall: Wall): boolean {
  const date = shift ? beganOn(shift, wall) : wall.date
  if (date === null) return false
  switch (days.kind) {
    case 'every':
      return true
    case 'weekdays':
      return days.weekdays.includes(weekdayOf(date))
    case 'dates':
      return date >= days.from && date <= days.to
    default:
      return dayKindsOf(calendar, date).includes(days.kind)
  }
}

function rankOf({ kind }: DutyDays): number {
  if (kind === 'dates') return 3
  if (kind === 'holiday') return 2
  return kind === 'every' || kind === 'weekdays' ? 0 : 1
}

/** A time for which nobody can be called. */
export interface RosterHole {
  readonly role: string
  readonly department: string
  /** Epoch ms; `to` is not part of it. */
  readonly from: number
  readonly to: number
  readonly gap: GapCode
  /** The people who are on call and cannot be called. */
  readonly unreachable: readonly OnCallPerson[]
}

/** Time before a hole at which people are to be told of it, in ms. */
export const HOLE_NOTICE_MS = 24 * 60 * 60_000

/**
 * The holes of a roster between two instants, in the order of their beginnings.
 * @param wanted the roles and departments that plans call
 */
export function holesOf(
  roster: Roster,
  wanted: readonly Wanted[],
  from: number,
  to: number,
  zone: string,
): readonly RosterHole[] {
  const minutes = roster.duties.flatMap(({ shift }) => (shift ? [shift.from, shift.to] : []))
  const segments = segmentsOf([...new Set(minutes)], from, to, zone)
  const holes = wanted.flatMap((one) => {
    const own: RosterHole[] = []
    const isOfRole = (duty: Duty): boolean => normalised(duty.role) === normalised(one.role)
    // Each segment asks anew, and a roster may have hundreds of duties.
    const ofRole = { ...roster, duties: roster.duties.filter(isOfRole) }
    for (const { from: start, to: end, wall } of segments) {
      const { gap, unreachable } = onCallBy(ofRole, one, wall)
      if (gap === null) continue
      const { role, department } = one
      const before = own.at(-1)
      const goesOn =
        before?.to === start && before.gap === gap && isSame(before.unreachable, unreachable)
      if (goesOn) own.splice(-1, 1, { ...before, to: end })
      else own.push({ role, department, from: start, to: end, gap, unreachable })
    }
    return own
  })
  return holes.toSorted((a, b) => a.from - b.from)
}

const isSame = (some: readonly Person[], others: readonly Person[]): boolean =>
  some.length === others.length && some.every((one, n) => isSamePerson(one, others[n] ?? one))

/** All roles and departments that stand in a roster, each once. */
export function wantedOf({ duties }: Roster): readonly Wanted[] {
  const keys = duties.map(({ role, department }) =>
    JSON.stringify([normalised(role), normalised(department)]),
  )
  return [...new Set(keys)].map((key) => {
    const [role, department] = JSON.parse(key) as [string, string]
    return { role, department, channels: [] }
  })
}

/** The people that the steps of plans call, in each department that has the role, each once. */
export function wantedBy(
  plans: readonly { readonly steps: readonly Pick<Wanted, 'role' | 'channels'>[] }[],
  roster: Roster,
): readonly Wanted[] {
  const all = plans.flatMap(({ steps }) =>
    steps.flatMap(({ role, channels }): readonly Wanted[] => {
      const known = wantedOf(roster).filter((one) => one.role === normalised(role))
      // A role that is not in the roster is a hole at any time.
      const departments = known.length > 0 ? known.map(({ department }) => department) : ['']
      return departments.map((department) => ({ role, department, channels }))
    }),
  )
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
}

/** The people of a roster who have no address at all, each once: told in the dialog, and not at night. */
export function withoutAddress({ duties }: Roster): readonly OnCallPerson[] {
  const people = duties
    .map(({ person }) => person)
    .filter((person) => channelsFor(person, []).length === 0)
  return people.filter((person, n) => people.findIndex((one) => isSamePerson(one, person)) === n)
}

/** A gap in the words that a person is told. */
export const GAP_REASONS: Readonly<Record<GapCode, Reason>> = {
  roleUnknown: {
    zh: '值班表中没有该角色',
    en: 'The roster has no such role',
  },
  departmentUnknown: {
    zh: '该角色按科室值班，但不知道是哪个科室',
    en: 'The role is on call by department, and it is not known which department is meant',
  },
  nobody: { zh: '该时段无人值班', en: 'Nobody is on call at that time' },
  noAddress: {
    zh: '值班人员没有可用渠道的联系方式',
    en: 'Whoever is on call has no address for any of the channels',
  },
}

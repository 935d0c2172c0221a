import assert from 'node:assert/strict'
import { holesOf, onCall, type DutyDays, type Roster, type Shift } from '../../src/loop/index.js'
import { between, seeded } from '../crash/random.js'
import { CALENDAR } from './roster-rig.js'

/*
 * Rosters beside a naive model that looks at each minute: a shift lasts from the first minute that shows its beginning,
 * or a later time, to the first that shows its end. The days are those on which clocks change.
 */

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const CHANGES = [
  ['+08:00', '2026-03-29'],
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['America/Havana', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Asia/Beirut', '2026-03-29'],
] as const

/** The wall clock of each minute of five days, such as `2026-03-29 01:59`. */
function minutesOf(zone: string, day: string) {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
  const begin = Date.parse(`${day}T00:00Z`) - 2 * DAY
  return Array.from({ length: 5 * 24 * 60 }, (_, n) => {
    const at = begin + n * MINUTE
    return { at, text: format.format(at) }
  })
}

const plus = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00Z`) + days * DAY).toISOString().slice(0, 10)
const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
const RANKS: Readonly<Record<DutyDays['kind'], number>> = {
  dates: 3,
  holiday: 2,
  workday: 1,
  restday: 1,
  every: 0,
  weekdays: 0,
}

function isOn(days: DutyDays, date: string): boolean {
  const weekday = new Date(`${date}T12:00Z`).getUTCDay()
  switch (days.kind) {
    case 'weekdays':
      return days.weekdays.includes(weekday === 0 ? 7 : weekday)
    case 'dates':
      return days.from <= date && date <= days.to
    case 'restday':
      return weekday === 0 || weekday === 6
    case 'workday':
      return weekday !== 0 && weekday !== 6
    default:
      return days.kind === 'every'
  }
}

function anyRoster(random: () => number, day: string): Roster {
  const minute = () => between(random, 0, 48) * 30
  const shift = (): Shift | null => {
    if (random() < 0.15) return null
    return { name: '', from: minute(), to: minute() || 1440 }
  }
  const days = (): DutyDays => {
    const from = plus(day, between(random, -2, 3))
    const all: readonly DutyDays[] = [
      { kind: 'every' },
      { kind: 'weekdays', weekdays: [1, 3, 5, 7].filter(() => random() < 0.6) },
      { kind: 'workday' },
      { kind: 'restday' },
      { kind: 'dates', from, to: plus(from, between(random, 0, 2)) },
    ]
    return all[between(random, 0, all.length)]!
  }
  const duties = Array.from({ length: between(random, 1, 7) }, (_, n) => ({
    role: '护士',
    department: '',
    shift: shift(),
    days: days(),
    person: { code: `${n}`, name: `${n}`, addresses: { sms: '1' } },
  }))
  return { calendar: { ...CALENDAR, holidays: [], workdays: [] }, duties }
}

describe('a roster, when clocks change', function () {
  this.timeout(60_000)

  for (const [n, [zone, day]] of CHANGES.entries()) {
    it(`names in each minute whom a naive model names, in ${zone} on ${day}`, () => {
      const minutes = minutesOf(zone, day)
      const indexOf = (date: string, minute: number): number => {
        const text = minute === 1440 ? `${plus(date, 1)} 00:00` : `${date} ${clock(minute)}`
        const found = minutes.findIndex((one) => one.text >= text)
        return found < 0 ? minutes.length : found
      }
      const random = seeded(n + 1)
      for (let times = 0; times < 6; times++) {
        const roster = anyRoster(random, day)
        /** For each minute the best rank and the people who have it. */
        const best = minutes.map(() => ({ rank: -1, names: [] as string[] }))
        for (const { shift, days, person } of roster.duties) {
          const covered = new Set<number>()
          for (let offset = -3; offset <= 3; offset++) {
            const date = plus(day, offset)
            if (!isOn(days, date)) continue
            const { from, to } = shift ?? { from: 0, to: 1440 }
            const end = to <= from ? indexOf(plus(date, 1), to) : indexOf(date, to)
            for (let i = indexOf(date, from); i < end; i++) covered.add(i)
          }
          for (const i of covered) {
            const rank = RANKS[days.kind]
            if (rank > best[i]!.rank) best[i] = { rank, names: [] }
            if (rank === best[i]!.rank) best[i]!.names.push(person.name)
          }
        }
        const wanted = { role: '护士', department: '', channels: [] }
        const inside = minutes.map((_, i) => i).slice(24 * 60, -24 * 60)
        for (const i of inside.filter((one) => one % 10 < 2)) {
          const { people } = onCall(roster, wanted, minutes[i]!.at, zone)
          const names = people.map(({ name }) => name)
          assert.deepEqual(
            names,
            best[i]!.names,
            `${minutes[i]!.text} ${JSON.stringify(roster.duties)}`,
          )
        }
        const [from, to] = [minutes[inside[0]!]!.at, minutes[inside.at(-1)!]!.at]
        const holes = holesOf(roster, [wanted], from, to, zone)
        const without = inside.slice(0, -1).filter((i) => best[i]!.names.length === 0)
        const inHoles = holes.flatMap((hole) =>
          inside.filter((i) => minutes[i]!.at >= hole.from && minutes[i]!.at < hole.to),
        )
        assert.deepEqual(inHoles, without)
      }
    })
  }
})

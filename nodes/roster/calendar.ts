import { daysOfCell, readCalendar, type Calendar, type Problem } from '../../src/loop/index.js'
import { partsIn, shiftIn, type RosterConfig } from '../settings/index.js'

type CalendarConfig = Pick<RosterConfig, 'shifts' | 'holidays' | 'workdays'>

/** A part of the calendar that cannot be read, as it is typed. */
export interface CalendarProblem {
  readonly setting: keyof CalendarConfig
  readonly typed: string
  readonly reason: Problem['reason']
}

export interface TypedCalendar {
  /** null = there are problems. */
  readonly calendar: Calendar | null
  /** The same for `readCalendar`. */
  readonly value: object
  readonly problems: readonly CalendarProblem[]
}

/** Reads the calendar of a roster as it is typed. */
export function calendarOf(config: CalendarConfig): TypedCalendar {
  const shifts = config.shifts.split('\n').filter((line) => line.trim() !== '')
  const typed = {
    shifts,
    holidays: partsIn(config.holidays).flatMap(datesIn),
    workdays: partsIn(config.workdays).flatMap(datesIn),
  }
  const value = { ...typed, shifts: shifts.map(shiftIn) }
  const { calendar, problems } = readCalendar(value)
  const told = problems.map(({ path, reason }): CalendarProblem => {
    const [, name = '', n = ''] = /^(\w+)\[(\d+)\]/.exec(path) ?? []
    const setting = name as CalendarProblem['setting']
    return { setting, typed: (typed[setting][Number(n)] ?? '').trim(), reason }
  })
  return { calendar, value, problems: told }
}

/** More days than these are no holiday. */
const MOST_DAYS = 60
const DAY_MS = 24 * 60 * 60_000

/** The dates of a part such as `2026-10-01~2026-10-07`; what cannot be read stays as it is. */
function datesIn(part: string): readonly string[] {
  const days = daysOfCell(part)
  if (days?.kind !== 'dates') return [part]
  const first = Date.parse(`${days.from}T00:00Z`)
  const count = (Date.parse(`${days.to}T00:00Z`) - first) / DAY_MS + 1
  if (count > MOST_DAYS) return [part]
  return Array.from({ length: count }, (_, n) =>
    new Date(first + n * DAY_MS).toISOString().slice(0, 10),
  )
}

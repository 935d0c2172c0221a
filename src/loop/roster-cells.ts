import { DAY_MINUTES, isDate, type Shift } from './calendar.js'
import type { DutyDays } from './roster.js'

/* The days and the shift of a duty, as people write them in a cell. */

/**
 * The days of a duty: blank = every day; `周一至周五`, `Mon-Fri`, `1-5`, `六、日`; `工作日`, `休息日`, `法定节假日`; a date or
 * dates from `2026-10-01` to `2026-10-07`. null = it cannot be read.
 */
export function daysOfCell(text: string): DutyDays | null {
  const cell = text.normalize('NFKC').trim().toLowerCase()
  if (cell === '' || EVERY_DAY.test(cell)) return { kind: 'every' }
  const kind = KINDS.find(([, names]) => names.some((name) => name === cell))
  if (kind) return { kind: kind[0] }
  return datesOf(cell) ?? weekdaysOf(cell)
}

const EVERY_DAY = /^(?:每天|每日|天天|all|every ?day|daily)$/

const KINDS = [
  ['workday', ['工作日', 'workday', 'workdays']],
  ['restday', ['休息日', '周末及节假日', 'restday', 'restdays', 'rest days']],
  // 节假日 alone may mean the week-ends as well, or not: a person must say which.
  ['holiday', ['法定节假日', '节日', 'holiday', 'holidays', 'public holidays']],
] as const

const DATE = String.raw`(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?`
const DATES = new RegExp(String.raw`^${DATE}(?:\s*(?:~|至|到|to|-|–|—)\s*${DATE})?$`)

function datesOf(cell: string): DutyDays | null {
  const match = DATES.exec(cell)
  if (!match) return null
  const parts = match.slice(1)
  const from = dateOf(parts.slice(0, 3))
  const to = parts[3] === undefined ? from : dateOf(parts.slice(3))
  return isDate(from) && isDate(to) && from <= to ? { kind: 'dates', from, to } : null
}

const dateOf = ([year = '', month = '', day = '']: readonly (string | undefined)[]): string =>
  `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`

const WEEKDAYS = [
  ['1', '一', 'mon', 'monday'],
  ['2', '二', 'tue', 'tuesday'],
  ['3', '三', 'wed', 'wednesday'],
  ['4', '四', 'thu', 'thursday'],
  ['5', '五', 'fri', 'friday'],
  ['6', '六', 'sat', 'saturday'],
  ['7', '日', '天', 'sun', 'sunday'],
] as const

function weekdaysOf(cell: string): DutyDays | null {
  if (/^(?:周|星期|礼拜)末$/.test(cell)) return { kind: 'weekdays', weekdays: [6, 7] }
  const days = new Set<number>()
  for (const part of cell.split(/[,、;，；\s]+/)) {
    const [first = 0, last = first, ...more] = part.split(/[-~至到–—]/).map(weekdayOf)
    if (first === 0 || last === 0 || more.length > 0) return null
    // From Friday to Monday is a week-end.
    for (let day = first; ; day = (day % 7) + 1) {
      days.add(day)
      if (day === last) break
    }
  }
  return { kind: 'weekdays', weekdays: [...days].toSorted((a, b) => a - b) }
}

/** 0 = none. */
function weekdayOf(text: string): number {
  const name = text.replace(/^(?:周|星期|礼拜)/, '')
  return WEEKDAYS.findIndex((names) => (names as readonly string[]).includes(name)) + 1
}

/**
 * The shift of a duty: blank = the whole day, the name of a shift, or `08:00-16:00`; undefined = it cannot be read.
 */
export function shiftOfCell(text: string, shifts: readonly Shift[]): Shift | null | undefined {
  const cell = text.normalize('NFKC').trim()
  if (cell === '' || WHOLE_DAY.test(cell)) return null
  const named = shifts.find(({ name }) => name.normalize('NFKC').trim() === cell)
  return named ?? shiftBetween(cell, cell)
}

const WHOLE_DAY = /^(?:全天|整天|24 ?小时|all ?day|24 ?h)$/i
const TIMES = /^(\d{1,2}):(\d\d)\s*(?:-|~|至|到|to|–|—)\s*(?:次日\s*)?(\d{1,2}):(\d\d)$/

/** A shift between two times such as `16:00-08:00`; undefined = they cannot be read. */
export function shiftBetween(name: string, times: string): Shift | undefined {
  const [, fromHour, fromMinute, toHour, toMinute] =
    TIMES.exec(times.normalize('NFKC').trim()) ?? []
  const from = minuteOf(fromHour, fromMinute)
  const to = minuteOf(toHour, toMinute)
  if (from === undefined || to === undefined || from === DAY_MINUTES) return undefined
  // Midnight is the end of a day here.
  return { name, from, to: to === 0 ? DAY_MINUTES : to }
}

function minuteOf(hour = '', minute = ''): number | undefined {
  if (hour === '' || Number(minute) > 59) return undefined
  const minutes = Number(hour) * 60 + Number(minute)
  return minutes <= DAY_MINUTES ? minutes : undefined
}

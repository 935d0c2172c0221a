// Dates and times as senders write them: what one text says, or that it says nothing for certain.

interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** Milliseconds since midnight. */
type ClockMs = number

interface Said {
  readonly day?: Day
  readonly clock?: ClockMs
  /** Minutes east of UTC, where the text names them. */
  readonly offset?: number
  /** True when it ends with `CST`, which is China's time in a site whose zone is China's, and nothing elsewhere. */
  readonly isChinaTime?: boolean
}

export interface WallTime {
  /** The calendar date and time as if they were UTC, in ms. */
  readonly wallMs: number
  readonly offset?: number
  readonly isChinaTime?: boolean
}

/**
 * The one instant that a date and a time say together. Each may hold the other as well, as typed dates of C#, Java
 * and databases do when they are printed.
 * @returns undefined where they say none, or two; `missing` where one of the two is not said at all
 */
export function readWallTime(date: string, time: string): WallTime | 'missing' | undefined {
  const first = said(date, 'date')
  const second = said(time, 'time')
  if (!first || !second) return undefined
  const day = dayOf(first.day, second.day)
  const clock = clockOf(first, second)
  if (day === 'two' || clock === 'two') return undefined
  if (day === undefined || clock === undefined) return 'missing'
  const offset = second.offset ?? first.offset
  if (first.offset !== undefined && second.offset !== undefined && first.offset !== second.offset) {
    return undefined
  }
  return {
    wallMs: Date.UTC(day.year, day.month - 1, day.day) + clock,
    ...(offset !== undefined && { offset }),
    ...((first.isChinaTime || second.isChinaTime) && { isChinaTime: true }),
  }
}

/** Dates that libraries fill in for a time by itself: OLE, SQL Server, .NET and Unix have each their own. */
const NO_DAYS: ReadonlySet<string> = new Set(['1899-12-30', '1900-01-01', '1-01-01', '1970-01-01'])

const isNoDay = ({ year, month, day }: Day): boolean =>
  NO_DAYS.has(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`)

function dayOf(inDate: Day | undefined, inTime: Day | undefined): Day | 'two' | undefined {
  const [first, second] = [inDate, inTime].filter((day) => day !== undefined && !isNoDay(day))
  if (!first || !second) return first
  const isSame =
    first.year === second.year && first.month === second.month && first.day === second.day
  return isSame ? first : 'two'
}

function clockOf(first: Said, second: Said): ClockMs | 'two' | undefined {
  if (second.clock === undefined) {
    // Midnight is how a date without a time is printed: it says nothing of the time.
    return first.clock === 0 ? undefined : first.clock
  }
  if (first.clock === undefined || first.clock === 0) return second.clock
  return first.clock === second.clock ? second.clock : 'two'
}

/** Undefined where the text is not understood; nothing is said by an empty one. */
function said(text: string, field: 'date' | 'time'): Said | undefined {
  // Full-width digits and signs, and the many spaces of Unicode, are the plain ones of somebody's keyboard.
  const plain = text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ')
  if (plain === '') return {}
  if (field === 'time') {
    const clock = clockIn(plain)
    if (clock) return clock
  }
  return dayAndClock(plain) ?? javaDate(plain)
}

const WEEKDAY_ZH = /(?:星期|周)([一二三四五六日天])/
const WEEKDAYS_ZH = '日一二三四五六'
const WEEKDAY_EN = /\b(Sun|Mon|Tue|Wed|Thu|Fri|Sat)(?:[a-z]*day)?\b[,.]?/i
const WEEKDAYS_EN = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** A date, perhaps with the day of the week, perhaps followed by a time. */
function dayAndClock(text: string): Said | undefined {
  const { rest, weekday } = withoutWeekday(text)
  for (const form of DAYS) {
    const match = form.pattern.exec(rest)
    if (!match) continue
    const day = form.read(match.slice(1))
    if (!day || (weekday !== undefined && weekdayOf(day) !== weekday)) return undefined
    const behind = rest
      .slice(match[0].length)
      .replace(/^(?:T| |, )/, '')
      .trim()
    if (behind === '') return { day }
    const clock = clockIn(behind)
    return clock && { day, ...clock }
  }
  return undefined
}

function withoutWeekday(text: string): { readonly rest: string; readonly weekday?: number } {
  const zh = WEEKDAY_ZH.exec(text)
  const en = zh ? null : WEEKDAY_EN.exec(text)
  const match = zh ?? en
  if (!match?.[1]) return { rest: text }
  const name = match[1]
  const weekday = zh
    ? WEEKDAYS_ZH.indexOf(name === '天' ? '日' : name)
    : WEEKDAYS_EN.indexOf(name.toLowerCase())
  const rest = `${text.slice(0, match.index)} ${text.slice(match.index + match[0].length)}`
  return { rest: rest.trim().replaceAll(/ +/g, ' '), weekday }
}

const weekdayOf = ({ year, month, day }: Day): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay()

interface DayForm {
  readonly pattern: RegExp
  readonly read: (parts: readonly string[]) => Day | undefined
}

const MONTHS_EN = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]

/** 1 to 12 for an English name of a month, whole or from its third letter on cut; 0 for none. */
const monthNamed = (name: string): number =>
  MONTHS_EN.findIndex((month) => month.startsWith(name.toLowerCase())) + 1

const yearFirst = ([year, month, day]: readonly string[]): Day | undefined =>
  validDay(Number(year), Number(month), Number(day))

const DAYS: readonly DayForm[] = [
  {
    pattern: /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)/,
    read: ([year = '', , month = '', day = '']) => yearFirst([year, month, day]),
  },
  { pattern: /^(\d{4})(\d{2})(\d{2})(?=\d{6}(?:\D|$)|\D|$)/, read: yearFirst },
  { pattern: /^(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号]/, read: yearFirst },
  // Oracle, in its Chinese and its English form: the day stands first and the year last (DD-MON-RR).
  {
    pattern: /^(\d{1,2})-(\d{1,2}) ?月 ?-(\d{4}|\d{2})(?!\d)/,
    read: ([day, month, year = '']) => validDay(oracleYear(year), Number(month), Number(day)),
  },
  {
    pattern: /^(\d{1,2})-([A-Za-z]{3})-(\d{4}|\d{2})(?!\d)/,
    read: ([day, month = '', year = '']) =>
      validDay(oracleYear(year), monthNamed(month), Number(day)),
  },
  // Java's and Gson's `Nov 30, 2026`, and the `30 Nov 2026` of HTTP and of C#'s `R`.
  {
    pattern: /^([A-Za-z]{3,9})\.? (\d{1,2}), ?(\d{4})(?!\d)/,
    read: ([month = '', day, year]) => validDay(Number(year), monthNamed(month), Number(day)),
  },
  {
    pattern: /^(\d{1,2}) ([A-Za-z]{3,9})\.?,? (\d{4})(?!\d)/,
    read: ([day, month = '', year]) => validDay(Number(year), monthNamed(month), Number(day)),
  },
  // Month or day first: it says one day only where the other order makes none, or the same.
  {
    pattern: /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)/,
    read: ([a, , b, year]) => {
      const both = [
        validDay(Number(year), Number(a), Number(b)),
        validDay(Number(year), Number(b), Number(a)),
      ].filter((day) => day !== undefined)
      const [day, other] = both
      return other && other.month !== day?.month ? undefined : day
    },
  },
]

/** `RR` of Oracle: two digits mean the year of this century up to 49, of the last one from 50 on. */
const oracleYear = (year: string): number =>
  year.length === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900)

function validDay(year: number, month: number, day: number): Day | undefined {
  const back = new Date(Date.UTC(year, month - 1, day))
  // .NET prints a time by itself as one of the year 1, and Date.UTC takes years below 100 for those of 1900.
  const isValid =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    back.getUTCMonth() === month - 1 &&
    back.getUTCDate() === day
  return isValid && (year >= 1899 || year === 1) ? { year, month, day } : undefined
}

type Half = 'am' | 'pm' | 'morning' | 'noon' | 'evening'

const HALVES: readonly (readonly [RegExp, Half])[] = [
  [/上午|凌晨|\ba\.?m\b\.?/i, 'am'],
  [/下午|\bp\.?m\b\.?/i, 'pm'],
  [/早上/, 'morning'],
  [/中午/, 'noon'],
  [/晚上/, 'evening'],
]
const ZONE =
  / ?(?:(Z)|(?:GMT|UTC)? ?([+-])(\d{1,2})(?::?(\d{2}))?|(GMT|UTC)|(CST))(?:\[[\w/+-]+\])?$/
const CLOCKS: readonly RegExp[] = [
  /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?$/,
  /^(\d{2})(\d{2})(\d{2})(?:[.,](\d+))?$/,
  /^(\d{1,2}) ?[时點点] ?(\d{1,2}) ?分(?: ?(\d{1,2})(?:[.,](\d+))? ?秒)?$/,
]

/** A time by itself, with the half of the day and the offset that it may name. */
function clockIn(text: string): Omit<Said, 'day'> | undefined {
  const zone = ZONE.exec(text)
  const withoutZone = zone ? text.slice(0, zone.index) : text
  const halves = HALVES.filter(([pattern]) => pattern.test(withoutZone))
  if (halves.length > 1) return undefined
  const [half] = halves
  const digits = (half ? withoutZone.replace(half[0], ' ') : withoutZone).trim()
  const match = CLOCKS.map((pattern) => pattern.exec(digits)).find((found) => found !== null)
  if (!match) return undefined
  const hour = hourOf(Number(match[1]), half?.[1])
  const minute = Number(match[2])
  const second = Number(match[3] ?? 0)
  if (hour === undefined || minute > 59 || second > 59) return undefined
  const ms = Number((match[4] ?? '').slice(0, 3).padEnd(3, '0'))
  const clock = ((hour * 60 + minute) * 60 + second) * 1000 + ms
  if (!zone) return { clock }
  if (zone[6] !== undefined) return { clock, isChinaTime: true }
  const offset = offsetOf(zone)
  return offset === undefined ? undefined : { clock, offset }
}

function hourOf(hour: number, half: Half | undefined): number | undefined {
  if (hour > 23) return undefined
  switch (half) {
    case undefined:
      return hour
    // 12 begins each half; `下午 15:05` says the same thing twice, `上午 15:05` two things.
    case 'am':
      return hour > 12 ? undefined : hour % 12
    case 'pm':
      if (hour === 0) return undefined
      return hour > 12 ? hour : (hour % 12) + 12
    case 'morning':
      return hour < 12 ? hour : undefined
    case 'noon':
      if (hour === 1 || hour === 2) return hour + 12
      return hour >= 11 && hour <= 14 ? hour : undefined
    // `晚上 12:20` and `晚上 1:20` are after midnight, and of which day nobody can tell.
    case 'evening':
      if (hour >= 5 && hour <= 11) return hour + 12
      return hour >= 17 ? hour : undefined
  }
}

function offsetOf(zone: RegExpExecArray): number | undefined {
  const [, , sign, hours = '0', minutes = '0'] = zone
  const size = Number(hours) * 60 + Number(minutes)
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined
  return sign === '-' ? -size : size
}

// java.util.Date printed: `Mon Nov 30 09:05:00 CST 2026`.
const JAVA = /^([A-Za-z]{3}) (\d{1,2}) (\S+) (GMT|UTC|CST|GMT[+-]\d{2}:\d{2}) (\d{4})$/

function javaDate(text: string): Said | undefined {
  const { rest, weekday } = withoutWeekday(text)
  const match = JAVA.exec(rest)
  if (!match || weekday === undefined) return undefined
  const [, month = '', date, clock = '', zone = '', year] = match
  const day = validDay(Number(year), monthNamed(month), Number(date))
  const time = clockIn(`${clock} ${zone}`)
  return day && time && weekdayOf(day) === weekday ? { day, ...time } : undefined
}

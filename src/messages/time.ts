import type { Flag } from './document.js'
import { fixedOffsetOf } from './zone.js'
import { readWallTime } from './written-time.js'

/** The zone the documents' dates and times are read in when a site sets none (reading A16). */
export const DEFAULT_ZONE = '+08:00'

export interface JoinedTime {
  /** ISO 8601 with offset, e.g. `2014-06-16T16:33:27+08:00`; null when there is no valid date and time. */
  readonly at: string | null
  /** The same instant in milliseconds since the epoch. */
  readonly epochMs: number | null
  /** As written, joined by one space. */
  readonly raw: string
  /** `timeMissing`, `timeInvalid`, `timeAmbiguous` (a clock change of the zone) */
  readonly flag?: Flag
}

/** The offset of China's `CST`, in minutes. */
const CHINA_OFFSET = 8 * 60

/**
 * Joins the documents' split local date and time (reading A16), in every form that has one meaning: `2014-06-16`,
 * `2014/6/16`, `20140616`, `2014年6月16日`, `16-6月-14`; `16:33:27`, `163327`, `16时33分`, `下午 4:33`; each with the
 * other in it, with fractions, an offset or the day of the week. Never guesses: anything else is null with a flag.
 * @param zone an offset such as `+08:00` or an IANA name such as `Asia/Shanghai`; an offset in the text goes before it
 */
export function joinDateTime(
  date: string | undefined,
  time: string | undefined,
  zone: string = DEFAULT_ZONE,
): JoinedTime {
  const day = (date ?? '').trim()
  const clock = (time ?? '').trim()
  const raw = `${day} ${clock}`.trim()
  const none = (flag: Flag): JoinedTime => ({ at: null, epochMs: null, raw, flag })
  if (day === '' && clock === '') return none('timeMissing')
  const printed = joinPrinted(day, clock, raw, zone)
  if (printed) return printed
  const said = readWallTime(day, clock)
  if (said === 'missing') return none('timeMissing')
  if (said === undefined) return none('timeInvalid')
  const { wallMs, offset, isChinaTime } = said
  if (offset !== undefined) return joined(wallMs, offset, raw)

  const fitting = offsetsAt(wallMs, zone)
  const [first] = fitting
  if (first === undefined) return none('timeInvalid')
  // The central time of America is called CST as well.
  if (isChinaTime && first !== CHINA_OFFSET) return none('timeInvalid')
  const result = joined(wallMs, first, raw)
  return fitting.length > 1 ? { ...result, flag: 'timeAmbiguous' } : result
}

const PRINTED_DATE = /^\d{4}-\d\d-\d\d$/
const PRINTED_TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/
/** Dates that libraries fill in lie before this year, and `Date.UTC` takes the year 99 for 1999. */
const FIRST_PRINTED_YEAR = 1971

/**
 * A date and a time as the interface document prints them, in a zone of a fixed offset: nearly all are so. The whole
 * rule says the same of them, for twenty times as much work.
 */
function joinPrinted(
  date: string,
  time: string,
  raw: string,
  zone: string,
): JoinedTime | undefined {
  if (!PRINTED_DATE.test(date) || !PRINTED_TIME.test(time)) return undefined
  const minutes = fixedOffset(zone)
  const year = twoDigits(date, 0) * 100 + twoDigits(date, 2)
  if (minutes === undefined || year < FIRST_PRINTED_YEAR) return undefined
  const month = twoDigits(date, 5)
  const day = twoDigits(date, 8)
  const dayMs = Date.UTC(year, month - 1, day)
  // Days past the end of a month would be read as those of the next.
  if (day === 0 || month === 0 || month > 12 || dayMs > Date.UTC(year, month, 0)) return undefined
  const seconds = (twoDigits(time, 0) * 60 + twoDigits(time, 3)) * 60 + twoDigits(time, 6)
  const wallMs = dayMs + seconds * 1_000
  return { at: `${date}T${time}${offsetText(minutes)}`, epochMs: wallMs - minutes * 60_000, raw }
}

/** The number of the two digits that stand at a place. */
const twoDigits = (text: string, at: number): number =>
  (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO
const ZERO = 0x30

/** The offsets that a wall clock may have in a zone: around a clock change two, or none, fit. */
function offsetsAt(wallMs: number, zone: string): readonly number[] {
  const minutes = fixedOffset(zone)
  if (minutes !== undefined) return [minutes]
  // The offset depends on the instant that is being looked for.
  const offsets = [-1, 1].map((side) => offsetAt(wallMs + side * 24 * 3_600_000, zone))
  return [...new Set(offsets)].filter(
    (offset) => offsetAt(wallMs - offset * 60_000, zone) === offset,
  )
}

/**
 * The documents' two parts of an instant, as the sample prints them: `2014-06-16` and `16:33:27`.
 * @param epochMs milliseconds since the epoch
 */
export function splitInstant(
  epochMs: number,
  zone: string = DEFAULT_ZONE,
): { readonly date: string; readonly time: string } {
  const minutes = fixedOffset(zone) ?? offsetAt(epochMs, zone)
  const [date = '', rest = ''] = new Date(epochMs + minutes * 60_000).toISOString().split('T')
  return { date, time: rest.slice(0, 8) }
}

/** An instant as ISO 8601 in the zone, e.g. `2014-06-16T16:33:27.000+08:00` without the zero milliseconds. */
export function isoInZone(epochMs: number, zone: string = DEFAULT_ZONE): string {
  const minutes = fixedOffset(zone) ?? offsetAt(epochMs, zone)
  return wallText(epochMs + minutes * 60_000) + offsetText(minutes)
}

function joined(wallMs: number, offsetMinutes: number, raw: string): JoinedTime {
  const epochMs = wallMs - offsetMinutes * 60_000
  return { at: wallText(wallMs) + offsetText(offsetMinutes), epochMs, raw }
}

/** ISO 8601 without an offset, and without milliseconds where there are none. */
function wallText(wallMs: number): string {
  const text = new Date(wallMs).toISOString()
  return text.slice(0, text.endsWith('.000Z') ? -'.000Z'.length : -1)
}

/** The last zone that was asked for, for a site has one. */
let lastZone = { zone: 'Z', minutes: fixedOffsetOf('Z') }

function fixedOffset(zone: string): number | undefined {
  if (lastZone.zone !== zone) lastZone = { zone, minutes: fixedOffsetOf(zone) }
  return lastZone.minutes
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Minutes east of UTC in an IANA zone at an instant. */
function offsetAt(epochMs: number, zone: string): number {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  const parts = Object.fromEntries(
    format.formatToParts(epochMs).map((part) => [part.type, Number(part.value)]),
  )
  const wall = Date.UTC(
    parts['year'] ?? 0,
    (parts['month'] ?? 1) - 1,
    parts['day'] ?? 1,
    parts['hour'] ?? 0,
    parts['minute'] ?? 0,
    parts['second'] ?? 0,
  )
  return Math.round((wall - Math.floor(epochMs / 1000) * 1000) / 60_000)
}

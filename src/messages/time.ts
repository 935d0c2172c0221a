import type { Flag } from './document.js'

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

const DATE = /^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})\/(\d{1,2})\/(\d{1,2})|(\d{4})(\d{2})(\d{2}))$/
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?$/

/**
 * Joins the documents' split local date and time in a zone (reading A16): `yyyy-MM-dd`, `yyyy/M/d` or
 * `yyyyMMdd`, and `HH:mm[:ss[.SSS]]`. Never guesses: anything else is null with a flag.
 * @param zone an offset such as `+08:00` or an IANA name such as `Asia/Shanghai`
 */
export function joinDateTime(
  date: string | undefined,
  time: string | undefined,
  zone: string = DEFAULT_ZONE,
): JoinedTime {
  const day = (date ?? '').trim()
  const clock = (time ?? '').trim()
  const raw = `${day} ${clock}`.trim()
  if (day === '' || clock === '') return { at: null, epochMs: null, raw, flag: 'timeMissing' }
  const wallMs = wallClock(day, clock)
  if (wallMs === undefined) return { at: null, epochMs: null, raw, flag: 'timeInvalid' }

  const minutes = fixedOffset(zone)
  if (minutes !== undefined) return joined(wallMs, minutes, raw)
  // The offset depends on the instant that is being looked for: around a clock change two, or none, fit.
  const offsets = [-1, 1].map((side) => offsetAt(wallMs + side * 24 * 3_600_000, zone))
  const fitting = [...new Set(offsets)].filter(
    (offset) => offsetAt(wallMs - offset * 60_000, zone) === offset,
  )
  const [first] = fitting
  if (first === undefined) return { at: null, epochMs: null, raw, flag: 'timeInvalid' }
  const result = joined(wallMs, first, raw)
  return fitting.length > 1 ? { ...result, flag: 'timeAmbiguous' } : result
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

// What Intl would take as well, but no name: other offsets, and abbreviations.
const MISTAKABLE = /^(?:[+-].*|(?!GMT|PRC)[A-Za-z]{3})$/

/**
 * Whether a text names a zone that this process knows. Abbreviations are no names: `CST` is taken for
 * Chicago's time, not for China's.
 */
export function isZone(zone: string): boolean {
  if (fixedOffset(zone) !== undefined) return true
  if (MISTAKABLE.test(zone)) return false
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== ''
  } catch {
    return false
  }
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

/** A valid calendar date and time as if it were UTC; undefined for 30 February, 24:00 and the like. */
function wallClock(date: string, time: string): number | undefined {
  const d = DATE.exec(date)
  const t = TIME.exec(time)
  if (!d || !t) return undefined
  const year = Number(d[1] ?? d[4] ?? d[7])
  const month = Number(d[2] ?? d[5] ?? d[8])
  const day = Number(d[3] ?? d[6] ?? d[9])
  const hour = Number(t[1])
  const minute = Number(t[2])
  const second = Number(t[3] ?? 0)
  const millisecond = Number((t[4] ?? '').padEnd(3, '0'))
  if (hour > 23 || minute > 59 || second > 59 || year < 1900) return undefined
  const ms = Date.UTC(year, month - 1, day, hour, minute, second, millisecond)
  const back = new Date(ms)
  return back.getUTCMonth() === month - 1 && back.getUTCDate() === day ? ms : undefined
}

function fixedOffset(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'UTC') return 0
  const match = /^([+-])(\d{2}):(\d{2})$/.exec(zone)
  if (!match || Number(match[2]) > 14 || Number(match[3]) > 59) return undefined
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]))
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

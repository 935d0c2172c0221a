import { isoInZone, joinDateTime, splitInstant } from '../../messages/index.js'

/** The forms in which an instant is written. All but the numbers are read in any form that says one instant. */
export const TIME_FORMS = [
  'yyyy-MM-dd HH:mm:ss',
  'yyyy/MM/dd HH:mm:ss',
  'yyyyMMddHHmmss',
  'yyyy-MM-ddTHH:mm:ss',
  'yyyy-MM-ddTHH:mm:ssXXX',
  'epochMs',
  'epochSeconds',
] as const

export type TimeForm = (typeof TIME_FORMS)[number]

const UNITS: Readonly<Partial<Record<TimeForm, number>>> = { epochMs: 1, epochSeconds: 1000 }

const DATE_AND_TIME = /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?=[T ])|\d{8})[T ]?(.+)$/

/** The instant that a text says, in ms since the epoch; undefined where it says none for certain. */
export function readInstant(text: string, form: TimeForm, zone: string): number | undefined {
  const unit = UNITS[form]
  if (unit === undefined) {
    // The table says that a time stands there, so that midnight is one, and not a date that was printed without.
    const [, date = text, time = ''] = DATE_AND_TIME.exec(text) ?? []
    return joinDateTime(date, time, zone).epochMs ?? undefined
  }
  const ms = /^\d{1,15}$/.test(text) ? Number(text) * unit : NaN
  return Number.isFinite(ms) && ms <= LAST_MS ? ms : undefined
}

/** The last that a date can be written of in four digits. */
const LAST_MS = Date.UTC(9999, 11, 31)

export function writeInstant(epochMs: number, form: TimeForm, zone: string): string {
  const unit = UNITS[form]
  if (unit !== undefined) return String(Math.floor(epochMs / unit))
  const { date, time } = splitInstant(epochMs, zone)
  switch (form) {
    case 'yyyy/MM/dd HH:mm:ss':
      return `${date.replaceAll('-', '/')} ${time}`
    case 'yyyyMMddHHmmss':
      return `${date}${time}`.replaceAll(/[-:]/g, '')
    case 'yyyy-MM-ddTHH:mm:ss':
      return `${date}T${time}`
    case 'yyyy-MM-ddTHH:mm:ssXXX':
      return isoInZone(Math.floor(epochMs / 1000) * 1000, zone)
    default:
      return `${date} ${time}`
  }
}

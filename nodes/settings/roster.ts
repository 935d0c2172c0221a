import { SETTINGS_VERSION } from './rules.js'

/** A duty of a person, as it is typed. */
export interface RosterTableRow {
  role: string
  /** Blank = all departments that have nobody of their own. */
  department: string
  /** Blank = the whole day; the name of a shift, or `16:00-08:00`. */
  shift: string
  /** Blank = every day. */
  days: string
  code: string
  name: string
  /** By the names of channels. */
  addresses: Record<string, string>
}

export interface RosterConfig {
  version: number
  name: string
  /** The zone of the clock on the wall. */
  zone: string
  /** `file`: a CSV file on the server, which is read anew whenever it has changed. */
  source: 'table' | 'file'
  /** Path of that file, seen from the user directory. */
  file: string
  /** Names of the channels, with commas between them; each is a column of the table. */
  channels: string
  rows: RosterTableRow[]
  /** Shifts by name, a line each: `白班 08:00-16:00`. */
  shifts: string
  /** Dates of holidays, and of week-ends on which people work: `2026-10-01~2026-10-07`, with lines or commas between them. */
  holidays: string
  workdays: string
}

export const ROSTER_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  zone: '+08:00',
  source: 'table',
  file: '',
  channels: '',
  rows: [],
  shifts: '',
  holidays: '',
  workdays: '',
} satisfies RosterConfig

/** The parts of a text that stand in lines or between commas. */
export const partsIn = (text: string): string[] =>
  text
    .split(/[\n,，、;；]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')

/** A shift as it stands in its line, for `readCalendar`; times that are missing are blank. */
export function shiftIn(line: string): { readonly name: string; readonly times: string } {
  const [, name = '', times = ''] = /^(.*?)[\s:：=]*(\d{1,2}[:：].*)?$/.exec(line) ?? []
  return { name, times }
}

import assert from 'node:assert/strict'
import {
  rosterOfRows,
  shiftBetween,
  type Calendar,
  type Roster,
  type RosterRow,
} from '../../src/loop/index.js'

/* A roster that is asked. */

export const SHIFTS = (
  [
    ['白班', '08:00-16:00'],
    ['小夜', '16:00-00:00'],
    ['大夜', '00:00-08:00'],
    ['夜班', '17:30-08:00'],
  ] as const
).map(([name, times]) => shiftBetween(name, times)!)

export const CALENDAR: Calendar = {
  shifts: SHIFTS,
  holidays: ['2026-10-01', '2026-10-02'],
  // A Saturday on which people work.
  workdays: ['2026-10-10'],
}

export const CHANNELS = ['wecom', 'sms']

/** `role | department | shift | days | name`, with a telephone number unless the name ends in `-`. */
export function row(text: string): RosterRow {
  const [role = '', department = '', shift = '', days = '', called = ''] = text
    .split('|')
    .map((cell) => cell.trim())
  const name = called.replace(/-$/, '')
  const addresses: Record<string, string> = called.endsWith('-') ? {} : { sms: `1380000${name}` }
  return { role, department, shift, days, code: '', name, addresses }
}

export function rosterOf(rows: readonly string[], calendar = CALENDAR): Roster {
  const { roster, errors } = rosterOfRows(rows.map(row), calendar, CHANNELS)
  assert.ok(roster, JSON.stringify(errors))
  return roster
}

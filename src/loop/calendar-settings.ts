import type { Reason } from '../messages/index.js'
import { isDate, type Calendar, type Shift } from './calendar.js'
import type { Problem } from './plan.js'
import { shiftBetween } from './roster-cells.js'
import { isName, isRecord } from './shape.js'

export interface ReadCalendar {
  /** null = there are problems. */
  readonly calendar: Calendar | null
  readonly problems: readonly Problem[]
}

/**
 * Reads a calendar out of settings.
 * @param value `{ shifts: [{ name, times: '08:00-16:00' }], holidays: ['2026-10-01'], workdays: [] }`
 */
export function readCalendar(value: unknown): ReadCalendar {
  const { shifts, holidays, workdays } = isRecord(value) ? value : {}
  const problems: Problem[] = []
  const listOf = (list: unknown, path: string): readonly unknown[] => {
    if (Array.isArray(list)) return list
    problems.push(problem('CALENDAR_LIST', path))
    return []
  }
  const read = listOf(shifts, 'shifts').map((one, n, all): Shift | undefined => {
    const { name, times } = isRecord(one) ? one : {}
    const isTwice = all.slice(0, n).some((other) => isRecord(other) && other['name'] === name)
    if (!isName(name) || isTwice) problems.push(problem('CALENDAR_NAME', `shifts[${n}].name`))
    const shift = typeof times === 'string' ? shiftBetween(String(name).trim(), times) : undefined
    if (!shift) problems.push(problem('CALENDAR_TIMES', `shifts[${n}].times`))
    return shift
  })
  const datesOf = (list: unknown, path: string): readonly string[] =>
    listOf(list, path).map((date, n) => {
      const isRight = typeof date === 'string' && isDate(date)
      if (!isRight) problems.push(problem('CALENDAR_DATE', `${path}[${n}]`))
      return isRight ? date : ''
    })
  const calendar = {
    shifts: read.filter((shift) => shift !== undefined),
    holidays: datesOf(holidays, 'holidays'),
    workdays: datesOf(workdays, 'workdays'),
  }
  return { calendar: problems.length === 0 ? calendar : null, problems }
}

const REASONS = {
  CALENDAR_LIST: { zh: '应为列表', en: 'It should be a list' },
  CALENDAR_NAME: { zh: '班次名称为空或重复', en: 'The name of the shift is blank, or there twice' },
  CALENDAR_TIMES: {
    zh: '班次时间应为 08:00-16:00',
    en: 'The times of a shift should be like 08:00-16:00',
  },
  CALENDAR_DATE: { zh: '日期应为 2026-10-01', en: 'A date should be like 2026-10-01' },
} as const satisfies Readonly<Record<string, Reason>>

const problem = (code: keyof typeof REASONS, path: string): Problem => ({
  code,
  path,
  reason: REASONS[code],
})

import type { Reason } from '../messages/index.js'

/* The columns of a roster that is kept as a table. */

/** The headings that are known, each by the names that people give it. */
export const HEADINGS = {
  role: ['角色', '岗位', 'role'],
  department: ['科室', '病区', 'department', 'ward'],
  shift: ['班次', 'shift'],
  days: ['日期', '星期', 'days', 'day', 'date'],
  code: ['工号', 'code', 'staff no', 'staff number'],
  name: ['姓名', 'name'],
} as const

export type Column = keyof typeof HEADINGS

/** The heading of a table that we write. */
export const headingOf = (column: Column, language: keyof Reason): string =>
  language === 'zh' ? HEADINGS[column][0] : column

const NOTES = /^(?:备注|说明|notes?|remarks?)$/

/** The field that a heading names, the name of a channel, `none` for what is not read, or `unknown`. */
export function columnOf(heading: string, channels: readonly string[]): string {
  const name = tidy(heading)
  const [field] =
    Object.entries(HEADINGS).find(([, names]) => names.some((one) => one === name)) ?? []
  if (field !== undefined) return field
  if (name === '' || NOTES.test(name)) return 'none'
  return channels.find((channel) => tidy(channel) === name) ?? 'unknown'
}

const tidy = (text: string): string => text.normalize('NFKC').trim().toLowerCase()

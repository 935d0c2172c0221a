import { decodeBytes, isBlank, type Reason } from '../messages/index.js'
import type { Calendar } from './calendar.js'
import { columnLetters, readCsv, writeCsv } from './csv.js'
import { isSamePerson } from './exam.js'
import { daysOfCell, shiftOfCell } from './roster-cells.js'
import { columnOf, headingOf as nameOf, HEADINGS, type Column } from './roster-headings.js'
import type { Duty, OnCallPerson, Roster } from './roster.js'
import { isRecord } from './shape.js'

/*
 * The roster as a table that people type in or save from Excel and WPS: one row for each duty of a person. Whatever
 * cannot be read is an error with its row and column, and then nothing of the table counts: half a roster would leave
 * gaps that nobody knows of.
 */

/** A row as it is typed in. */
export interface RosterRow {
  readonly role: string
  /** Blank = all departments that have nobody of their own. */
  readonly department: string
  /** Blank = the whole day; the name of a shift, or `16:00-08:00`. */
  readonly shift: string
  /** Blank = every day; see `daysOfCell`. */
  readonly days: string
  /** 工号; the same number is the same person, whose addresses need to stand in one row only. */
  readonly code: string
  readonly name: string
  /** By the names of channels. */
  readonly addresses: Readonly<Record<string, string>>
}

export interface RosterError {
  readonly code: RosterErrorCode
  /** The row as the sheet counts it, from 1, the headings included; of rows that are typed in from 1 without them. */
  readonly row: number
  /** Its heading, or the letter of a column without one. */
  readonly column: string
  /** The fault without its place, for whoever names that in words of his own. */
  readonly fault: Reason
  readonly reason: Reason
}

export interface ReadRoster {
  /** null = there are errors. */
  readonly roster: Roster | null
  readonly errors: readonly RosterError[]
}

/** A roster with its rows as a dialog shows them. */
export interface ReadTable extends ReadRoster {
  readonly rows: readonly RosterRow[]
}

/**
 * A roster of rows that were typed in. Nothing is coerced: a number that is no text would have lost its zeros.
 * @param rows `RosterRow`s as settings hold them; a field that is absent is blank
 * @param channels names of channels; an address for any other would be called by nobody
 */
export function rosterOfRows(
  rows: unknown,
  calendar: Calendar,
  channels: readonly string[],
): ReadRoster {
  const wrong: RosterError[] = []
  const places = (Array.isArray(rows) ? rows : []).map((value: unknown, n): Place => {
    const { addresses = {}, ...fields } = isRecord(value) ? value : {}
    const cellsOf = (cells: Readonly<Record<string, unknown>>): Record<string, string> =>
      Object.fromEntries(
        Object.entries(cells).map(([name, cell]) => {
          if (typeof cell !== 'string') wrong.push(error('ROSTER_NOT_TEXT', n + 1, name))
          return [name, typeof cell === 'string' ? cell : '']
        }),
      )
    const own = isRecord(addresses) ? addresses : { addresses }
    return { row: { ...BLANK, ...cellsOf(fields), addresses: cellsOf(own) }, at: n + 1 }
  })
  if (wrong.length > 0) return { roster: null, errors: wrong }
  return read(places, calendar, channels, (column) => column)
}

const BLANK = { role: '', department: '', shift: '', days: '', code: '', name: '' }

/**
 * A roster of a table that was saved as text, by its headings in Chinese or English in any order: 角色, 科室, 班次,
 * 日期, 工号, 姓名, 备注 and the names of channels.
 * @param table its text, or its bytes in UTF-8, UTF-16 or GBK
 */
export function rosterOfCsv(
  table: string | Uint8Array,
  calendar: Calendar,
  channels: readonly string[],
): ReadTable {
  const text = typeof table === 'string' ? table : textOf(table)
  if (text === null) return { roster: null, rows: [], errors: [error('ROSTER_TEXT', 1, 'A')] }
  const [headings = [], ...records] = readCsv(text)
  const columns = headings.map((heading) => columnOf(heading, channels))
  const headingOf = (n: number): string => headings[n]?.trim() || columnLetters(n)
  const wrong = [
    ...columns.flatMap((column, n) => {
      if (column === 'unknown') return [error('ROSTER_COLUMN_UNKNOWN', 1, headingOf(n))]
      const isTwice = column !== 'none' && columns.indexOf(column) < n
      return isTwice ? [error('ROSTER_COLUMN_TWICE', 1, headingOf(n))] : []
    }),
    ...(['role', 'name'] as const)
      .filter((column) => !columns.includes(column))
      .map((column) => error('ROSTER_COLUMN_MISSING', 1, HEADINGS[column][0])),
  ]
  const places = records.flatMap((record, n) => {
    const at = n + 2
    if (record.every(isBlank)) return []
    const extra = record.findIndex((cell, m) => m >= headings.length && !isBlank(cell))
    if (extra >= 0) wrong.push(error('ROSTER_CELL_EXTRA', at, columnLetters(extra)))
    return [{ row: rowOf(record, columns, channels), at }]
  })
  const rows = places.map(({ row }) => row)
  if (wrong.length > 0) return { roster: null, rows, errors: wrong }
  const found = read(places, calendar, channels, (column) => {
    const n = columns.indexOf(column)
    return n < 0 ? column : headingOf(n)
  })
  return { ...found, rows }
}

/** A roster as a table that Excel and WPS open right, and that is read again as it was. */
export function csvOfRoster(
  rows: readonly RosterRow[],
  channels: readonly string[],
  language: keyof Reason,
): string {
  const columns = Object.keys(HEADINGS) as readonly Column[]
  const headings = columns.map((column) => nameOf(column, language))
  const records = rows.map((row) => [
    ...columns.map((column) => row[column]),
    ...channels.map((channel) => row.addresses[channel] ?? ''),
  ])
  return writeCsv([[...headings, ...channels], ...records])
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return decodeBytes(bytes, { allowGbk: true }).text
  } catch {
    return null
  }
}

function rowOf(
  record: readonly string[],
  columns: readonly string[],
  channels: readonly string[],
): RosterRow {
  const cell = (column: string): string => record[columns.indexOf(column)] ?? ''
  const field = (column: Column): string => cell(column)
  return {
    role: field('role'),
    department: field('department'),
    shift: field('shift'),
    days: field('days'),
    code: field('code'),
    name: field('name'),
    addresses: Object.fromEntries(channels.map((channel) => [channel, cell(channel)])),
  }
}

interface Place {
  readonly row: RosterRow
  readonly at: number
}

function read(
  places: readonly Place[],
  calendar: Calendar,
  channels: readonly string[],
  headingOf: (column: string) => string,
): ReadRoster {
  const errors: RosterError[] = []
  const people: OnCallPerson[] = []
  const duties = places.flatMap(({ row, at }): readonly Duty[] => {
    const tell = (code: RosterErrorCode, column: string) =>
      errors.push(error(code, at, headingOf(column)))
    const days = daysOfCell(row.days)
    const shift = shiftOfCell(row.shift, calendar.shifts)
    if (isBlank(row.role)) tell('ROSTER_ROLE', 'role')
    if (isBlank(row.name)) tell('ROSTER_NAME', 'name')
    if (!days) tell('ROSTER_DAYS', 'days')
    if (shift === undefined) tell('ROSTER_SHIFT', 'shift')
    for (const [column, cell] of [['code', row.code] as const, ...Object.entries(row.addresses)]) {
      if (SHORTENED.test(cell.trim())) tell('ROSTER_SHORTENED', column)
      if (column !== 'code' && !channels.includes(column) && !isBlank(cell)) {
        tell('ROSTER_COLUMN_UNKNOWN', column)
      }
    }
    const person = personOf(row)
    const known = people.findIndex((one) => isSamePerson(one, person))
    const before = people[known]
    if (!before) people.push(person)
    else {
      if (before.name !== person.name) tell('ROSTER_PERSON', 'name')
      for (const [channel, address] of Object.entries(person.addresses)) {
        if ((before.addresses[channel] ?? address) !== address) tell('ROSTER_ADDRESS', channel)
      }
      people[known] = { ...before, addresses: { ...person.addresses, ...before.addresses } }
    }
    if (!days || shift === undefined) return []
    return [{ role: row.role.trim(), department: row.department.trim(), shift, days, person }]
  })
  if (duties.length === 0 && errors.length === 0) errors.push(error('ROSTER_EMPTY', 1, 'A'))
  if (errors.length > 0) return { roster: null, errors }
  const whole = duties.map((duty) => ({
    ...duty,
    person: people.find((one) => isSamePerson(one, duty.person)) ?? duty.person,
  }))
  return { roster: { calendar, duties: whole }, errors }
}

function personOf({ code, name, addresses }: RosterRow): OnCallPerson {
  const filled = Object.entries(addresses)
    .map(([channel, address]) => [channel, address.trim()] as const)
    .filter(([, address]) => address !== '')
  return { code: code.trim(), name: name.trim(), addresses: Object.fromEntries(filled) }
}

/** Excel writes long numbers so, and their last digits are lost. */
const SHORTENED = /^\d(?:\.\d+)?E\+\d+$/i

const TEXTS = {
  ROSTER_TEXT: {
    zh: '文件编码无法识别，请另存为 CSV UTF-8',
    en: 'the charset of the file is not known; save it as CSV UTF-8',
  },
  ROSTER_EMPTY: { zh: '值班表没有任何行', en: 'the roster has no row' },
  ROSTER_NOT_TEXT: {
    zh: '内容必须是文字（数字会丢失前导零）',
    en: 'the cell must be a text (a number would lose its leading zeros)',
  },
  ROSTER_COLUMN_UNKNOWN: {
    zh: '未知的列：应为角色、科室、班次、日期、工号、姓名、备注或渠道名称',
    en: 'unknown column; known are role, department, shift, days, code, name, notes and the names of channels',
  },
  ROSTER_COLUMN_TWICE: { zh: '该列出现两次', en: 'the column stands there twice' },
  ROSTER_COLUMN_MISSING: { zh: '缺少该列', en: 'the column is missing' },
  ROSTER_CELL_EXTRA: {
    zh: '该单元格没有列标题（内容中的分隔符需要加引号）',
    en: 'the cell has no heading (a delimiter inside a cell needs quotes)',
  },
  ROSTER_ROLE: { zh: '角色为空', en: 'the role is blank' },
  ROSTER_NAME: { zh: '姓名为空', en: 'the name is blank' },
  ROSTER_DAYS: {
    zh: '日期无法识别：可用 周一至周五、工作日、休息日（含周末）、法定节假日、2026-10-01~2026-10-07，留空为每天',
    en: 'the days cannot be read; use Mon-Fri, workday, restday, holiday, 2026-10-01~2026-10-07, or nothing for every day',
  },
  ROSTER_SHIFT: {
    zh: '班次无法识别：可用已定义的班次名称或 16:00-08:00，留空为全天',
    en: 'the shift cannot be read; use the name of a shift, 16:00-08:00, or nothing for the whole day',
  },
  ROSTER_SHORTENED: {
    zh: '号码被 Excel 缩写为科学计数法，末位已丢失，请将该列设为文本后重新填写',
    en: 'Excel has shortened the number, and its last digits are lost; format the column as text and enter it again',
  },
  ROSTER_PERSON: {
    zh: '同一工号的姓名与前面的行不同',
    en: 'the same staff number has another name in a row before',
  },
  ROSTER_ADDRESS: {
    zh: '同一人的联系方式与前面的行不同（同名不同人请填写工号）',
    en: 'the same person has another address in a row before (two people of one name need their staff numbers)',
  },
} as const satisfies Readonly<Record<string, Reason>>

export type RosterErrorCode = keyof typeof TEXTS

function error(code: RosterErrorCode, row: number, column: string): RosterError {
  const fault = TEXTS[code]
  const reason = {
    zh: `第 ${row} 行“${column}”列：${fault.zh}`,
    en: `Row ${row}, column ${column}: ${fault.en}`,
  }
  return { code, row, column, fault, reason }
}

import { DEFAULT_ZONE, isBlank, isoInZone, joinDateTime, type Reason } from '../messages/index.js'
import { columnLetters, readCsv } from './csv.js'
import { isRecord } from './shape.js'

/*
 * A list of critical values from their source, such as a query of the PACS: rows, or a table that was saved as text. A
 * row that cannot be read is named and compared with nothing; the others are.
 */

/** A critical value as its source lists it. */
export interface ListedValue {
  /** The row as the sheet counts it, from 1, the headings included; of rows that are objects from 1 without them. */
  readonly row: number
  /** '' = the list does not say. */
  readonly ExamNo: string
  readonly ApplyNo: string
  /** CrisisCode; '' = the list does not say. */
  readonly code: string
  /** When it was set, in epoch ms; null = the list does not say. */
  readonly at: number | null
}

export interface ListError {
  readonly code: ListErrorCode
  readonly row: number
  /** Its heading, or the letter of a column without one. */
  readonly column: string
  readonly reason: Reason
}

export interface SourceList {
  readonly values: readonly ListedValue[]
  readonly errors: readonly ListError[]
}

const HEADINGS = {
  ExamNo: ['examno', 'exam no', 'exam number', '检查流水号', '检查号', '检查编号'],
  ApplyNo: ['applyno', 'apply no', 'request number', '申请单号', '申请号'],
  code: ['crisiscode', 'code', '危急等级编码', '危急值编码', '危急值代码', '等级编码', '编码'],
  date: ['crisissetdate', 'date', '危急设定日期', '设定日期', '日期'],
  time: [
    'crisissettime',
    'time',
    'setat',
    'set time',
    '危急设定时间',
    '设定时间',
    '危急值时间',
    '发现时间',
    '时间',
  ],
} as const
type Field = keyof typeof HEADINGS
const FIELDS = Object.keys(HEADINGS) as readonly Field[]

const fieldOf = (heading: string): Field | undefined => {
  const name = heading.normalize('NFKC').trim().toLowerCase()
  return FIELDS.find((field) => (HEADINGS[field] as readonly string[]).includes(name))
}

/**
 * Reads a list.
 * @param list text of a CSV file, or an array of objects, with headings in Chinese or English; other columns are passed
 *   over
 * @param zone of times without an offset
 */
export function readSourceList(list: unknown, zone: string = DEFAULT_ZONE): SourceList {
  if (typeof list === 'string') return ofCsv(list, zone)
  if (!Array.isArray(list)) return { values: [], errors: [error('LIST_SHAPE', 1, 'A')] }
  return ofRows(list, zone)
}

function ofCsv(text: string, zone: string): SourceList {
  const [headings = [], ...records] = readCsv(text)
  const fields = headings.map(fieldOf)
  const twice = fields.findIndex((field, n) => field !== undefined && fields.indexOf(field) < n)
  if (twice >= 0) return only(error('LIST_COLUMN_TWICE', 1, headings[twice] ?? ''))
  if (!fields.includes('ExamNo') && !fields.includes('ApplyNo')) {
    return only(error('LIST_COLUMN_MISSING', 1, HEADINGS.ExamNo[3]))
  }
  return together(
    records.flatMap((record, n) => {
      if (record.every(isBlank)) return []
      const cell = (field: Field): string => record[fields.indexOf(field)] ?? ''
      const columnOf = (field: Field): string => {
        const at = fields.indexOf(field)
        return headings[at]?.trim() || columnLetters(Math.max(at, 0))
      }
      return [readRow(n + 2, { cell, columnOf, zone })]
    }),
  )
}

function ofRows(rows: readonly unknown[], zone: string): SourceList {
  return together(
    rows.map((row, n) => {
      if (!isRecord(row)) return error('LIST_ROW', n + 1, 'A')
      const names = new Map(Object.keys(row).map((name) => [fieldOf(name), name]))
      const columnOf = (field: Field): string => names.get(field) ?? field
      const bad = FIELDS.find((field) => !isText(row[columnOf(field)], field))
      if (bad) return error('LIST_NOT_TEXT', n + 1, columnOf(bad))
      const cell = (field: Field): string => textOf(row[columnOf(field)])
      return readRow(n + 1, { cell, columnOf, zone })
    }),
  )
}

/** A number has lost its zeros; a time may be one, as databases give it. */
const isText = (value: unknown, field: Field): boolean =>
  value === undefined ||
  value === null ||
  typeof value === 'string' ||
  (field === 'time' && value instanceof Date && !Number.isNaN(value.getTime()))

const textOf = (value: unknown): string =>
  value instanceof Date ? isoInZone(value.getTime()) : typeof value === 'string' ? value : ''

interface Cells {
  readonly cell: (field: Field) => string
  readonly columnOf: (field: Field) => string
  readonly zone: string
}

function readRow(row: number, { cell, columnOf, zone }: Cells): ListedValue | ListError {
  // A tab at the end keeps Excel from taking a number for one.
  const [ExamNo, ApplyNo, code] = (['ExamNo', 'ApplyNo', 'code'] as const).map((field) =>
    cell(field).trim(),
  ) as [string, string, string]
  for (const field of ['ExamNo', 'ApplyNo'] as const) {
    if (SHORTENED.test(cell(field).trim())) return error('LIST_SHORTENED', row, columnOf(field))
  }
  if (ExamNo === '' && ApplyNo === '') return error('LIST_NUMBER', row, columnOf('ExamNo'))
  const at = instantOf(cell('date'), cell('time'), zone)
  if (at === undefined) return error('LIST_TIME', row, columnOf('time'))
  return { row, ExamNo, ApplyNo, code, at }
}

/** Excel writes long numbers so, and their last digits are lost. */
const SHORTENED = /^\d(?:\.\d+)?E\+\d+$/i

/** null = there is none; undefined = it cannot be read. */
function instantOf(date: string, time: string, zone: string): number | null | undefined {
  if (isBlank(date) && isBlank(time)) return null
  const [day, ...clock] = (isBlank(date) ? time : `${date.trim()} ${time.trim()}`)
    .trim()
    .split(/[ T]+/)
  return joinDateTime(day, clock.join(' '), zone).epochMs ?? undefined
}

const together = (read: readonly (ListedValue | ListError)[]): SourceList => ({
  values: read.filter((one): one is ListedValue => !('reason' in one)),
  errors: read.filter((one): one is ListError => 'reason' in one),
})

const only = (one: ListError): SourceList => ({ values: [], errors: [one] })

const TEXTS = {
  LIST_SHAPE: {
    zh: '清单应为 CSV 文本，或由对象组成的数组',
    en: 'the list must be the text of a CSV file, or an array of objects',
  },
  LIST_COLUMN_MISSING: {
    zh: '缺少检查流水号（ExamNo）或申请单号（ApplyNo）列',
    en: 'there is no column ExamNo or ApplyNo',
  },
  LIST_COLUMN_TWICE: { zh: '该列出现两次', en: 'the column stands there twice' },
  LIST_ROW: { zh: '该行不是对象', en: 'the row is no object' },
  LIST_NOT_TEXT: {
    zh: '内容必须是文字（数字会丢失前导零）',
    en: 'the cell must be a text (a number would lose its leading zeros)',
  },
  LIST_SHORTENED: {
    zh: '号码被 Excel 缩写为科学计数法，末位已丢失，请将该列设为文本后重新导出',
    en: 'Excel has shortened the number, and its last digits are lost; format the column as text and export it again',
  },
  LIST_NUMBER: {
    zh: '检查流水号和申请单号均为空',
    en: 'both ExamNo and ApplyNo are blank',
  },
  LIST_TIME: {
    zh: '时间无法识别，应为 2026-01-31 08:30:00',
    en: 'the time cannot be read; it should be like 2026-01-31 08:30:00',
  },
} as const satisfies Readonly<Record<string, Reason>>

export type ListErrorCode = keyof typeof TEXTS

function error(code: ListErrorCode, row: number, column: string): ListError {
  const { zh, en } = TEXTS[code]
  const reason = {
    zh: `第 ${row} 行“${column}”列：${zh}`,
    en: `Row ${row}, column ${column}: ${en}`,
  }
  return { code, row, column, reason }
}

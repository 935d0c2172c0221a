import type { BoardSearch, RegisterPlace } from '../../ledger/index.js'
import { CLOSED_STAGES, OPEN_ALERT_STAGES } from '../../loop/index.js'
import { CrisisError, joinDateTime, type Reason } from '../../messages/index.js'

const refused = (code: string, reason: Reason): CrisisError => new CrisisError(code, reason, '422')

/** A parameter without the blanks around it; undefined = it is absent or blank. */
export function said(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name)?.trim() ?? ''
  if (value.length > MOST_LENGTH) throw refused('QUERY_LONG', LONG)
  return value === '' ? undefined : value
}

const MOST_LENGTH = 200

/** A whole number of the ledger. @throws CrisisError QUERY_NUMBER */
export function numberOf(query: URLSearchParams, name: string): number {
  const value = idOf(said(query, name))
  if (value === null) throw refused('QUERY_NUMBER', NUMBER)
  return value
}

/** null = it is no number of the ledger. */
export function idOf(value: string | undefined): number | null {
  if (value === undefined || !/^(?:0|[1-9]\d{0,15})$/.test(value)) return null
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : null
}

const DAY = /^\d{4}-\d\d-\d\d$/

/** A day of the hospital, such as `2026-01-31`. @throws CrisisError QUERY_DAY */
export function dayOf(query: URLSearchParams, name: 'from' | 'until'): string | undefined {
  const day = said(query, name)
  if (day === undefined) return undefined
  if (!DAY.test(day) || joinDateTime(day, '12:00:00').epochMs === null) {
    throw refused('QUERY_DAY', DAY_WANTED)
  }
  return day
}

/** A period in epoch ms: not before, and before. */
export interface Times {
  readonly from: number | undefined
  readonly until: number | undefined
}

/** @throws CrisisError QUERY_DAY, QUERY_PERIOD */
export function timesOf(query: URLSearchParams, zone: string): Times {
  const [first, last] = [dayOf(query, 'from'), dayOf(query, 'until')]
  if (first !== undefined && last !== undefined && first > last) {
    throw refused('QUERY_PERIOD', BACKWARDS)
  }
  return {
    from: first === undefined ? undefined : startOf(first, zone),
    until: last === undefined ? undefined : startOf(dayAfter(last), zone),
  }
}

export const startOf = (day: string, zone: string): number =>
  // Where a change of the clock has taken midnight away, the day begins an hour later.
  joinDateTime(day, '00:00:00', zone).epochMs ?? joinDateTime(day, '01:00:00', zone).epochMs ?? 0

const DAY_MS = 24 * 3_600_000

export const dayAfter = (day: string): string =>
  new Date(Date.parse(`${day}T00:00Z`) + DAY_MS).toISOString().slice(0, 10)

const STAGES = ['open', 'closed', ...OPEN_ALERT_STAGES, ...CLOSED_STAGES] as const

/** @throws CrisisError QUERY_… */
export function searchOf(query: URLSearchParams, zone: string, limit: number): BoardSearch {
  const stage = said(query, 'stage')
  const known = STAGES.find((one) => one === stage)
  if (stage !== undefined && !known) throw refused('QUERY_STAGE', STAGE_WANTED)
  const after = said(query, 'after')
  return {
    ExamNo: said(query, 'ExamNo'),
    ApplyNo: said(query, 'ApplyNo'),
    SickNo: said(query, 'SickNo'),
    doctor: said(query, 'doctor'),
    department: said(query, 'department'),
    stage: known,
    ...timesOf(query, zone),
    after: after === undefined ? undefined : numberOf(query, 'after'),
    limit,
  }
}

/** The place behind which a part of the register begins, and the number of rows before it. */
export interface PartPlace {
  readonly after: RegisterPlace | null
  readonly done: number
}

/** @throws CrisisError QUERY_NUMBER */
export function placeOf(query: URLSearchParams): PartPlace {
  const place = said(query, 'after')
  if (place === undefined) return { after: null, done: 0 }
  const [at = null, id = null, done = null] = place.split('.').map((part) => idOf(part))
  if (at === null || id === null || done === null) throw refused('QUERY_NUMBER', NUMBER)
  return { after: { at, id }, done }
}

const LONG: Reason = { zh: '查询条件过长', en: 'A condition of the question is too long' }
const NUMBER: Reason = { zh: '编号应为整数', en: 'The number should be a whole number' }
const DAY_WANTED: Reason = {
  zh: '日期应为 2026-01-31 的形式',
  en: 'A day should be written as 2026-01-31',
}
const BACKWARDS: Reason = {
  zh: '开始日期在结束日期之后',
  en: 'The first day lies behind the last one',
}
const STAGE_WANTED: Reason = { zh: '没有这样的状态', en: 'There is no such stage' }

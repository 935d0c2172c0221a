import {
  COUNTERS,
  figuresOf,
  grouped,
  normalised,
  PERIODS,
  type AskedLimits,
  type Cell,
  type Counts,
  type Discipline,
  type Figures,
  type TallyRow,
} from '../../loop/index.js'
import type { Row, Step } from '../../store/index.js'
import { number, sql, text } from './sql.js'
import { COUNTER_COLUMNS } from './tally.js'

/** The facts by which figures can be set apart: a part of the calendar, or of the hospital. */
export type FigureGroup = keyof typeof PERIODS | 'department' | 'shift' | 'code'

export const FIGURE_GROUPS: readonly FigureGroup[] = [
  'day',
  'month',
  'quarter',
  'year',
  'department',
  'shift',
  'code',
]

/** Days are those of the site, such as `2026-01-31`; a filter is what a cell says, '' = not known. */
export interface FiguresQuestion {
  /** The first day; absent = from the beginning. */
  readonly from?: string | undefined
  /** The last day; absent = to this day. */
  readonly to?: string | undefined
  readonly by: readonly FigureGroup[]
  readonly department?: string | undefined
  readonly shift?: string | undefined
  readonly code?: string | undefined
  readonly limits: AskedLimits
}

export interface FiguresGroup extends Figures {
  /** The facts that all of the group have in common. */
  readonly of: Readonly<Partial<Record<FigureGroup, string>>>
}

export interface FiguresAnswer {
  /** In the order of what they have in common; without a grouping one, be it empty. null = there are too many. */
  readonly groups: readonly FiguresGroup[] | null
  /** Number of alerts that have come in or changed, and are not counted yet. */
  readonly uncounted: number
}

/** Sums of a discipline in a group; nobody reads more of them. */
const MOST_SUMS = 10_000

const SUMS = COUNTER_COLUMNS.map((name) => `cast(sum(${name}) as {big}) as ${name}`).join(', ')

/** Works the figures out of the tally. */
export function* figures(args: FiguresQuestion): Step<FiguresAnswer> {
  const isOfMonths = hasWholeMonths(args)
  const column = isOfMonths ? 'month' : 'day'
  const periodOf = (day: string | undefined): string | undefined =>
    isOfMonths && day !== undefined ? PERIODS.month(day) : day
  const asked = [
    [`${column} >=`, periodOf(args.from)],
    [`${column} <=`, periodOf(args.to)],
    ['department =', args.department],
    ['shift =', args.shift],
    ['code =', args.code],
  ].flatMap(([is = '', value]) => (value === undefined ? [] : [{ is, value: normalised(value) }]))
  const where = asked.map(({ is }, n) => `${is} $${n + 1}`).join(' and ')
  const groups = columnsFor(args.by, column)
  const columns = groups.map(([name, of]) => `${of} as ${name}`)
  const rows = yield sql(
    `select ${['discipline', ...columns, SUMS].join(', ')} from ${isOfMonths ? 'tally_month' : 'tally'}
     ${where && `where ${where}`} group by ${['discipline', ...groups.map(([, of]) => of)].join(', ')}
     limit ${MOST_SUMS + 1}`,
    ...asked.map(({ value }) => value),
  )
  const [waiting] = yield sql('select count(*) as n from alert where uncounted = 1')
  const groupsOrNone = rows.length > MOST_SUMS ? null : groupsOf(rows.map(rowOf), args)
  return { groups: groupsOrNone, uncounted: number(waiting, 'n') }
}

/** True where the sums of months answer it: those of days are thirty times as many. */
function hasWholeMonths({ by, from, to }: FiguresQuestion): boolean {
  if (by.includes('day')) return false
  const isFirst = from === undefined || from.endsWith('-01')
  return isFirst && (to === undefined || dayAfter(to).endsWith('-01'))
}

const DAY_MS = 24 * 3_600_000
const dayAfter = (day: string): string =>
  new Date(Date.parse(`${day}T00:00Z`) + DAY_MS).toISOString().slice(0, 10)

/** The columns to group by; of several parts of the calendar the shortest says the others. */
function columnsFor(
  by: readonly FigureGroup[],
  column: 'day' | 'month',
): readonly (readonly [string, string])[] {
  const period = by.includes('day')
    ? column
    : by.includes('month') || by.includes('quarter')
      ? `substr(${column}, 1, 7)`
      : `substr(${column}, 1, 4)`
  const isByPeriod = by.some((one) => Object.hasOwn(PERIODS, one))
  const parts = (['department', 'shift', 'code'] as const).filter((one) => by.includes(one))
  return [
    ...(isByPeriod ? [['period', period] as const] : []),
    ...parts.map((one) => [one, one] as const),
  ]
}

function rowOf(row: Row): TallyRow {
  const said = (name: string): string => (row[name] ?? '') as string
  const counts: Counts = {}
  COUNTERS.forEach((name, n) => {
    const count = number(row, COUNTER_COLUMNS[n] ?? '')
    if (count !== 0) counts[name] = count
  })
  return {
    cell: {
      day: said('period'),
      department: said('department'),
      shift: said('shift'),
      code: said('code'),
      discipline: text(row, 'discipline') as Discipline,
    },
    counts,
  }
}

function groupsOf(
  rows: readonly TallyRow[],
  { by, limits }: FiguresQuestion,
): readonly FiguresGroup[] {
  if (by.length === 0) return [{ of: {}, ...figuresOf(rows, limits) }]
  const keyOf = (cell: Cell): string => JSON.stringify(by.map((one) => factOf(cell, one)))
  return [...grouped(rows, keyOf)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, own]) => {
      const facts = JSON.parse(key) as readonly string[]
      const of = Object.fromEntries(by.map((one, n) => [one, facts[n] ?? '']))
      return { of, ...figuresOf(own, limits) }
    })
}

const factOf = (cell: Cell, group: FigureGroup): string =>
  group === 'department' || group === 'shift' || group === 'code'
    ? cell[group]
    : PERIODS[group](cell.day)

import {
  isClosed,
  isTimeUnreadable,
  levelOf,
  type AlertStage,
  type FeedbackStage,
} from '../../loop/index.js'
import type { CrisisFeedback } from '../../messages/index.js'
import type { Row, Step } from '../../store/index.js'
import { progressOf } from './exam/load.js'
import { distinct, number, sql, text } from './sql.js'

export interface AlertSummary extends Readonly<ReturnType<typeof progressOf>> {
  readonly alert: number
  readonly id: string
  readonly system: string
  readonly ExamNo: string
  readonly ApplyNo: string
  readonly SickNo: string
  readonly document: unknown
  /**
   * All contents that have come in, in that order, where people have to decide which one holds: the exam is held, or
   * a later one was set before the one that counts. Empty elsewhere.
   */
  readonly contents: readonly AlertContent[]
  /**
   * True when feedback says that this was received or processed, and the alert stays open because the time that it
   * gives is missing or cannot be read. `trace` shows what it says.
   */
  readonly timeUnreadable: boolean
}

export interface AlertContent {
  readonly revision: number
  /** When it came in, in epoch ms. */
  readonly at: number
  readonly document: unknown
}

export const SUMMARY = `select a.*, r.document, r.at as revised_at,
    (select max(v.n) from revision v where v.alert = a.id) as last
  from alert a join revision r on r.alert = a.id and r.n = a.revision`

export function* summaries(rows: readonly Row[]): Step<readonly AlertSummary[]> {
  const all: AlertSummary[] = []
  for (const row of rows) {
    const isDecided = row['hold'] === null && row['last'] === row['revision']
    const contents = isDecided ? [] : yield* contentsOf(number(row, 'id'))
    all.push({ ...summaryOf(row), contents, timeUnreadable: yield* hasUnreadableTime(row) })
  }
  return all
}

function* contentsOf(alert: number): Step<readonly AlertContent[]> {
  const rows = yield sql('select n, at, document from revision where alert = $1 order by n', alert)
  return rows.map((row) => ({
    revision: number(row, 'n'),
    at: number(row, 'at'),
    document: JSON.parse(text(row, 'document')) as unknown,
  }))
}

/** Looked for in what was said since the content that counts has come in. */
function* hasUnreadableTime(row: Row): Step<boolean> {
  const stage = text(row, 'stage') as AlertStage
  if (isClosed({ stage })) return false
  const said = yield sql(
    'select document, stage from feedback where system = $1 and pair = $2 and at >= $3',
    text(row, 'system'),
    text(row, 'pair'),
    number(row, 'revised_at'),
  )
  return isTimeUnreadable(
    levelOf(stage) === 1 ? 'received' : 'none',
    said.map((one) => ({
      feedback: JSON.parse(text(one, 'document')) as CrisisFeedback,
      stage: text(one, 'stage') as FeedbackStage,
    })),
  )
}

const summaryOf = (row: Row) => ({
  alert: number(row, 'id'),
  id: text(row, 'key'),
  system: text(row, 'system'),
  ExamNo: text(row, 'exam_no'),
  ApplyNo: text(row, 'apply_no'),
  SickNo: text(row, 'sick_no'),
  ...progressOf(row),
  document: JSON.parse(text(row, 'document')) as unknown,
})

/** Which alert is meant: by its id (K), by a document that was to be sent, or by the numbers of the exam. */
export interface WhichAlert {
  readonly id?: string
  /** The number of a document or of a feedback that waits, as dead letters have it. */
  readonly outbox?: number
  readonly ExamNo?: string
  readonly ApplyNo?: string
}

export function* alertsThatAreMeant(args: WhichAlert): Step<readonly Row[]> {
  // Only what is asked for stands in the statement: what may be absent would keep the database from its indexes.
  const asked = [
    {
      value: args.outbox ?? '',
      is: 'a.id in (select alert from outbox where id = $ union all select alert from report where id = $)',
    },
    { value: args.ExamNo ?? '', is: 'a.exam_no = $' },
    { value: args.ApplyNo ?? '', is: 'a.apply_no = $' },
    {
      value: args.id ?? '',
      is: 'a.id in (select k.alert from d join alert_key k on k.system = d.v and k.key = $)',
    },
  ].filter(({ value }) => value !== '')
  if (asked.length === 0) return []
  const conditions = asked.map(({ is }, index) => is.replaceAll('$', `$$${index + 1}`))
  return yield sql(
    `${distinct('alert_key', 'system')}
     ${SUMMARY} where ${conditions.join(' and ')} order by a.id limit 100`,
    ...asked.map(({ value }) => value),
  )
}

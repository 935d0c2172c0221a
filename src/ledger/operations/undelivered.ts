import type { WaitCode } from '../../loop/index.js'
import type { GenericResponse } from '../../messages/index.js'
import type { Step } from '../../store/index.js'
import { sql, text } from './sql.js'
import { summaries, SUMMARY, type AlertSummary } from './summaries.js'
import type { TracedDelivery } from './trace.js'

/** The critical value that a document belongs to; all null when none is known here. */
export interface OfAlert {
  /** K, by which people and flows name it. */
  readonly alertId: string | null
  readonly ExamNo: string | null
  readonly ApplyNo: string | null
  readonly SickNo: string | null
}

const OF_ALERT = `a.key as "alertId", a.exam_no as "ExamNo", a.apply_no as "ApplyNo", a.sick_no as "SickNo"`

/** The node that a document `o` comes from, or the last of those whose feedback it says; null when none is known. */
export const SENT_BY = `coalesce(nullif(o.node, ''),
    (select r.node from report r where r.outbox = o.id and r.node <> '' order by r.id desc limit 1))`

/** A document that needs a person. Times are epoch milliseconds. */
export interface DeadLetter
  extends OfAlert, Omit<TracedDelivery, 'dueAt' | 'replayOf' | 'revision' | 'parked'> {
  /** The node that sent it, or the last of those whose feedback it says. */
  readonly node: string | null
  readonly state: 'held' | 'dead'
  /** The peer's own words at the last attempt; null when there were none that could be read. */
  readonly reply: GenericResponse | null
  readonly alert: number | null
}

/** Documents that need a person, the oldest first. */
export function* deadLetters(args: { limit: number }): Step<readonly DeadLetter[]> {
  // Sorted by what is no column, or all that was ever sent would be read in that order to find these.
  const rows = yield sql(
    `select o.id, o.peer,
       ${SENT_BY} as node,
       o.operation, o.state, o.class, o.code, o.reason_zh as "reasonZh", o.reason_en as "reasonEn",
       (select t.reply from attempt t where t.outbox = o.id order by t.n desc limit 1) as reply,
       o.attempts, o.at, o.ended_at as "endedAt", o.alert, ${OF_ALERT}
     from outbox o left join alert a on a.id = o.alert
     where o.state in ('held', 'dead') order by +o.id limit $1`,
    args.limit,
  )
  return rows.map(({ reply, ...row }) => ({
    ...row,
    reply: typeof reply === 'string' ? (JSON.parse(reply) as unknown) : null,
  })) as unknown as readonly DeadLetter[]
}

/** A feedback that waits for something but its peer. */
export interface ParkedDocument
  extends OfAlert, Pick<TracedDelivery, 'id' | 'peer' | 'node' | 'operation' | 'at'> {
  readonly parked: WaitCode
  readonly alert: number | null
}

const PARKED = `select coalesce(r.outbox, r.id) as id, r.peer, nullif(r.node, '') as node,
    'SynCrisisResponseInfo' as operation, r.waits as parked, r.at, r.alert, ${OF_ALERT}
  from report r left join alert a on a.id = r.alert where r.waits is not null`

/** Documents that wait for something but their peer, the oldest first. */
export function* parkedDocuments(args: { limit: number }): Step<readonly ParkedDocument[]> {
  const rows = yield sql(`${PARKED} order by +r.id limit $1`, args.limit)
  return rows as unknown as readonly ParkedDocument[]
}

/** An exam whose patient is in doubt. */
export interface HeldExam {
  readonly system: string
  readonly ExamNo: string
  readonly ApplyNo: string
  /** All of its alerts, for people to compare. */
  readonly alerts: readonly AlertSummary[]
  /** Feedback that goes out once the hold is lifted. */
  readonly waiting: readonly ParkedDocument[]
}

/** Exams that people have to look at, the oldest first. */
export function* heldExams(args: { limit: number }): Step<readonly HeldExam[]> {
  const exams = yield sql(
    `select system, pair, min(id) as id from alert where hold is not null
     group by system, pair order by 3 limit $1`,
    args.limit,
  )
  const held: HeldExam[] = []
  for (const exam of exams) {
    const examKey = text(exam, 'pair')
    const rows = yield sql(
      `${SUMMARY} where a.system = $1 and a.pair = $2 order by a.id`,
      text(exam, 'system'),
      examKey,
    )
    const waiting = yield sql(`${PARKED} and r.lane = $1 order by r.id`, examKey)
    const alerts = yield* summaries(rows)
    const { system = '', ExamNo = '', ApplyNo = '' } = alerts[0] ?? {}
    held.push({
      system,
      ExamNo,
      ApplyNo,
      alerts,
      waiting: waiting as unknown as readonly ParkedDocument[],
    })
  }
  return held
}

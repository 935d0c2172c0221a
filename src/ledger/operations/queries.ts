import { OPEN_ALERT_STAGES, type WaitCode } from '../../loop/index.js'
import type { Operation } from '../../messages/index.js'
import type { Row, Step } from '../../store/index.js'
import type { ParkedCode } from '../types.js'
import { listed, number, sql, text } from './sql.js'
import {
  alertsThatAreMeant,
  summaries,
  SUMMARY,
  type AlertSummary,
  type WhichAlert,
} from './summaries.js'

/** Alerts that nobody has dealt with yet, the oldest first. */
export function* openAlerts(args: { limit: number }): Step<readonly AlertSummary[]> {
  const rows = yield sql(
    `${SUMMARY} where a.stage in ${listed(OPEN_ALERT_STAGES)} order by a.opened_at, a.id limit $1`,
    args.limit,
  )
  return yield* summaries(rows)
}

export interface Trace {
  readonly summary: AlertSummary
  readonly revisions: readonly unknown[]
  readonly stages: readonly unknown[]
  readonly feedback: readonly unknown[]
  readonly deliveries: readonly unknown[]
  readonly attempts: readonly unknown[]
  readonly decisions: readonly unknown[]
  readonly audit: readonly unknown[]
}

/** Everything that is known of the alerts that are meant, in the order in which it happened. */
export function* trace(args: WhichAlert): Step<readonly Trace[]> {
  const rows = yield* alertsThatAreMeant(args)
  const traces: Trace[] = []
  const known = yield* summaries(rows)
  for (const [index, row] of rows.entries()) {
    const alert = number(row, 'id')
    const revisions = yield sql(
      'select n, document, flags, at from revision where alert = $1 order by n',
      alert,
    )
    const stages = yield sql(
      'select stage, at, said_at, code, name from stage where alert = $1 order by id',
      alert,
    )
    const feedback = yield sql(
      `select id, document, stage, receive_at, process_at, application, state, resent, at
       from feedback where system = $1 and pair = $2 order by id`,
      text(row, 'system'),
      text(row, 'pair'),
    )
    const deliveries = yield sql(
      `select id, peer, operation,
         case when state = 'ready' and blocked is not null then 'parked'
           when code = 'SUPERSEDED' then 'merged' else state end as state, class, code, reason_zh, attempts, at, due, ended_at, replay_of,
         revision, blocked as parked
       from outbox where alert = $1
       union all select id, peer, 'SynCrisisResponseInfo', 'parked', null, null, null, 0, at, 0, ended_at, null,
         null, waits
       from report where alert = $1 and outbox is null and waits is not null order by 1`,
      alert,
    )
    const attempts = yield sql(
      `select t.outbox, t.n, t.instance, t.started_at, t.ended_at, t.class, t.code, t.reply,
         t.alike
       from attempt t join outbox o on o.id = t.outbox where o.alert = $1 order by t.outbox, t.n`,
      alert,
    )
    const decisions = yield sql(
      `select id, at, kind, outbox, person, second, reason from decision
       where alert = $1 or outbox in (select id from outbox where alert = $1) order by id`,
      alert,
    )
    const entries = yield sql(
      'select at, kind, outbox, actor, detail from audit where alert = $1 order by at, chain, seq',
      alert,
    )
    traces.push({
      summary: known[index]!,
      revisions: revisions.map(withJson),
      stages,
      feedback: feedback.map(withJson),
      deliveries,
      attempts: attempts.map(withJson),
      decisions,
      audit: entries.map(withJson),
    })
  }
  return traces
}

const JSON_COLUMNS = ['document', 'flags', 'detail', 'reply'] as const

function withJson(row: Row): Record<string, unknown> {
  const result: Record<string, unknown> = { ...row }
  for (const column of JSON_COLUMNS) {
    const value = row[column]
    if (typeof value === 'string') result[column] = JSON.parse(value) as unknown
  }
  return result
}

export interface DeadLetter {
  readonly id: number
  readonly peer: string
  readonly operation: string
  readonly state: string
  readonly class: string | null
  readonly code: string | null
  readonly reason: string | null
  readonly attempts: number
  readonly at: number
  readonly endedAt: number | null
  readonly alert: number | null
}

/** Documents that need a person, the oldest first. */
export function* deadLetters(args: { limit: number }): Step<readonly DeadLetter[]> {
  // Sorted by what is no column, or all that was ever sent would be read in that order to find these.
  const rows = yield sql(
    `select id, peer, operation, state, class, code, reason_zh as reason, attempts, at, ended_at as "endedAt", alert
     from outbox where state in ('held', 'dead') order by +id limit $1`,
    args.limit,
  )
  return rows as unknown as readonly DeadLetter[]
}

export interface ParkedDocument {
  readonly id: number
  readonly peer: string
  readonly operation: string
  readonly parked: ParkedCode
  readonly at: number
  readonly alert: number | null
  readonly ExamNo: string | null
  readonly ApplyNo: string | null
}

const PARKED = `select coalesce(r.outbox, r.id) as id, r.peer, 'SynCrisisResponseInfo' as operation,
    r.waits as parked, r.at, r.alert, a.exam_no as "ExamNo", a.apply_no as "ApplyNo"
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

/** The class and the code of an outcome. */
export interface Failing {
  readonly class: string
  readonly code: string
}

export interface DeadOf {
  readonly count: number
  /** The ending of the latest. */
  readonly last: Failing | null
}

export interface Depth {
  readonly waiting: number
  readonly oldestAt: number | null
  /** How the oldest of them that was tried has failed; null while none was. */
  readonly failing: Failing | null
  readonly dead: number
  /** These by what they are. */
  readonly deadOf: Readonly<Record<Operation, DeadOf>>
  readonly parked: number
  /** How many of these wait for what. */
  readonly parkedFor: Readonly<Record<WaitCode, number>>
  /** When the oldest of these was accepted, in epoch ms. */
  readonly parkedOldestAt: number | null
}

const COUNT_PARKED = `select count(*) from report where ($1 = '' or peer = $1) and waits is not null`
// What was taken back while it was on the wire counts until its flow is told.
const SENDING = `($1 = '' or peer = $1) and state in ('ready', 'leased') and coalesce(blocked, '') <> 'wrongPatient'`

/** How much is still to be delivered, to one peer or, with '', to all of them. */
export function* depth(args: { peer: string }): Step<Depth> {
  const [row] = yield sql(
    `select
       (select count(*) from outbox where ${SENDING}) as waiting,
       (select min(at) from outbox where ${SENDING}) as oldest,
       (select min(+id) from outbox where ${SENDING} and class is not null) as tried,
       (${COUNT_PARKED}) as parked,
       (${COUNT_PARKED} and waits = 'otherFinding') as finding,
       (${COUNT_PARKED} and waits = 'process') as process,
       (${COUNT_PARKED} and waits = 'wrongPatient') as patient,
       (select min(at) from report where ($1 = '' or peer = $1) and waits is not null) as parked_oldest`,
    args.peer,
  )
  const deadOf = yield* deadByOperation(args.peer)
  return {
    waiting: number(row, 'waiting'),
    oldestAt: (row?.['oldest'] ?? null) as number | null,
    failing: yield* failingOf(row?.['tried']),
    dead: deadOf.SynCrisisInfo.count + deadOf.SynCrisisResponseInfo.count,
    deadOf,
    parked: number(row, 'parked'),
    parkedFor: {
      otherFinding: number(row, 'finding'),
      process: number(row, 'process'),
      wrongPatient: number(row, 'patient'),
    },
    parkedOldestAt: (row?.['parked_oldest'] ?? null) as number | null,
  }
}

function* deadByOperation(peer: string): Step<Record<Operation, DeadOf>> {
  const none: DeadOf = { count: 0, last: null }
  const dead = { SynCrisisInfo: none, SynCrisisResponseInfo: none }
  const rows = yield sql(
    `select operation, count(*) as count, max(+id) as last from outbox
     where ($1 = '' or peer = $1) and state in ('held', 'dead') group by operation`,
    peer,
  )
  for (const row of rows) {
    const last = yield* failingOf(row['last'])
    dead[text(row, 'operation') as Operation] = { count: number(row, 'count'), last }
  }
  return dead
}

function* failingOf(id: unknown): Step<Failing | null> {
  if (typeof id !== 'number') return null
  const [row] = yield sql('select class, code from outbox where id = $1', id)
  // What was held before anything was tried has no outcome.
  return typeof row?.['class'] === 'string'
    ? { class: row['class'], code: text(row, 'code') }
    : null
}

/**
 * When the next document of a peer that is not due yet falls due, in ms from now; null when there is none. What
 * is due already and was not claimed waits for its lane or for a free place, not for the time.
 */
export function* nextDue(args: { peer: string }): Step<number | null> {
  const [row] = yield sql(
    "select min(due) - {now} as wait from outbox where peer = $1 and state = 'ready' and blocked is null and due > {now}",
    args.peer,
  )
  return (row?.['wait'] ?? null) as number | null
}

/** The alert of a message that carries its id or its exam's numbers; null when there is none. */
export function* findAlert(args: { system: string; key: string }): Step<number | null> {
  const [row] = yield sql(
    'select alert from alert_key where system = $1 and key = $2',
    args.system,
    args.key,
  )
  return row ? number(row, 'alert') : null
}

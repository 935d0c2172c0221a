import {
  CLOSED_STAGES,
  OPEN_ALERT_STAGES,
  type AlertStage,
  type WaitCode,
} from '../../loop/index.js'
import type { Operation } from '../../messages/index.js'
import type { Step } from '../../store/index.js'
import { listed, number, sql, text } from './sql.js'
import { summaries, SUMMARY, type AlertSummary } from './summaries.js'
import { SENT_BY } from './undelivered.js'

/** Alerts that nobody has dealt with yet, the oldest first. */
export function* openAlerts(args: { limit: number }): Step<readonly AlertSummary[]> {
  const rows = yield sql(
    `${SUMMARY} where a.stage in ${listed(OPEN_ALERT_STAGES)} order by a.opened_at, a.id limit $1`,
    args.limit,
  )
  return yield* summaries(rows)
}

/** What is known of the alerts that are looked for: at least one number, or a time from which on. */
export interface AlertSearch {
  readonly ExamNo?: string | undefined
  readonly ApplyNo?: string | undefined
  readonly SickNo?: string | undefined
  /** One stage; or all that somebody has to deal with, or nobody. Default is every stage. */
  readonly stage?: AlertStage | 'open' | 'closed' | undefined
  /** When they came in, in epoch ms: not before, and before. */
  readonly from?: number | undefined
  readonly until?: number | undefined
  readonly limit: number
}

/** Alerts, closed ones included, that meet all of what is given; the latest first. */
export function* findAlerts(args: AlertSearch): Step<readonly AlertSummary[]> {
  // Only what is asked for stands in the statement: what may be absent would keep the database from its indexes.
  const asked = [
    ['a.exam_no =', args.ExamNo],
    ['a.apply_no =', args.ApplyNo],
    ['a.sick_no =', args.SickNo],
    ['a.opened_at >=', args.from],
    ['a.opened_at <', args.until],
  ].flatMap(([is, value]) => (value === undefined ? [] : [{ is, value }]))
  const conditions = asked.map(({ is }, index) => `${is} $${index + 2}`)
  const rows = yield sql(
    `${SUMMARY} where ${[...conditions, `a.stage in ${listed(stagesOf(args.stage))}`].join(' and ')}
     order by a.opened_at desc, a.id desc limit $1`,
    args.limit,
    ...asked.map(({ value }) => value),
  )
  return yield* summaries(rows)
}

function stagesOf(stage: AlertSearch['stage']): readonly AlertStage[] {
  if (stage === 'open') return OPEN_ALERT_STAGES
  if (stage === 'closed') return CLOSED_STAGES
  return stage ? [stage] : [...OPEN_ALERT_STAGES, ...CLOSED_STAGES]
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

/** Dead letters of one node. */
export interface DeadBy extends DeadOf {
  /** The node that sent them, or the last of those whose feedback they say; null when none is known. */
  readonly node: string | null
  readonly operation: Operation
}

export interface Depth {
  readonly waiting: number
  readonly oldestAt: number | null
  /** How the oldest of them that was tried has failed; null while none was. */
  readonly failing: Failing | null
  readonly dead: number
  /** These by what they are. */
  readonly deadOf: Readonly<Record<Operation, DeadOf>>
  /** These by the node that has to do with them. */
  readonly deadBy: readonly DeadBy[]
  readonly parked: number
  /** How many of these wait for what. */
  readonly parkedFor: Readonly<Record<WaitCode, number>>
  /** When the oldest of these was accepted, in epoch ms. */
  readonly parkedOldestAt: number | null
}

/**
 * In one look at each table, for a peer that was away for a day has many. What was taken back while it was on the wire
 * counts until its flow is told.
 */
const DEPTH = `select c.*, d.* from
  (select count(*) as waiting, min(at) as oldest, min(case when class is not null then id end) as tried
   from outbox
   where ($1 = '' or peer = $1) and state in ('ready', 'leased') and coalesce(blocked, '') <> 'wrongPatient') c,
  (select count(*) as parked, min(at) as parked_oldest,
     count(case when waits = 'otherFinding' then 1 end) as finding,
     count(case when waits = 'process' then 1 end) as process,
     count(case when waits = 'wrongPatient' then 1 end) as patient
   from report where ($1 = '' or peer = $1) and waits is not null) d`

/** How much is still to be delivered, to one peer or, with '', to all of them. */
export function* depth(args: { peer: string }): Step<Depth> {
  const [row] = yield sql(DEPTH, args.peer)
  const deadBy = yield* deadByNode(args.peer)
  const deadOf = {
    SynCrisisInfo: together(deadBy, 'SynCrisisInfo'),
    SynCrisisResponseInfo: together(deadBy, 'SynCrisisResponseInfo'),
  }
  return {
    waiting: number(row, 'waiting'),
    oldestAt: (row?.['oldest'] ?? null) as number | null,
    failing: yield* failingOf(row?.['tried']),
    dead: deadOf.SynCrisisInfo.count + deadOf.SynCrisisResponseInfo.count,
    deadOf,
    deadBy: deadBy.map(({ latest: _latest, ...one }) => one),
    parked: number(row, 'parked'),
    parkedFor: {
      otherFinding: number(row, 'finding'),
      process: number(row, 'process'),
      wrongPatient: number(row, 'patient'),
    },
    parkedOldestAt: (row?.['parked_oldest'] ?? null) as number | null,
  }
}

interface DeadByNode extends DeadBy {
  /** The number of the latest. */
  readonly latest: number
}

function* deadByNode(peer: string): Step<readonly DeadByNode[]> {
  const rows = yield sql(
    `select operation, node, count(*) as count, max(id) as latest from (
       select o.operation, ${SENT_BY} as node, +o.id as id from outbox o
       where ($1 = '' or o.peer = $1) and o.state in ('held', 'dead')) dead
     group by operation, node order by operation, latest`,
    peer,
  )
  const all: DeadByNode[] = []
  for (const row of rows) {
    all.push({
      node: row['node'] as string | null,
      operation: text(row, 'operation') as Operation,
      count: number(row, 'count'),
      last: yield* failingOf(row['latest']),
      latest: number(row, 'latest'),
    })
  }
  return all
}

function together(all: readonly DeadByNode[], operation: Operation): DeadOf {
  const own = all.filter((one) => one.operation === operation)
  const [latest] = own.toSorted((a, b) => b.latest - a.latest)
  return { count: own.reduce((sum, one) => sum + one.count, 0), last: latest?.last ?? null }
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

/** The reasons that a row of the ledger has of itself, in both languages: of a document, and of a refused call. */
export function* ownReasons({ id }: { readonly id: number }): Step<readonly string[]> {
  const rows = yield sql(
    `select reason_zh, reason_en from outbox where id = $1
     union all select reason_zh, reason_en from quarantine where id = $1`,
    id,
  )
  return rows.flatMap((row) =>
    [row['reason_zh'], row['reason_en']].filter((reason) => typeof reason === 'string'),
  )
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

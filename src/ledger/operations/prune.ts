import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { examOfAlert, lockExam } from './exam/load.js'
import { REMATCH_MS } from './feedback.js'
import { now, number, sql } from './sql.js'

/** Time for which closed records are kept, in ms. Open alerts and what is still owed are never touched. */
export interface Retention {
  /** Bytes as they came and went, of alerts that are closed. */
  readonly rawMs: number
  /** Alerts that are closed, with all that belongs to them; what never found its alert; the quarantine. */
  readonly alertMs: number
  /**
   * Alerts that nobody has fed back count as closed so long after they were opened: for sites without feedback.
   * Default is never.
   */
  readonly unansweredMs?: number | undefined
}

export interface PruneArgs {
  readonly actor: Actor
  readonly retention: Retention
  /** The time that counts, in epoch ms; for a clock that has been looked at. Default is that of the database. */
  readonly at?: number | undefined
  /** Where the batch before has ended. Default is the beginning. */
  readonly after?: PrunePlaces | undefined
}

/** Numbers of removed records; `orphans` were given up and are still kept. */
export interface Pruned {
  readonly raw: number
  readonly deliveries: number
  readonly alerts: number
  readonly orphans: number
  readonly feedback: number
  readonly quarantine: number
  /** Where the next batch begins; null when all has been looked at. */
  readonly next: PrunePlaces | null
}

type Kind = 'raw' | 'deliveries' | 'reports' | 'processed' | 'cancelled' | 'unanswered' | 'feedback'

/** For each kind the last row that was looked at; null when there are no more. */
export type PrunePlaces = Readonly<Record<Kind, Place | null>>

interface Place {
  readonly at: number
  readonly id: number
}

const BEGINNING: Place = { at: -1, id: -1 }

/** So few that whoever wants to store something waits some ms for it. */
const BATCH = 100
const OPEN = "('stored', 'notified', 'received')"

/** An alert that is not closed; `limit` is the parameter for what counts as closed although nobody fed it back. */
const isOpen = (alert: string, limit: string): string =>
  `${alert}.stage in ${OPEN} and ${alert}.opened_at >= ${limit}`

/**
 * Removes what its retention has run out for from among the next rows of each kind; called again from where it
 * ended until that is null. So what may not go yet is passed over once in a round, however much of it there is.
 * Nothing of an alert that is not closed, and nothing undelivered, is ever removed. The audit stays whole.
 */
export function* prune(args: PruneArgs): Step<Pruned> {
  const { actor, retention, after } = args
  const at = args.at ?? (yield* now())
  const rawBefore = at - retention.rawMs
  const alertsBefore = at - retention.alertMs
  const unansweredBefore = retention.unansweredMs === undefined ? -1 : at - retention.unansweredMs
  const next: Record<Kind, Place | null> = {
    raw: null,
    deliveries: null,
    reports: null,
    processed: null,
    cancelled: null,
    unanswered: null,
    feedback: null,
  }
  const removed: Record<Kind, number> = {
    raw: 0,
    deliveries: 0,
    reports: 0,
    processed: 0,
    cancelled: 0,
    unanswered: 0,
    feedback: 0,
  }
  /** @param more the parameters from $5 on */
  function* look(
    kind: Kind,
    select: string,
    before: number,
    more: readonly number[],
    remove: Remove,
  ): Step<void> {
    const place = after ? after[kind] : BEGINNING
    if (!place) return
    const rows = yield sql(select, place.at, place.id, before, BATCH, ...more)
    for (const row of rows) {
      if (row['free'] === 1 && (yield* remove(number(row, 'id')))) removed[kind]++
    }
    const last = rows.at(-1)
    if (rows.length === BATCH) next[kind] = { at: number(last, 'at'), id: number(last, 'id') }
  }

  const orphans = yield* giveUpOrphans(actor, at)
  const open = [unansweredBefore]
  yield* look('raw', RAW, rawBefore, open, removeFrom('raw'))
  yield* look('deliveries', DELIVERIES, rawBefore, open, removeDelivery)
  yield* look('reports', REPORTS, rawBefore, open, removeFrom('report'))
  for (const closing of CLOSINGS) {
    const before =
      closing.kind === 'unanswered' ? unansweredBefore - retention.alertMs : alertsBefore
    const limits = [unansweredBefore, alertsBefore]
    yield* look(closing.kind, closing.select, before, limits, (id) =>
      removeAlert(actor, at, closing, id, [before, ...limits]),
    )
  }
  yield* look('feedback', FEEDBACK, alertsBefore, [], removeFrom('feedback'))
  const unread = yield sql(
    'delete from quarantine where id in (select id from quarantine where at < $1 order by at limit $2) returning id',
    alertsBefore,
    BATCH,
  )
  if (!after) {
    yield sql('delete from decision where alert is null and at < $1', alertsBefore)
    yield sql(
      `delete from told where at < $1 and not exists (
         select 1 from alert a where a.system = told.system and a.pair = told.pair)
       and not exists (select 1 from report p where p.lane = told.pair)`,
      alertsBefore,
    )
  }
  const { raw, deliveries, feedback } = removed
  const isOver = Object.values(next).every((place) => place === null) && unread.length < BATCH
  return {
    raw,
    deliveries,
    feedback,
    orphans,
    alerts: removed.processed + removed.cancelled + removed.unanswered,
    quarantine: unread.length,
    next: isOver ? null : next,
  }
}

/** Removes one row; false when it may not go after all. */
type Remove = (id: number) => Step<boolean>

const RAW = `select r.id, r.at,
    not exists (select 1 from revision v join alert a on a.id = v.alert
      where v.raw = r.id and ${isOpen('a', '$5')})
    and not exists (select 1 from feedback f join alert a on a.system = f.system and a.pair = f.pair
      where f.raw = r.id and ${isOpen('a', '$5')})
    and not exists (select 1 from feedback f where f.raw = r.id and f.state = 'orphan') as free
  from raw r where (r.at, r.id) > ($1, $2) and r.at < $3 order by r.at, r.id limit $4`

const DELIVERIES = `select o.id, o.ended_at as at,
    not exists (select 1 from alert a where a.id = o.alert and ${isOpen('a', '$5')}) as free
  from outbox o where o.state in ('done', 'cancelled') and (o.ended_at, o.id) > ($1, $2)
    and o.ended_at < $3 order by o.ended_at, o.id limit $4`

// What no document has said; the others go with their documents.
const REPORTS = `select r.id, r.ended_at as at,
    not exists (select 1 from alert a where a.id = r.alert and ${isOpen('a', '$5')}) as free
  from report r where r.outbox is null and r.ended_at is not null and (r.ended_at, r.id) > ($1, $2)
    and r.ended_at < $3 order by r.ended_at, r.id limit $4`

const FEEDBACK = `select f.id, f.at,
    f.state <> 'orphan'
    and not exists (select 1 from alert a where a.system = f.system and a.pair = f.pair) as free
  from feedback f where (f.at, f.id) > ($1, $2) and f.at < $3 order by f.at, f.id limit $4`

/** One way for an alert to be closed. */
interface Closing {
  readonly kind: 'processed' | 'cancelled' | 'unanswered'
  readonly select: string
  readonly remove: string
}

const CLOSINGS = [
  closingBy('processed', "a.stage in ('processed', 'fedBack')", 'a.processed_at'),
  closingBy('cancelled', "a.stage = 'cancelled'", 'a.cancelled_at'),
  // Not moved to another stage: that it was never processed stays true.
  closingBy('unanswered', `a.stage in ${OPEN}`, 'a.opened_at'),
]

/** @param since the column that holds when it was closed */
function closingBy(kind: Closing['kind'], closed: string, since: string): Closing {
  // One that is held waits for a person, and what was told of it has not been sent. What is owed to a node that is
  // gone keeps its own content, and keeps its alert no longer than other alerts are kept.
  const isDone = (openLimit: string, handoutLimit: string) =>
    `not exists (select 1 from alert b where b.system = a.system and b.pair = a.pair
       and (b.hold is not null or ${isOpen('b', openLimit)}))
     and not exists (select 1 from outbox o where o.alert = a.id)
     and not exists (select 1 from report p where p.alert = a.id)
     and not exists (select 1 from owed w where w.alert = a.id and w.at >= ${handoutLimit})`
  return {
    kind,
    select: `select a.id, ${since} as at, (${isDone('$5', '$6')}) as free from alert a
      where ${closed} and (${since}, a.id) > ($1, $2) and ${since} < $3
      order by ${since}, a.id limit $4`,
    // The condition once more: another instance may have reopened it meanwhile.
    remove: `delete from alert as a where a.id = $1 and ${closed} and ${since} < $2
      and ${isDone('$3', '$4')} returning id`,
  }
}

const removeFrom =
  (table: string): Remove =>
  (id) =>
    removeRow(`delete from ${table} where id = $1`, id)

function* removeRow(statement: string, id: number): Step<boolean> {
  yield sql(statement, id)
  return true
}

function* removeDelivery(id: number): Step<boolean> {
  const gone = yield sql(
    "delete from outbox where id = $1 and state in ('done', 'cancelled') returning id",
    id,
  )
  if (gone.length === 0) return false
  yield sql('delete from attempt where outbox = $1', id)
  yield sql('delete from report where outbox = $1', id)
  return true
}

function* removeAlert(
  actor: Actor,
  at: number,
  { kind, remove: statement }: Closing,
  alert: number,
  limits: readonly number[],
): Step<boolean> {
  // Whoever corrects it has loaded it already, and would write into what is gone.
  const exam = yield* examOfAlert(alert)
  if (exam) yield* lockExam(exam.examKey)
  const gone = yield sql(statement, alert, ...limits)
  if (gone.length === 0) return false
  for (const table of ['revision', 'stage', 'alert_key', 'decision']) {
    yield sql(`delete from ${table} where alert = $1`, alert)
  }
  yield* audit(actor, at, { kind: kind === 'unanswered' ? 'lapsed' : 'pruned', alert })
  return true
}

/** Their critical value has not come: no later one is to be taken for it. */
function* giveUpOrphans(actor: Actor, at: number): Step<number> {
  const rows = yield sql(
    `update feedback set state = 'lost' where id in (
       select id from feedback where state = 'orphan' and at < $1 order by at limit $2) returning id`,
    at - REMATCH_MS,
    BATCH,
  )
  for (const row of rows) {
    yield* audit(actor, at, { kind: 'orphanLost', detail: { feedback: number(row, 'id') } })
  }
  return rows.length
}

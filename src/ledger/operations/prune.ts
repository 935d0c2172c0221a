import {
  mayRemoveAlert,
  mayRemoveFeedback,
  mayRemoveRecord,
  OPEN_ALERT_STAGES,
  REMATCH_MS,
  type AlertStage,
  type RetentionLimits,
} from '../../loop/index.js'
import type { Row, Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { removeBeside } from './beside.js'
import { examOfAlert, lockExam } from './exam/load.js'
import { listed, now, number, sql, text } from './sql.js'
import { countExam } from './tally.js'
import { prunePages, removePages } from './pages/prune.js'

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

const KINDS = [
  'raw',
  'deliveries',
  'reports',
  'processed',
  'cancelled',
  'unanswered',
  'feedback',
] as const
type Kind = (typeof KINDS)[number]

/** For each kind the last row that was looked at; null when there are no more. */
export type PrunePlaces = Readonly<Record<Kind, Place | null>>

interface Place {
  readonly at: number
  readonly id: number
}

const BEGINNING: Place = { at: -1, id: -1 }

/** So few that whoever wants to store something waits some ms for it. */
const BATCH = 100

/**
 * Removes what its retention has run out for from among the next rows of each kind; called again from where it
 * ended until that is null. So what may not go yet is passed over once in a round, however much of it there is.
 * The audit stays whole.
 */
export function* prune(args: PruneArgs): Step<Pruned> {
  const { actor, retention, after } = args
  const at = args.at ?? (yield* now())
  const limits = limitsOf(retention, at)
  const next = Object.fromEntries(KINDS.map((kind) => [kind, null])) as Record<Kind, Place | null>

  /** @returns how many rows of the kind are removed */
  function* look(kind: Kind, { select, before, mayGo, remove }: Look): Step<number> {
    const place = after ? after[kind] : BEGINNING
    if (!place) return 0
    const rows = yield sql(select, place.at, place.id, before, BATCH)
    let count = 0
    for (const row of rows) {
      if (mayGo(row, limits) && (yield* remove(number(row, 'id')))) count++
    }
    const last = rows.at(-1)
    if (rows.length === BATCH) next[kind] = { at: number(last, 'at'), id: number(last, 'id') }
    return count
  }
  const record = { before: at - retention.rawMs, mayGo: mayRecordGo }

  const orphans = yield* giveUpOrphans(actor, at)
  const raw = yield* look('raw', { ...record, select: RAW, remove: removeFrom('raw') })
  const deliveries = yield* look('deliveries', {
    ...record,
    select: DELIVERIES,
    remove: removeDelivery,
  })
  yield* look('reports', { ...record, select: REPORTS, remove: removeFrom('report') })
  let alerts = 0
  for (const closing of CLOSINGS) {
    alerts += yield* look(closing.kind, {
      select: closing.select,
      before: closing.kind === 'unanswered' ? limits.lapsed : limits.alerts,
      mayGo: mayAlertGo,
      remove: (id) => removeAlert(actor, at, closing, id, limits),
    })
  }
  const feedback = yield* look('feedback', {
    select: FEEDBACK,
    before: limits.alerts,
    mayGo: mayFeedbackGo,
    remove: removeFrom('feedback'),
  })
  const unread = yield sql(
    'delete from quarantine where id in (select id from quarantine where at < $1 order by at limit $2) returning id',
    limits.alerts,
    BATCH,
  )
  if (!after) {
    yield sql('delete from decision where alert is null and at < $1', limits.alerts)
    yield* prunePages(limits.alerts)
    yield sql('delete from phone_call where alert is null and at < $1', limits.alerts)
    yield sql(
      `delete from told where at < $1 and not exists (
         select 1 from alert a where a.system = told.system and a.pair = told.pair)
       and not exists (select 1 from report p where p.lane = told.pair)`,
      limits.alerts,
    )
  }
  const isOver = Object.values(next).every((place) => place === null) && unread.length < BATCH
  return {
    raw,
    deliveries,
    feedback,
    orphans,
    alerts,
    quarantine: unread.length,
    next: isOver ? null : next,
  }
}

function limitsOf({ alertMs, unansweredMs }: Retention, at: number): RetentionLimits {
  const unanswered = unansweredMs === undefined ? -1 : at - unansweredMs
  return { alerts: at - alertMs, unanswered, lapsed: unanswered - alertMs }
}

/** The next rows of a kind, and how one of them is removed. */
interface Look {
  readonly select: string
  /** In epoch ms. */
  readonly before: number
  readonly mayGo: (row: Row, limits: RetentionLimits) => boolean
  /** False when it may not go after all. */
  readonly remove: (id: number) => Step<boolean>
}

const timeIn = (row: Row, column: string): number | null => row[column] as number | null

const mayRecordGo: Look['mayGo'] = (row, limits) =>
  mayRemoveRecord({ lastOpenedAt: timeIn(row, 'open_at'), isOrphan: row['orphan'] === 1 }, limits)

const mayAlertGo: Look['mayGo'] = (row, limits) =>
  mayRemoveAlert(
    {
      stage: text(row, 'stage') as AlertStage,
      since: number(row, 'at'),
      isHeld: row['held'] === 1,
      lastOpenedAt: timeIn(row, 'open_at'),
      hasDocuments: row['documents'] === 1,
      lastOwedAt: timeIn(row, 'owed_at'),
    },
    limits,
  )

const mayFeedbackGo: Look['mayGo'] = (row) =>
  mayRemoveFeedback({ isOrphan: row['state'] === 'orphan', hasAlerts: row['alerts'] === 1 })

const OPEN = listed(OPEN_ALERT_STAGES)
/** @param alerts a join with `a`, with its condition */
const lastOpened = (alerts: string): string =>
  `(select max(a.opened_at) from ${alerts} and a.stage in ${OPEN}) as open_at`

// Of a call with several critical values, or with feedback of an exam that has several.
const RAW = `select r.id, r.at,
    ${lastOpened(`(select v.alert as id from revision v where v.raw = r.id union
      select b.id from feedback f join alert b on b.system = f.system and b.pair = f.pair
      where f.raw = r.id) k join alert a on a.id = k.id where true`)},
    exists (select 1 from feedback f where f.raw = r.id and f.state = 'orphan') as orphan
  from raw r where (r.at, r.id) > ($1, $2) and r.at < $3 order by r.at, r.id limit $4`

const DELIVERIES = `select o.id, o.ended_at as at, ${lastOpened('alert a where a.id = o.alert')}
  from outbox o where o.state in ('done', 'cancelled') and (o.ended_at, o.id) > ($1, $2)
    and o.ended_at < $3 order by o.ended_at, o.id limit $4`

// What no document has said; the others go with their documents.
const REPORTS = `select r.id, r.ended_at as at, ${lastOpened('alert a where a.id = r.alert')}
  from report r where r.outbox is null and r.ended_at is not null and (r.ended_at, r.id) > ($1, $2)
    and r.ended_at < $3 order by r.ended_at, r.id limit $4`

const FEEDBACK = `select f.id, f.at, f.state,
    exists (select 1 from alert a where a.system = f.system and a.pair = f.pair) as alerts
  from feedback f where (f.at, f.id) > ($1, $2) and f.at < $3 order by f.at, f.id limit $4`

/** One way for an alert to be closed. */
interface Closing {
  readonly kind: 'processed' | 'cancelled' | 'unanswered'
  readonly select: string
  /** The same of one alert. */
  readonly again: string
}

const CLOSINGS = [
  closingBy('processed', "in ('processed', 'fedBack')", 'c.processed_at'),
  closingBy('cancelled', "= 'cancelled'", 'c.cancelled_at'),
  // Not moved to another stage: that it was never processed stays true.
  closingBy('unanswered', `in ${OPEN}`, 'c.opened_at'),
]

/** @param since the column that holds when it was closed */
function closingBy(kind: Closing['kind'], stages: string, since: string): Closing {
  const facts = `select c.id, ${since} as at, c.stage, c.uncounted,
      exists (select 1 from alert b where b.system = c.system and b.pair = c.pair and b.hold is not null) as held,
      ${lastOpened('alert a where a.system = c.system and a.pair = c.pair')},
      exists (select 1 from outbox o where o.alert = c.id)
        or exists (select 1 from report p where p.alert = c.id) as documents,
      (select max(w.at) from owed w where w.alert = c.id) as owed_at
    from alert c where c.stage ${stages}`
  return {
    kind,
    select: `${facts} and (${since}, c.id) > ($1, $2) and ${since} < $3
      order by ${since}, c.id limit $4`,
    again: `${facts} and c.id = $1`,
  }
}

const removeFrom = (table: string): Look['remove'] =>
  function* (id) {
    yield sql(`delete from ${table} where id = $1`, id)
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
  { kind, again }: Closing,
  alert: number,
  limits: RetentionLimits,
): Step<boolean> {
  const exam = yield* examOfAlert(alert)
  if (!exam) return false
  // Another instance may have reopened it since it was looked at, and whoever corrects it would write into what is
  // gone. Nothing is added to an alert without this lock.
  yield* lockExam(exam.examKey)
  const [row] = yield sql(again, alert)
  if (!row || !mayAlertGo(row, limits)) return false
  if (number(row, 'uncounted') === 1) yield* countExam(exam)
  yield sql('delete from alert where id = $1', alert)
  yield* removePages(alert)
  yield* removeBeside(alert)
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

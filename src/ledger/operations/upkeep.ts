import type { Step } from '../engine/types.js'
import type { ToQuarantine } from '../types.js'
import { audit, type Actor } from './audit.js'
import { lockExam } from './exam/load.js'
import { REMATCH_MS } from './feedback.js'
import { insert, now, number, sql, text } from './sql.js'

/** Keeps what could not be understood, with its bytes. */
export function* quarantine(args: { actor: Actor; item: ToQuarantine }): Step<number> {
  const at = yield* now()
  const { item } = args
  const id = yield* insert(
    sql(
      `insert into quarantine (at, service, operation, remote, code, reason_zh, reason_en, charset, bytes)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
      at,
      item.service,
      item.operation,
      item.remoteAddress,
      item.code,
      item.reasonZh,
      item.reasonEn,
      item.charset,
      item.raw,
    ),
  )
  yield* audit(args.actor, at, { kind: 'quarantined', detail: { quarantine: id, code: item.code } })
  return id
}

/** How long what is done with is kept, in ms. Open alerts and what is still owed are never touched. */
export interface Retention {
  /** Bytes as they came and went, of alerts that are closed. */
  readonly rawMs: number
  /** Alerts that are closed, with all that belongs to them; what never found its alert; the quarantine. */
  readonly alertMs: number
}

/** How many were removed; `orphans` were given up and are still kept. */
export interface Pruned {
  readonly raw: number
  readonly deliveries: number
  readonly alerts: number
  readonly orphans: number
  readonly feedback: number
  readonly quarantine: number
}

/** So few that whoever wants to store something waits some 10 ms for it. */
const BATCH = 50
const OPEN = "('stored', 'notified', 'received')"

/**
 * Removes a batch of what its retention has run out for; called again until it removes nothing. Nothing of an
 * alert that is not closed, and nothing undelivered, is ever removed. The audit stays whole.
 */
export function* prune(args: { actor: Actor; retention: Retention }): Step<Pruned> {
  const at = yield* now()
  const rawBefore = at - args.retention.rawMs
  const alertsBefore = at - args.retention.alertMs
  const orphans = yield* giveUpOrphans(args.actor, at)
  const raw = yield sql(
    `delete from raw where id in (
       select r.id from raw r where r.at < $1
         and not exists (select 1 from revision v join alert a on a.id = v.alert
           where v.raw = r.id and a.stage in ${OPEN})
         and not exists (select 1 from feedback f join alert a on a.system = f.system and a.pair = f.pair
           where f.raw = r.id and a.stage in ${OPEN})
         and not exists (select 1 from feedback f where f.raw = r.id and f.state = 'orphan')
       order by r.at limit $2) returning id`,
    rawBefore,
    BATCH,
  )
  const deliveries = yield sql(
    `delete from outbox where id in (
       select o.id from outbox o left join alert a on a.id = o.alert
       where o.state in ('done', 'cancelled') and o.ended_at < $1 and (a.id is null or a.stage not in ${OPEN})
       order by o.ended_at limit $2) returning id`,
    rawBefore,
    BATCH,
  )
  for (const row of deliveries)
    yield sql('delete from attempt where outbox = $1', number(row, 'id'))
  // What went out with another goes after it, since it ends with that.
  yield sql(
    `delete from outbox where id in (
       select o.id from outbox o left join alert a on a.id = o.alert
       where o.merged_into is not null and o.ended_at < $1 and (a.id is null or a.stage not in ${OPEN})
         and not exists (select 1 from outbox i where i.id = o.merged_into)
       limit $2)`,
    rawBefore,
    BATCH,
  )
  const alerts = yield* pruneAlerts(args.actor, alertsBefore, at)
  const feedback = yield sql(
    // With "not exists" PostgreSQL would read all alerts: it does not expect that many are missing.
    `delete from feedback where id in (
       select f.id from feedback f where f.at < $1 and f.state <> 'orphan'
         and (select min(a.id) from alert a where a.system = f.system and a.pair = f.pair) is null
       order by f.at limit $2) returning id`,
    alertsBefore,
    BATCH,
  )
  const unread = yield sql(
    'delete from quarantine where id in (select id from quarantine where at < $1 order by at limit $2) returning id',
    alertsBefore,
    BATCH,
  )
  yield sql(
    `delete from told where at < $1 and not exists (
       select 1 from alert a where a.system = told.system and a.pair = told.pair)`,
    alertsBefore,
  )
  return {
    raw: raw.length,
    deliveries: deliveries.length,
    alerts,
    orphans,
    feedback: feedback.length,
    quarantine: unread.length,
  }
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

/** How an alert can be closed, and since when. */
const CLOSINGS = [
  ["stage in ('processed', 'fedBack')", 'processed_at'],
  ["stage = 'cancelled'", 'cancelled_at'],
] as const

function* pruneAlerts(actor: Actor, before: number, at: number): Step<number> {
  yield sql('delete from decision where alert is null and at < $1', before)
  let pruned = 0
  for (const [closed, since] of CLOSINGS) {
    pruned += yield* pruneClosed(actor, `${closed} and ${since} < $1`, since, before, at)
  }
  return pruned
}

function* pruneClosed(
  actor: Actor,
  closed: string,
  since: string,
  before: number,
  at: number,
): Step<number> {
  // One that is held waits for a person, and what was told of it has not been sent. What is owed to a node that
  // is gone keeps its own content, and keeps its alert no longer than other alerts are kept.
  const isPrunable = `${closed}
       and not exists (select 1 from alert b where b.system = a.system and b.pair = a.pair
         and (b.stage in ${OPEN} or b.hold is not null))
       and not exists (select 1 from outbox o where o.alert = a.id)
       and not exists (select 1 from owed w where w.alert = a.id and w.at >= $1)`
  const rows = yield sql(
    `select id, system, pair from alert a where ${isPrunable} order by ${since} limit $2`,
    before,
    BATCH,
  )
  let pruned = 0
  for (const row of rows) {
    const alert = number(row, 'id')
    yield* lockExam(text(row, 'system'), text(row, 'pair'))
    // Another instance may have reopened it meanwhile, with a correction that it has answered for.
    const gone = yield sql(
      `delete from alert as a where a.id = $2 and ${isPrunable} returning id`,
      before,
      alert,
    )
    if (gone.length === 0) continue
    for (const table of ['revision', 'stage', 'alert_key', 'decision']) {
      yield sql(`delete from ${table} where alert = $1`, alert)
    }
    yield* audit(actor, at, { kind: 'pruned', alert })
    pruned++
  }
  return pruned
}

export interface PeerHealth {
  readonly failures: number
  readonly failingSince: number | null
  /** True once, for the instance that is to raise the alarm. */
  readonly alarm: boolean
  /** True once, when a peer that was alarmed of has recovered. */
  readonly recovered: boolean
}

/** Counts a peer's failures in a row, so that one alarm is raised when it goes bad and one when it recovers. */
export function* notePeer(args: {
  actor: Actor
  peer: string
  ok: boolean
  alarmAfter: number
}): Step<PeerHealth> {
  const at = yield* now()
  yield sql('insert into peer (id) values ($1) on conflict do nothing', args.peer)
  // Changes nothing but locks the row: of two instances that count at the same moment one raises the alarm.
  const [before] = yield sql('update peer set id = id where id = $1 returning *', args.peer)
  const alarmed = number(before, 'alarmed') === 1
  if (args.ok) {
    if (number(before, 'failures') > 0) {
      yield sql(
        'update peer set failures = 0, failing_since = null, open_until = 0, alarmed = 0 where id = $1',
        args.peer,
      )
    }
    if (alarmed)
      yield* audit(args.actor, at, { kind: 'peerRecovered', detail: { peer: args.peer } })
    return { failures: 0, failingSince: null, alarm: false, recovered: alarmed }
  }
  const failures = number(before, 'failures') + 1
  const alarm = failures >= args.alarmAfter && !alarmed
  const since = (before?.['failing_since'] ?? at) as number
  yield sql(
    'update peer set failures = $2, failing_since = $3, alarmed = $4 where id = $1',
    args.peer,
    failures,
    since,
    alarm || alarmed ? 1 : 0,
  )
  if (alarm)
    yield* audit(args.actor, at, { kind: 'peerFailing', detail: { peer: args.peer, failures } })
  return { failures, failingSince: since, alarm, recovered: false }
}

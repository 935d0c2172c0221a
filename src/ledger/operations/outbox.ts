import type { Row, Step } from '../engine/types.js'
import type {
  AttemptRecord,
  Claimed,
  DeliveryState,
  ParkedCode,
  ToDeliver,
  Verdict,
} from '../types.js'
import type { Operation } from '../../messages/index.js'
import { audit, type Actor } from './audit.js'
import { addStage, RETURNED } from './records.js'
import { endingOfWithdrawn, EXPIRED, expiry, setState, tellFlow, type Ending } from './outcome.js'
import { notePace, readPace } from './pace.js'
import { insert, now, number, sql, text } from './sql.js'

/** No time of day, so that no clock that is set back can put off what may go now. */
export const AT_ONCE = 0

/** Longer than any back-off: what is due later than this was put off by a clock that has been set back since. */
const LONGEST_WAIT_MS = 10 * 60_000

export interface Enqueue {
  readonly actor: Actor
  readonly item: ToDeliver
  /** Why it is not to be sent yet. */
  readonly parked?: ParkedCode | null
  /** What a feedback was told as, as JSON. */
  readonly telling?: string
  /** The revision that the flow says it is. */
  readonly named?: number | undefined
  /** Seconds by which the times in the document are not those that were said. */
  readonly clockOffset?: number | undefined
}

/** Puts a document into the outbox. Once this is committed it is owed, whatever happens to us. */
export function* enqueue(args: Enqueue): Step<number> {
  const { actor, item, parked = null, telling, named, clockOffset } = args
  const at = yield* now()
  // Ids are handed out before the commit: within a lane they must be in the order of the commits.
  yield sql('{lock:$1}', `${item.peer}/${item.lane}`)
  const outbox = yield* insert(
    sql(
      `insert into outbox (peer, operation, lane, document, alert, node, message, state, due, expires_at, at,
         revision, flags, telling, parked, named)
       values ($1, $2, $3, $4, $5, $6, $7, $10, ${AT_ONCE}, $8, $9, $11, $12, $13, $14, $15) returning id`,
      item.peer,
      item.operation,
      item.lane,
      item.document,
      item.alert,
      item.node,
      item.message,
      item.expiresAfterMs === null ? null : at + item.expiresAfterMs,
      at,
      parked === null ? 'ready' : 'parked',
      item.revision ?? null,
      item.flags ? JSON.stringify(item.flags) : null,
      telling ?? null,
      parked,
      named ?? null,
    ),
  )
  yield* audit(actor, at, {
    kind: parked === null ? 'queued' : 'parked',
    alert: item.alert,
    outbox,
    detail: {
      operation: item.operation,
      ...(parked !== null && { parked }),
      ...(clockOffset !== undefined && { clockOffset }),
    },
  })
  return outbox
}

export interface Claim {
  readonly actor: Actor
  readonly peer: string
  readonly lease: string
  readonly leaseMs: number
  /** How many the instance can take. */
  readonly limit: number
  /** Most documents on their way to the peer at a time, by all instances. */
  readonly parallel: number
  /** Most documents in a minute, by all instances; 0 = no limit. */
  readonly perMinute: number
}

export interface Claims {
  readonly documents: readonly Claimed[]
  /** In how many ms to ask again, although nothing else happens; null when there is no need to. */
  readonly againMs: number | null
}

/** Another instance is claiming just now, which is a matter of one commit. */
const CLAIMING_MS = 50

/**
 * Takes documents that are due: the oldest of each lane only, so that no correction overtakes what it
 * corrects, and no lane waits for another; what was never tried comes first. Leases of this peer that ran out
 * are given back first; those of other peers are left alone, because their instance may be about to record what
 * became of them. The peer's limits hold for all instances together.
 */
export function* claim(args: Claim): Step<Claims> {
  // One at a time, or two would not see each other's leases. Waiting for it could end in a deadlock, because a
  // transaction holds the locks of all its operations.
  const [turn] = yield sql('select {try:$1} as mine, {now} as now', `claim/${args.peer}`)
  if (number(turn, 'mine') === 0) return { documents: [], againMs: CLAIMING_MS }
  const at = number(turn, 'now')
  yield* endLeases(args, at)
  if (args.perMinute === 0) return { documents: yield* take(args, args.limit, at), againMs: null }
  const pace = yield* readPace(args.peer, args.perMinute, at)
  if (pace.free === 0) return { documents: [], againMs: pace.againMs }
  const documents = yield* take(args, Math.min(args.limit, pace.free), at)
  if (documents.length > 0) yield* notePace(args.peer, pace, documents.length, at)
  return { documents, againMs: null }
}

export function* endLeases(args: Pick<Claim, 'actor' | 'peer'>, at: number): Step<void> {
  const expired = yield sql(
    `update outbox set state = ${RETURNED}, lease = null, lease_until = null, due = ${AT_ONCE}
     where peer = $1 and state = 'leased' and lease_until < $2 returning id, alert`,
    args.peer,
    at,
  )
  for (const row of expired) {
    yield* audit(args.actor, at, {
      kind: 'leaseExpired',
      outbox: number(row, 'id'),
      alert: row['alert'] as number | null,
    })
  }
}

function* take(args: Claim, limit: number, at: number): Step<readonly Claimed[]> {
  const rows = yield sql(
    `with c as materialized (
       select id from outbox x where peer = $1 and state = 'ready' and (due <= $2 or due > $6) and not exists (
         select 1 from outbox p where p.peer = x.peer and p.lane = x.lane and p.id < x.id
           and p.state in ('ready', 'leased'))
       order by due, id
       limit (select case when n <= 0 then 0 when n < $3 then n else $3 end from (
         select $7 - count(*) as n from outbox where peer = $1 and state = 'leased') free) {skip}
     )
     update outbox set state = 'leased', attempts = attempts + 1, lease = $4, lease_until = $5
     from c where outbox.id = c.id
     returning outbox.id, outbox.peer, outbox.operation, outbox.lane, outbox.document, outbox.alert,
       outbox.attempts, outbox.at,
       (select count(*) from attempt t where t.outbox = outbox.id and t.class = 'ambiguous') as ambiguous`,
    args.peer,
    at,
    limit,
    args.lease,
    at + args.leaseMs,
    at + LONGEST_WAIT_MS,
    args.parallel,
  )
  const claimed = rows.map((row) => ({
    id: number(row, 'id'),
    peer: text(row, 'peer'),
    operation: text(row, 'operation') as Operation,
    lane: text(row, 'lane'),
    document: text(row, 'document'),
    alert: row['alert'] as number | null,
    attempts: number(row, 'attempts'),
    ambiguous: number(row, 'ambiguous'),
    acceptedAt: number(row, 'at'),
    lease: args.lease,
  }))
  return claimed.toSorted((a, b) => a.id - b.id)
}

export interface Conclude {
  readonly actor: Actor
  readonly id: number
  readonly lease: string
  readonly attempt: AttemptRecord
  readonly verdict: Verdict
}

export interface Concluded {
  /** False: the lease had run out and somebody else owns the document now, so nothing was changed. */
  readonly owned: boolean
  /** The document has expired, so that the retry became a dead letter. */
  readonly expired: boolean
}

/**
 * Records an attempt and what follows from it, fenced by the lease. May be asked again when it is not known
 * whether it was committed.
 */
export function* conclude(args: Conclude): Step<Concluded> {
  const at = yield* now()
  // Changes nothing but locks the row: until the commit no other instance can take the lease over.
  const [row] = yield sql(
    "update outbox set lease = lease where id = $1 and lease = $2 and state = 'leased' returning *",
    args.id,
    args.lease,
  )
  if (!row) return yield* concludedBefore(args)
  yield* recordAttempt(args, number(row, 'attempts'))
  const { verdict } = args
  const expires = row['expires_at']
  const isRetry = verdict.state === 'ready'
  const expired = isRetry && typeof expires === 'number' && at >= expires
  const parked = isRetry ? (row['parked'] as ParkedCode | null) : null
  const state: DeliveryState = expired ? 'dead' : parked ? PARKED[parked] : verdict.state
  const over = state !== 'ready' && state !== 'parked'
  const due = isRetry ? at + verdict.delayMs : number(row, 'due')
  const end: Ending = expired
    ? expiry(args.attempt)
    : state === 'cancelled' && (parked === 'alertCancelled' || parked === 'revised')
      ? endingOfWithdrawn(parked, text(row, 'operation'))
      : args.attempt
  yield* setState(row, state, due, end, at)
  yield* audit(args.actor, at, {
    kind: state === 'ready' ? 'retry' : state,
    alert: row['alert'] as number | null,
    outbox: args.id,
    detail: { class: end.class, code: end.code },
  })
  if (state === 'done') yield* noteDelivered(row, at)
  if (over) yield* tellFlow(row, state, end, at)
  return { owned: true, expired }
}

/** What becomes of a document that was parked while it was on the wire, and came back undelivered. */
const PARKED: Readonly<Record<ParkedCode, DeliveryState>> = {
  otherFinding: 'parked',
  process: 'parked',
  wrongPatient: 'parked',
  alertCancelled: 'cancelled',
  revised: 'cancelled',
}

/** Whether this very attempt stands in the record: its commit was reported to us as failed. */
function* concludedBefore({ id, actor, attempt }: Conclude): Step<Concluded> {
  const [row] = yield sql(
    `select o.code from attempt t join outbox o on o.id = t.outbox
     where t.outbox = $1 and t.instance = $2 and t.started_at = $3 and t.ended_at = $4`,
    id,
    actor.actor,
    attempt.startedAt,
    attempt.endedAt,
  )
  return { owned: row !== undefined, expired: row?.['code'] === EXPIRED }
}

function* recordAttempt({ id, actor, attempt }: Conclude, n: number): Step<void> {
  yield sql(
    `insert into attempt (outbox, n, instance, started_at, ended_at, class, code, reply, request, response)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
    id,
    n,
    actor.actor,
    attempt.startedAt,
    attempt.endedAt,
    attempt.class,
    attempt.code,
    attempt.reply ? JSON.stringify(attempt.reply) : null,
    attempt.request,
    attempt.response,
  )
}

/** May still be delivered: not so what was taken back while it was on the wire. */
const PENDING = `state in ('ready', 'leased', 'held', 'dead', 'parked')
  and coalesce(parked, '') not in ('alertCancelled', 'revised')`

/** A critical value that the peer has taken over is notified; feedback that it has taken closes the loop. */
function* noteDelivered(row: Row, at: number): Step<void> {
  const alert = row['alert']
  if (typeof alert !== 'number') return
  if (text(row, 'operation') === 'SynCrisisInfo') yield* noteNotified(row, alert, at)
  else if (TELLS_PROCESS.test(text(row, 'document'))) yield* closeLoop(row, alert, at)
}

function* noteNotified(row: Row, alert: number, at: number): Step<void> {
  // With a correction still behind this one, the peer does not have all of it yet.
  const [later] = yield sql(
    `select id from outbox where alert = $1 and peer = $2 and operation = 'SynCrisisInfo' and id > $3
       and ${PENDING} limit 1`,
    alert,
    text(row, 'peer'),
    number(row, 'id'),
  )
  if (later) return
  const moved = yield sql(
    `update alert set stage = 'notified'
     where id = $1 and stage = 'stored' and revision = coalesce($2, revision) returning id`,
    alert,
    row['revision'] as number | null,
  )
  if (moved.length > 0) yield* addStage(alert, 'notified', at)
}

/** Only a document with a result in it says that the exam is processed; as text, for people may edit it. */
const TELLS_PROCESS = /<ProcessResult>\s*[^<\s]/

/** It speaks of the whole exam (A19), but of nothing that was processed after it was written or is still to be said. */
function* closeLoop(row: Row, alert: number, at: number): Step<void> {
  const moved = yield sql(
    `update alert set stage = 'fedBack', fed_back_at = $1
     where stage = 'processed' and processed_at <= $2 and id in (
       select b.id from alert a join alert b on b.system = a.system and b.pair = a.pair where a.id = $3)
       and not exists (select 1 from outbox where outbox.alert = alert.id and operation = $4
         and ${PENDING})
     returning id`,
    at,
    number(row, 'at'),
    alert,
    text(row, 'operation'),
  )
  for (const one of moved) yield* addStage(number(one, 'id'), 'fedBack', at)
}

export interface Release {
  readonly id: number
  readonly lease: string
}

/** Gives back what was claimed and not tried, as at a redeploy; it does not count as an attempt. */
export function* release(args: Release): Step<void> {
  yield sql(
    `update outbox set state = ${RETURNED}, attempts = attempts - 1, lease = null, lease_until = null
     where id = $1 and lease = $2 and state = 'leased'`,
    args.id,
    args.lease,
  )
}

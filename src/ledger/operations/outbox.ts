import { tellsProcess, type DocumentEvent, type Telling } from '../../loop/index.js'
import { readFeedbackDocument, type CrisisFeedback } from '../../messages/index.js'
import type { Step } from '../engine/types.js'
import type { AttemptRecord, Claimed, ParkedCode, ToDeliver, Verdict } from '../types.js'
import { recordAttempt } from './attempts.js'
import { audit, type Actor } from './audit.js'
import { alertsOf, examOfAlert, lockExam } from './exam/load.js'
import { markFedBack, markNotified } from './exam/save.js'
import {
  endingChanges,
  endingOfWithdrawn,
  EXPIRED,
  expiry,
  tellFlow,
  type Ending,
} from './outcome.js'
import { closeOvertaken } from './overtaken.js'
import { notePace, readPace } from './pace.js'
import { insert, now, number, sql } from './sql.js'
import { lockDocuments, transition, transitionOne, type Document } from './transition.js'

/** No time of day, so that no clock that is set back can put off what may go now. */
export const AT_ONCE = 0

/** Longer than any back-off: what is due later than this was put off by a clock that has been set back since. */
const LONGEST_WAIT_MS = 10 * 60_000

export interface Enqueue {
  readonly actor: Actor
  readonly item: ToDeliver
  /** Why it is not to be sent yet. */
  readonly parked?: ParkedCode | null
  /** What a feedback was told as. */
  readonly telling?: Telling
  /** The revision that the flow says it is. */
  readonly named?: number | undefined
  /** Seconds by which the times in the document are not those that were said. */
  readonly clockOffset?: number | undefined
  /** The dead letter that it is sent instead of. */
  readonly replayOf?: number | undefined
}

/** Puts a document into the outbox. Once this is committed it is owed, whatever happens to us. */
export function* enqueue(args: Enqueue): Step<number> {
  const { actor, item, parked = null, telling, named, clockOffset, replayOf } = args
  const at = yield* now()
  // Ids are handed out before the commit: within a lane they must be in the order of the commits.
  yield sql('{lock:$1}', `${item.peer}/${item.lane}`)
  const outbox = yield* insert(
    sql(
      `insert into outbox (peer, operation, lane, document, alert, node, message, state, due, expires_at, at,
         revision, flags, telling, parked, named, replay_of)
       values ($1, $2, $3, $4, $5, $6, $7, $10, ${AT_ONCE}, $8, $9, $11, $12, $13, $14, $15, $16) returning id`,
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
      telling ? JSON.stringify(telling) : null,
      parked,
      named ?? null,
      replayOf ?? null,
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

/** A lease is over at its time; one that lies further ahead than any can was given by a clock that was set back. */
export function* endLeases(args: Pick<Claim, 'actor' | 'peer'>, at: number): Step<void> {
  const expired = yield* transition(
    'returned',
    {
      where: "peer = $1 and state = 'leased' and (lease_until < $2 or lease_until > $3)",
      params: [args.peer, at, at + LONGEST_LEASE_MS],
    },
    { lease: null, lease_until: null, due: AT_ONCE },
  )
  for (const { id, alert } of expired) {
    yield* audit(args.actor, at, { kind: 'leaseExpired', outbox: id, alert })
  }
}

/** A call may take an hour at the most, by the settings of a peer. */
const LONGEST_LEASE_MS = 2 * 3_600_000

function* take(args: Claim, limit: number, at: number): Step<readonly Claimed[]> {
  const taken = yield* transition(
    'claimed',
    {
      picked: `with c as materialized (
       select id from outbox x where peer = $1 and state = 'ready' and (due <= $2 or due > $4) and not exists (
         select 1 from outbox p where p.peer = x.peer and p.lane = x.lane and p.id < x.id
           and p.state in ('ready', 'leased'))
       order by due, id
       limit (select case when n <= 0 then 0 when n < $3 then n else $3 end from (
         select $5 - count(*) as n from outbox where peer = $1 and state = 'leased') free) {skip}
     )`,
      where: 'id in (select id from c)',
      params: [args.peer, at, limit, at + LONGEST_WAIT_MS, args.parallel],
    },
    { attempts: { sql: 'attempts + 1' }, lease: args.lease, lease_until: at + args.leaseMs },
  )
  const claimed: Claimed[] = []
  for (const one of taken) {
    claimed.push({
      id: one.id,
      peer: one.peer,
      operation: one.operation,
      lane: one.lane,
      document: one.document,
      alert: one.alert,
      attempts: one.attempts,
      ambiguous: one.attempts > 1 ? yield* ambiguousAttempts(one.id) : 0,
      acceptedAt: one.at,
      lease: args.lease,
    })
  }
  return claimed
}

function* ambiguousAttempts(outbox: number): Step<number> {
  const [row] = yield sql(
    `select coalesce(sum(1 + alike), 0) as n from attempt where outbox = $1 and class = 'ambiguous'`,
    outbox,
  )
  // PostgreSQL's sum of big numbers comes as text.
  return Number(row?.['n'])
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
  // The exam before the document, as everybody else.
  yield* lockExamOf(args.id)
  const [before] = yield* lockDocuments(
    "id = $1 and lease = $2 and state = 'leased'",
    args.id,
    args.lease,
  )
  if (!before) return yield* concludedBefore(args)
  yield* recordAttempt(args, before.attempts)
  const { event, end } = consequenceOf(args, before, at)
  const isRetry = event === 'retried'
  const changes = {
    ...endingChanges(end, isRetry ? null : at),
    due: isRetry && args.verdict.state === 'ready' ? at + args.verdict.delayMs : before.due,
    ...(!isRetry && { parked: null }),
  }
  const after = yield* transitionOne(event, args.id, changes)
  if (!after) return { owned: false, expired: false }
  yield* audit(args.actor, at, {
    kind: after.state === 'ready' ? 'retry' : after.state,
    alert: before.alert,
    outbox: args.id,
    detail: { class: end.class, code: end.code },
  })
  if (!isRetry) yield* closeOvertaken(args.actor, before, event === 'delivered', at)
  if (event === 'delivered') yield* noteDelivered(before, at)
  if (!isRetry) {
    yield* tellFlow(before, after.state, end, at)
  }
  return { owned: true, expired: end.code === EXPIRED }
}

function* lockExamOf(outbox: number): Step<void> {
  const [row] = yield sql('select alert from outbox where id = $1', outbox)
  const alert = row?.['alert']
  const exam = typeof alert === 'number' ? yield* examOfAlert(alert) : null
  if (exam) yield* lockExam(exam.system, exam.pair)
}

/** What an attempt means for its document. */
function consequenceOf(
  { verdict, attempt }: Conclude,
  { expiresAt, parked, operation }: Document,
  at: number,
): { readonly event: DocumentEvent; readonly end: Ending } {
  if (verdict.state === 'done') return { event: 'delivered', end: attempt }
  if (verdict.state === 'held') return { event: 'stopped', end: attempt }
  if (verdict.state === 'dead') return { event: 'refused', end: attempt }
  if (expiresAt !== null && at >= expiresAt) return { event: 'refused', end: expiry(attempt) }
  // Withdrawn while it was on the wire.
  if (parked === 'alertCancelled' || parked === 'revised') {
    return { event: 'broughtBack', end: endingOfWithdrawn(parked, operation) }
  }
  return { event: 'retried', end: attempt }
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

/** May still be delivered: not so what was taken back while it was on the wire. */
const PENDING = `state in ('ready', 'leased', 'held', 'dead', 'parked')
  and coalesce(parked, '') not in ('alertCancelled', 'revised')`

/** A critical value that the peer has taken over is notified; feedback that it has taken closes the loop. */
function* noteDelivered(one: Document, at: number): Step<void> {
  const { alert } = one
  if (alert === null) return
  if (one.operation === 'SynCrisisInfo') yield* noteNotified(one, alert, at)
  else if (tellsProcess(saysOf(one))) yield* closeLoop(one, alert, at)
}

/** What a feedback says; its own words where a person has written them. */
function saysOf({ telling, document }: Document): CrisisFeedback {
  if (telling?.says) return telling.says
  try {
    return readFeedbackDocument(document).feedbacks[0]?.feedback ?? {}
  } catch {
    // A person's words that are no feedback close nothing.
    return {}
  }
}

function* noteNotified({ id, peer, revision }: Document, alert: number, at: number): Step<void> {
  // With a correction still behind this one, the peer does not have all of it yet.
  const [later] = yield sql(
    `select id from outbox where alert = $1 and peer = $2 and operation = 'SynCrisisInfo' and id > $3
       and ${PENDING} limit 1`,
    alert,
    peer,
    id,
  )
  if (!later) yield* markNotified(alert, revision, at)
}

/** It speaks of the whole exam (A19), but of nothing that was processed after it was written or is still to be said. */
function* closeLoop(report: Document, alert: number, at: number): Step<void> {
  const exam = yield* examOfAlert(alert)
  if (!exam) return
  for (const { id, stage, processedAt } of yield* alertsOf(exam.system, exam.pair)) {
    if (stage !== 'processed' || processedAt === null || processedAt > report.at) continue
    const [pending] = yield sql(
      `select id from outbox where alert = $1 and operation = $2 and id <> $3 and ${PENDING} limit 1`,
      id,
      report.operation,
      report.id,
    )
    if (!pending) yield* markFedBack(id, at)
  }
}

export interface Release {
  readonly id: number
  readonly lease: string
}

/** Gives back what was claimed and not tried, as at a redeploy; it does not count as an attempt. */
export function* release(args: Release): Step<void> {
  yield* transition(
    'returned',
    { where: 'id = $1 and lease = $2', params: [args.id, args.lease] },
    { attempts: { sql: 'attempts - 1' }, lease: null, lease_until: null },
  )
}

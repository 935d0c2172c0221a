import { tellsProcess, type DocumentEvent } from '../../loop/index.js'
import { readFeedbackDocument, type CrisisFeedback } from '../../messages/index.js'
import type { Step } from '../engine/types.js'
import type { AttemptRecord, Verdict } from '../types.js'
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
import { now, sql } from './sql.js'
import { lockDocuments, transitionOne, type Document } from './transition.js'

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

/** The consequence of an attempt for its document. */
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

/** True when this very attempt stands in the record: its commit was reported to us as failed. */
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

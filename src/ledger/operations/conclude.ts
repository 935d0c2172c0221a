import {
  delivered,
  fedBack,
  tellsProcess,
  type DocumentEvent,
  type Exam,
  type ToldDocument,
} from '../../loop/index.js'
import type { Operation } from '../../messages/index.js'
import type { Step } from '../../store/index.js'
import type { AttemptRecord, Verdict } from '../types.js'
import { recordAttempt } from './attempts.js'
import { audit, type Actor } from './audit.js'
import { examOfDocument, loadExam, lockExam } from './exam/load.js'
import { saveExam } from './exam/save.js'
import {
  endingChanges,
  endingOfWithdrawn,
  EXPIRED,
  expiry,
  tellFlow,
  type Ending,
} from './outcome.js'
import { closeOvertaken } from './overtaken.js'
import { loadReports, wordsIn } from './reports.js'
import { now, number, sql, text } from './sql.js'
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
  const exam = yield* examOf(args)
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
    ...(!isRetry && { blocked: null }),
  }
  const after = yield* transitionOne(event, args.id, changes)
  if (!after) return { owned: false, expired: false }
  yield* audit(args.actor, at, {
    kind: after.state === 'ready' ? (after.blocked ? 'parked' : 'retry') : after.state,
    alert: before.alert,
    outbox: args.id,
    detail: { class: end.class, code: end.code },
  })
  if (!isRetry) yield* closeOvertaken(args.actor, before, event === 'delivered', at)
  if (event === 'delivered' && exam) yield* saveDelivered(exam, before, at)
  if (!isRetry) yield* tellFlow(before, after.state, end, at)
  return { owned: true, expired: end.code === EXPIRED }
}

/** Locks the exam of the document, and loads it where it may change. */
function* examOf({ id, verdict }: Conclude): Step<Exam | null> {
  const key = yield* examOfDocument(id)
  if (key && verdict.state === 'done') return yield* loadExam(key)
  if (key) yield* lockExam(key.examKey)
  return null
}

/** The consequence of an attempt for its document. */
function consequenceOf(
  { verdict, attempt }: Conclude,
  { expiresAt, blocked, operation }: Document,
  at: number,
): { readonly event: DocumentEvent; readonly end: Ending } {
  if (verdict.state === 'done') return { event: 'delivered', end: attempt }
  if (verdict.state === 'held') return { event: 'stopped', end: attempt }
  if (verdict.state === 'dead') return { event: 'refused', end: attempt }
  if (expiresAt !== null && at >= expiresAt) return { event: 'refused', end: expiry(attempt) }
  // Withdrawn while it was on the wire.
  if (blocked === 'alertCancelled' || blocked === 'revised') {
    return { event: 'broughtBack', end: endingOfWithdrawn(blocked, operation) }
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
const PENDING = `operation = 'SynCrisisInfo' and state in ('ready', 'leased', 'held', 'dead')
  and coalesce(blocked, '') not in ('alertCancelled', 'revised')`

function* saveDelivered(exam: Exam, one: Document, at: number): Step<void> {
  if (one.operation === 'SynCrisisResponseInfo') return yield* saveFedBack(exam, one, at)
  const rows = yield sql(
    `select id, alert, peer, operation from outbox
     where alert in (select id from alert where system = $1 and pair = $2) and ${PENDING}`,
    exam.system,
    exam.key,
  )
  const pending = rows.map((row) => ({
    id: number(row, 'id'),
    alert: number(row, 'alert'),
    peer: text(row, 'peer'),
    operation: text(row, 'operation') as Operation,
  }))
  yield* saveExam(exam, delivered(exam, one, pending, at), { at })
}

/** Documents that an early version has written belong to no report. */
function* saveFedBack(exam: Exam, one: Document, at: number): Step<void> {
  const { reports, documents } = yield* loadReports(exam.key)
  const own: ToldDocument = {
    id: one.id,
    state: 'done',
    isWithdrawn: false,
    at: one.at,
    tellsProcess: tellsProcess(one.says ?? wordsIn(one.document)),
  }
  yield* saveExam(exam, fedBack(exam, { reports, documents: [...documents, own] }, at), { at })
}

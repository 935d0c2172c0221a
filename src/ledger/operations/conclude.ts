import {
  afterAttempt,
  delivered,
  fedBack,
  isWithdrawn,
  OPEN_STATES,
  tellsProcess,
  type AfterAttempt,
  type Exam,
  type ToldDocument,
} from '../../loop/index.js'
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
import { listed, now, sql } from './sql.js'
import { documents, lockDocuments, transitionOne, type Document } from './transition.js'

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
  const after = afterAttempt(args.verdict.state, before, at)
  const { event } = after
  const end = endingOf(after, args, before)
  const isRetry = event === 'retried'
  const changes = {
    ...endingChanges(end, isRetry ? null : at),
    due: isRetry && args.verdict.state === 'ready' ? at + args.verdict.delayMs : before.due,
    ...(!isRetry && { blocked: null }),
  }
  const changed = yield* transitionOne(event, args.id, changes)
  if (!changed) return { owned: false, expired: false }
  yield* audit(args.actor, at, {
    kind: changed.state === 'ready' ? (changed.blocked ? 'parked' : 'retry') : changed.state,
    alert: before.alert,
    outbox: args.id,
    detail: { class: end.class, code: end.code },
  })
  if (!isRetry) yield* closeOvertaken(args.actor, exam, before, event === 'delivered', at)
  if (event === 'delivered' && exam) yield* saveDelivered(exam, before, at)
  if (!isRetry) yield* tellFlow(before, changed.state, end, at)
  return { owned: true, expired: end.code === EXPIRED }
}

/** Locks the exam of the document, and loads it where it may change. */
function* examOf({ id, verdict }: Conclude): Step<Exam | null> {
  const key = yield* examOfDocument(id)
  if (key && verdict.state === 'done') return yield* loadExam(key)
  if (key) yield* lockExam(key.examKey)
  return null
}

/** What the flow is told of it. */
function endingOf(
  { because }: AfterAttempt,
  { attempt }: Conclude,
  { operation }: Document,
): Ending {
  if (because === undefined) return attempt
  return because === 'expired' ? expiry(attempt) : endingOfWithdrawn(because, operation)
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

function* saveDelivered(exam: Exam, one: Document, at: number): Step<void> {
  if (one.operation === 'SynCrisisResponseInfo') return yield* saveFedBack(exam, one, at)
  const open = yield* documents(
    `alert in (select id from alert where system = $1 and pair = $2)
     and operation = 'SynCrisisInfo' and state in ${listed(OPEN_STATES)}`,
    exam.system,
    exam.key,
  )
  const pending = open.filter(({ blocked }) => !isWithdrawn(blocked))
  yield* saveExam(exam, delivered(exam, one, pending, at), { at })
}

/** Documents that an early version has written belong to no report. */
function* saveFedBack(exam: Exam, one: Document, at: number): Step<void> {
  const stored = yield* loadReports(exam.key)
  const own: ToldDocument = {
    id: one.id,
    state: 'done',
    isWithdrawn: false,
    at: one.at,
    tellsProcess: tellsProcess(one.says ?? wordsIn(one.document)),
  }
  const all = { ...stored, documents: [...stored.documents, own] }
  yield* saveExam(exam, fedBack(exam, all, at), { at })
}

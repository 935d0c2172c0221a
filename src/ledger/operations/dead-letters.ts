import { isHeld, stillHolding, type Exam } from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { keepDecision, type Decision } from './decisions.js'
import { examOfAlert, loadExam, lockExam, type ExamKey } from './exam/load.js'
import { enqueue } from './outbox.js'
import { CANCELLED, endingChanges, endingOfWithdrawn, endReport, tellFlow } from './outcome.js'
import { endOvertaken, overtakenBy } from './overtaken.js'
import { noteReplaced, reopenReport, reportsOf, unsaidReport } from './reports.js'
import { closeLoops, sayNow } from './say.js'
import { distinct, now, sql, text } from './sql.js'
import { documents, lockDocuments, transitionOne, type Document } from './transition.js'

/** One dead letter, with a corrected document if there is one; or all of them, of one peer if one is named. */
export type Replay = {
  readonly actor: Actor
  /** The person who wants it, and why, where that is known. */
  readonly decision?: Pick<Decision, 'by' | 'reason'> | undefined
} & (
  | {
      readonly id: number
      readonly peer?: null
      readonly document: string | null
      readonly after?: undefined
    }
  | {
      readonly id: null
      readonly peer: string | null
      readonly document: null
      /** The last number of the batch before; 0 or absent at first. */
      readonly after?: number | undefined
    }
)

export interface Replayed {
  /** The documents that are sent now. */
  readonly documents: readonly number[]
  /** Dead letters that are closed and not sent, because a later one has said what they say, or more. */
  readonly overtaken: readonly number[]
  /** For the next batch; null when this was the last one. */
  readonly after: number | null
}

/** So few that whoever wants to store something waits but shortly for it. */
const BATCH = 50

/**
 * Sends dead letters again: each as a new document behind those of its lane, the old one kept as it ended. Feedback
 * is not sent again as it was but says what holds now; what was overtaken is closed. Of all of them, a batch.
 */
export function* replay(args: Replay): Step<Replayed> {
  const at = yield* now()
  const found = yield* documents(
    `state in ('held', 'dead') and ($1 < 0 or id = $1) and ($2 = '' or peer = $2) and id in (
       select id from outbox where state in ('held', 'dead') and id > $3 order by +id limit ${BATCH})`,
    args.id ?? -1,
    args.peer ?? '',
    args.id === null ? (args.after ?? 0) : args.id - 1,
  )
  const sent: number[] = []
  const overtaken: number[] = []
  for (const one of found) {
    const outbox = yield* sendAgain(args, one, at)
    if (outbox !== undefined && args.decision) yield* keepReplay(args, one, at)
    if (outbox === null) overtaken.push(one.id)
    else if (outbox !== undefined) sent.push(outbox)
  }
  return { documents: sent, overtaken, after: found.length < BATCH ? null : found.at(-1)!.id }
}

/** The person and the reason, beside the audit of the document. */
function* keepReplay({ decision, document }: Replay, one: Document, at: number): Step<void> {
  const { by = '', reason = '' } = decision ?? {}
  const kind = document === null ? 'replay' : 'editAndSend'
  yield* keepDecision({ by, second: '', reason }, kind, one.alert, at, one.id)
}

/** @returns the new document; null = it is overtaken; undefined = somebody else has just decided on it */
function* sendAgain(
  { actor, document }: Replay,
  one: Document,
  at: number,
): Step<number | null | undefined> {
  const key = yield* examOfReport(one)
  const exam = key && (yield* loadExam(key))
  // A person's own words stand for themselves, whatever was said by others since.
  const isWords = document !== null && one.operation === 'SynCrisisResponseInfo'
  if (one.says && document === null) return yield* sayAgain(actor, one, exam, at)
  const later = isWords ? null : yield* overtakenBy(exam, one)
  if (later !== null) {
    if (!(yield* endOvertaken(actor, one, later, at))) return undefined
    if (exam) yield* closeLoops(exam, at)
    return null
  }
  if (!(yield* transitionOne('replayed', one.id))) return undefined
  // Feedback of an exam whose patient is in doubt waits, whoever sends it.
  const isBlocked =
    one.operation === 'SynCrisisResponseInfo' && exam !== null && isHeld(exam.alerts)
  const blocked = isBlocked ? 'wrongPatient' : null
  const outbox = yield* enqueue({ ...copyOf(actor, one, document ?? one.document), blocked })
  // Those whose report the old one has said get the outcome of the new one.
  yield* noteReplaced(one.id, outbox, blocked)
  const kind = document === null ? 'replayed' : 'editedAndResent'
  yield* audit(actor, at, { kind, outbox, alert: one.alert, detail: { replayOf: one.id } })
  return outbox
}

/** What holds now of that which a dead feedback was to say. */
function* sayAgain(
  actor: Actor,
  one: Document,
  exam: Exam | null,
  at: number,
): Step<number | null | undefined> {
  const said = exam ? yield* reportsOf(one.id) : []
  const reports = exam ? stillHolding(exam, said) : []
  const last = reports.at(-1)
  if (!exam || !last) {
    // What it spoke of was corrected or cancelled.
    const ending = endingOfWithdrawn('revised', one.operation)
    const ended = yield* transitionOne('withdrawn', one.id, endingChanges(ending, at))
    if (!ended) return undefined
    yield* audit(actor, at, { kind: 'overtaken', outbox: one.id, alert: one.alert })
    if (exam) yield* closeLoops(exam, at)
    return null
  }
  if (!(yield* transitionOne('replayed', one.id))) return undefined
  for (const report of reports) yield* reopenReport(report)
  const written = yield* sayNow(actor, exam, at, { replayOf: one.id })
  const outbox = written.documents.get(last.id) ?? last.id
  const detail = { replayOf: one.id }
  yield* audit(actor, at, { kind: 'replayed', outbox, alert: one.alert, detail })
  return outbox
}

const copyOf = (actor: Actor, one: Document, document: string) => ({
  actor,
  item: {
    peer: one.peer,
    operation: one.operation,
    lane: one.lane,
    document,
    alert: one.alert,
    node: one.node,
    message: one.message,
    expiresAfterMs: null,
    ...(one.revision !== null && { revision: one.revision }),
    ...(one.flags !== null && { flags: JSON.parse(one.flags) as string[] }),
  },
  saidRevision: one.saidRevision ?? undefined,
  replayOf: one.id,
})

/** The exam that a document speaks of. Of one that is not known here, what was told of it says so. */
function* examOfReport({ alert, lane, says }: Document): Step<ExamKey | null> {
  if (alert !== null) return yield* examOfAlert(alert)
  if (!says) return null
  const [row] = yield sql(
    `${distinct('told', 'system')}
     select t.system from d join told t on t.system = d.v and t.pair = $1 limit 1`,
    lane,
  )
  return row ? { system: text(row, 'system'), examKey: lane } : null
}

export interface Cancel {
  readonly actor: Actor
  readonly id: number
  /** Who says so. */
  readonly by?: string | undefined
  readonly reason: string
}

/**
 * A person has decided that a document is not to be sent: a dead letter, one that is tried again and again and
 * holds up its lane, or what waits. False when it is none of these, or just under way.
 */
export function* cancel(args: Cancel): Step<boolean> {
  const at = yield* now()
  const [found] = yield sql(
    `select lane from outbox where id = $1
     union all select lane from report where id = $1 and outbox is null`,
    args.id,
  )
  if (!found) return false
  // Whoever writes the exam's documents may be about to say it.
  yield* lockExam(text(found, 'lane'))
  // It may just come to an end of which its flow is told.
  const [before] = yield* lockDocuments('id = $1', args.id)
  const one = yield* transitionOne('givenUp', args.id, { blocked: null, ended_at: at })
  if (!one) return yield* cancelReport(args, at)
  yield* keepCancelled(args, one.alert, at)
  // Of a dead letter the flow has been told already.
  if (before?.endedAt === null) yield* tellFlow(one, 'cancelled', CANCELLED, at)
  if (one.operation === 'SynCrisisResponseInfo') yield* closeLoopsOf(one.alert, at)
  return true
}

/** The same for a report that no document says yet. */
function* cancelReport(args: Cancel, at: number): Step<boolean> {
  const report = yield* unsaidReport(args.id)
  if (!report) return false
  yield* keepCancelled(args, report.alert, at)
  yield* endReport(report, { outbox: report.id, attempts: 0 }, 'cancelled', CANCELLED, at)
  yield* closeLoopsOf(report.alert, at)
  return true
}

function* closeLoopsOf(alert: number | null, at: number): Step<void> {
  const key = alert === null ? null : yield* examOfAlert(alert)
  if (key) yield* closeLoops(yield* loadExam(key), at)
}

function* keepCancelled(
  { actor, id, by = '', reason }: Cancel,
  alert: number | null,
  at: number,
): Step<void> {
  const decision = yield* keepDecision({ by, second: '', reason }, 'cancel', alert, at, id)
  yield* audit(actor, at, { kind: 'cancelled', outbox: id, alert, detail: { decision } })
}

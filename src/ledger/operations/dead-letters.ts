import { retold } from '../../loop/index.js'
import type { Step } from '../engine/types.js'
import { audit, type Actor } from './audit.js'
import { note } from './decisions.js'
import { examOfAlert, lockExam, milestonesOf } from './exam/load.js'
import { enqueue } from './outbox.js'
import { endingChanges, endingOfWithdrawn, tellFlow, type Ending } from './outcome.js'
import { endOvertaken, overtakenBy } from './overtaken.js'
import { examOf, settle } from './parked.js'
import { distinct, now, sql, text } from './sql.js'
import { documents, transitionOne, type Document } from './transition.js'

/** One dead letter, with a corrected document if there is one; or all of them, of one peer if one is named. */
export type Replay = { readonly actor: Actor } & (
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
    if (outbox === null) overtaken.push(one.id)
    else if (outbox !== undefined) sent.push(outbox)
  }
  return { documents: sent, overtaken, after: found.length < BATCH ? null : found.at(-1)!.id }
}

/** @returns the new document; null = it is overtaken; undefined = somebody else has just decided on it */
function* sendAgain(
  { actor, document }: Replay,
  one: Document,
  at: number,
): Step<number | null | undefined> {
  const exam = yield* examOfDocument(one)
  if (exam) yield* lockExam(exam.system, exam.pair)
  // A person's own words stand for themselves, whatever was said by others since.
  const isWords = document !== null && one.operation === 'SynCrisisResponseInfo'
  if (one.telling && document === null) return yield* sayAgain(actor, one, exam, at)
  const later = isWords ? null : yield* overtakenBy(one)
  if (later !== null) return (yield* endOvertaken(actor, one, later, at)) ? null : undefined
  if (!(yield* transitionOne('replayed', one.id))) return undefined
  const parked = yield* isHeld(one)
  const outbox = yield* enqueue({
    ...copyOf(actor, one, document ?? one.document),
    parked: parked ? 'wrongPatient' : null,
  })
  yield* follow(actor, one, outbox, document === null ? 'replayed' : 'editedAndResent', at)
  return outbox
}

/** What holds now of that which a dead feedback was to say. */
function* sayAgain(
  actor: Actor,
  one: Document,
  key: ExamKey | null,
  at: number,
): Step<number | null | undefined> {
  const exam = key && (yield* examOf(key.system, key.pair))
  const alerts = yield* stillMeant(one)
  const telling = exam && one.telling && retold(exam, { ...one.telling, alerts })
  if (!telling) {
    // What it spoke of was corrected or cancelled.
    const ending = endingOfWithdrawn('revised', one.operation)
    const ended = yield* transitionOne('withdrawn', one.id, endingChanges(ending, at))
    if (!ended) return undefined
    yield* audit(actor, at, { kind: 'overtaken', outbox: one.id, alert: one.alert })
    return null
  }
  if (!(yield* transitionOne('replayed', one.id))) return undefined
  const outbox = yield* enqueue({
    ...copyOf(actor, one, one.document),
    parked: 'otherFinding',
    telling,
  })
  yield* follow(actor, one, outbox, 'replayed', at)
  yield* settle(actor, exam, at)
  return outbox
}

/** The alerts of a feedback whose content is the one that it spoke of: what others say of another is not its word. */
function* stillMeant({ telling, at }: Document): Step<readonly number[]> {
  const meant: number[] = []
  for (const alert of telling?.alerts ?? []) {
    const milestones = yield* milestonesOf(alert)
    const since = milestones.findLast(({ stage }) => stage === 'stored')?.at ?? at
    if (since <= at) meant.push(alert)
  }
  return meant
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
  named: one.named ?? undefined,
  replayOf: one.id,
})

/** Those whose message went out with the old one get the outcome of the new one. */
function* follow(
  actor: Actor,
  { id, alert }: Document,
  outbox: number,
  kind: 'replayed' | 'editedAndResent',
  at: number,
): Step<void> {
  yield sql('update outbox set merged_into = $2 where merged_into = $1', id, outbox)
  yield* audit(actor, at, { kind, outbox, alert, detail: { replayOf: id } })
}

interface ExamKey {
  readonly system: string
  readonly pair: string
}

/** The exam that a document speaks of. Of one that is not known here, what was told of it says so. */
function* examOfDocument({ alert, lane, telling }: Document): Step<ExamKey | null> {
  if (alert !== null) return yield* examOfAlert(alert)
  if (!telling) return null
  const [row] = yield sql(
    `${distinct('told', 'system')}
     select t.system from d join told t on t.system = d.v and t.pair = $1 limit 1`,
    lane,
  )
  return row ? { system: text(row, 'system'), pair: lane } : null
}

/** Feedback of an exam whose patient is in doubt waits, whoever sends it. */
function* isHeld({ operation, lane }: Document): Step<boolean> {
  if (operation !== 'SynCrisisResponseInfo') return false
  const [held] = yield sql(
    'select id from alert where pair = $1 and hold is not null limit 1',
    lane,
  )
  return held !== undefined
}

export interface Cancel {
  readonly actor: Actor
  readonly id: number
  /** Who says so. */
  readonly by?: string | undefined
  readonly reason: string
}

const CANCELLED: Ending = {
  class: 'rejected',
  code: 'CANCELLED',
  reasonZh: '已由人工取消，不再发送',
  reasonEn: 'Cancelled by a person; it is not sent any more',
  reply: null,
}

/**
 * A person has decided that a document is not to be sent: a dead letter, one that is tried again and again and
 * holds up its lane, or one that is parked. False when it is neither, or just under way.
 */
export function* cancel(args: Cancel): Step<boolean> {
  const at = yield* now()
  const [before] = yield sql('select ended_at from outbox where id = $1', args.id)
  const one = yield* transitionOne('givenUp', args.id, { parked: null, ended_at: at })
  if (!one) return false
  const { alert } = one
  const decision = yield* note(
    { by: args.by ?? '', second: '', reason: args.reason },
    'cancel',
    alert,
    at,
    args.id,
  )
  yield* audit(args.actor, at, { kind: 'cancelled', outbox: args.id, alert, detail: { decision } })
  // Of a dead letter the flow has been told already.
  if (before?.['ended_at'] === null) yield* tellFlow(one, 'cancelled', CANCELLED, at)
  return true
}

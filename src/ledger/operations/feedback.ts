import {
  contradictionsIn,
  feedbackArrival,
  hear,
  openFirst,
  REMATCH_MS,
  saidBy,
  spokenOf,
  type Alert,
  type Exam,
  type Heard,
  type SeenFeedback,
  type SpokenOf,
} from '../../loop/index.js'
import type { CrisisFeedback } from '../../messages/index.js'
import type { Row, Step } from '../../store/index.js'
import type { FeedbackToStore, Owed, StoredFeedback } from '../types.js'
import { audit, type Actor } from './audit.js'
import { isGone, type Receiving } from './receiving.js'
import { loadExam } from './exam/load.js'
import { saveExam } from './exam/save.js'
import { owe } from './handouts.js'
import { reconcileExam } from './say.js'
import { keepRaw } from './records.js'
import { insert, now, number, sql, text } from './sql.js'

export interface StoreFeedbacks extends Receiving {
  readonly feedbacks: readonly FeedbackToStore[]
  /**
   * Feedback of an exam that is not known here is accepted and handed to the flow, where a site has not sent its
   * critical values through us. Default: it is kept for a while and answered 404.
   */
  readonly acceptUnknown?: boolean | undefined
}

/** One feedback that comes in, or has come in before its critical value. */
interface Incoming extends Omit<StoreFeedbacks, 'origin' | 'feedbacks'> {
  readonly item: FeedbackToStore
  readonly at: number
}

/** Stores feedback and moves its alerts forward; never back, and never on a fragment (A22). */
export function* storeFeedbacks(args: StoreFeedbacks): Step<readonly StoredFeedback[]> {
  const at = yield* now()
  const raw = yield* keepRaw(args.origin, 'SynCrisisResponseInfo', at)
  const stored: StoredFeedback[] = []
  const { system } = args.origin
  for (const item of args.feedbacks) {
    stored.push(yield* storeFeedback({ ...args, item, at }, system, raw))
  }
  return stored
}

function* storeFeedback(args: Incoming, system: string, raw: number): Step<StoredFeedback> {
  const { actor, item, at } = args
  const exam = yield* loadExam({ system, examKey: item.examKey })
  const isKnown = exam.alerts.length > 0
  const spoken = openFirst(spokenOf(exam.alerts, saidBy(item.feedback, item)))
  const [seen] = yield sql(
    `select id, state, service, accepted from feedback where system = $1 and pair = $2 and content = $3
     order by id desc limit 1`,
    system,
    item.examKey,
    item.content,
  )
  const arrival = feedbackArrival(isKnown, seen ? seenOf(seen) : null)
  if (seen && arrival === 'duplicate') return yield* storeDuplicate(args, seen, spoken)
  if (seen && arrival === 'orphanAgain') return yield* storeOrphanAgain(args, number(seen, 'id'))
  const feedback = yield* insert(
    `insert into feedback (system, pair, content, document, stage, receive_at, process_at, application,
       service, state, raw, at, accepted)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning id`,
    system,
    item.examKey,
    item.content,
    JSON.stringify({ ...item.feedback, ...(item.extra.length > 0 && { extra: item.extra }) }),
    item.stage,
    item.receiveAt,
    item.processAt,
    item.application,
    args.target,
    isKnown ? 'matched' : 'orphan',
    raw,
    at,
    !isKnown && args.acceptUnknown ? 1 : 0,
  )
  if (!isKnown) {
    const detail = { feedback, ...(args.acceptUnknown && { accepted: true }) }
    yield* audit(actor, at, { kind: 'orphan', detail })
    return yield* orphanOf(args, feedback)
  }
  const { exam: after, alerts, counts, flags } = yield* apply(args, exam, spoken, feedback)
  yield* reconcileExam(actor, after, at)
  const owed = yield* tellFlow(args, feedback, alerts, flags)
  return { feedback, kind: 'new', alerts: alerts.map(({ id }) => id), counts, flags, owed }
}

const seenOf = (row: Row): SeenFeedback => ({
  state: text(row, 'state') as SeenFeedback['state'],
  isAccepted: row['accepted'] === 1,
})

function* storeDuplicate(
  args: Incoming,
  seen: Row,
  spoken: readonly SpokenOf[],
): Step<StoredFeedback> {
  const feedback = number(seen, 'id')
  const alerts = spoken.map(({ alert }) => alert)
  const ids = alerts.map(({ id }) => id)
  const service = text(seen, 'service')
  const isForgotten = isGone(service, args)
  const to = isForgotten ? args.target : service
  yield sql('update feedback set resent = resent + 1, service = $2 where id = $1', feedback, to)
  const alert = ids[0] ?? null
  yield* audit(args.actor, args.at, { kind: 'feedbackResent', alert, detail: { feedback } })
  const flags = ['resend']
  const isOwed = args.emitResends || isForgotten
  const owed = isOwed ? yield* tellFlow(args, feedback, alerts, flags) : null
  return { feedback, kind: 'duplicate', alerts: ids, flags, counts: true, owed }
}

/** Said again, so it waits for its critical value anew. */
function* storeOrphanAgain(args: Incoming, feedback: number): Step<StoredFeedback> {
  yield sql(
    `update feedback set resent = resent + 1, at = $2, state = 'orphan', service = $3, accepted = $4
     where id = $1`,
    feedback,
    args.at,
    args.target,
    args.acceptUnknown ? 1 : 0,
  )
  return yield* orphanOf(args, feedback)
}

function* orphanOf(args: Incoming, feedback: number): Step<StoredFeedback> {
  const result = { feedback, alerts: [], counts: false } as const
  if (!args.acceptUnknown) return { ...result, kind: 'orphan', flags: [], owed: null }
  const flags = ['unknownExam']
  const owed = yield* tellFlow(args, feedback, [], flags)
  return { ...result, kind: 'unknown', flags, owed }
}

function* apply(
  { actor, item: { stage }, at }: Incoming,
  exam: Exam,
  spoken: readonly SpokenOf[],
  feedback: number,
): Step<Heard> {
  const heard = hear(exam, spoken, stage, at)
  yield* saveExam(exam, heard.exam, { at, feedback })
  for (const alert of heard.applied) {
    yield* audit(actor, at, { kind: `feedback:${stage}`, alert, detail: { feedback } })
  }
  const contradictions = contradictionsIn(heard.flags)
  if (contradictions.length > 0) {
    const alert = heard.alerts[0]?.id ?? null
    const detail = { feedback, flags: contradictions.join(' ') }
    yield* audit(actor, at, { kind: 'contradicted', alert, detail })
  }
  return heard
}

function* tellFlow(
  { target, lease, item, at }: Incoming,
  feedback: number,
  alerts: readonly Alert[],
  flags: readonly string[],
): Step<Owed | null> {
  if (target === '') return null
  return yield* owe({
    kind: 'feedback',
    target,
    alert: alerts[0]?.id ?? null,
    at,
    lease,
    content: {
      feedback: item.feedback,
      extra: item.extra,
      flags: [...item.flags, ...flags],
      ids: alerts.map(({ key }) => key),
      examKey: item.examKey,
      stage: item.stage,
      receiveAt: item.receiveAt,
      processAt: item.processAt,
      application: item.application,
      receivedAt: at,
      record: feedback,
      ...(item.form && { form: item.form }),
    },
  })
}

/**
 * Feedback that overtook its critical value finds it now; what has waited too long stays an orphan.
 * @param exam with the alert of the critical value, which is stored
 */
export function* rematch(actor: Actor, exam: Exam, alert: number, at: number): Step<void> {
  const orphans = yield sql(
    `select * from feedback where system = $1 and pair = $2 and state = 'orphan' and at >= $3 order by id`,
    exam.system,
    exam.key,
    at - REMATCH_MS,
  )
  let present = exam
  for (const orphan of orphans) {
    const feedback = number(orphan, 'id')
    const item = orphanedOf(orphan)
    const said = saidBy(item.feedback, item)
    const spoken = present.alerts
      .filter(({ id }) => id === alert)
      .map((one) => ({ alert: one, said }))
    yield sql("update feedback set state = 'matched' where id = $1", feedback)
    yield* audit(actor, at, { kind: 'rematched', alert, detail: { feedback } })
    const args = { actor, target: text(orphan, 'service'), item, at }
    const { alerts, flags, exam: after } = yield* apply(args, present, spoken, feedback)
    yield* tellFlow(args, feedback, alerts, flags)
    present = after
  }
}

function orphanedOf(row: Row): FeedbackToStore {
  const { extra = [], ...feedback } = JSON.parse(text(row, 'document')) as CrisisFeedback & {
    extra?: FeedbackToStore['extra']
  }
  return {
    feedback,
    extra,
    flags: ['rematched'],
    examKey: text(row, 'pair'),
    content: text(row, 'content'),
    stage: text(row, 'stage') as FeedbackToStore['stage'],
    receiveAt: row['receive_at'] as string | null,
    processAt: row['process_at'] as string | null,
    application: text(row, 'application'),
  }
}

import type { CrisisFeedback } from '../../messages/index.js'
import type { Row, Step } from '../engine/types.js'
import type { FeedbackToStore, Origin, Owed, StoredFeedback } from '../types.js'
import { audit, type Actor } from './audit.js'
import { owe, type Lease } from './owed.js'
import { keepRaw } from './records.js'
import { insert, now, number, sql, text } from './sql.js'
import { settleExam } from './parked.js'
import { advance, alertsOf, isCancelled, isClosed, saidBy } from './stages.js'

export interface StoreFeedbacks {
  readonly actor: Actor
  readonly origin: Origin
  readonly feedbacks: readonly FeedbackToStore[]
  /** Whether a feedback that is known already is handed to the flow again. */
  readonly emitResends?: boolean | undefined
  readonly target: string
  /** The instance that hands the messages to its flow itself. */
  readonly lease?: Lease | undefined
}

/** How long feedback that overtook its critical value is matched again (reading section 2). */
export const REMATCH_MS = 10 * 60_000

/** Stores feedback and moves its alerts forward; never back, and never on a fragment (A22). */
export function* storeFeedbacks(args: StoreFeedbacks): Step<readonly StoredFeedback[]> {
  const at = yield* now()
  const raw = yield* keepRaw(args.origin, 'SynCrisisResponseInfo', at)
  const stored: StoredFeedback[] = []
  for (const feedback of args.feedbacks) stored.push(yield* storeFeedback(args, feedback, raw, at))
  return stored
}

function* storeFeedback(
  args: StoreFeedbacks,
  item: FeedbackToStore,
  raw: number,
  at: number,
): Step<StoredFeedback> {
  const { system } = args.origin
  yield sql('{lock:$1}', `${system}/${item.pair}`)
  const all = yield* alertsOf(system, item.pair)
  const alerts = spokenOf(all)
  const ids = alerts.map((row) => number(row, 'id'))
  const [seen] = yield sql(
    `select id, state from feedback where system = $1 and pair = $2 and content = $3
     order by id desc limit 1`,
    system,
    item.pair,
    item.content,
  )
  if (seen && text(seen, 'state') === 'matched') {
    const feedback = number(seen, 'id')
    yield sql('update feedback set resent = resent + 1 where id = $1', feedback)
    yield* audit(args.actor, at, {
      kind: 'feedbackResent',
      alert: ids[0] ?? null,
      detail: { feedback },
    })
    const flags = ['resend']
    const owed = args.emitResends
      ? yield* tellFlow(args.target, feedback, item, alerts, flags, at, args.lease)
      : null
    return { feedback, kind: 'duplicate', alerts: ids, flags, owed }
  }
  if (seen && ids.length === 0) {
    const feedback = number(seen, 'id')
    // Said again, so it waits for its critical value anew.
    yield sql(
      "update feedback set resent = resent + 1, at = $2, state = 'orphan' where id = $1",
      feedback,
      at,
    )
    return { feedback, kind: 'orphan', alerts: [], flags: [], owed: null }
  }
  const feedback = yield* insert(
    sql(
      `insert into feedback (system, pair, content, document, stage, receive_at, process_at, application,
         service, state, raw, at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning id`,
      system,
      item.pair,
      item.content,
      JSON.stringify({ ...item.feedback, ...(item.extra.length > 0 && { extra: item.extra }) }),
      item.stage,
      item.receiveAt,
      item.processAt,
      item.application,
      args.target,
      ids.length > 0 ? 'matched' : 'orphan',
      raw,
      at,
    ),
  )
  if (ids.length === 0) {
    yield* audit(args.actor, at, { kind: 'orphan', detail: { feedback } })
    return { feedback, kind: 'orphan', alerts: [], flags: [], owed: null }
  }
  const flags = yield* applyAll(args.actor, alerts, feedback, item, at)
  yield* settleExam(args.actor, system, item.pair, at)
  const owed = yield* tellFlow(args.target, feedback, item, alerts, flags, at, args.lease)
  return { feedback, kind: 'new', alerts: ids, flags, owed }
}

/**
 * A finding that is closed is not what is spoken of while another one of the exam is open, nor is one that was
 * cancelled while there is any other.
 */
function spokenOf(alerts: readonly Row[]): readonly Row[] {
  const open = alerts.filter((row) => !isClosed(row))
  if (open.length > 0) return open
  const valid = alerts.filter((row) => !isCancelled(row))
  return valid.length > 0 ? valid : alerts
}

function* applyAll(
  actor: Actor,
  alerts: readonly Row[],
  feedback: number,
  item: FeedbackToStore,
  at: number,
): Step<readonly string[]> {
  const flags = new Set<string>()
  // The interface's key cannot tell two findings of one exam apart (A19): the sender speaks of all of them.
  if (alerts.length > 1) flags.add('severalAlerts')
  for (const row of alerts) {
    for (const flag of yield* apply(actor, row, feedback, item, at)) flags.add(flag)
  }
  return [...flags]
}

function* apply(
  actor: Actor,
  row: Row,
  feedback: number,
  item: FeedbackToStore,
  at: number,
): Step<readonly string[]> {
  // It is kept and handed out, but changes nothing (reading section 2).
  if (isCancelled(row)) return ['afterCancel']
  if (item.stage === 'none') return []
  const { flags } = yield* advance(row, saidBy(item.feedback, item, feedback), at)
  yield* audit(actor, at, {
    kind: `feedback:${item.stage}`,
    alert: number(row, 'id'),
    detail: { feedback },
  })
  return flags
}

function* tellFlow(
  target: string,
  feedback: number,
  item: FeedbackToStore,
  alerts: readonly Row[],
  flags: readonly string[],
  at: number,
  lease?: Lease,
): Step<Owed | null> {
  if (target === '') return null
  const [first] = alerts
  return yield* owe({
    kind: 'feedback',
    target,
    alert: first ? number(first, 'id') : null,
    at,
    lease,
    content: {
      feedback: item.feedback,
      extra: item.extra,
      flags: [...item.flags, ...flags],
      ids: alerts.map((row) => text(row, 'key')),
      pair: item.pair,
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

/** Feedback that overtook its critical value finds it now; what has waited too long stays an orphan. */
export function* rematch(
  actor: Actor,
  system: string,
  pair: string,
  alert: number,
  at: number,
): Step<void> {
  const orphans = yield sql(
    `select * from feedback where system = $1 and pair = $2 and state = 'orphan' and at >= $3 order by id`,
    system,
    pair,
    at - REMATCH_MS,
  )
  for (const orphan of orphans) {
    const feedback = number(orphan, 'id')
    const row = (yield* alertsOf(system, pair)).find(({ id }) => id === alert)
    if (!row) return
    const { extra = [], ...document } = JSON.parse(text(orphan, 'document')) as CrisisFeedback & {
      extra?: FeedbackToStore['extra']
    }
    const item: FeedbackToStore = {
      feedback: document,
      extra,
      flags: ['rematched'],
      pair,
      content: text(orphan, 'content'),
      stage: text(orphan, 'stage') as FeedbackToStore['stage'],
      receiveAt: orphan['receive_at'] as string | null,
      processAt: orphan['process_at'] as string | null,
      application: text(orphan, 'application'),
    }
    yield sql("update feedback set state = 'matched' where id = $1", feedback)
    yield* audit(actor, at, { kind: 'rematched', alert, detail: { feedback } })
    const flags = yield* apply(actor, row, feedback, item, at)
    yield* tellFlow(text(orphan, 'service'), feedback, item, [row], flags, at)
  }
}

import type { Acknowledged, AlertStage, Milestone } from '../../../loop/index.js'
import type { Step } from '../../engine/types.js'
import type { CrisisToStore } from '../../types.js'
import { insert, number, sql } from '../sql.js'

/*
 * The only place that writes alerts, their contents, keys and milestones. Whoever calls it holds the lock of the
 * exam; each change of a stage names the stages that it starts from all the same.
 */

export interface NewAlert {
  readonly system: string
  readonly item: CrisisToStore
  readonly at: number
  readonly wrongPatient: boolean
  readonly target: string
}

/** @returns its number */
export function* insertAlert({ system, item, at, wrongPatient, target }: NewAlert): Step<number> {
  const { crisis } = item
  const alert = yield* insert(
    sql(
      `insert into alert (system, key, pair, finding, exam_no, apply_no, sick_no, stage, revision, content,
         set_at, opened_at, hold, target)
       values ($1, $2, $3, $4, $5, $6, $7, 'stored', 1, $8, $9, $10, $11, $12) returning id`,
      system,
      item.key,
      item.pair,
      item.finding,
      trimmed(crisis.ExamNo),
      trimmed(crisis.ApplyNo),
      trimmed(crisis.SickNo),
      item.content,
      item.setAt,
      at,
      wrongPatient ? 'wrongPatient' : null,
      target === '' ? null : target,
    ),
  )
  yield* addMilestone(alert, { stage: 'stored', at })
  return alert
}

/** Keeps a content of an alert, and the key that it can be named by. */
export function* addContent(
  system: string,
  alert: number,
  n: number,
  item: CrisisToStore,
  raw: number,
  at: number,
): Step<void> {
  yield* addKey(system, item.key, alert)
  yield sql(
    `insert into revision (alert, n, content, document, flags, raw, at, core)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    alert,
    n,
    item.content,
    JSON.stringify({ ...item.crisis, ...(item.extra.length > 0 && { extra: item.extra }) }),
    JSON.stringify(item.flags),
    raw,
    at,
    item.core,
  )
}

function* addKey(system: string, key: string, alert: number): Step<void> {
  yield sql(
    'insert into alert_key (system, key, alert) values ($1, $2, $3) on conflict do nothing',
    system,
    key,
    alert,
  )
}

/** A content of an alert, by what counts of it. */
export interface Current {
  readonly revision: number
  readonly content: string
  readonly finding: string
  readonly setAt: string | null
  readonly crisis: CrisisToStore['crisis']
}

/**
 * Another content counts from now on. An earlier acknowledgement does not carry over: somebody must see the new
 * content. A patient's number that is left out now is not forgotten, or another one after it would go unseen.
 */
export function* setCurrent(
  alert: number,
  { revision, content, finding, setAt, crisis }: Current,
  target: string,
  at: number,
): Step<void> {
  yield sql(
    `update alert set revision = $2, content = $3, set_at = $4, exam_no = $5, apply_no = $6,
       sick_no = case when $7 = '' then sick_no else $7 end, finding = $9,
       stage = 'stored', received_at = null, processed_at = null, fed_back_at = null, cancelled_at = null,
       target = coalesce($8, target)
     where id = $1`,
    alert,
    revision,
    content,
    setAt,
    trimmed(crisis.ExamNo),
    trimmed(crisis.ApplyNo),
    trimmed(crisis.SickNo),
    target === '' ? null : target,
    finding,
  )
  yield* addMilestone(alert, { stage: 'stored', at })
}

/** A content that does not count names the patient whom the one that counts does not. */
export function* learnPatient(alert: number, sickNo: string | undefined): Step<void> {
  yield sql(
    "update alert set sick_no = case when sick_no = '' then $2 else sick_no end where id = $1",
    alert,
    trimmed(sickNo),
  )
}

/** @param target the node whose flow has it from now on; null = as before */
export function* countResend(
  system: string,
  alert: number,
  key: string,
  target: string | null,
): Step<void> {
  yield sql(
    'update alert set resent = resent + 1, target = coalesce($2, target) where id = $1',
    alert,
    target,
  )
  yield* addKey(system, key, alert)
}

/** @param feedback the record of the feedback that came in; null when a flow of ours said it */
export function* advanceAlert(
  alert: number,
  { stage, milestones }: Acknowledged,
  feedback: number | null,
  at: number,
): Step<void> {
  if (milestones.length === 0) return
  for (const one of milestones) yield* addMilestone(alert, { ...one, feedback })
  const has = (wanted: AlertStage) => milestones.some((one) => one.stage === wanted)
  yield sql(
    `update alert set stage = $2, received_at = coalesce(received_at, $3),
       processed_at = coalesce(processed_at, $4)
     where id = $1`,
    alert,
    stage,
    has('received') ? at : null,
    has('processed') ? at : null,
  )
}

export function* holdAlert(alert: number): Step<void> {
  yield sql("update alert set hold = 'wrongPatient' where id = $1", alert)
}

export function* releaseExam(system: string, pair: string): Step<void> {
  yield sql('update alert set hold = null where system = $1 and pair = $2', system, pair)
}

export function* markCancelled(alert: number, at: number): Step<void> {
  yield sql(
    `update alert set stage = 'cancelled', cancelled_at = $2, hold = null
     where id = $1 and stage <> 'cancelled'`,
    alert,
    at,
  )
  yield* addMilestone(alert, { stage: 'cancelled', at })
}

/** @param revision the one that the peer has; null = it is not known which, so that of the alert */
export function* markNotified(alert: number, revision: number | null, at: number): Step<void> {
  const moved = yield sql(
    `update alert set stage = 'notified'
     where id = $1 and stage = 'stored' and revision = coalesce($2, revision) returning id`,
    alert,
    revision,
  )
  if (moved.length > 0) yield* addMilestone(alert, { stage: 'notified', at })
}

export function* markFedBack(alert: number, at: number): Step<void> {
  const moved = yield sql(
    `update alert set stage = 'fedBack', fed_back_at = $2
     where id = $1 and stage = 'processed' returning id`,
    alert,
    at,
  )
  if (moved.length > 0) yield* addMilestone(number(moved[0], 'id'), { stage: 'fedBack', at })
}

type ToNote = Pick<Milestone, 'stage' | 'at'> &
  Partial<Milestone> & { readonly feedback?: number | null }

function* addMilestone(
  alert: number,
  { stage, at, saidAt = null, code = '', name = '', feedback = null }: ToNote,
): Step<void> {
  yield sql(
    'insert into stage (alert, stage, at, said_at, code, name, feedback) values ($1, $2, $3, $4, $5, $6, $7)',
    alert,
    stage,
    at,
    saidAt,
    code,
    name,
    feedback,
  )
}

const trimmed = (value: string | undefined): string => (value ?? '').trim()

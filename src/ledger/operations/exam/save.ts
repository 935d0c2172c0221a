import { NEW_ALERT, trimmed, type Alert, type Exam } from '../../../loop/index.js'
import type { SqlValue, Step } from '../../../store/index.js'
import { insert, sql } from '../sql.js'
import { followExam } from '../timers.js'

/*
 * The only place that writes alerts, their contents, keys and milestones, and what was told of them. Timers follow.
 * Whoever calls it holds the lock of the exam.
 */

/** The records that a change of an exam comes from. */
export interface Cause {
  readonly at: number
  /** The bytes of a critical value that came in. */
  readonly raw?: number
  /** The feedback that came in; absent where a flow of ours said it. */
  readonly feedback?: number
}

/**
 * Writes the difference between an exam as it was loaded and as it is to be.
 * @returns the exam as it is stored, its new alert with its number
 */
export function* saveExam(before: Exam, after: Exam, cause: Cause): Step<Exam> {
  let saved = after
  for (const alert of after.alerts) {
    const known = before.alerts.find(({ id }) => id === alert.id)
    if (known === alert) continue
    const id = known ? known.id : yield* insertAlert(after, alert)
    if (known) yield* updateAlert(known, alert)
    else saved = renumbered(saved, { ...alert, id })
    yield* addParts(after, known, { ...alert, id }, cause)
  }
  yield* saveTold(before, saved, cause.at)
  yield* followExam(before, saved, cause.at)
  return { ...saved, alerts: saved.alerts.map(stored) }
}

/** Its contents are stored now, and are not to be stored again. */
const stored = (alert: Alert): Alert => ({
  ...alert,
  contents: alert.contents.map(({ document: _stored, ...content }) => content),
})

const renumbered = (exam: Exam, alert: Alert): Exam => ({
  ...exam,
  alerts: exam.alerts.map((one) => (one.id === NEW_ALERT ? alert : one)),
})

/** The columns of an alert that change, each with its value. */
const COLUMNS: readonly (readonly [name: string, value: (alert: Alert) => SqlValue])[] = [
  ['finding', ({ finding }) => finding],
  ['exam_no', ({ crisis }) => trimmed(crisis.ExamNo)],
  ['apply_no', ({ crisis }) => trimmed(crisis.ApplyNo)],
  ['sick_no', ({ sickNo }) => sickNo],
  ['settor_code', ({ crisis }) => trimmed(crisis.CrisisSettor?.code)],
  ['settor_name', ({ crisis }) => trimmed(crisis.CrisisSettor?.name)],
  ['stage', ({ stage }) => stage],
  ['revision', ({ revision }) => revision],
  ['content', ({ content }) => content],
  ['set_at', ({ setAt }) => setAt],
  ['received_at', ({ receivedAt }) => receivedAt],
  ['processed_at', ({ processedAt }) => processedAt],
  ['fed_back_at', ({ fedBackAt }) => fedBackAt],
  ['cancelled_at', ({ cancelledAt }) => cancelledAt],
  ['hold', ({ hold }) => hold],
  ['resent', ({ resent }) => resent],
  ['target', ({ target }) => target],
]

const INSERT = `insert into alert (system, pair, key, opened_at, ${COLUMNS.map(([name]) => name).join(', ')})
  values (${[1, 2, 3, 4, ...COLUMNS.map((_, n) => n + 5)].map((n) => `$${n}`).join(', ')}) returning id`

function* insertAlert({ system, key: examKey }: Exam, alert: Alert): Step<number> {
  const values = COLUMNS.map(([, value]) => value(alert))
  return yield* insert(INSERT, system, examKey, alert.key, alert.openedAt, ...values)
}

/**
 * Only what changes stands in the statement: the indexes of the rest need not be written. An alert that has reached a
 * milestone is to be counted anew; a new one is marked so by its column.
 */
function* updateAlert(before: Alert, after: Alert): Step<void> {
  const changed = COLUMNS.filter(([, value]) => value(before) !== value(after))
  const columns = changed.map(([name], n) => `${name} = $${n + 2}`)
  if (after.milestones.length > before.milestones.length) columns.push('uncounted = 1')
  if (columns.length === 0) return
  const values = changed.map(([, value]) => value(after))
  yield sql(`update alert set ${columns.join(', ')} where id = $1`, after.id, ...values)
}

/** A channel has accepted a page of an alert, whose exam is locked. */
export function* countPage(alert: number): Step<void> {
  yield sql('update alert set pages = pages + 1, uncounted = 1 where id = $1', alert)
}

/** An alert stands in the tally as it is, and is found by its department from now on. */
export function* noteCounted(alert: number, department: string): Step<void> {
  yield sql('update alert set uncounted = 0, department = $2 where id = $1', alert, department)
}

/** Adds the keys, contents and milestones that an alert has not had. */
function* addParts(
  { system }: Exam,
  before: Alert | undefined,
  alert: Alert,
  { at, raw, feedback }: Cause,
): Step<void> {
  for (const key of alert.keys.slice(before?.keys.length ?? 0)) {
    yield sql(
      'insert into alert_key (system, key, alert) values ($1, $2, $3) on conflict do nothing',
      system,
      key,
      alert.id,
    )
  }
  for (const { revision, content, documentHash, document } of alert.contents) {
    if (!document) continue
    const { crisis, extra, flags } = document
    yield sql(
      `insert into revision (alert, n, content, document, flags, raw, at, core)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      alert.id,
      revision,
      content,
      JSON.stringify({ ...crisis, ...(extra.length > 0 && { extra }) }),
      JSON.stringify(flags),
      raw ?? null,
      at,
      documentHash,
    )
  }
  for (const one of alert.milestones.slice(before?.milestones.length ?? 0)) {
    yield sql(
      'insert into stage (alert, stage, at, said_at, code, name, feedback) values ($1, $2, $3, $4, $5, $6, $7)',
      alert.id,
      one.stage,
      one.at,
      one.saidAt,
      one.code,
      one.name,
      feedback ?? null,
    )
  }
}

function* saveTold(before: Exam, after: Exam, at: number): Step<void> {
  const { system, key } = after
  for (const one of before.told) {
    if (after.told.some(({ alert }) => alert === one.alert)) continue
    yield sql(
      'delete from told where system = $1 and pair = $2 and alert = $3',
      system,
      key,
      one.alert,
    )
  }
  for (const one of after.told) {
    if (before.told.includes(one)) continue
    yield sql(
      `insert into told (system, pair, alert, document, at) values ($1, $2, $3, $4, $5)
       on conflict (system, pair, alert) do update set document = excluded.document, at = excluded.at`,
      system,
      key,
      one.alert,
      JSON.stringify(one.parts),
      at,
    )
  }
}

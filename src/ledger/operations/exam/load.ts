import type { Alert, AlertStage, Milestone } from '../../../loop/index.js'
import type { Crisis } from '../../../messages/index.js'
import type { Row, Step } from '../../engine/types.js'
import { number, sql, text } from '../sql.js'

/** Nobody else changes this exam, or writes what is said of it, until the transaction ends. */
export function* lockExam(system: string, pair: string): Step<void> {
  yield sql('{lock:$1}', `${system}/${pair}`)
}

/** All alerts of an exam with their current contents, in the order in which they came. */
export function* alertsOf(system: string, pair: string): Step<readonly Alert[]> {
  const rows = yield sql(
    `select a.*, r.document from alert a join revision r on r.alert = a.id and r.n = a.revision
     where a.system = $1 and a.pair = $2 order by a.id`,
    system,
    pair,
  )
  return rows.map(alertOf)
}

function alertOf(row: Row): Alert {
  return {
    id: number(row, 'id'),
    key: text(row, 'key'),
    finding: text(row, 'finding'),
    sickNo: text(row, 'sick_no'),
    stage: text(row, 'stage') as AlertStage,
    revision: number(row, 'revision'),
    content: text(row, 'content'),
    setAt: row['set_at'] as string | null,
    openedAt: number(row, 'opened_at'),
    processedAt: row['processed_at'] as number | null,
    hold: row['hold'] as string | null,
    target: row['target'] as string | null,
    crisis: JSON.parse(text(row, 'document')) as Crisis,
  }
}

/** The alert that a key names, whichever of its contents had that key. */
export function* alertWithKey(system: string, key: string): Step<number | undefined> {
  const [row] = yield sql('select alert from alert_key where system = $1 and key = $2', system, key)
  return row && number(row, 'alert')
}

/** The milestones of an alert, in order. */
export function* milestonesOf(alert: number): Step<readonly Milestone[]> {
  const rows = yield sql(
    'select stage, at, said_at, code, name from stage where alert = $1 order by id',
    alert,
  )
  return rows.map((row) => ({
    stage: text(row, 'stage') as AlertStage,
    at: number(row, 'at'),
    saidAt: row['said_at'] as string | null,
    code: text(row, 'code'),
    name: text(row, 'name'),
  }))
}

/** A content of an alert, as its flow had it. */
export interface Content {
  readonly crisis: Crisis
  readonly extra: readonly unknown[]
  readonly flags: unknown
}

export function* contentOf(alert: number, revision: number): Step<Content> {
  const [row] = yield sql(
    'select document, flags from revision where alert = $1 and n = $2',
    alert,
    revision,
  )
  const { extra = [], ...crisis } = JSON.parse(text(row, 'document')) as Crisis & {
    extra?: unknown[]
  }
  return { crisis, extra, flags: JSON.parse(text(row, 'flags')) as unknown }
}

/** H of a content that is kept; null when there is none of that number. */
export function* contentHashOf(alert: number, revision: number): Step<string | null> {
  const [row] = yield sql(
    'select content from revision where alert = $1 and n = $2',
    alert,
    revision,
  )
  return row ? text(row, 'content') : null
}

/** The exam that an alert belongs to. */
export function* examOfAlert(
  alert: number,
): Step<{ readonly system: string; readonly pair: string } | null> {
  const [row] = yield sql('select system, pair from alert where id = $1', alert)
  return row ? { system: text(row, 'system'), pair: text(row, 'pair') } : null
}

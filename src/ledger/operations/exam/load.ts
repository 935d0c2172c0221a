import type { Alert, AlertStage, Exam, ToldParts } from '../../../loop/index.js'
import type { Crisis } from '../../../messages/index.js'
import type { Row, Step } from '../../../store/index.js'
import { number, sql, text } from '../sql.js'

/** By which an exam is found and locked. */
export interface ExamKey {
  readonly system: string
  readonly examKey: string
}

/**
 * Nobody else changes this exam, or writes what is said of it, until the transaction ends.
 * @param examKey X, of which the system is a part
 */
export function* lockExam(examKey: string): Step<void> {
  yield sql('{lock:$1}', `exam/${examKey}`)
}

/** An exam with what waits for it. */
export interface LoadedExam extends Exam {
  /** Feedback came in that none of its alerts matched. */
  readonly hasOrphans: boolean
}

/** Takes the lock of an exam and loads all that is known of it. */
export function* loadExam(key: ExamKey): Step<LoadedExam> {
  const { system, examKey } = key
  yield* lockExam(examKey)
  const found = yield sql(PARTS, system, examKey)
  const hasOrphans = found.some((row) => row['part'] === 'orphan')
  // Most critical values are the first of their exam: there is nothing else to read then.
  const isKnown = found.some((row) => row['part'] === 'content')
  const alerts = isKnown ? yield sql(ALERTS, system, examKey) : []
  const parts = Map.groupBy(found, (row) => `${text(row, 'part')} ${number(row, 'alert')}`)
  const told = found.filter((row) => row['part'] === 'told')
  return {
    system,
    key: examKey,
    alerts: alerts.map((row) =>
      alertOf(row, (part) => parts.get(`${part} ${number(row, 'id')}`) ?? []),
    ),
    told: told.map((row) => ({
      alert: number(row, 'alert'),
      parts: JSON.parse(text(row, 'a')) as ToldParts,
    })),
    hasOrphans,
  }
}

const ALERTS = `select a.*, r.document from alert a join revision r on r.alert = a.id and r.n = a.revision
  where a.system = $1 and a.pair = $2 order by a.id`

const IS_OF_EXAM = 'where l.system = $1 and l.pair = $2'
/** The parts of an exam that are several rows each, as rows of one kind. */
const PARTS = `select 'told' as part, alert, 0 as n, at, document as a, null as b, null as c, null as d
    from told where system = $1 and pair = $2
  union all select 'orphan', 0, 0, 0, null, null, null, null
    from feedback where system = $1 and pair = $2 and state = 'orphan'
  union all select 'key', k.alert, 0, 0, k.key, null, null, null
    from alert l join alert_key k on k.alert = l.id ${IS_OF_EXAM}
  union all select 'content', r.alert, r.n, r.at, r.content, r.core, null, null
    from alert l join revision r on r.alert = l.id ${IS_OF_EXAM}
  union all select 'milestone', s.alert, s.id, s.at, s.stage, s.said_at, s.code, s.name
    from alert l join stage s on s.alert = l.id ${IS_OF_EXAM}
  order by 2, 3`

/** The columns that say how far an alert has come. */
export const progressOf = (row: Row) => ({
  stage: text(row, 'stage') as AlertStage,
  revision: number(row, 'revision'),
  setAt: row['set_at'] as string | null,
  openedAt: number(row, 'opened_at'),
  receivedAt: row['received_at'] as number | null,
  processedAt: row['processed_at'] as number | null,
  fedBackAt: row['fed_back_at'] as number | null,
  cancelledAt: row['cancelled_at'] as number | null,
  hold: row['hold'] as string | null,
  resent: number(row, 'resent'),
})

/** @param parts the rows of a kind that belong to the alert */
function alertOf(row: Row, parts: (kind: string) => readonly Row[]): Alert {
  return {
    id: number(row, 'id'),
    key: text(row, 'key'),
    keys: parts('key').map((one) => text(one, 'a')),
    finding: text(row, 'finding'),
    sickNo: text(row, 'sick_no'),
    ...progressOf(row),
    content: text(row, 'content'),
    target: row['target'] as string | null,
    crisis: JSON.parse(text(row, 'document')) as Crisis,
    contents: parts('content').map((one) => ({
      revision: number(one, 'n'),
      content: text(one, 'a'),
      documentHash: one['b'] as string | null,
    })),
    milestones: parts('milestone').map((one) => ({
      stage: text(one, 'a') as AlertStage,
      at: number(one, 'at'),
      saidAt: one['b'] as string | null,
      code: text(one, 'c'),
      name: text(one, 'd'),
    })),
  }
}

/** A content of an alert, as its flow had it. */
export interface StoredContent {
  readonly crisis: Crisis
  readonly extra: readonly unknown[]
  readonly flags: unknown
}

export function* contentOf(alert: number, revision: number): Step<StoredContent> {
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

export const examKeyOf = (row: Row): ExamKey => ({
  system: text(row, 'system'),
  examKey: text(row, 'pair'),
})

/** The exam of the alert that a document belongs to. */
export function* examOfDocument(outbox: number): Step<ExamKey | null> {
  const [row] = yield sql(
    'select a.system, a.pair from outbox o join alert a on a.id = o.alert where o.id = $1',
    outbox,
  )
  return row ? examKeyOf(row) : null
}

/** The exam that an alert belongs to. */
export function* examOfAlert(alert: number): Step<ExamKey | null> {
  const [row] = yield sql('select system, pair from alert where id = $1', alert)
  return row ? examKeyOf(row) : null
}

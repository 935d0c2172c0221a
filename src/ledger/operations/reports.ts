import {
  isWithdrawn,
  tellsProcess,
  type BlockedCode,
  type KeptReport,
  type Report,
  type ReportDocument,
  type Reports,
  type WaitCode,
} from '../../loop/index.js'
import { readFeedbackDocument, type CrisisFeedback } from '../../messages/index.js'
import type { Row, SqlValue, Step } from '../../store/index.js'
import { number, sql, text } from './sql.js'

/*
 * The rows of what flows want their PACS to be told: the only place that writes them, but for what `prune` removes.
 * Whoever changes them holds the lock of the exam.
 */

/** A report as its row has it. */
export interface StoredReport extends KeptReport {
  readonly alert: number | null
  /** The node whose flow is told of its outcome, with `message`; '' = none. */
  readonly node: string
  readonly message: string
  /** As JSON. */
  readonly flags: string | null
  /** Milliseconds after which its document needs a person; null = never. */
  readonly expiresAfterMs: number | null
  /** When the flow handed it over, in epoch ms. */
  readonly at: number
}

export function reportOf(row: Row): StoredReport {
  return {
    id: number(row, 'id'),
    peer: text(row, 'peer'),
    report: JSON.parse(text(row, 'report')) as Report,
    waits: row['waits'] as WaitCode | null,
    outbox: row['outbox'] as number | null,
    isOver: row['ended_at'] !== null,
    alert: row['alert'] as number | null,
    node: text(row, 'node'),
    message: text(row, 'message'),
    flags: row['flags'] as string | null,
    expiresAfterMs: row['expires_after'] as number | null,
    at: number(row, 'at'),
  }
}

export interface StoredReports extends Reports {
  readonly reports: readonly StoredReport[]
}

/** All reports of an exam, with the documents that say them. */
export function* loadReports(lane: string): Step<StoredReports> {
  const rows = yield sql(
    `select r.*, o.id as document, o.peer as document_peer, o.state, o.attempts, o.blocked, o.says,
       o.at as written, case when o.says is null then o.document end as words
     from report r left join outbox o on o.id = r.outbox where r.lane = $1 order by r.id`,
    lane,
  )
  const documents = new Map<number, ReportDocument>()
  const reports = rows.map((row) => {
    const one = reportOf(row)
    // Of several that one document says it is the last by whose settings it was written.
    if (row['document'] !== null) documents.set(number(row, 'document'), documentOf(row, one))
    return one
  })
  return { reports, documents: [...documents.values()].toSorted((a, b) => a.id - b.id) }
}

const documentOf = (row: Row, { report }: StoredReport): ReportDocument => {
  const says = typeof row['says'] === 'string' ? (JSON.parse(row['says']) as CrisisFeedback) : null
  return {
    id: number(row, 'document'),
    peer: text(row, 'document_peer'),
    state: text(row, 'state') as ReportDocument['state'],
    attempts: number(row, 'attempts'),
    at: number(row, 'written'),
    isBlocked: row['blocked'] !== null,
    isWithdrawn: isWithdrawn(row['blocked'] as BlockedCode | null),
    says,
    tellsProcess: tellsProcess(says ?? wordsIn(text(row, 'words'))),
    extra: report.extra,
  }
}

/** The content of a document of a person; words that are no feedback say nothing. */
export function wordsIn(document: string): CrisisFeedback {
  try {
    return readFeedbackDocument(document).feedbacks[0]?.feedback ?? {}
  } catch {
    return {}
  }
}

export type NewReport = Pick<
  StoredReport,
  'peer' | 'alert' | 'node' | 'message' | 'flags' | 'expiresAfterMs' | 'report'
> & { readonly lane: string }

/** Keeps what is to be said. @returns its number, which is of the sequence of the outbox */
export function* insertReport(one: NewReport, at: number): Step<number> {
  const [inPostgres] = yield sql(
    "{only:postgres}select nextval(pg_get_serial_sequence('outbox', 'id')) as id",
  )
  const [inFile] = yield sql(
    "{only:sqlite}update sqlite_sequence set seq = seq + 1 where name = 'outbox' returning seq as id",
  )
  const id = number(inPostgres?.['id'] === undefined ? inFile : inPostgres, 'id')
  yield sql(
    `insert into report (id, peer, lane, alert, node, message, flags, report, expires_after, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    id,
    one.peer,
    one.lane,
    one.alert,
    one.node,
    one.message,
    one.flags,
    JSON.stringify(one.report),
    one.expiresAfterMs,
    at,
  )
  return id
}

/** The reports that a document says, or has said. */
export function* reportsOf(outbox: number): Step<readonly StoredReport[]> {
  const rows = yield sql('select * from report where outbox = $1 order by id', outbox)
  return rows.map(reportOf)
}

/** Changes reports: that of a number, or those that a document says. */
function* change(
  of: 'id' | 'outbox',
  value: number,
  changes: Readonly<Record<string, SqlValue>>,
): Step<void> {
  const columns = Object.keys(changes).map((column, n) => `${column} = $${n + 2}`)
  yield sql(
    `update report set ${columns.join(', ')} where ${of} = $1`,
    value,
    ...Object.values(changes),
  )
}

/** Notes that a report waits for something else now, which is to be told anew. */
export const noteWait = ({ id }: KeptReport, code: WaitCode): Step<void> =>
  change('id', id, { waits: code, wait_told: null })

/** A document says it. */
export const noteSaid = (id: number, outbox: number): Step<void> =>
  change('id', id, { outbox, waits: null, wait_told: null })

/** Another document says what one was to say, also what has ended with it. @param waits why that may not be sent */
export const noteReplaced = (
  outbox: number,
  by: number,
  waits: WaitCode | null = null,
): Step<void> => change('outbox', outbox, { outbox: by, ended_at: null, waits })

/** No document says what one was to say. */
export const noteDissolved = (outbox: number): Step<void> =>
  change('outbox', outbox, { outbox: null, waits: null })

/** Changes the content of a report, or its peer. */
export const rewriteReport = ({ id, peer, report }: KeptReport): Step<void> =>
  change('id', id, { peer, report: JSON.stringify(report) })

/** Revives a report that ended with a person, for as long as it takes. */
export const reopenReport = ({ id, report }: KeptReport): Step<void> =>
  change('id', id, {
    report: JSON.stringify(report),
    outbox: null,
    ended_at: null,
    expires_after: null,
  })

export const noteEnded = ({ id }: KeptReport, at: number): Step<void> =>
  change('id', id, { ended_at: at, waits: null })

/** The one of that number that no document says yet. */
export function* unsaidReport(id: number): Step<StoredReport | null> {
  const [row] = yield sql(
    'select * from report where id = $1 and outbox is null and ended_at is null',
    id,
  )
  return row ? reportOf(row) : null
}

/** Lets all that is not sent wait for people, whatever else it waits for. */
export function* noteHeld(lane: string): Step<void> {
  yield sql(
    `update report set waits = 'wrongPatient', wait_told = null
     where lane = $1 and ended_at is null and coalesce(waits, '') <> 'wrongPatient' and (outbox is null or
       outbox in (select id from outbox where lane = $1 and state in ('ready', 'leased') and blocked is not null))`,
    lane,
  )
}

/** Lets documents that were held back go on; reports without one are looked at when what may be said is written. */
export function* noteReleased(lane: string): Step<void> {
  yield sql(
    `update report set waits = null, wait_told = null
     where lane = $1 and waits = 'wrongPatient' and outbox is not null`,
    lane,
  )
}

/** Another node is told of what is undelivered of one that is gone. */
export function* changeNode(from: string, to: string): Step<void> {
  // One by one, as the indexes are.
  for (const undelivered of ["in ('ready', 'leased')", "in ('held', 'dead')"]) {
    yield sql(
      `update report set node = $2 where node = $1 and outbox in (
         select id from outbox where state ${undelivered})`,
      from,
      to,
    )
  }
  yield sql('update report set node = $2 where node = $1 and waits is not null', from, to)
}

/** Notes that a person is told of what has waited since before a time. @returns those that nobody was told of before */
export function* noteLong(peer: string, before: number, at: number): Step<readonly Row[]> {
  return yield sql(
    `update report set wait_told = $2
     where peer = $1 and waits is not null and wait_told is null and at <= $3
     returning coalesce(outbox, id) as id, waits, at`,
    peer,
    at,
    before,
  )
}

import {
  transitionOf,
  type BlockedCode,
  type DocumentEvent,
  type DocumentState,
} from '../../loop/index.js'
import type { CrisisFeedback, Operation } from '../../messages/index.js'
import type { Row, SqlValue, Step } from '../../store/index.js'
import { listed, number, sql, text } from './sql.js'

/*
 * The only place that sets the state of a document. Each change names the states that it starts from, so that of two
 * that meet only one happens.
 */

/** A row of the outbox. */
export interface Document {
  readonly id: number
  readonly peer: string
  readonly operation: Operation
  readonly lane: string
  readonly document: string
  readonly alert: number | null
  /** The node whose flow is told of its outcome, with `message`; '' = none. */
  readonly node: string
  readonly message: string
  readonly state: DocumentState
  readonly due: number
  readonly attempts: number
  readonly expiresAt: number | null
  readonly class: string | null
  readonly code: string | null
  readonly reasonZh: string | null
  readonly reasonEn: string | null
  readonly at: number
  /** When it came to an end, of which its flow was told; null = it has not. */
  readonly endedAt: number | null
  readonly revision: number | null
  /** As JSON. */
  readonly flags: string | null
  /** The content of a feedback, with the true times; null in a person's own words. */
  readonly says: CrisisFeedback | null
  /** Why it may not be sent, or not once more when it comes back from the wire. */
  readonly blocked: BlockedCode | null
  /** The revision that its flow has said it is. */
  readonly saidRevision: number | null
}

export function documentOf(row: Row): Document {
  const says = row['says']
  return {
    id: number(row, 'id'),
    peer: text(row, 'peer'),
    operation: text(row, 'operation') as Operation,
    lane: text(row, 'lane'),
    document: text(row, 'document'),
    alert: row['alert'] as number | null,
    node: text(row, 'node'),
    message: text(row, 'message'),
    state: text(row, 'state') as DocumentState,
    due: number(row, 'due'),
    attempts: number(row, 'attempts'),
    expiresAt: row['expires_at'] as number | null,
    class: row['class'] as string | null,
    code: row['code'] as string | null,
    reasonZh: row['reason_zh'] as string | null,
    reasonEn: row['reason_en'] as string | null,
    at: number(row, 'at'),
    endedAt: row['ended_at'] as number | null,
    revision: row['revision'] as number | null,
    flags: row['flags'] as string | null,
    says: typeof says === 'string' ? (JSON.parse(says) as CrisisFeedback) : null,
    blocked: row['blocked'] as BlockedCode | null,
    saidRevision: row['named'] as number | null,
  }
}

/** Documents that a query finds, in the order in which they were accepted. */
export function* documents(
  condition: string,
  ...params: readonly SqlValue[]
): Step<readonly Document[]> {
  const rows = yield sql(`select * from outbox where ${condition} order by id`, ...params)
  return rows.map(documentOf)
}

/** The same, locked: until the commit no other instance takes one of them, or ends it. */
export function* lockDocuments(
  condition: string,
  ...params: readonly SqlValue[]
): Step<readonly Document[]> {
  const rows = yield sql(`update outbox set lane = lane where ${condition} returning *`, ...params)
  return inOrder(rows)
}

const inOrder = (rows: readonly Row[]): readonly Document[] =>
  rows.map(documentOf).toSorted((a, b) => a.id - b.id)

/** Documents to which something happens: a condition whose parameters count from `$1`. */
export interface Which {
  /** Before the statement, as a `with` that picks those of which there is a limit. */
  readonly picked?: string
  readonly where: string
  readonly params: readonly SqlValue[]
}

/** What changes with the state. A text is SQL that needs no parameter. */
export type Changes = Readonly<Record<string, SqlValue | { readonly sql: string }>>

/**
 * Something happens to documents; those that are in no state in which it can are left alone.
 * @returns those that it happened to, as they are now, in the order in which they were accepted
 */
export function* transition(
  event: DocumentEvent,
  { picked = '', where, params }: Which,
  changes: Changes = {},
): Step<readonly Document[]> {
  const values: SqlValue[] = [...params]
  const columns = Object.entries(changes).map(([column, value]) => {
    if (value !== null && typeof value === 'object' && 'sql' in value) {
      return `${column} = ${value.sql}`
    }
    values.push(value)
    return `${column} = $${values.length}`
  })
  const rows = yield sql(
    `${picked} update outbox set ${[`state = '${transitionOf(event).to}'`, ...columns].join(', ')}
     where ${where} and state ${statesBefore(event)} returning *`,
    ...values,
  )
  return inOrder(rows)
}

/** The same for one document. @returns undefined when it is in no state in which this can happen */
export function* transitionOne(
  event: DocumentEvent,
  id: number,
  changes: Changes = {},
): Step<Document | undefined> {
  const [one] = yield* transition(event, { where: 'id = $1', params: [id] }, changes)
  return one
}

/** A document gives way before it was tried. @returns undefined when an instance has just taken it to deliver */
export function* supersede(id: number, at: number): Step<Document | undefined> {
  const untried = { where: 'id = $1 and attempts = 0', params: [id] }
  const changes = { ended_at: at, code: 'SUPERSEDED', blocked: null }
  const [one] = yield* transition('superseded', untried, changes)
  return one
}

const statesBefore = (event: DocumentEvent): string => {
  const { from } = transitionOf(event)
  // As the partial indexes have it.
  return from.length === 1 ? `= '${from[0]}'` : `in ${listed(from)}`
}

/** Ends a document on the wire once it comes back undelivered. */
export function* markLeased(id: number, code: BlockedCode): Step<void> {
  yield sql("update outbox set blocked = $2 where id = $1 and state = 'leased'", id, code)
}

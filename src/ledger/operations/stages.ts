import { isBlank, type Crisis, type Person } from '../../messages/index.js'
import type { Row, Step } from '../engine/types.js'
import type { AlertStage } from '../types.js'
import { addStage } from './records.js'
import { number, sql, text } from './sql.js'

const ORDER: readonly AlertStage[] = ['stored', 'notified', 'received', 'processed', 'fedBack']

/** Dealt with: a person has said what came of it, or that it is none. */
export const CLOSED: readonly AlertStage[] = ['processed', 'fedBack', 'cancelled']

export const isClosed = (row: Row): boolean => CLOSED.includes(text(row, 'stage') as AlertStage)

export const isCancelled = (row: Row): boolean => row['stage'] === 'cancelled'

/** All alerts of an exam, each with its current document. */
export function* alertsOf(system: string, pair: string): Step<readonly Row[]> {
  return yield sql(
    `select a.*, r.document from alert a join revision r on r.alert = a.id and r.n = a.revision
     where a.system = $1 and a.pair = $2 order by a.id`,
    system,
    pair,
  )
}

/** Stages only move forward. */
export function furthest(a: AlertStage, b: AlertStage): AlertStage {
  return ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b
}

/** Somebody's statement, with the time that they gave for it. */
export interface Statement {
  readonly at: string | null
  readonly person: Person
}

/** What a feedback asserts of an alert; null = nothing of that stage (A22). */
export interface Said {
  readonly received: Statement | null
  readonly processed: Statement | null
  /** The record of the feedback that came in; null when a flow of ours said it. */
  readonly feedback: number | null
}

/** A receiver with a time is a reception, whatever else is missing (reading 1.2). */
export function saidBy(
  feedback: { readonly CrisisReceiver?: Person; readonly ProcessStaff?: Person },
  times: {
    readonly stage: string
    readonly receiveAt: string | null
    readonly processAt: string | null
  },
  record: number | null,
): Said {
  const { CrisisReceiver: receiver = NOBODY, ProcessStaff: staff = NOBODY } = feedback
  const { stage, receiveAt, processAt } = times
  return {
    received:
      receiveAt !== null && !isNobody(receiver) ? { at: receiveAt, person: receiver } : null,
    processed: stage === 'processed' ? { at: processAt, person: staff } : null,
    feedback: record,
  }
}

const NOBODY: Person = { code: '', name: '' }

const isNobody = ({ code, name }: Person): boolean => isBlank(code) && isBlank(name)

export interface Advanced {
  readonly stage: AlertStage
  readonly flags: readonly string[]
  /** Whether anything was noted that was not known. */
  readonly news: boolean
}

/**
 * Moves an alert, with its document, as far as a feedback says, and notes who said so. What is known already is
 * not noted twice.
 */
export function* advance(row: Row, said: Said, at: number): Step<Advanced> {
  const alert = number(row, 'id')
  const flags = new Set<string>()
  const rows = yield sql(
    'select stage, at, said_at, code, name from stage where alert = $1 order by id',
    alert,
  )
  const start = Math.max(
    0,
    rows.findLastIndex((entry) => entry['stage'] === 'stored'),
  )
  const earlier = rows.slice(0, start)
  const present = rows.slice(start)
  // What was said of a content that has been corrected since is no word on the correction: neither when it is
  // repeated nor when it comes in late.
  const counts = (stage: AlertStage, statement: Statement | null): statement is Statement => {
    if (!statement) return false
    const isOld =
      earlier.some((entry) => isSame(entry, stage, statement)) ||
      (start > 0 && isBefore(statement, number(present[0], 'at')))
    if (isOld) flags.add('beforeRevision')
    return !isOld
  }
  const received = counts('received', said.received) ? said.received : null
  const processed = counts('processed', said.processed) ? said.processed : null
  if ([received, processed].some((statement) => statement && isSkewed(statement, row, at))) {
    flags.add('clockSkew')
  }
  if (received && isSetter(row, received.person)) flags.add('selfAck')
  const noted = ({ at: saidAt, person }: Statement) => ({
    at: saidAt,
    ...person,
    feedback: said.feedback,
  })
  let news = false

  if (received) {
    const receivers = present.filter((entry) => entry['stage'] === 'received')
    const known = receivers.some((entry) => isPerson(entry, received.person))
    if (receivers.length > 0 && !known) flags.add('otherReceiver')
    // The first reception stays; another receiver is added beside it.
    if (!known) yield* addStage(alert, 'received', at, noted(received))
    news ||= !known
  }
  if (processed) {
    if (row['processed_at'] !== null) flags.add('processedAgain')
    const known = present.some((entry) => isSame(entry, 'processed', processed))
    if (!known) yield* addStage(alert, 'processed', at, noted(processed))
    news ||= !known
  }
  const before = text(row, 'stage') as AlertStage
  const stage = furthest(before, processed ? 'processed' : received ? 'received' : before)
  if (news) {
    yield sql(
      `update alert set stage = $2, received_at = coalesce(received_at, $3),
         processed_at = coalesce(processed_at, $4)
       where id = $1`,
      alert,
      stage,
      received ? at : null,
      processed ? at : null,
    )
  }
  return { stage, flags: [...flags], news }
}

/** Whoever set the critical value has also received it: a shared account, or nobody was told (A25). */
function isSetter(row: Row, { code, name }: Person): boolean {
  const { CrisisSettor: setter = NOBODY } = JSON.parse(text(row, 'document')) as Crisis
  if (!isBlank(code) || !isBlank(setter.code)) return setter.code.trim() === code.trim()
  return setter.name.trim() === name.trim()
}

/** How far the clocks of two systems may differ before it is worth a word (A33). */
const SKEW_MS = 5 * 60_000

function isSkewed({ at: saidAt }: Statement, row: Row, at: number): boolean {
  if (saidAt === null) return false
  const said = Date.parse(saidAt)
  const setAt = row['set_at']
  return said > at + SKEW_MS || (typeof setAt === 'string' && said < Date.parse(setAt) - SKEW_MS)
}

/** Some say only the minute. */
const TIME_STEP_MS = 60_000

const isBefore = ({ at }: Statement, then: number): boolean =>
  at !== null && Date.parse(at) < then - TIME_STEP_MS

function isSame(entry: Row, stage: AlertStage, { at, person }: Statement): boolean {
  return entry['stage'] === stage && entry['said_at'] === at && isPerson(entry, person)
}

/** The number says who it is; a name only where there is no number. */
function isPerson(entry: Row, { code, name }: Person): boolean {
  if (!isBlank(code) || entry['code'] !== '') return entry['code'] === code
  return entry['name'] === name
}

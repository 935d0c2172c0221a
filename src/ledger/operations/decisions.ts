import type { Row, Step } from '../engine/types.js'
import type { ParkedCode } from '../types.js'
import { audit, type Actor } from './audit.js'
import { endingOfWithdrawn, tellFlow } from './outcome.js'
import { owe } from './owed.js'
import { settleExam, unparkTried } from './parked.js'
import { alertsThatAreMeant, type WhichAlert } from './queries.js'
import { addStage } from './records.js'
import { insert, now, number, sql, text } from './sql.js'
import { isCancelled } from './stages.js'
import { forgetTold } from './told.js'
import { end, withdraw } from './withdraw.js'

/** Who decides, and why. Names and reasons stand in a table of their own: the audit can never be changed. */
export interface Decision {
  readonly by: string
  readonly second: string
  readonly reason: string
}

export interface Decide extends Decision {
  readonly actor: Actor
  readonly which: WhichAlert
}

/** `none`: there is no such alert, or none that this could be done to; `several`: more than one exam is meant. */
export type NotDecided = 'none' | 'several'

export interface Lifted {
  readonly problem: NotDecided | null
  /** The alerts that are no longer held. */
  readonly alerts: readonly string[]
  readonly cancelled: string | null
  /** The nodes whose flows are told that it is void. */
  readonly nodes: readonly string[]
  /** The peers to which something may go now. */
  readonly peers: readonly string[]
}

/**
 * Two people have found out who the patient is: the exam's feedback goes on, and what has waited goes out. An
 * alert that was for the wrong patient can be cancelled with it.
 */
export function* liftHold(args: Decide & { readonly wrong: string | null }): Step<Lifted> {
  const nothing = (problem: NotDecided): Lifted => ({
    problem,
    alerts: [],
    cancelled: null,
    nodes: [],
    peers: [],
  })
  const { actor } = args
  const at = yield* now()
  const meant = yield* alertsThatAreMeant(args.which)
  const [first, ...others] = new Map(meant.map((row) => [text(row, 'pair'), row])).values()
  if (!first) return nothing('none')
  if (others.length > 0) return nothing('several')
  const system = text(first, 'system')
  const pair = text(first, 'pair')
  yield sql('{lock:$1}', `${system}/${pair}`)
  const exam = yield sql(
    'select * from alert where system = $1 and pair = $2 order by id',
    system,
    pair,
  )
  const held = exam.filter((row) => row['hold'] !== null)
  const wrong = args.wrong === null ? null : yield* alertWithKey(exam, args.wrong)
  if (held.length === 0 || (args.wrong !== null && !wrong)) return nothing('none')
  const decision = yield* note(args, 'lift', number(wrong ?? held[0], 'id'), at)
  yield* unparkTried(pair)
  const nodes = wrong ? yield* cancelOne(actor, wrong, decision, at) : []
  yield sql('update alert set hold = null where system = $1 and pair = $2', system, pair)
  const free = held.filter((row) => row['id'] !== wrong?.['id'])
  for (const row of free) {
    yield* audit(actor, at, { kind: 'holdLifted', alert: number(row, 'id'), detail: { decision } })
  }
  yield* settleExam(actor, system, pair, at)
  return {
    problem: null,
    alerts: free.map((row) => text(row, 'key')),
    cancelled: wrong ? text(wrong, 'key') : null,
    nodes,
    peers: yield* peersOf(pair),
  }
}

export interface CancelledAlert {
  readonly problem: NotDecided | null
  readonly id: string | null
  /** The nodes whose flows are told that it is void. */
  readonly nodes: readonly string[]
  readonly peers: readonly string[]
}

/**
 * Two people have found that an alert is none (reading section 2): it is closed, what is undelivered of it is not
 * sent, and the flows that had it are told, so that its recipients can be. The PACS is told nothing, for the
 * interface has no way to.
 */
export function* cancelAlert(args: Decide): Step<CancelledAlert> {
  const at = yield* now()
  const meant = (yield* alertsThatAreMeant(args.which)).filter((row) => !isCancelled(row))
  const [found, ...others] = meant
  const nothing = { id: null, nodes: [], peers: [] }
  if (!found) return { problem: 'none', ...nothing }
  if (others.length > 0) return { problem: 'several', ...nothing }
  const system = text(found, 'system')
  const pair = text(found, 'pair')
  yield sql('{lock:$1}', `${system}/${pair}`)
  const [row] = yield sql(
    "select * from alert where id = $1 and stage <> 'cancelled'",
    number(found, 'id'),
  )
  if (!row) return { problem: 'none', ...nothing }
  const decision = yield* note(args, 'cancelAlert', number(row, 'id'), at)
  const nodes = yield* cancelOne(args.actor, row, decision, at)
  const [held] = yield sql(
    'select id from alert where system = $1 and pair = $2 and hold is not null limit 1',
    system,
    pair,
  )
  // The others were held because of this one.
  if (row['hold'] !== null && !held) yield* unparkTried(pair)
  yield* settleExam(args.actor, system, pair, at)
  return { problem: null, id: text(row, 'key'), nodes, peers: yield* peersOf(pair) }
}

function* alertWithKey(exam: readonly Row[], key: string): Step<Row | undefined> {
  const rows = yield sql('select alert from alert_key where key = $1', key)
  const ids = rows.map((row) => row['alert'])
  return exam.find((row) => ids.includes(row['id']) && !isCancelled(row))
}

function* peersOf(pair: string): Step<readonly string[]> {
  const rows = yield sql(
    "select distinct peer from outbox where lane = $1 and state = 'ready'",
    pair,
  )
  return rows.map((row) => text(row, 'peer'))
}

/** @returns its number, by which the audit refers to it */
export function* note(
  { by, second, reason }: Decision,
  kind: string,
  alert: number | null,
  at: number,
  outbox: number | null = null,
): Step<number> {
  return yield* insert(
    sql(
      `insert into decision (at, kind, alert, outbox, person, second, reason)
       values ($1, $2, $3, $4, $5, $6, $7) returning id`,
      at,
      kind,
      alert,
      outbox,
      by,
      second,
      reason,
    ),
  )
}

function* cancelOne(actor: Actor, row: Row, decision: number, at: number): Step<readonly string[]> {
  const alert = number(row, 'id')
  const pair = text(row, 'pair')
  // The outbox before the alert, as those do who record a delivery.
  yield* withdraw(actor, pair, alert, 'alertCancelled', true, at)
  const nodes = yield* endDocuments(actor, alert, at)
  yield sql(
    "update alert set stage = 'cancelled', cancelled_at = $2, hold = null where id = $1",
    alert,
    at,
  )
  yield* addStage(alert, 'cancelled', at)
  yield* forgetTold(text(row, 'system'), pair, alert)
  yield* audit(actor, at, { kind: 'alertCancelled', alert, detail: { decision } })
  const target = row['target']
  if (typeof target !== 'string') return nodes
  yield* owe({ kind: 'crisis', target, alert, at, content: yield* notice(row, at) })
  return [target, ...nodes]
}

/** Ends what is not on the wire, and tells the flow of each node that sent it; of what is delivered already too. */
function* endDocuments(actor: Actor, alert: number, at: number): Step<readonly string[]> {
  const code = 'alertCancelled' satisfies ParkedCode
  const ending = endingOfWithdrawn(code, 'SynCrisisInfo')
  // Changes nothing but locks the rows: none is taken to be delivered meanwhile.
  const found = yield sql(
    `update outbox set alert = alert where alert = $1 and operation = 'SynCrisisInfo' returning *`,
    alert,
  )
  // What people have given up is not the last that a flow has had delivered.
  const rows = found
    .filter((row) => row['state'] !== 'cancelled')
    .toSorted((a, b) => number(a, 'id') - number(b, 'id'))
  const nodes = new Set<string>()
  for (const row of rows) {
    const state = text(row, 'state')
    const isLast = rows.findLast((other) => other['node'] === row['node']) === row
    if (['ready', 'held', 'dead', 'parked'].includes(state)) {
      yield* end(actor, { ...row, ended_at: isLast ? null : (row['ended_at'] ?? null) }, code, at)
      if (isLast) nodes.add(text(row, 'node'))
    } else if (state === 'leased') {
      yield sql('update outbox set parked = $2 where id = $1', number(row, 'id'), code)
    } else if (state === 'done' && isLast) {
      yield* tellFlow(row, 'cancelled', ending, at)
      nodes.add(text(row, 'node'))
    }
  }
  return [...nodes].filter((node) => node !== '')
}

/** The critical value as its flow had it, marked as void. */
function* notice(row: Row, at: number): Step<unknown> {
  const alert = number(row, 'id')
  const revision = number(row, 'revision')
  const [current] = yield sql(
    'select document, flags from revision where alert = $1 and n = $2',
    alert,
    revision,
  )
  const { extra = [], ...crisis } = JSON.parse(text(current, 'document')) as { extra?: unknown[] }
  return {
    crisis,
    extra,
    flags: JSON.parse(text(current, 'flags')) as unknown,
    id: text(row, 'key'),
    pair: text(row, 'pair'),
    setAt: row['set_at'] ?? null,
    receivedAt: at,
    alert,
    revision,
    kind: 'cancelled',
    late: false,
    earlier: false,
    wrongPatient: false,
  }
}

import {
  cancelled,
  isHeld,
  lift,
  standingAlert,
  voided,
  type Alert,
  type Exam,
} from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { endingOfWithdrawn, tellFlow } from './outcome.js'
import { owe } from './handouts.js'
import { releaseReports, reconcileExam } from './say.js'
import { contentOf, examKeyOf, loadExam, type StoredContent } from './exam/load.js'
import { saveExam } from './exam/save.js'
import { alertsThatAreMeant, type WhichAlert } from './summaries.js'
import { insert, now, number, sql, text } from './sql.js'
import { lockDocuments, markLeased } from './transition.js'
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

/** The result of a decision. */
export interface Decided {
  readonly problem: NotDecided | null
  /** The nodes whose flows are told. */
  readonly nodes: readonly string[]
  /** The peers to which something may go now. */
  readonly peers: readonly string[]
}

/** The result of a decision on one alert. */
export interface DecidedOne extends Decided {
  /** K of the alert; null where nothing was decided. */
  readonly id: string | null
}

export const notDecided = (problem: NotDecided): DecidedOne => ({
  problem,
  id: null,
  nodes: [],
  peers: [],
})

export interface Lifted extends Decided {
  /** The alerts that are no longer held. */
  readonly alerts: readonly string[]
  readonly cancelled: string | null
}

/**
 * Two people have found out who the patient is: the exam's feedback goes on, and what has waited goes out. An
 * alert that was for the wrong patient can be cancelled with it.
 */
export function* liftHold(args: Decide & { readonly wrong: string | null }): Step<Lifted> {
  const nothing = (problem: NotDecided) => ({ ...notDecided(problem), alerts: [], cancelled: null })
  const { actor } = args
  const at = yield* now()
  const meant = yield* alertsThatAreMeant(args.which)
  const [first, ...others] = new Map(meant.map((row) => [text(row, 'pair'), row])).values()
  if (!first) return nothing('none')
  if (others.length > 0) return nothing('several')
  const exam = yield* loadExam(examKeyOf(first))
  const lifted = lift(exam, args.wrong, at)
  if (!lifted) return nothing('none')
  const { wrong, released } = lifted
  const decision = yield* keepDecision(args, 'lift', (wrong ?? released[0])!.id, at)
  yield* releaseReports(exam.key)
  const nodes = wrong ? yield* voidDocuments(actor, exam, wrong, at) : []
  const saved = yield* saveExam(exam, lifted.exam, { at })
  if (wrong) yield* tellCancelled(actor, exam, wrong, decision, at)
  for (const { id: alert } of released) {
    yield* audit(actor, at, { kind: 'holdLifted', alert, detail: { decision } })
  }
  yield* reconcileExam(actor, saved, at)
  return {
    problem: null,
    alerts: released.map(({ key }) => key),
    cancelled: wrong?.key ?? null,
    nodes,
    peers: yield* peersOf(exam.key),
  }
}

/**
 * Two people have found that an alert is none (reading section 2): it is closed, what is undelivered of it is not
 * sent, and the flows that had it are told, so that its recipients can be. The PACS is told nothing, for the
 * interface has no way to.
 */
export function* cancelAlert(args: Decide): Step<DecidedOne> {
  const at = yield* now()
  const { actor } = args
  const found = yield* loadMeant(args.which)
  if (typeof found === 'string') return notDecided(found)
  const { exam, alert } = found
  const decision = yield* keepDecision(args, 'cancelAlert', alert.id, at)
  const nodes = yield* voidDocuments(actor, exam, alert, at)
  const saved = yield* saveExam(exam, cancelled(exam, alert, at), { at })
  yield* tellCancelled(actor, exam, alert, decision, at)
  // The others were held because of this one.
  if (alert.hold !== null && !isHeld(saved.alerts)) yield* releaseReports(exam.key)
  yield* reconcileExam(actor, saved, at)
  return { problem: null, id: alert.key, nodes, peers: yield* peersOf(exam.key) }
}

/** Loads the one alert that is meant and not cancelled, with its exam and the lock of that. */
export function* loadMeant(
  which: WhichAlert,
): Step<NotDecided | { readonly exam: Exam; readonly alert: Alert }> {
  const meant = yield* alertsThatAreMeant(which)
  const [found, ...others] = meant.filter((row) => row['stage'] !== 'cancelled')
  if (!found) return 'none'
  if (others.length > 0) return 'several'
  const exam = yield* loadExam(examKeyOf(found))
  const alert = standingAlert(exam, number(found, 'id'))
  return alert ? { exam, alert } : 'none'
}

/** The peers to which something of an exam is to be sent. */
export function* peersOf(examKey: string): Step<readonly string[]> {
  const rows = yield sql(
    "select distinct peer from outbox where lane = $1 and state = 'ready' and blocked is null",
    examKey,
  )
  return rows.map((row) => text(row, 'peer'))
}

/** @returns its number, by which the audit refers to it */
export function* keepDecision(
  { by, second, reason }: Decision,
  kind: string,
  alert: number | null,
  at: number,
  outbox: number | null = null,
): Step<number> {
  return yield* insert(
    `insert into decision (at, kind, alert, outbox, person, second, reason)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    at,
    kind,
    alert,
    outbox,
    by,
    second,
    reason,
  )
}

/** Nothing of an alert that is none is sent. @returns the nodes whose flows are told */
function* voidDocuments(
  actor: Actor,
  { key }: Exam,
  { id, target }: Alert,
  at: number,
): Step<readonly string[]> {
  yield* withdraw(actor, key, id, 'alertCancelled', true, at)
  const nodes = yield* endDocuments(actor, id, at)
  return target === null ? nodes : [target, ...nodes]
}

/** Gives the flow that had an alert its critical value as it had it, marked as void. */
function* tellCancelled(
  actor: Actor,
  exam: Exam,
  alert: Alert,
  decision: number,
  at: number,
): Step<void> {
  const { id, revision, setAt } = alert
  yield* audit(actor, at, { kind: 'alertCancelled', alert: id, detail: { decision } })
  const stored = yield* contentOf(id, revision)
  yield* tellContent(exam, alert, { ...stored, revision, setAt, kind: 'cancelled' }, at)
}

/** Gives the flow that had an alert a content of it, because of what people have decided. */
export function* tellContent(
  { key: examKey }: Exam,
  { id: alert, key: id, target }: Alert,
  decided: StoredContent & Pick<Alert, 'revision' | 'setAt'> & { readonly kind: string },
  at: number,
): Step<void> {
  if (target === null) return
  const result = { alert, id, examKey, late: false, earlier: false, wrongPatient: false }
  const content = { ...decided, ...result, receivedAt: at }
  yield* owe({ kind: 'crisis', target, alert, at, content })
}

/** Ends what is not on the wire, and tells the flow of each node that sent it; of what is delivered already too. */
function* endDocuments(actor: Actor, alert: number, at: number): Step<readonly string[]> {
  const code = 'alertCancelled'
  const ending = endingOfWithdrawn(code, 'SynCrisisInfo')
  const documents = yield* lockDocuments("alert = $1 and operation = 'SynCrisisInfo'", alert)
  const nodes = new Set<string>()
  for (const { id, node, becomes, isTold } of voided(documents)) {
    const one = documents.find((document) => document.id === id)!
    if (isTold && node !== '') nodes.add(node)
    if (becomes === 'stopped') yield* markLeased(id, code)
    else if (becomes === 'ended') yield* end(actor, one, code, isTold, at)
    else yield* tellFlow(one, 'cancelled', ending, at)
  }
  return [...nodes]
}

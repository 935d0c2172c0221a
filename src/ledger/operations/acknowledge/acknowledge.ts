import {
  afterRefusal,
  isCancelled,
  isClosed,
  planFor,
  weigh,
  type Act,
  type ActKind,
  type Alert,
  type EarlierAct,
  type Exam,
  type NotCounted,
} from '../../../loop/index.js'
import type { Crisis, CrisisFeedback, Person } from '../../../messages/index.js'
import type { Row, Step } from '../../../store/index.js'
import type { Owed } from '../../types.js'
import { audit, type Actor } from '../audit.js'
import { examKeyOf, loadExam } from '../exam/load.js'
import { saveExam } from '../exam/save.js'
import { owe, type Lease } from '../handouts.js'
import { peersOf } from '../decisions.js'
import { reconcileExam } from '../say.js'
import { now, number, sql, text } from '../sql.js'
import { alertsThatAreMeant, type WhichAlert } from '../summaries.js'
import { rulesFor, timersOf, writeTimer } from '../timers.js'

/** The flow behind an act, and its rules. */
export interface Acknowledging {
  readonly actor: Actor
  /** The node whose flow is told of what counts; '' = no flow is. */
  readonly target: string
  /** The message of the flow, as JSON. */
  readonly message: string
  readonly lease?: Lease | undefined
  /** The PACS that the node is for; null = any. */
  readonly system: string | null
  readonly zone: string
  /** The result of a processing that is said without one. */
  readonly result: string
}

export interface Acknowledge extends Acknowledging {
  readonly which: WhichAlert
  readonly act: Act
}

/** The reason why an act does not count; `several`: more than one open alert is meant, and one act must not close two. */
export type NotAcknowledged = NotCounted | 'several'

export interface Acknowledged {
  /** null = it counts. */
  readonly why: NotAcknowledged | null
  /** K of the alert; null where none is meant. */
  readonly id: string | null
  readonly flags: readonly string[]
  /** The message that the flow is to be handed. */
  readonly owed: Owed | null
  /** The peers that have something to be sent by it. */
  readonly peers: readonly string[]
}

/** The content of the message that a flow is owed by an act that counts. */
export interface ActContent {
  /** Of the flow, as JSON. */
  readonly message: string
  readonly act: Act
  readonly id: string
  readonly examKey: string
  readonly revision: number
  readonly stage: Alert['stage']
  readonly setAt: string | null
  readonly openedAt: number
  readonly crisis: Crisis
  readonly flags: readonly string[]
  readonly feedback: CrisisFeedback | null
}

/**
 * A person has acted on an alert. What counts brings the alert further and stops its plan in this transaction, whatever
 * becomes of the feedback afterwards; what does not changes nothing and leaves one trace.
 */
export function* acknowledgeAlert(args: Acknowledge): Step<Acknowledged> {
  const { actor, which, act } = args
  const meant = alertMeant(yield* alertsThatAreMeant(which), args.system)
  if (meant === 'none') return yield* refused(actor, 'unknownAlert', act.kind, null)
  if (meant === 'several') return yield* refused(actor, 'several', act.kind, null)
  return yield* actOn(args, meant, null)
}

/** A number of an exam with several alerts means the one that is open: nothing else is left to act on. */
function alertMeant(rows: readonly Row[], system: string | null): Row | 'none' | 'several' {
  const own = rows.filter((row) => row['system'] === system)
  const stages = (own.length > 0 ? own : rows).map((row) => ({
    row,
    stage: text(row, 'stage') as Alert['stage'],
  }))
  const open = stages.filter((one) => !isClosed(one))
  const valid = stages.filter((one) => !isCancelled(one))
  const [first, ...others] = [open, valid, stages].find((some) => some.length > 0) ?? []
  if (!first) return 'none'
  return others.length > 0 ? 'several' : first.row
}

/** @param link the hash of the link by which it came */
export function* actOn(
  args: Acknowledging & { readonly act: Act },
  row: Row,
  link: string | null,
): Step<Acknowledged> {
  const { actor, act, system, zone, result } = args
  const id = number(row, 'id')
  const exam = yield* loadExam(examKeyOf(row))
  const at = yield* now()
  const earlier = yield* earlierActs(id)
  const weighed = weigh(exam, id, act, { system, zone, result, earlier, at })
  if (!weighed.counts) return yield* refused(actor, weighed.why, act.kind, text(row, 'key'), id)
  const saved = yield* saveExam(exam, weighed.exam, { at })
  const alert = saved.alerts.find((one) => one.id === id)!
  yield* keepAct({ alert: id, revision: alert.revision, act, flags: weighed.flags, link, at })
  const detail = { action: act.kind, how: act.how, flags: weighed.flags.join(' ') }
  yield* audit(actor, at, { kind: 'acknowledged', alert: id, detail })
  if (act.kind === 'refused') yield* hasten(actor, alert, act, at)
  yield* reconcileExam(actor, saved, at)
  const owed = yield* tell(args, saved, alert, weighed, at)
  const { flags } = weighed
  return { why: null, id: alert.key, flags, owed, peers: yield* peersOf(saved.key) }
}

/** Nothing is changed; the audit says that somebody has tried. */
function* refused(
  actor: Actor,
  why: NotAcknowledged,
  action: ActKind,
  id: string | null,
  alert: number | null = null,
): Step<Acknowledged> {
  const detail = { action, why }
  yield* audit(actor, yield* now(), { kind: 'notAcknowledged', alert, detail })
  return { why, id, flags: [], owed: null, peers: [] }
}

function* earlierActs(alert: number): Step<readonly EarlierAct[]> {
  const rows = yield sql('select * from acknowledgement where alert = $1 order by id', alert)
  return rows.map((row) => ({
    kind: text(row, 'kind') as ActKind,
    person: personIn(row, ''),
    note: text(row, 'note'),
    to: personIn(row, 'to_'),
    countedAt: number(row, 'at'),
  }))
}

export const personIn = (row: Row | undefined, prefix: '' | 'to_'): Person => ({
  code: text(row, `${prefix}code`),
  name: text(row, `${prefix}name`),
})

export interface KeptAct {
  readonly alert: number
  readonly revision: number
  readonly act: Act
  readonly flags: readonly string[]
  readonly link: string | null
  readonly at: number
}

export function* keepAct({ alert, revision, act, flags, link, at }: KeptAct): Step<void> {
  yield sql(
    `insert into acknowledgement (alert, at, kind, done_at, code, name, role, how, read_back, note, revision, step,
       to_code, to_name, flags, link)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    alert,
    at,
    act.kind,
    act.at,
    act.person.code,
    act.person.name,
    act.role,
    act.how,
    act.readBack === null ? null : Number(act.readBack),
    act.note,
    revision,
    act.step ?? null,
    act.to?.code ?? '',
    act.to?.name ?? '',
    JSON.stringify(flags),
    link,
  )
}

/** Whoever was called has refused: the next step of each plan is due at once. */
function* hasten(actor: Actor, alert: Alert, act: Act, at: number): Step<void> {
  for (const [target, timer] of yield* timersOf(alert.id)) {
    const rules = yield* rulesFor(target)
    const plan = rules && planFor(rules, alert, timer)
    const next = plan ? afterRefusal(alert, plan, timer, act.step, at) : timer
    if (next === timer) continue
    yield* writeTimer(alert.id, target, next)
    const detail = { step: timer.level, why: 'refused' }
    yield* audit(actor, at, { kind: 'passedOver', alert: alert.id, detail })
  }
}

function* tell(
  { target, message, lease, act }: Acknowledging & { readonly act: Act },
  { key: examKey }: Exam,
  alert: Alert,
  { flags, feedback }: Pick<ActContent, 'flags' | 'feedback'>,
  at: number,
): Step<Owed | null> {
  if (target === '') return null
  const { key: id, revision, stage, setAt, openedAt, crisis } = alert
  const about = { id, examKey, revision, stage, setAt, openedAt, crisis }
  const content: ActContent = { message, act, ...about, flags, feedback }
  return yield* owe({ kind: 'acknowledged', target, alert: alert.id, at, lease, content })
}

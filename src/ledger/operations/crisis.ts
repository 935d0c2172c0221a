import {
  alertFor,
  arrivalOf,
  isCancelled,
  isClosed,
  otherPatients,
  type Alert,
  type Arrival,
} from '../../loop/index.js'
import type { Step } from '../engine/types.js'
import type { CrisisToStore, Origin, Owed, StoredCrisis } from '../types.js'
import { audit, type Actor } from './audit.js'
import { alertsOf, alertWithKey, lockExam } from './exam/load.js'
import {
  addContent,
  countResend,
  holdAlert,
  insertAlert,
  learnPatient,
  setCurrent,
} from './exam/save.js'
import { rematch } from './feedback.js'
import { keepRaw } from './records.js'
import { owe, type Lease } from './owed.js'
import { parkExam } from './parked.js'
import { isGone } from './receiving.js'
import { now, number, sql } from './sql.js'
import { closeTold, forgetTold } from './told.js'
import { withdraw } from './withdraw.js'

export interface StoreCrises {
  readonly actor: Actor
  readonly origin: Origin
  readonly crises: readonly CrisisToStore[]
  /** Whether a re-send is handed to the flow again. */
  readonly emitResends: boolean
  /** Where the flow's message goes; '' = nowhere (a crisis that we send ourselves). */
  readonly target: string
  /**
   * The nodes that are in the flows: a re-send of what went to a node that is not is handed out by `target`.
   * Absent = it is not known which there are.
   */
  readonly nodes?: readonly string[] | undefined
  /** The instance that hands the messages to its flow itself. */
  readonly lease?: Lease | undefined
}

/**
 * Stores critical values by the identity rules of reading section 2, each with its revision, its audit entry
 * and the message that is owed for it, in the one transaction that an answer of `0` stands for (A3).
 */
export function* storeCrises(args: StoreCrises): Step<readonly StoredCrisis[]> {
  const at = yield* now()
  const raw = yield* keepRaw(args.origin, 'SynCrisisInfo', at)
  const stored: StoredCrisis[] = []
  for (const item of args.crises) stored.push(yield* storeCrisis(args, item, raw, at))
  return stored
}

/** One critical value that is being stored. */
interface Storing {
  readonly args: StoreCrises
  readonly item: CrisisToStore
  readonly raw: number
  readonly at: number
  readonly exam: readonly Alert[]
  /** The alerts of which another patient's number was said. */
  readonly others: readonly Alert[]
}

function* storeCrisis(
  args: StoreCrises,
  item: CrisisToStore,
  raw: number,
  at: number,
): Step<StoredCrisis> {
  const { system } = args.origin
  // Two instances must not store the same critical value at the same moment.
  yield* lockExam(system, item.pair)
  const { known, exam } = yield* lookUp(system, item)
  const arrival = yield* arrivalFor(known, item)
  const storing: Storing = { args, item, raw, at, exam, others: otherPatients(exam, item) }
  switch (arrival.kind) {
    case 'new':
      return yield* storeNew(storing)
    case 'revision':
      return yield* storeRevision(storing, arrival)
    case 'outOfOrder':
      return yield* storeLate(storing, arrival)
    case 'resend':
      return yield* storeResend(storing, arrival)
  }
}

/** The alert that a critical value would be stored with, and all alerts of its exam. */
export function* lookUp(
  system: string,
  item: CrisisToStore,
): Step<{ readonly known: Alert | undefined; readonly exam: readonly Alert[] }> {
  const byKey = yield* alertWithKey(system, item.key)
  const exam = yield* alertsOf(system, item.pair)
  return { known: alertFor(exam, byKey, item), exam }
}

function* arrivalFor(known: Alert | undefined, item: CrisisToStore): Step<Arrival> {
  if (!known) return arrivalOf(known, { last: 0, same: null }, item)
  const [contents] = yield sql(
    `select max(n) as last, max(case when content = $2 then n end) as same
     from revision where alert = $1`,
    known.id,
    item.content,
  )
  const last = number(contents, 'last')
  return arrivalOf(known, { last, same: contents?.['same'] as number | null }, item)
}

function* storeNew({ args, item, raw, at, exam, others }: Storing): Step<StoredCrisis> {
  const { system } = args.origin
  const wrongPatient = others.length > 0
  if (wrongPatient) yield* parkExam(args.actor, item.pair, at)
  const alert = yield* insertAlert({ system, item, at, wrongPatient, target: args.target })
  yield* addContent(system, alert, 1, item, raw, at)
  if (exam.every(isClosed)) yield* closeTold(system, item.pair)
  yield* audit(args.actor, at, { kind: 'stored', alert, detail: { findings: exam.length + 1 } })
  if (wrongPatient) yield* holdAll(args.actor, idsOf(exam).add(alert), alert, at)
  const result = { ...NOTHING_SPECIAL, alert, revision: 1, kind: 'new', wrongPatient } as const
  const owed = yield* tellFlow(args, item, { ...result, others }, item.key, at)
  yield* rematch(args.actor, system, item.pair, alert, at)
  return { ...result, owed }
}

const NOTHING_SPECIAL = { late: false, earlier: false, wrongPatient: false }

type OfKind<K extends Arrival['kind']> = Extract<Arrival, { readonly kind: K }>

function* storeRevision(
  { args, item, raw, at, exam, others }: Storing,
  { alert: known, revision }: OfKind<'revision' | 'outOfOrder'>,
): Step<StoredCrisis> {
  const { system } = args.origin
  const alert = known.id
  const wrongPatient = others.length > 0
  // Before the alert, as those do who record a delivery: two that wait for each other would both have to repeat.
  if (wrongPatient) yield* parkExam(args.actor, item.pair, at)
  // What may have been said of another patient is not said of this one, once people have decided.
  yield* withdraw(args.actor, item.pair, alert, 'revised', wrongPatient, at)
  yield* setCurrent(alert, { ...item, revision }, args.target, at)
  yield* addContent(system, alert, revision, item, raw, at)
  yield* forgetTold(system, item.pair, alert)
  yield* audit(args.actor, at, { kind: 'revised', alert, detail: { revision } })
  if (wrongPatient) yield* holdAll(args.actor, idsOf(exam).add(alert), alert, at)
  const result = { ...NOTHING_SPECIAL, alert, revision, kind: 'revision', wrongPatient } as const
  const owed = yield* tellFlow(args, item, { ...result, others }, known.key, at)
  return { ...result, owed }
}

/** A content that was overtaken by a later one: kept and told, but the later one stays, and so does its reception. */
function* storeLate(
  { args, item, raw, at, exam, others }: Storing,
  { alert: known, revision }: OfKind<'revision' | 'outOfOrder'>,
): Step<StoredCrisis> {
  const alert = known.id
  const wrongPatient = others.length > 0
  yield* addContent(args.origin.system, alert, revision, item, raw, at)
  yield* learnPatient(alert, item.crisis.SickNo)
  yield* audit(args.actor, at, { kind: 'outOfOrder', alert, detail: { revision } })
  if (wrongPatient) {
    yield* parkExam(args.actor, item.pair, at)
    // One that is cancelled stays so, and is none.
    yield* holdAll(args.actor, idsOf(exam), alert, at)
  }
  const result = { ...NOTHING_SPECIAL, alert, revision, kind: 'outOfOrder', wrongPatient } as const
  const owed = yield* tellFlow(args, item, { ...result, others }, known.key, at)
  return { ...result, owed }
}

function* storeResend(
  { args, item, at }: Storing,
  { alert: known, revision, late, earlier }: OfKind<'resend'>,
): Step<StoredCrisis> {
  const alert = known.id
  const isForgotten = isGone(known.target, args)
  yield* countResend(args.origin.system, alert, item.key, isForgotten ? args.target : null)
  yield* audit(args.actor, at, {
    kind: earlier ? 'earlierContent' : late ? 'lateDuplicate' : 'resent',
    alert,
    detail: { revision },
  })
  const result = { alert, revision, kind: 'resend', late, earlier, wrongPatient: false } as const
  if (late || !(args.emitResends || isForgotten)) return { ...result, owed: null }
  return { ...result, owed: yield* tellFlow(args, item, result, known.key, at) }
}

/** Which of two alerts of an exam has the right patient nobody here can know: all of them wait for a person. */
function* holdAll(actor: Actor, held: ReadonlySet<number>, alert: number, at: number): Step<void> {
  for (const id of held) yield* holdAlert(id)
  yield* audit(actor, at, { kind: 'wrongPatient', alert })
}

const idsOf = (exam: readonly Alert[]): Set<number> =>
  new Set(exam.filter((one) => !isCancelled(one)).map(({ id }) => id))

type Result = Omit<StoredCrisis, 'owed'> & { readonly others?: readonly Alert[] }

function* tellFlow(
  args: StoreCrises,
  item: CrisisToStore,
  { others = [], ...result }: Result,
  id: string,
  at: number,
): Step<Owed | null> {
  if (args.target === '') return null
  return yield* owe({
    kind: 'crisis',
    target: args.target,
    alert: result.alert,
    at,
    lease: args.lease,
    content: {
      crisis: item.crisis,
      extra: item.extra,
      flags: item.flags,
      id,
      pair: item.pair,
      setAt: item.setAt,
      receivedAt: at,
      ...(item.form && { form: item.form }),
      ...result,
      // Whoever has to find out which patient is the right one needs both, with what is said of each.
      ...(others.length > 0 && {
        otherPatients: others.map(({ key, sickNo, crisis }) => ({
          id: key,
          SickNo: sickNo,
          crisis,
        })),
      }),
    },
  })
}

import { isBlank } from '../../messages/index.js'
import type { Row, Step } from '../engine/types.js'
import type { CrisisToStore, Origin, Owed, StoredCrisis } from '../types.js'
import { audit, type Actor } from './audit.js'
import { rematch } from './feedback.js'
import { addStage, keepRaw } from './records.js'
import { owe, type Lease } from './owed.js'
import { parkExam } from './parked.js'
import { insert, now, number, sql, text } from './sql.js'
import { isCancelled, isClosed } from './stages.js'
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
  for (const crisis of args.crises) stored.push(yield* storeCrisis(args, crisis, raw, at))
  return stored
}

function* storeCrisis(
  args: StoreCrises,
  item: CrisisToStore,
  raw: number,
  at: number,
): Step<StoredCrisis> {
  const { system } = args.origin
  // Two instances must not store the same critical value at the same moment.
  yield sql('{lock:$1}', `${system}/${item.pair}`)
  const { known, siblings } = yield* lookUp(system, item)
  const wrongPatient = siblings.some((row) => hasOtherPatient(row, item))

  if (!known) return yield* storeNew(args, item, raw, at, siblings, wrongPatient)
  const [contents] = yield sql(
    `select max(n) as last, max(case when content = $2 then n end) as seen
     from revision where alert = $1`,
    number(known, 'id'),
    item.content,
  )
  const seen = contents?.['seen']
  if (typeof seen === 'number') return yield* countResend(args, known, seen, item, at)
  const change = { item, n: number(contents, 'last') + 1, raw, at, siblings, wrongPatient }
  return isEarlier(known, item)
    ? yield* storeLate(args, known, change)
    : yield* storeRevision(args, known, change)
}

/** The alert that a critical value would be stored with, and all alerts of its exam. */
export function* lookUp(
  system: string,
  item: CrisisToStore,
): Step<{ readonly known: Row | undefined; readonly siblings: readonly Row[] }> {
  const [byKey] = yield sql(
    `select a.* from alert_key k join alert a on a.id = k.alert where k.system = $1 and k.key = $2`,
    system,
    item.key,
  )
  const siblings = yield sql(
    'select * from alert where system = $1 and pair = $2 order by id',
    system,
    item.pair,
  )
  // The key has the numbers of the exam in it, so what it finds is one of these.
  return { known: byKey ?? siblings.findLast((row) => isSameFinding(row, item)), siblings }
}

/** A new content of an alert that is known. */
interface Change {
  readonly item: CrisisToStore
  readonly n: number
  readonly raw: number
  readonly at: number
  readonly siblings: readonly Row[]
  readonly wrongPatient: boolean
}

/** Set before the current content was, so that it must have been overtaken on its way. */
function isEarlier(row: Row, { setAt }: CrisisToStore): boolean {
  const current = row['set_at']
  return setAt !== null && typeof current === 'string' && Date.parse(setAt) < Date.parse(current)
}

/** The same finding with a new set time is a correction while the alert is open; afterwards it is a new one. */
function isSameFinding(row: Row, item: CrisisToStore): boolean {
  return row['finding'] === item.finding && !isClosed(row)
}

function hasOtherPatient(row: Row, item: CrisisToStore): boolean {
  // Of that one people have said already that it was none.
  if (isCancelled(row)) return false
  const before = text(row, 'sick_no')
  const after = (item.crisis.SickNo ?? '').trim()
  return !isBlank(before) && !isBlank(after) && before !== after
}

function* storeNew(
  args: StoreCrises,
  item: CrisisToStore,
  raw: number,
  at: number,
  siblings: readonly Row[],
  wrongPatient: boolean,
): Step<StoredCrisis> {
  const { system } = args.origin
  const { crisis } = item
  if (wrongPatient) yield* parkExam(args.actor, item.pair, at)
  const alert = yield* insert(
    sql(
      `insert into alert (system, key, pair, finding, exam_no, apply_no, sick_no, stage, revision, content,
         set_at, opened_at, hold, target)
       values ($1, $2, $3, $4, $5, $6, $7, 'stored', 1, $8, $9, $10, $11, $12) returning id`,
      system,
      item.key,
      item.pair,
      item.finding,
      (crisis.ExamNo ?? '').trim(),
      (crisis.ApplyNo ?? '').trim(),
      (crisis.SickNo ?? '').trim(),
      item.content,
      item.setAt,
      at,
      wrongPatient ? 'wrongPatient' : null,
      args.target === '' ? null : args.target,
    ),
  )
  yield* link(system, item.key, alert)
  yield* addRevision(alert, 1, item, raw, at)
  yield* addStage(alert, 'stored', at)
  if (siblings.every(isClosed)) yield* closeTold(system, item.pair)
  yield* audit(args.actor, at, { kind: 'stored', alert, detail: { findings: siblings.length + 1 } })
  if (wrongPatient) yield* holdAll(args, siblings, alert, at)
  const result = { ...NOTHING_SPECIAL, alert, revision: 1, kind: 'new', wrongPatient } as const
  const owed = yield* tellFlow(args, item, result, item.key, at)
  yield* rematch(args.actor, system, item.pair, alert, at)
  return { ...result, owed }
}

const NOTHING_SPECIAL = { late: false, earlier: false, wrongPatient: false }

function* storeRevision(args: StoreCrises, known: Row, change: Change): Step<StoredCrisis> {
  const { item, n: revision, raw, at, siblings, wrongPatient } = change
  const alert = number(known, 'id')
  const { crisis } = item
  // Before the alert, as those do who record a delivery: two that wait for each other would both have to repeat.
  if (wrongPatient) yield* parkExam(args.actor, item.pair, at)
  // What may have been said of another patient is not said of this one, once people have decided.
  yield* withdraw(args.actor, item.pair, alert, 'revised', wrongPatient, at)
  // An earlier acknowledgement does not carry over: somebody must see the corrected content. A patient's number
  // that is left out now is not forgotten, or another one after it would go unseen.
  yield sql(
    `update alert set revision = $2, content = $3, set_at = $4, exam_no = $5, apply_no = $6,
       sick_no = case when $7 = '' then sick_no else $7 end,
       stage = 'stored', received_at = null, processed_at = null, fed_back_at = null, cancelled_at = null,
       hold = coalesce($8, hold), target = coalesce($9, target)
     where id = $1`,
    alert,
    revision,
    item.content,
    item.setAt,
    (crisis.ExamNo ?? '').trim(),
    (crisis.ApplyNo ?? '').trim(),
    (crisis.SickNo ?? '').trim(),
    wrongPatient ? 'wrongPatient' : null,
    args.target === '' ? null : args.target,
  )
  yield* link(args.origin.system, item.key, alert)
  yield* addRevision(alert, revision, item, raw, at)
  yield* addStage(alert, 'stored', at)
  yield* forgetTold(args.origin.system, item.pair, alert)
  yield* audit(args.actor, at, { kind: 'revised', alert, detail: { revision } })
  if (wrongPatient) yield* holdAll(args, siblings, alert, at)
  const result = { ...NOTHING_SPECIAL, alert, revision, kind: 'revision', wrongPatient } as const
  const owed = yield* tellFlow(args, item, result, text(known, 'key'), at)
  return { ...result, owed }
}

/** A content that was overtaken by a later one: kept and told, but the later one stays, and so does its reception. */
function* storeLate(args: StoreCrises, known: Row, change: Change): Step<StoredCrisis> {
  const { item, n: revision, raw, at, siblings, wrongPatient } = change
  const alert = number(known, 'id')
  yield* link(args.origin.system, item.key, alert)
  yield* addRevision(alert, revision, item, raw, at)
  yield sql(
    "update alert set sick_no = case when sick_no = '' then $2 else sick_no end where id = $1",
    alert,
    (item.crisis.SickNo ?? '').trim(),
  )
  yield* audit(args.actor, at, { kind: 'outOfOrder', alert, detail: { revision } })
  if (wrongPatient) {
    yield* parkExam(args.actor, item.pair, at)
    yield* holdAll(args, siblings, alert, at)
  }
  const result = { ...NOTHING_SPECIAL, alert, revision, kind: 'outOfOrder', wrongPatient } as const
  const owed = yield* tellFlow(args, item, result, text(known, 'key'), at)
  return { ...result, owed }
}

function* countResend(
  args: StoreCrises,
  known: Row,
  revision: number,
  item: CrisisToStore,
  at: number,
): Step<StoredCrisis> {
  const alert = number(known, 'id')
  const late = isClosed(known)
  const earlier = revision !== number(known, 'revision')
  yield sql('update alert set resent = resent + 1 where id = $1', alert)
  yield* link(args.origin.system, item.key, alert)
  yield* audit(args.actor, at, {
    kind: earlier ? 'earlierContent' : late ? 'lateDuplicate' : 'resent',
    alert,
    detail: { revision },
  })
  const result = { alert, revision, kind: 'resend', late, earlier, wrongPatient: false } as const
  if (!args.emitResends || late) return { ...result, owed: null }
  return { ...result, owed: yield* tellFlow(args, item, result, text(known, 'key'), at) }
}

function* link(system: string, key: string, alert: number): Step<void> {
  yield sql(
    'insert into alert_key (system, key, alert) values ($1, $2, $3) on conflict do nothing',
    system,
    key,
    alert,
  )
}

function* addRevision(
  alert: number,
  n: number,
  item: CrisisToStore,
  raw: number,
  at: number,
): Step<void> {
  yield sql(
    `insert into revision (alert, n, content, document, flags, raw, at, core)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    alert,
    n,
    item.content,
    JSON.stringify({ ...item.crisis, ...(item.extra.length > 0 && { extra: item.extra }) }),
    JSON.stringify(item.flags),
    raw,
    at,
    item.core,
  )
}

/** Which of two alerts of an exam has the right patient nobody here can know: all of them wait for a person. */
function* holdAll(
  args: StoreCrises,
  siblings: readonly Row[],
  alert: number,
  at: number,
): Step<void> {
  for (const row of siblings.filter((sibling) => !isCancelled(sibling))) {
    yield sql("update alert set hold = 'wrongPatient' where id = $1", number(row, 'id'))
  }
  yield* audit(args.actor, at, { kind: 'wrongPatient', alert })
}

function* tellFlow(
  args: StoreCrises,
  item: CrisisToStore,
  result: Omit<StoredCrisis, 'owed'>,
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
    },
  })
}

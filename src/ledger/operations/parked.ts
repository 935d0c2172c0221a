import {
  withClockOffset,
  writeFeedbackDocument,
  type ClockOffset,
  type CrisisFeedback,
  type XmlElement,
} from '../../messages/index.js'
import type { Row, Step } from '../engine/types.js'
import type { WaitCode } from '../types.js'
import { audit, type Actor } from './audit.js'
import { AT_ONCE, enqueue } from './outbox.js'
import { number, sql, text } from './sql.js'
import { alertsOf, isCancelled } from './stages.js'
import {
  compose,
  levelOf,
  lowest,
  tellsProcess,
  tellsReception,
  toldOf,
  type Tell,
  type ToldOfAlert,
} from './told.js'

/** What a feedback was told as, kept with its document, so that it can be written anew when it may go. */
export interface Telling {
  readonly feedback: CrisisFeedback
  readonly stage: Tell['stage']
  /** What its flow has said that it speaks of; absent in what an earlier version has kept. */
  readonly about?: Pick<Tell, 'key' | 'revision'>
  /** The alerts that it was noted with. */
  readonly alerts: readonly number[]
  readonly application: string
  readonly extra: readonly XmlElement[]
  readonly omitEmpty: boolean
  readonly omitEmptyProcess: boolean
  /** Send a stage although other findings of the exam have not reached it (A19). */
  readonly perAlert: boolean
  /** Send receiving only together with processing (A20). */
  readonly combinedOnly: boolean
  /** What is added to the times in its document, and to those only. */
  readonly clockOffset?: ClockOffset | undefined
  /** What its document says, with the true times; null while that depends on what it waits for. */
  readonly says: CrisisFeedback | null
}

/** What is known of an exam at the moment. */
export interface Exam {
  readonly pair: string
  readonly alerts: readonly Row[]
  readonly told: readonly ToldOfAlert[]
}

export function* examOf(system: string, pair: string): Step<Exam> {
  const alerts = (yield* alertsOf(system, pair)).filter((row) => !isCancelled(row))
  return { pair, alerts, told: yield* toldOf(system, pair) }
}

/** How far the exam has come, as far as this feedback has to wait for it. */
export function levelFor({ alerts }: Exam, telling: Telling): number {
  const counting = telling.perAlert
    ? alerts.filter((row) => telling.alerts.includes(number(row, 'id')))
    : alerts
  return counting.length > 0 ? lowest(counting) : levelOf(telling.stage)
}

/** What a feedback would say now. */
export function saysNow(exam: Exam, telling: Telling): CrisisFeedback {
  const all = exam.told.filter(({ alert }) => telling.alerts.includes(alert))
  const present = all.filter(({ parts }) => !parts.past)
  const own = present.length > 0 ? present : all
  const others = exam.told.filter((part) => !all.includes(part) && !part.parts.past)
  const told = telling.perAlert ? own : [...others, ...own]
  return compose(telling.feedback, telling.stage, told, levelFor(exam, telling))
}

/** Why a feedback cannot go out now; null = it can. */
export function whyParked(exam: Exam, telling: Telling): WaitCode | null {
  if (exam.alerts.some((row) => row['hold'] !== null)) return 'wrongPatient'
  if (levelFor(exam, telling) < levelOf(telling.stage)) return 'otherFinding'
  return telling.combinedOnly && !tellsProcess(saysNow(exam, telling)) ? 'process' : null
}

/** The licence is a secret and is put in only when the document is sent. */
export function writeTelling(telling: Telling, says: CrisisFeedback): string {
  const { application, omitEmpty, omitEmptyProcess, extra, clockOffset } = telling
  return writeFeedbackDocument(
    { Application: application, License: '' },
    clockOffset ? withClockOffset(says, clockOffset) : says,
    { omitEmpty, omitEmptyProcess, extra },
  )
}

interface Waiting {
  readonly row: Row
  readonly id: number
  readonly peer: string
  readonly isParked: boolean
  readonly telling: Telling
}

/** Feedback of an exam that no peer can have seen. */
function* waitingOf(pair: string): Step<readonly Waiting[]> {
  const rows = yield sql(
    `select * from outbox where lane = $1 and operation = 'SynCrisisResponseInfo'
       and state in ('ready', 'parked') and attempts = 0 and telling is not null order by id`,
    pair,
  )
  return rows.map((row) => ({
    row,
    id: number(row, 'id'),
    peer: text(row, 'peer'),
    isParked: row['state'] === 'parked',
    telling: JSON.parse(text(row, 'telling')) as Telling,
  }))
}

/**
 * Lets go what no longer waits, as one document for each peer: the last of what may go says all that was told,
 * and what it covers is merged into it. Returns the peers that have something to be sent.
 * @param fresh a document that has just been put into the outbox, and may go
 */
export function* settle(
  actor: Actor,
  exam: Exam,
  at: number,
  fresh: number | null = null,
): Step<readonly string[]> {
  const waiting = yield* waitingOf(exam.pair)
  const ready: Waiting[] = []
  for (const one of waiting) {
    if (!one.isParked) {
      if (one.id === fresh) ready.push(one)
      continue
    }
    const code = whyParked(exam, one.telling)
    if (code === null || (one.telling.says && code !== 'wrongPatient')) ready.push(one)
    else if (code !== one.row['parked']) {
      // Something else has to be done for it now, which is to be told anew.
      yield sql('update outbox set parked = $2, wait_told = null where id = $1', one.id, code)
    }
  }
  const gone = new Set<number>()
  for (const last of ready.toReversed()) {
    if (gone.has(last.id)) continue
    const says = last.telling.says ?? saysNow(exam, last.telling)
    if (last.isParked) yield* unpark(actor, last, says, at)
    for (const other of waiting) {
      if (other.id === last.id || gone.has(other.id) || other.peer !== last.peer) continue
      if (!covers(exam, { ...last.telling, says }, other.telling)) continue
      yield* merge(actor, other.row, last.id, at)
      gone.add(other.id)
    }
    gone.add(last.id)
  }
  return [...new Set(ready.map(({ peer }) => peer))]
}

/** The same for an exam that may have come further without a word of a flow. */
export function* settleExam(actor: Actor, system: string, pair: string, at: number): Step<void> {
  const before = yield* tellingsOf(pair)
  if (before.length === 0) return
  const exam = yield* examOf(system, pair)
  const isParked = before.some((row) => row['state'] === 'parked')
  if (isParked) yield* settle(actor, exam, at)
  const rows = isParked ? yield* tellingsOf(pair) : before
  for (const own of Map.groupBy(rows, (row) => text(row, 'peer')).values()) {
    yield* repeatTold(actor, exam, own)
  }
}

function* tellingsOf(pair: string): Step<readonly Row[]> {
  return yield sql(
    `select * from outbox where lane = $1 and telling is not null
       and state in ('ready', 'leased', 'done', 'held', 'dead', 'parked', 'merged') order by id`,
    pair,
  )
}

/**
 * What a peer was told last is less than it was told before, because of another finding that has come further
 * since, or is of one that is void: the whole is said again, of which no flow speaks any more.
 */
function* repeatTold(actor: Actor, exam: Exam, rows: readonly Row[]): Step<void> {
  const rowsTold = rows.map((row) => ({
    row,
    telling: JSON.parse(text(row, 'telling')) as Telling,
  }))
  const last = rowsTold.findLast(({ row }) => row['state'] !== 'merged')
  // Nothing is kept of what was told of a content that was corrected, or cancelled.
  const known = exam.told.map(({ alert }) => alert)
  const own = rowsTold.findLast(({ telling }) => telling.alerts.some((id) => known.includes(id)))
  if (!last?.telling.says || !own) return
  const { ExamNo, ApplyNo } = own.telling.feedback
  // Its own words may be of an earlier content: only what is kept counts.
  const telling: Telling = {
    ...own.telling,
    feedback: { ...(ExamNo && { ExamNo }), ...(ApplyNo && { ApplyNo }) },
  }
  if (whyParked(exam, telling) !== null) return
  const says = saysNow(exam, telling)
  const isSaid =
    own === last
      ? tellsProcess(last.telling.says) || !tellsProcess(says)
      : isWithin(says, last.telling.says)
  if (isSaid) return
  const { row } = own
  const expires = row['expires_at']
  yield* enqueue({
    actor,
    item: {
      peer: text(row, 'peer'),
      operation: 'SynCrisisResponseInfo',
      lane: exam.pair,
      document: writeTelling(telling, says),
      alert: row['alert'] as number | null,
      node: '',
      message: '{}',
      expiresAfterMs: typeof expires === 'number' ? expires - number(row, 'at') : null,
    },
    telling: JSON.stringify({ ...telling, says } satisfies Telling),
    clockOffset: telling.clockOffset?.seconds,
  })
}

function* unpark(
  actor: Actor,
  { id, row, telling }: Waiting,
  says: CrisisFeedback,
  at: number,
): Step<void> {
  // What it says holds from now, and so do the times that count from when it was handed over.
  yield sql(
    `update outbox set state = 'ready', due = ${AT_ONCE}, parked = null, document = $2, telling = $3,
       expires_at = expires_at + $4 - at, at = $4, told_old = 0, wait_told = null
     where id = $1`,
    id,
    telling.says ? text(row, 'document') : writeTelling(telling, says),
    JSON.stringify({ ...telling, says }),
    at,
  )
  yield* audit(actor, at, {
    kind: 'unparked',
    outbox: id,
    alert: row['alert'] as number | null,
    detail: { parked: row['parked'] as string },
  })
}

/** Whether a document that goes out says everything that another one was to say. */
function covers(
  exam: Exam,
  carrier: Telling & { readonly says: CrisisFeedback },
  other: Telling,
): boolean {
  if (other.extra.length > 0 && JSON.stringify(other.extra) !== JSON.stringify(carrier.extra)) {
    return false
  }
  if (other.says) return isWithin(other.says, carrier.says)
  const would = saysNow(exam, other)
  const reached = levelFor(exam, carrier) >= levelOf(other.stage)
  const isTold = tellsProcess(carrier.says) || !(other.combinedOnly || tellsProcess(would))
  const isReceived = tellsReception(carrier.says) || !tellsReception(would)
  const isMeant = !carrier.perAlert || isSubset(other.alerts, carrier.alerts)
  return reached && isTold && isReceived && isMeant
}

const isSubset = (some: readonly number[], all: readonly number[]): boolean =>
  some.every((one) => all.includes(one))

/** Whether all that one feedback says stands in another with the same words. */
const isWithin = (one: CrisisFeedback, other: CrisisFeedback): boolean =>
  Object.entries(one).every(
    ([name, value]) =>
      JSON.stringify(value) === JSON.stringify(other[name as keyof CrisisFeedback]),
  )

/** What was never attempted goes out with a later document, whose outcome is its own. */
function* merge(actor: Actor, row: Row, into: number, at: number): Step<void> {
  const outbox = number(row, 'id')
  const [merged] = yield sql(
    `update outbox set state = 'merged', merged_into = $2, parked = null, ended_at = $3
     where id = $1 and state in ('ready', 'parked') and attempts = 0 returning id`,
    outbox,
    into,
    at,
  )
  // Another instance has just taken it to deliver.
  if (!merged) return
  yield sql('update outbox set merged_into = $2 where merged_into = $1', outbox, into)
  yield* audit(actor, at, {
    kind: 'merged',
    outbox,
    alert: row['alert'] as number | null,
    detail: { into },
  })
}

/** A hold begins: feedback that waits is parked; what is on the wire is once it comes back undelivered. */
export function* parkExam(actor: Actor, pair: string, at: number): Step<void> {
  const rows = yield sql(
    `update outbox set parked = coalesce(parked, 'wrongPatient'),
       state = case when state = 'ready' then 'parked' else state end
     where lane = $1 and operation = 'SynCrisisResponseInfo' and state in ('ready', 'leased')
     returning id, alert, state`,
    pair,
  )
  // What is parked already waits for people as well now, whatever else it waits for.
  yield sql(
    `update outbox set parked = 'wrongPatient', wait_told = null
     where lane = $1 and state = 'parked' and parked in ('otherFinding', 'process')`,
    pair,
  )
  for (const row of rows) {
    yield* audit(actor, at, {
      kind: 'parked',
      outbox: number(row, 'id'),
      alert: row['alert'] as number | null,
      detail: { parked: 'wrongPatient' },
    })
  }
}

/** A hold ends: what a peer may have seen goes on as it was, and so does what a person has written. */
export function* unparkTried(pair: string): Step<void> {
  yield sql(
    `update outbox set parked = null, wait_told = null, due = ${AT_ONCE},
       state = case when state = 'parked' then 'ready' else state end
     where lane = $1 and operation = 'SynCrisisResponseInfo' and parked = 'wrongPatient'
       and (attempts > 0 or telling is null)`,
    pair,
  )
}

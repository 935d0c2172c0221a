import {
  covers,
  isCancelled,
  isWithin,
  retold,
  saysNow,
  tellsProcess,
  tellsReception,
  waitsFor,
  writeReport,
  type ReportedExam,
  type Telling,
} from '../../loop/index.js'
import type { CrisisFeedback } from '../../messages/index.js'
import type { Step } from '../engine/types.js'
import { audit, type Actor } from './audit.js'
import { alertsOf } from './exam/load.js'
import { AT_ONCE, enqueue } from './outbox.js'
import { number, sql } from './sql.js'
import { toldOf } from './told.js'
import { documents, transition, transitionOne, type Document } from './transition.js'

/** A document of which it is kept what its flow has said. */
type Report = Document & { readonly telling: Telling }

const isReport = (one: Document): one is Report => one.telling !== null

export function* examOf(system: string, pair: string): Step<ReportedExam> {
  const alerts = (yield* alertsOf(system, pair)).filter((alert) => !isCancelled(alert))
  return { pair, alerts, told: yield* toldOf(system, pair) }
}

/** Feedback of an exam that no peer can have seen. */
function* waitingOf(pair: string): Step<readonly Report[]> {
  const all = yield* documents(
    `lane = $1 and operation = 'SynCrisisResponseInfo'
       and state in ('ready', 'parked') and attempts = 0 and telling is not null`,
    pair,
  )
  // What was taken back while it was on the wire only waits for its end.
  const isEnding = ({ parked }: Document) => parked === 'alertCancelled' || parked === 'revised'
  return all.filter(isReport).filter((one) => !isEnding(one))
}

/**
 * Lets go what no longer waits, as one document for each peer: the last of what may go says all that was told,
 * and what it covers is merged into it. Returns the peers that have something to be sent.
 * @param fresh a document that has just been put into the outbox, and may go
 */
export function* settle(
  actor: Actor,
  exam: ReportedExam,
  at: number,
  fresh: number | null = null,
): Step<readonly string[]> {
  const waiting = yield* waitingOf(exam.pair)
  const ready: Report[] = []
  for (const one of waiting) {
    if (one.state !== 'parked') {
      if (one.id === fresh) ready.push(one)
      continue
    }
    const code = waitsFor(exam, one.telling)
    if (code === null || (one.telling.says && code !== 'wrongPatient')) ready.push(one)
    else if (code !== one.parked) {
      // Something else has to be done for it now, which is to be told anew.
      yield sql(
        "update outbox set parked = $2, wait_told = null where id = $1 and state = 'parked'",
        one.id,
        code,
      )
    }
  }
  const gone = new Set<number>()
  for (const last of ready.toReversed()) {
    if (gone.has(last.id)) continue
    const says = last.telling.says ?? saysNow(exam, last.telling)
    // A person may have cancelled it just now.
    const isReady = last.state !== 'parked' || (yield* unpark(actor, last, says, at))
    if (!isReady) continue
    for (const other of waiting) {
      if (other.id === last.id || gone.has(other.id) || other.peer !== last.peer) continue
      if (!covers(exam, { ...last.telling, says }, other.telling)) continue
      yield* merge(actor, other, last.id, at)
      gone.add(other.id)
    }
    gone.add(last.id)
  }
  return [...new Set(ready.map(({ peer }) => peer))]
}

/** The same for an exam that may have come further without a word of a flow. */
export function* settleExam(actor: Actor, system: string, pair: string, at: number): Step<void> {
  const before = yield* reportsOf(pair)
  if (before.length === 0) return
  const exam = yield* examOf(system, pair)
  const isParked = before.some(({ state }) => state === 'parked')
  if (isParked) yield* settle(actor, exam, at)
  const reports = isParked ? yield* reportsOf(pair) : before
  for (const own of Map.groupBy(reports, ({ peer }) => peer).values()) {
    yield* tellReception(actor, exam, own)
    yield* repeatTold(actor, exam, own)
  }
}

/** A processing waits for another finding, but all of them have been received by now, which is said meanwhile. */
function* tellReception(actor: Actor, exam: ReportedExam, reports: readonly Report[]): Step<void> {
  const waits = reports.findLast(
    ({ state, telling: { stage, perAlert, combinedOnly } }) =>
      state === 'parked' && stage === 'processed' && !perAlert && !combinedOnly,
  )
  if (!waits || waitsFor(exam, waits.telling) !== 'otherFinding') return
  const telling: Telling = { ...waits.telling, stage: 'received', says: null }
  // With the stage of a reception it would count the processing among what the flow has said of that.
  const says = saysNow(exam, waits.telling)
  const isSaid = reports.some(
    ({ state, telling: { says: said } }) => state !== 'parked' && said && tellsReception(said),
  )
  if (isSaid || !tellsReception(says) || waitsFor(exam, telling) !== null) return
  yield* enqueueStep(actor, exam, waits, { ...telling, says })
}

function* reportsOf(pair: string): Step<readonly Report[]> {
  const all = yield* documents(
    `lane = $1 and telling is not null
       and state in ('ready', 'leased', 'done', 'held', 'dead', 'parked', 'merged')`,
    pair,
  )
  return all.filter(isReport)
}

/**
 * What a peer was told last is less than it was told before, because of another finding that has come further
 * since, or is of one that is void: the whole is said again, of which no flow speaks any more.
 */
function* repeatTold(actor: Actor, exam: ReportedExam, reports: readonly Report[]): Step<void> {
  const last = reports.findLast(({ state }) => state !== 'merged')
  // Nothing is kept of what was told of a content that was corrected, or cancelled.
  const own = reports.findLast(({ telling }) => retold(exam, telling) !== null)
  if (!last?.telling.says || !own) return
  const telling = { ...retold(exam, own.telling)!, alerts: own.telling.alerts }
  if (waitsFor(exam, telling) !== null) return
  const says = saysNow(exam, telling)
  const isSaid =
    own === last
      ? tellsProcess(last.telling.says) || !tellsProcess(says)
      : isWithin(says, last.telling.says)
  if (isSaid) return
  yield* enqueueStep(actor, exam, own, { ...telling, says })
}

/** A document of which no flow hears. */
function* enqueueStep(
  actor: Actor,
  { pair }: ReportedExam,
  own: Report,
  telling: Telling & { readonly says: CrisisFeedback },
): Step<void> {
  yield* enqueue({
    actor,
    item: {
      peer: own.peer,
      operation: 'SynCrisisResponseInfo',
      lane: pair,
      document: writeReport(telling, telling.says),
      alert: own.alert,
      node: '',
      message: '{}',
      expiresAfterMs: own.expiresAt === null ? null : own.expiresAt - own.at,
    },
    telling,
    clockOffset: telling.clockOffset?.seconds,
  })
}

/** @returns false when it does not wait any more, because a person has just cancelled it */
function* unpark(
  actor: Actor,
  { id, document, parked, telling, alert }: Report,
  says: CrisisFeedback,
  at: number,
): Step<boolean> {
  // What it says holds from now, and so do the times that count from when it was handed over.
  const released = yield* transitionOne('released', id, {
    due: AT_ONCE,
    parked: null,
    document: telling.says ? document : writeReport(telling, says),
    telling: JSON.stringify({ ...telling, says }),
    expires_at: { sql: `expires_at + ${at} - at` },
    at,
    told_old: 0,
    wait_told: null,
  })
  if (!released) return false
  yield* audit(actor, at, { kind: 'unparked', outbox: id, alert, detail: { parked } })
  return true
}

/** What was never attempted goes out with a later document, whose outcome is its own. */
function* merge(actor: Actor, { id, alert }: Report, into: number, at: number): Step<void> {
  const [merged] = yield* transition(
    'merged',
    { where: 'id = $1 and attempts = 0', params: [id] },
    { merged_into: into, parked: null, ended_at: at },
  )
  // Another instance has just taken it to deliver.
  if (!merged) return
  yield sql('update outbox set merged_into = $2 where merged_into = $1', id, into)
  yield* audit(actor, at, { kind: 'merged', outbox: id, alert, detail: { into } })
}

/** A hold begins: feedback that waits is parked; what is on the wire is once it comes back undelivered. */
export function* parkExam(actor: Actor, pair: string, at: number): Step<void> {
  const isFeedback = "lane = $1 and operation = 'SynCrisisResponseInfo'"
  const parked = yield* transition(
    'parked',
    { where: isFeedback, params: [pair] },
    { parked: 'wrongPatient' },
  )
  const leased = yield sql(
    `update outbox set parked = coalesce(parked, 'wrongPatient')
     where ${isFeedback} and state = 'leased' returning id, alert`,
    pair,
  )
  // What is parked already waits for people as well now, whatever else it waits for.
  yield sql(
    `update outbox set parked = 'wrongPatient', wait_told = null
     where lane = $1 and state = 'parked' and parked in ('otherFinding', 'process')`,
    pair,
  )
  const held = [
    ...parked,
    ...leased.map((row) => ({ id: number(row, 'id'), alert: row['alert'] as number | null })),
  ]
  for (const { id, alert } of held) {
    const detail = { parked: 'wrongPatient' } as const
    yield* audit(actor, at, { kind: 'parked', outbox: id, alert, detail })
  }
}

/** A hold ends: what a peer may have seen goes on as it was, and so does what a person has written. */
export function* unparkTried(pair: string): Step<void> {
  const isMeant = `lane = $1 and operation = 'SynCrisisResponseInfo' and parked = 'wrongPatient'
       and (attempts > 0 or telling is null)`
  yield* transition(
    'released',
    { where: isMeant, params: [pair] },
    { parked: null, wait_told: null, due: AT_ONCE },
  )
  yield sql(`update outbox set parked = null where ${isMeant} and state = 'leased'`, pair)
}

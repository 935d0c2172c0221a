import {
  fedBack,
  reconcile,
  unasked,
  writeReport,
  type Exam,
  type Saying,
} from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import type { ToDeliver } from '../types.js'
import { audit, type Actor } from './audit.js'
import { saveExam } from './exam/save.js'
import { AT_ONCE, enqueue } from './outbox.js'
import {
  insertReport,
  loadReports,
  noteHeld,
  noteReleased,
  noteReplaced,
  noteSaid,
  noteWait,
  type StoredReport,
  type StoredReports,
} from './reports.js'
import { number, sql } from './sql.js'
import { supersede } from './transition.js'

/*
 * The documents of an exam's feedback are brought to what the exam may say now. Whoever calls this holds the lock of
 * the exam.
 */

export interface SaidNow {
  /** The peers that have something to be sent by it. */
  readonly peers: readonly string[]
  /** The numbers of the documents that were written, by those of their reports. */
  readonly documents: ReadonlyMap<number, number>
}

/** Writes what the exam may say now, and notes what the rest waits for. */
export function* sayNow(
  actor: Actor,
  exam: Exam,
  at: number,
  { replayOf, stored }: { readonly replayOf?: number; readonly stored?: StoredReports } = {},
): Step<SaidNow> {
  const all = stored ?? (yield* loadReports(exam.key))
  const { sayings, waits } = reconcile(exam, all)
  for (const { id, code } of waits) {
    const before = all.reports.find((one) => one.id === id)!
    // Something else has to be done for it now, which is to be told anew.
    yield* noteWait(before, code)
    if (before.waits !== null) continue
    const { alert } = before
    yield* audit(actor, at, { kind: 'parked', outbox: id, alert, detail: { parked: code } })
  }
  const documents = new Map<number, number>()
  for (const saying of sayings) {
    const by = all.reports.find(({ id }) => id === saying.by.id)!
    const outbox = yield* say(actor, exam.key, by, saying, replayOf)
    for (const id of saying.reports) {
      documents.set(id, outbox)
      const { waits: before, alert } = all.reports.find((one) => one.id === id)!
      if (before === null) continue
      yield* audit(actor, at, { kind: 'unparked', outbox, alert, detail: { parked: before } })
    }
    for (const id of saying.replaces) yield* replace(actor, id, outbox, at)
  }
  return { peers: [...new Set(sayings.map(({ by }) => by.peer))], documents }
}

/** Puts a document into the outbox that says reports. */
function* say(
  actor: Actor,
  lane: string,
  by: StoredReport,
  { says, reports }: Saying,
  replayOf: number | undefined,
): Step<number> {
  const { peer, alert, expiresAfterMs, report } = by
  const item: ToDeliver = {
    peer,
    operation: 'SynCrisisResponseInfo',
    lane,
    document: writeReport(report, says),
    alert,
    node: '',
    message: '{}',
    expiresAfterMs,
  }
  const outbox = yield* enqueue({
    actor,
    item,
    says,
    clockOffset: report.clockOffset?.seconds,
    replayOf,
  })
  for (const id of reports) yield* noteSaid(id, outbox)
  return outbox
}

/** A later document takes the place of one that was never tried, whose reports get its outcome. */
function* replace(actor: Actor, id: number, by: number, at: number): Step<void> {
  const gone = yield* supersede(id, at)
  if (!gone) return
  yield* noteReplaced(id, by)
  yield* audit(actor, at, { kind: 'merged', outbox: id, alert: gone.alert, detail: { into: by } })
}

/** The same for an exam that may have come further without a word of a flow. */
export function* reconcileExam(actor: Actor, exam: Exam, at: number): Step<void> {
  const before = yield* loadReports(exam.key)
  if (before.reports.length === 0) return
  const { documents } = yield* sayNow(actor, exam, at, { stored: before })
  yield* sayUnasked(actor, exam, at, documents.size > 0 ? undefined : before)
}

/**
 * Says what no flow has asked for, and of which none hears.
 * @param stored absent = what there is has changed
 */
export function* sayUnasked(
  actor: Actor,
  exam: Exam,
  at: number,
  stored?: StoredReports,
): Step<void> {
  const all = stored ?? (yield* loadReports(exam.key))
  for (const peer of new Set(all.reports.map((one) => one.peer))) {
    const own = {
      reports: all.reports.filter((one) => one.peer === peer),
      documents: all.documents.filter((one) => one.peer === peer),
    }
    const found = unasked(exam, own)
    if (!found) continue
    const by = own.reports.find(({ id }) => id === found.id)!
    const silent = { ...by, report: found.report, node: '', message: '{}', flags: null }
    yield* insertReport({ ...silent, lane: exam.key }, at)
    yield* sayNow(actor, exam, at)
  }
}

/** People have decided on feedback: it keeps no loop open any more whose end the PACS was told otherwise. */
export function* closeLoops(exam: Exam, at: number): Step<void> {
  yield* saveExam(exam, fedBack(exam, yield* loadReports(exam.key), at), { at })
}

/** A hold begins: nothing that is on its way is sent, and what an instance is sending is not sent again. */
export function* holdReports(actor: Actor, lane: string, at: number): Step<void> {
  const rows = yield sql(
    `update outbox set blocked = 'wrongPatient'
     where lane = $1 and operation = 'SynCrisisResponseInfo' and state in ('ready', 'leased') and blocked is null
     returning id, alert`,
    lane,
  )
  for (const row of rows) {
    const outbox = number(row, 'id')
    const alert = row['alert'] as number | null
    yield* audit(actor, at, { kind: 'parked', outbox, alert, detail: { parked: 'wrongPatient' } })
  }
  yield* noteHeld(lane)
}

/** A hold ends: what was on its way goes on as it was. */
export function* releaseReports(lane: string): Step<void> {
  yield* noteReleased(lane)
  yield sql(
    `update outbox set blocked = null, due = ${AT_ONCE}
     where lane = $1 and operation = 'SynCrisisResponseInfo' and blocked = 'wrongPatient'
       and state in ('ready', 'leased')`,
    lane,
  )
}

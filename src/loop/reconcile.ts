import { isDeepStrictEqual } from 'node:util'
import type { CrisisFeedback, XmlElement } from '../messages/index.js'
import { STANDING_STATES, type DocumentState } from './document-state.js'
import type { Exam } from './exam.js'
import {
  covers,
  hasExtra,
  isWithin,
  receptionOf,
  retold,
  saysNow,
  tellsProcess,
  tellsReception,
  waitsFor,
  type Report,
  type WaitCode,
} from './report.js'

/*
 * Feedback to a PACS is a state: what the exam may say to it now. A report waits until that includes it, and is then
 * said by a document, whose outcome is its own. A document that no peer can have seen gives way to a later one that
 * says all of it; what a peer may have seen keeps its words.
 */

/** A report as it is kept. */
export interface KeptReport {
  readonly id: number
  readonly peer: string
  readonly report: Report
  /** The condition that it waits for, as it was noted last; null = nothing. */
  readonly waits: WaitCode | null
  /** The document that says it; null = none yet. */
  readonly outbox: number | null
  readonly isOver: boolean
}

/** A document that says reports. */
export interface ReportDocument {
  readonly id: number
  readonly peer: string
  readonly state: DocumentState
  readonly attempts: number
  /** When it was written, in epoch ms. */
  readonly at: number
  readonly isBlocked: boolean
  /** It was withdrawn while it was on the wire, and only waits for its end. */
  readonly isWithdrawn: boolean
  /** Null in the words of a person. */
  readonly says: CrisisFeedback | null
  /** It speaks of the processing, in whosever words. */
  readonly tellsProcess: boolean
  readonly extra: readonly XmlElement[]
}

/** All reports of an exam and their documents, each in the order of their numbers. */
export interface Reports {
  readonly reports: readonly KeptReport[]
  readonly documents: readonly ReportDocument[]
}

/** A document that is to be written. */
export interface Saying {
  readonly says: CrisisFeedback
  /** The report by whose settings it is written. */
  readonly by: KeptReport
  /** All that it says, that one included. */
  readonly reports: readonly number[]
  /** The documents whose place it takes, and whose reports it says as well. */
  readonly replaces: readonly number[]
}

export interface Reconciled {
  readonly sayings: readonly Saying[]
  /** The reports that wait for something else than was noted. */
  readonly waits: readonly { readonly id: number; readonly code: WaitCode }[]
}

const isWaiting = ({ outbox, isOver }: KeptReport): boolean => outbox === null && !isOver

/** No peer can have seen it. */
export const isUnseen = ({ state, attempts }: ReportDocument): boolean =>
  state === 'ready' && attempts === 0

/** Divides the waiting reports into those that may be said now, and the conditions of the others. */
export function reconcile(exam: Exam, { reports, documents }: Reports): Reconciled {
  const waiting = reports
    .filter(isWaiting)
    .map((one) => ({ one, code: waitsFor(exam, one.report) }))
  const waits = waiting.flatMap(({ one: { id, waits: before }, code }) =>
    code !== null && code !== before ? [{ id, code }] : [],
  )
  const sayings: Saying[] = []
  const said = new Set<number>()
  const replaced = new Set<number>()
  for (const { one: by, code } of waiting.toReversed()) {
    if (code !== null || said.has(by.id)) continue
    const says = saysNow(exam, by.report)
    const others = waiting.filter(
      ({ one }) =>
        one !== by &&
        one.peer === by.peer &&
        !said.has(one.id) &&
        covers(exam, by.report, says, one.report),
    )
    const replaces = documents.filter(
      (one) =>
        isUnseen(one) &&
        !one.isBlocked &&
        one.peer === by.peer &&
        !replaced.has(one.id) &&
        one.says !== null &&
        isWithin(one.says, says) &&
        hasExtra(one.extra, by.report.extra),
    )
    const ids = [...others.map(({ one }) => one.id), by.id]
    for (const id of ids) said.add(id)
    for (const { id } of replaces) replaced.add(id)
    sayings.unshift({ says, by, reports: ids, replaces: replaces.map(({ id }) => id) })
  }
  return { sayings, waits }
}

/**
 * The report that no flow has asked for: the reception of what waits to tell the processing, or the whole again, where
 * a peer was told last less than it was told before, because of another finding that has come further since, or is of
 * one that is void. Null when there is none.
 * @param own the reports and documents of one peer
 */
export function unasked(exam: Exam, own: Reports): KeptReport | null {
  const documents = own.documents.filter(({ state }) => state !== 'cancelled')
  const standing = own.reports.filter(({ outbox, isOver }) =>
    outbox === null ? !isOver : documents.some(({ id }) => id === outbox),
  )
  const waiting = standing.findLast(isWaiting)
  return waiting
    ? firstStep(exam, standing, documents)
    : repetition(exam, standing, documents.at(-1))
}

/** The reception that the exam has come to, unless a document tells one that still holds. */
function firstStep(
  exam: Exam,
  standing: readonly KeptReport[],
  documents: readonly ReportDocument[],
): KeptReport | null {
  const isTold = documents.some(
    ({ id, says, isWithdrawn }) =>
      !isWithdrawn &&
      (says === null || tellsReception(says)) &&
      standing.some(({ outbox, report }) => outbox === id && retold(exam, report) !== null),
  )
  if (isTold) return null
  const steps = standing.filter(isWaiting).flatMap((one) => {
    const report = receptionOf(exam, one.report)
    return report ? [{ ...one, report }] : []
  })
  return steps.at(-1) ?? null
}

function repetition(
  exam: Exam,
  standing: readonly KeptReport[],
  document: ReportDocument | undefined,
): KeptReport | null {
  // Nothing is kept of what was told of a content that was corrected, or cancelled.
  const last = standing.findLast(({ report }) => retold(exam, report) !== null)
  if (!document?.says || !last) return null
  const report = { ...retold(exam, last.report)!, alerts: last.report.alerts }
  if (waitsFor(exam, report) !== null) return null
  const says = saysNow(exam, report)
  const isSaid =
    last.outbox === document.id
      ? tellsProcess(document.says) || !tellsProcess(says)
      : isWithin(says, document.says)
  return isSaid ? null : { ...last, report }
}

/** The reports that a dead letter was to say, as far as they hold now: it is said again with these words. */
export const stillHolding = <R extends KeptReport>(exam: Exam, said: readonly R[]): readonly R[] =>
  said.flatMap((one) => {
    const report = retold(exam, one.report)
    return report ? [{ ...one, report }] : []
  })

/**
 * The report by which a flow has said the same before, unless that has ended with a person: it is not noted again, for
 * a finding that has come to the exam since is not what it was about.
 * @param own the reports of the same node to the same peer
 */
export function saidBefore<R extends KeptReport>(
  own: readonly R[],
  documents: readonly ReportDocument[],
  { feedback, about, extra }: Pick<Report, 'feedback' | 'about' | 'extra'>,
): R | undefined {
  const wanted: unknown = JSON.parse(JSON.stringify({ feedback, about, extra }))
  const standing = documents.filter(({ state }) => STANDING_STATES.includes(state))
  return own.find(({ outbox, isOver, report }) => {
    const stands = outbox === null ? !isOver : standing.some(({ id }) => id === outbox)
    const said = { feedback: report.feedback, about: report.about, extra: report.extra }
    return stands && isDeepStrictEqual(said, wanted)
  })
}

/** Changes of reports and documents when an alert is no longer what they were told of. */
export interface Withdrawal {
  /** Reports of it alone, with those of what is ended. */
  readonly ended: readonly number[]
  /** Reports that go on for other alerts. */
  readonly kept: readonly KeptReport[]
  /** Unseen documents, whose reports are said anew. */
  readonly dissolved: readonly number[]
  /** Documents that are ended with all that they say. */
  readonly stopped: readonly number[]
}

/**
 * An alert is no longer what reports were told of: what speaks of it alone is ended, what speaks of others as well
 * goes on for those. What is on its way stays as it is, and is not said anew of that alert.
 * @param isVoid nothing of it may be said any more, whoever sends it: it was cancelled, or is of another patient. What
 *   is on its way, or needs a person, is ended as well
 */
export function withdrawal(
  { reports, documents }: Reports,
  alert: number,
  isVoid: boolean,
): Withdrawal {
  const ended: number[] = []
  const kept: KeptReport[] = []
  const dissolved: number[] = []
  const stopped: number[] = []
  const isMeant = ({ report: { alerts, corrected = [] } }: KeptReport): boolean =>
    alerts.includes(alert) || corrected.includes(alert)
  for (const one of reports.filter((report) => isWaiting(report) && isMeant(report))) {
    const rest = without(one, alert)
    if (speaksOfNone(rest)) ended.push(one.id)
    else kept.push(rest)
  }
  for (const document of documents) {
    if (document.says === null || isDone(document)) continue
    const own = reports.filter(({ outbox }) => outbox === document.id)
    const meant = own.filter(isMeant)
    // What is ready to go was true when it was said; what is held back is not yet on its way.
    if (!isVoid && !(document.isBlocked && isUnseen(document))) {
      kept.push(...meant.map((one) => asCorrected(one, alert)))
    } else if (isUnseen(document) && (isVoid || meant.length > 0)) {
      // One that speaks of others repeats what was said of this one.
      dissolved.push(document.id)
      const rest = own.map((one) => without(one, alert))
      ended.push(...rest.filter(speaksOfNone).map(({ id }) => id))
      kept.push(...rest.filter((one) => !speaksOfNone(one)))
    } else if (meant.length > 0) {
      const rest = own.map((one) => without(one, alert))
      if (rest.every(speaksOfNone)) stopped.push(document.id)
      // A peer may have seen it, so it goes on with its words as long as they are anybody's.
      else kept.push(...rest)
    }
  }
  return { ended, kept, dissolved, stopped }
}

const speaksOfNone = ({ report }: KeptReport): boolean => report.alerts.length === 0

function without({ report, ...one }: KeptReport, alert: number): KeptReport {
  const { alerts, corrected: before } = report
  const others = (ids: readonly number[]) => ids.filter((id) => id !== alert)
  const rest = { alerts: others(alerts), ...(before && { corrected: others(before) }) }
  return { ...one, report: { ...report, ...rest } }
}

function asCorrected(one: KeptReport, alert: number): KeptReport {
  const { report } = without(one, alert)
  return { ...one, report: { ...report, corrected: [...(report.corrected ?? []), alert] } }
}

const isDone = ({ state, isWithdrawn }: ReportDocument): boolean =>
  state === 'done' || state === 'cancelled' || isWithdrawn

import {
  withClockOffset,
  writeFeedbackDocument,
  type ClockOffset,
  type CrisisFeedback,
  type XmlElement,
} from '../messages/index.js'
import type { Said } from './acknowledgement.js'
import {
  isCancelled,
  isHeld,
  levelOf,
  lowestLevel,
  type Exam,
  type ToldOfAlert,
  type ToldParts,
} from './exam.js'

/*
 * What a PACS may be told of an exam, and what that waits for (A19, A20): all that flows have told us of it, but no
 * more than the exam has come to as a whole, and nothing that was not told to us.
 */

/**
 * The condition that a report waits for.
 * - `otherFinding`: another finding of the exam has not come as far (A19)
 * - `process`: it goes out together with what is said of the processing (A20)
 * - `wrongPatient`: the exam is held; people have to decide
 */
export type WaitCode = 'otherFinding' | 'process' | 'wrongPatient'

export type ToldStage = 'received' | 'processed'

/** The feedback of a flow on an exam, kept until a document says it, and as long as that document. */
export interface Report {
  readonly feedback: CrisisFeedback
  readonly stage: ToldStage
  /** What its flow has said that it speaks of; absent in what an earlier version has kept. */
  readonly about?: { readonly key: string; readonly revision?: number | undefined }
  /** The alerts that it was noted with, as long as it holds of them. */
  readonly alerts: readonly number[]
  /** Those of which another content has come to count since: their words may be on the wire, and are not said anew. */
  readonly corrected?: readonly number[]
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
  /** Its own words may be of an earlier content, so that only what is kept of its alerts is said. */
  readonly isRetold?: true
}

const KEYS = ['ExamNo', 'ApplyNo'] as const
const RECEIVED = ['CrisisReceiver', 'CrisisReceiveDate', 'CrisisReceiveTime'] as const
const PROCESSED = [
  'ProcessStaff',
  'ProcessDate',
  'ProcessTime',
  'ProcessSuggest',
  'ProcessResult',
] as const

/** The part of a feedback that is kept for the alerts that it speaks of. */
export function partsOf(feedback: CrisisFeedback, { received, processed }: Said): ToldParts {
  return {
    ...(received && { received: pick(feedback, RECEIVED) }),
    ...(processed && { processed: pick(feedback, PROCESSED) }),
  }
}

/** The stage of the exam, as far as a report has to wait for it. */
export function levelFor(
  { alerts }: Exam,
  report: Pick<Report, 'perAlert' | 'alerts' | 'stage'>,
): number {
  const counting = alerts.filter(
    (one) => !isCancelled(one) && (!report.perAlert || report.alerts.includes(one.id)),
  )
  // Where there is no other alert to wait for, nothing that was told is taken back.
  return counting.length > 0 ? lowestLevel(counting) : 2
}

/** The content of a report as of now. */
export function saysNow(exam: Exam, report: Report): CrisisFeedback {
  const all = exam.told.filter(({ alert }) => report.alerts.includes(alert))
  const present = all.filter(({ parts }) => !parts.past)
  const own = present.length > 0 ? present : all
  const others = exam.told.filter((part) => !all.includes(part) && !part.parts.past)
  const told = report.perAlert ? own : [...others, ...own]
  const words = report.isRetold ? pick(report.feedback, KEYS) : report.feedback
  return compose(words, report.stage, told, levelFor(exam, report))
}

/** @param told the parts that count last stand last */
function compose(
  feedback: CrisisFeedback,
  stage: ToldStage,
  told: readonly ToldOfAlert[],
  level: number,
): CrisisFeedback {
  const received = told.findLast(({ parts }) => parts.received)?.parts.received
  const processed = told.findLast(({ parts }) => parts.processed)?.parts.processed
  const fragment = stage === 'received' ? pick(feedback, PROCESSED) : {}
  return {
    ...pick(feedback, KEYS),
    ...(received ?? pick(feedback, RECEIVED)),
    ...(level === 2 ? (processed ?? pick(feedback, PROCESSED)) : fragment),
  }
}

/** The reception alone, of a report that waits to tell the processing; null when the exam has not come to it. */
export function receptionOf(exam: Exam, report: Report): Report | null {
  if (report.stage === 'received' || report.combinedOnly) return null
  if (waitsFor(exam, report) !== 'otherFinding' || levelFor(exam, report) < 1) return null
  const feedback = pick(report.feedback, [...KEYS, ...RECEIVED])
  const reception: Report = { ...report, stage: 'received', feedback }
  return tellsReception(saysNow(exam, reception)) ? reception : null
}

/** Why a report cannot go out now; null = it can. */
export function waitsFor(exam: Exam, report: Report): WaitCode | null {
  if (isHeld(exam.alerts)) return 'wrongPatient'
  if (levelFor(exam, report) < levelOf(report.stage)) return 'otherFinding'
  return report.combinedOnly && !tellsProcess(saysNow(exam, report)) ? 'process' : null
}

/** The part that holds now of that which a flow has said before; null when nothing does. */
export function retold({ told }: Exam, before: Report): Report | null {
  const known = told.map(({ alert }) => alert)
  const alerts = before.alerts.filter((alert) => known.includes(alert))
  if (alerts.length === 0) return null
  return { ...before, alerts, isRetold: true }
}

/** The document of a report. The licence is a secret and is put in only when it is sent. */
export function writeReport(report: Report, says: CrisisFeedback): string {
  const { application, omitEmpty, omitEmptyProcess, extra, clockOffset } = report
  return writeFeedbackDocument(
    { Application: application, License: '' },
    clockOffset ? withClockOffset(says, clockOffset) : says,
    { omitEmpty, omitEmptyProcess, extra },
  )
}

/** True when a document says everything that a report wants to be said. */
export function covers(exam: Exam, carrier: Report, says: CrisisFeedback, other: Report): boolean {
  if (!hasExtra(other.extra, carrier.extra)) return false
  const would = saysNow(exam, other)
  const isReached = levelFor(exam, carrier) >= levelOf(other.stage)
  const isTold = tellsProcess(says) || !(other.combinedOnly || tellsProcess(would))
  const isReceived = tellsReception(says) || !tellsReception(would)
  // Where each finding is told by itself, another one's words are not told instead.
  const isMeant =
    !carrier.perAlert ||
    (other.alerts.every((one) => carrier.alerts.includes(one)) && isWithin(would, says))
  return isReached && isTold && isReceived && isMeant
}

/** True when elements that a site has added stand in the other document as well. */
export const hasExtra = (extra: readonly XmlElement[], other: readonly XmlElement[]): boolean =>
  extra.length === 0 || JSON.stringify(extra) === JSON.stringify(other)

/** True when all that one feedback says stands in another with the same words. */
export const isWithin = (one: CrisisFeedback, other: CrisisFeedback): boolean =>
  Object.entries(one).every(
    ([name, value]) =>
      JSON.stringify(value) === JSON.stringify(other[name as keyof CrisisFeedback]),
  )

export const tellsProcess = ({ ProcessResult = '' }: CrisisFeedback): boolean =>
  ProcessResult.trim() !== ''

export const tellsReception = (feedback: CrisisFeedback): boolean =>
  RECEIVED.some((name) => isFilled(feedback[name]))

function pick(feedback: CrisisFeedback, names: readonly (keyof CrisisFeedback)[]): CrisisFeedback {
  const entries = names.map((name) => [name, feedback[name]] as const)
  return Object.fromEntries(entries.filter(([, value]) => isFilled(value)))
}

const isFilled = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.trim() !== ''
    : typeof value === 'object' && value !== null && Object.values(value).some(isFilled)

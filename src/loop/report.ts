import {
  withClockOffset,
  writeFeedbackDocument,
  type ClockOffset,
  type CrisisFeedback,
  type XmlElement,
} from '../messages/index.js'
import type { Said } from './acknowledgement.js'
import { isHeld, levelOf, lowestLevel, type Alert } from './exam.js'

/*
 * What a PACS may be told of an exam, and what that waits for (A19, A20): all that flows have told us of it, but no
 * more than the exam has come to as a whole, and nothing that was not told to us.
 */

/** The condition that a report waits for. */
export type WaitCode = 'otherFinding' | 'process' | 'wrongPatient'

/** The parts of a feedback that were told of one alert. A part is whole: a name of one is never put beside a time of another. */
export interface ToldParts {
  readonly received?: CrisisFeedback
  readonly processed?: CrisisFeedback
  /** The alert was closed when another finding came, of which nothing of this may be told. */
  readonly past?: true
}

export interface ToldOfAlert {
  readonly alert: number
  readonly parts: ToldParts
}

/** The alert of an exam that is not known here. */
export const UNKNOWN_ALERT = 0

/** An exam, as far as a report needs it. */
export interface ReportedExam {
  readonly pair: string
  /** Those that are not cancelled. */
  readonly alerts: readonly Alert[]
  readonly told: readonly ToldOfAlert[]
}

export type ToldStage = 'received' | 'processed'

/** The feedback of a flow on an exam, kept with its document, so that it can be written anew when it may go. */
export interface Telling {
  readonly feedback: CrisisFeedback
  readonly stage: ToldStage
  /** What its flow has said that it speaks of; absent in what an earlier version has kept. */
  readonly about?: { readonly key: string; readonly revision?: number | undefined }
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
  { alerts, told }: ReportedExam,
  telling: Pick<Telling, 'perAlert' | 'alerts' | 'stage'>,
): number {
  const counting = telling.perAlert
    ? alerts.filter(({ id }) => telling.alerts.includes(id))
    : alerts
  if (counting.length > 0) return lowestLevel(counting)
  // Of an exam that is not known here, it has come as far as flows have told.
  const isProcessed =
    alerts.length === 0 && told.some(({ parts }) => parts.processed && !parts.past)
  return isProcessed ? 2 : levelOf(telling.stage)
}

/** The content of a report as of now. */
export function saysNow(exam: ReportedExam, telling: Telling): CrisisFeedback {
  const all = exam.told.filter(({ alert }) => telling.alerts.includes(alert))
  const present = all.filter(({ parts }) => !parts.past)
  const own = present.length > 0 ? present : all
  const others = exam.told.filter((part) => !all.includes(part) && !part.parts.past)
  const told = telling.perAlert ? own : [...others, ...own]
  return compose(telling.feedback, telling.stage, told, levelFor(exam, telling))
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
    ...pick(feedback, ['ExamNo', 'ApplyNo']),
    ...(received ?? pick(feedback, RECEIVED)),
    ...(level === 2 ? (processed ?? pick(feedback, PROCESSED)) : fragment),
  }
}

/** Why a report cannot go out now; null = it can. */
export function waitsFor(exam: ReportedExam, telling: Telling): WaitCode | null {
  if (isHeld(exam.alerts)) return 'wrongPatient'
  if (levelFor(exam, telling) < levelOf(telling.stage)) return 'otherFinding'
  return telling.combinedOnly && !tellsProcess(saysNow(exam, telling)) ? 'process' : null
}

/**
 * What holds now of that which a flow has said before: its own words may be of an earlier content, so that only
 * what is kept of its alerts counts. Null when nothing is.
 */
export function retold({ told }: Pick<ReportedExam, 'told'>, before: Telling): Telling | null {
  const known = told.map(({ alert }) => alert)
  const alerts = before.alerts.filter((alert) => known.includes(alert))
  if (alerts.length === 0) return null
  const { ExamNo, ApplyNo } = before.feedback
  return {
    ...before,
    alerts,
    feedback: { ...(ExamNo && { ExamNo }), ...(ApplyNo && { ApplyNo }) },
    says: null,
  }
}

/** The document of a report. The licence is a secret and is put in only when it is sent. */
export function writeReport(telling: Telling, says: CrisisFeedback): string {
  const { application, omitEmpty, omitEmptyProcess, extra, clockOffset } = telling
  return writeFeedbackDocument(
    { Application: application, License: '' },
    clockOffset ? withClockOffset(says, clockOffset) : says,
    { omitEmpty, omitEmptyProcess, extra },
  )
}

/** True when a report that goes out says everything that another one was to say. */
export function covers(
  exam: ReportedExam,
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
  const isMeant = !carrier.perAlert || other.alerts.every((one) => carrier.alerts.includes(one))
  return reached && isTold && isReceived && isMeant
}

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

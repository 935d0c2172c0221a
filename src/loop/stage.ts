import {
  CrisisError,
  DEFAULT_ZONE,
  FlagSet,
  isBlank,
  joinDateTime,
  type Crisis,
  type CrisisFeedback,
  type Flag,
  type JoinedTime,
  type Person,
} from '../messages/index.js'
import { isNobody } from './exam.js'

/** How far a feedback message takes its alert; `none` when it asserts neither stage. */
export type FeedbackStage = 'none' | 'received' | 'processed'

export interface FeedbackReading {
  readonly stage: FeedbackStage
  readonly receivedAt: JoinedTime
  readonly processedAt: JoinedTime
  readonly flags: readonly Flag[]
}

const isPerson = (person: Person | undefined): boolean => person !== undefined && !isNobody(person)

/**
 * What a feedback message says has happened: `received` with a receiver and a valid time (reading 1.2);
 * `processed` with a result, a member of staff and a valid time (A22). Fragments assert nothing and are
 * flagged (`receiverMissing`, `receiveTimeMissing`, `processIncomplete` …); nothing at all is flagged
 * `feedbackEmpty` (A21).
 */
export function readFeedbackStage(
  feedback: CrisisFeedback,
  zone: string = DEFAULT_ZONE,
): FeedbackReading {
  const flags = new FlagSet()
  const receivedAt = joinDateTime(feedback.CrisisReceiveDate, feedback.CrisisReceiveTime, zone)
  const processedAt = joinDateTime(feedback.ProcessDate, feedback.ProcessTime, zone)
  const receiveParts = [
    isPerson(feedback.CrisisReceiver),
    !isBlank(feedback.CrisisReceiveDate),
    !isBlank(feedback.CrisisReceiveTime),
  ]
  const processParts = [
    isPerson(feedback.ProcessStaff),
    !isBlank(feedback.ProcessDate),
    !isBlank(feedback.ProcessTime),
    !isBlank(feedback.ProcessResult),
    !isBlank(feedback.ProcessSuggest),
  ]
  if (!receiveParts.includes(true) && !processParts.includes(true)) {
    return { stage: 'none', receivedAt, processedAt, flags: ['feedbackEmpty'] }
  }
  const received = isPerson(feedback.CrisisReceiver) && receivedAt.at !== null
  if (!receiveParts.includes(true)) flags.add('processWithoutReceive')
  else {
    if (!isPerson(feedback.CrisisReceiver)) flags.add('receiverMissing')
    if (receivedAt.flag) flags.add(`receive${capital(receivedAt.flag)}`)
  }

  const processed =
    isPerson(feedback.ProcessStaff) && processedAt.at !== null && !isBlank(feedback.ProcessResult)
  if (!processed && processParts.includes(true)) flags.add('processIncomplete')
  const stage = processed ? 'processed' : received ? 'received' : 'none'
  if (saysMore(feedback, stage)) flags.add(TIME_UNREADABLE)
  return { stage, receivedAt, processedAt, flags: flags.list }
}

/** The flag of feedback that says more than it counts for, because it gives no time that can be read. */
export const TIME_UNREADABLE = 'timeUnreadable'

/**
 * True when feedback says that the critical value was received, or processed, and does not reach that stage: then only
 * its time is missing or cannot be read.
 */
export function saysMore(
  { CrisisReceiver, ProcessStaff, ProcessResult }: CrisisFeedback,
  stage: FeedbackStage,
): boolean {
  if (stage === 'processed') return false
  if (isPerson(ProcessStaff) && !isBlank(ProcessResult)) return true
  return stage === 'none' && isPerson(CrisisReceiver)
}

/**
 * True when an alert is open although feedback says that somebody has received, or processed, it: the time that it
 * gives is missing or cannot be read, and no other feedback has said it since with a time.
 * @param reached the stage of the alert, as far as a person has brought it
 * @param said feedback since the content that counts came in, each with the stage that it reached
 */
export const isTimeUnreadable = (
  reached: FeedbackStage,
  said: readonly { readonly feedback: CrisisFeedback; readonly stage: FeedbackStage }[],
): boolean =>
  said.some(({ feedback, stage }) => saysMore(feedback, stage) && saysMore(feedback, reached))

/**
 * Refuses feedback that says nothing (reading section 2: all stage fields blank, no change).
 * @throws CrisisError FEEDBACK_EMPTY, answered 422
 */
export function requireStage(reading: FeedbackReading): void {
  if (!reading.flags.includes('feedbackEmpty')) return
  throw new CrisisError(
    'FEEDBACK_EMPTY',
    {
      zh: '反馈中接收与处理信息均为空，未作任何更新',
      en: 'The feedback fills in neither the receiving nor the processing, so nothing was changed',
    },
    '422',
  )
}

export interface CrisisReading {
  /** When the critical value was set, in the zone; its `at` is null when the document does not say. */
  readonly setAt: JoinedTime
  readonly flags: readonly Flag[]
}

/** What is missing from a critical value that is accepted all the same (reading A13, A16). */
export function readCrisisQuality(crisis: Crisis, zone: string = DEFAULT_ZONE): CrisisReading {
  const flags = new FlagSet()
  const setAt = joinDateTime(crisis.CrisisSetDate, crisis.CrisisSetTime, zone)
  if (setAt.flag) flags.add(`set${capital(setAt.flag)}`)
  if (isBlank(crisis.ExamNo)) flags.add('examNoMissing')
  if (isBlank(crisis.ApplyNo)) flags.add('applyNoMissing')
  if (isBlank(crisis.SickNo)) flags.add('sickNoMissing')
  if (isBlank(crisis.CrisisName)) flags.add('nameMissing')
  if (!isPerson(crisis.CrisisSettor)) flags.add('settorMissing')
  return { setAt, flags: flags.list }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

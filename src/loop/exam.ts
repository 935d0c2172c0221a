import {
  isBlank,
  type Crisis,
  type CrisisFeedback,
  type Flag,
  type Person,
  type XmlElement,
} from '../messages/index.js'

/** The stage of an alert. Nothing automatic ever moves one to `processed`, or cancels one. */
export type AlertStage =
  | 'stored'
  | 'notified'
  | 'received'
  | 'processed'
  | 'fedBack'
  /** People have decided that it is none: the wrong patient, for one. */
  | 'cancelled'

/** One finding of an exam. */
export interface Alert {
  /** `NEW_ALERT` until it is stored. */
  readonly id: number
  /** K of its first content, by which people and flows name it. */
  readonly key: string
  /** K of each of its contents. */
  readonly keys: readonly string[]
  /** CrisisCode and CrisisName of its content, as a hash. */
  readonly finding: string
  readonly sickNo: string
  readonly stage: AlertStage
  /** The number of the content that counts; a later number may be that of an earlier content. */
  readonly revision: number
  /** H of the content that counts. */
  readonly content: string
  /** When the critical value was set, by the clock of its PACS; null when the document does not say. */
  readonly setAt: string | null
  /** When it came in, in epoch ms of our clock, as are the times that follow. */
  readonly openedAt: number
  readonly receivedAt: number | null
  readonly processedAt: number | null
  readonly fedBackAt: number | null
  readonly cancelledAt: number | null
  /** Why its feedback is held. */
  readonly hold: string | null
  /** Number of times that it was sent again. */
  readonly resent: number
  /** The node whose flow was given it; null for one that we send ourselves. */
  readonly target: string | null
  /** The content that counts. */
  readonly crisis: Crisis
  /** All contents that came in, in that order. */
  readonly contents: readonly Content[]
  /** In the order in which they were reached. */
  readonly milestones: readonly Milestone[]
}

export const NEW_ALERT = -1

/** A content of an alert. */
export interface Content {
  readonly revision: number
  /** H. */
  readonly content: string
  /** The hash of what the document itself names; null in what an early version has stored. */
  readonly documentHash: string | null
  /** The content of one that is not stored yet. */
  readonly document?: NewDocument
}

export interface NewDocument {
  readonly crisis: Crisis
  readonly extra: readonly XmlElement[]
  readonly flags: readonly Flag[]
}

/** An examination with all that is known of its critical values: what is loaded, changed and saved as a whole. */
export interface Exam {
  /** The PACS whose numbers these are. */
  readonly system: string
  /** X, with which feedback comes back. */
  readonly key: string
  /** In the order in which they came. */
  readonly alerts: readonly Alert[]
  readonly told: readonly ToldOfAlert[]
}

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

/** A step of an alert: by our clock, and by the time and the person that a document names. */
export interface Milestone {
  readonly stage: AlertStage
  /** Epoch ms of our clock. */
  readonly at: number
  /** ISO 8601, as the document says; null when none speaks of it. */
  readonly saidAt: string | null
  readonly code: string
  readonly name: string
}

/**
 * Largest difference between the clocks of two systems, in ms (reading section 2 and A33). One tolerance for every
 * comparison of a time that somebody else says with one of ours.
 */
export const CLOCK_TOLERANCE_MS = 5 * 60_000

const ORDER: readonly AlertStage[] = ['stored', 'notified', 'received', 'processed', 'fedBack']

/** Stages that nobody has to deal with any more. */
export const CLOSED_STAGES: readonly AlertStage[] = ['processed', 'fedBack', 'cancelled']

/** Stages that somebody still has to deal with. */
export const OPEN_ALERT_STAGES: readonly AlertStage[] = ['stored', 'notified', 'received']

/** Dealt with: a person has said what came of it, or that it is none. */
export const isClosed = ({ stage }: Pick<Alert, 'stage'>): boolean => CLOSED_STAGES.includes(stage)

export const isCancelled = ({ stage }: Pick<Alert, 'stage'>): boolean => stage === 'cancelled'

export const isHeld = (alerts: readonly Pick<Alert, 'hold'>[]): boolean =>
  alerts.some(({ hold }) => hold !== null)

/** Stages only move forward. */
export function furthest(a: AlertStage, b: AlertStage): AlertStage {
  return ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b
}

/** 0 nobody has it, 1 received, 2 processed. */
export function levelOf(stage: AlertStage | 'received' | 'processed'): number {
  if (stage === 'received') return 1
  return stage === 'processed' || stage === 'fedBack' ? 2 : 0
}

/** The stage that all of some alerts have reached but those that are cancelled; infinite for none. */
export const lowestLevel = (alerts: readonly Pick<Alert, 'stage'>[]): number =>
  Math.min(...alerts.filter((one) => !isCancelled(one)).map(({ stage }) => levelOf(stage)))

export const NOBODY: Person = { code: '', name: '' }

export const isNobody = ({ code, name }: Person): boolean => isBlank(code) && isBlank(name)

/** The number says who it is; a name counts only where there is no number. */
export function isSamePerson(one: Person, other: Person): boolean {
  if (!isBlank(one.code) || !isBlank(other.code)) return one.code.trim() === other.code.trim()
  return one.name.trim() === other.name.trim()
}

/** The milestone of what happens here, and that no document speaks of. */
export const reached = (stage: AlertStage, at: number): Milestone => ({
  stage,
  at,
  saidAt: null,
  ...NOBODY,
})

/** The alert as it comes to a stage by what happens here. */
export const comeTo = (alert: Alert, stage: AlertStage, at: number): Alert => ({
  ...alert,
  stage,
  milestones: [...alert.milestones, reached(stage, at)],
})

/** The exam with one of its alerts as it is afterwards. */
export const withAlert = (exam: Exam, alert: Alert): Exam => ({
  ...exam,
  alerts: exam.alerts.map((before) => (before.id === alert.id ? alert : before)),
})

/** The exam without what was told of an alert: what was corrected, or cancelled, must not be told any more. */
export const forgotten = (exam: Exam, alert: number): Exam => ({
  ...exam,
  told: exam.told.filter((one) => one.alert !== alert),
})

/** Which of several alerts has the right patient nobody here can know: all of them wait for people. */
export const held = (exam: Exam): Exam => ({
  ...exam,
  alerts: exam.alerts.map((alert) =>
    isCancelled(alert) ? alert : { ...alert, hold: 'wrongPatient' },
  ),
})

export const released = (exam: Exam): Exam => ({
  ...exam,
  alerts: exam.alerts.map((alert) => ({ ...alert, hold: null })),
})

/** People have decided that an alert is none. */
export const cancelled = (exam: Exam, alert: Alert, at: number): Exam =>
  forgotten(
    withAlert(exam, { ...comeTo(alert, 'cancelled', at), cancelledAt: at, hold: null }),
    alert.id,
  )

/** A content of an alert, by what of it the alert itself has. */
export type Counting = Pick<Alert, 'revision' | 'content' | 'finding' | 'setAt' | 'crisis'>

/**
 * Another content counts from now on. An earlier acknowledgement does not carry over: somebody must see the new
 * content. A patient's number that is left out now is not forgotten, or another one after it would go unseen.
 */
export const counting = (
  exam: Exam,
  alert: Alert,
  { revision, content, finding, setAt, crisis }: Counting,
  at: number,
): Exam =>
  forgotten(
    withAlert(exam, {
      ...comeTo(alert, 'stored', at),
      revision,
      content,
      finding,
      setAt,
      crisis,
      sickNo: trimmed(crisis.SickNo) || alert.sickNo,
      receivedAt: null,
      processedAt: null,
      fedBackAt: null,
      cancelledAt: null,
    }),
    alert.id,
  )

/** The peer has a critical value. @param revision the content that it has; null = that of the alert */
export function notified(exam: Exam, id: number, revision: number | null, at: number): Exam {
  const alert = exam.alerts.find((one) => one.id === id)
  if (alert?.stage !== 'stored' || (revision ?? alert.revision) !== alert.revision) return exam
  return withAlert(exam, comeTo(alert, 'notified', at))
}

/** True when a document names another patient than an alert; one that names none may be of any. */
export function isOtherPatient({ sickNo }: Pick<Alert, 'sickNo'>, { SickNo }: Crisis): boolean {
  const other = trimmed(SickNo)
  return !isBlank(other) && !isBlank(sickNo) && other !== sickNo
}

export const trimmed = (value: string | undefined): string => (value ?? '').trim()

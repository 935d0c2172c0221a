import { isBlank, type Crisis, type Person } from '../messages/index.js'

/** The stage of an alert. Nothing automatic ever moves one to `processed`, or cancels one. */
export type AlertStage =
  | 'stored'
  | 'notified'
  | 'received'
  | 'processed'
  | 'fedBack'
  /** People have decided that it is none: the wrong patient, for one. */
  | 'cancelled'

/** One finding of an exam, as its current content says it. */
export interface Alert {
  readonly id: number
  /** K of its first content, by which people and flows name it. */
  readonly key: string
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
  /** When it came in, in epoch ms of our clock. */
  readonly openedAt: number
  readonly processedAt: number | null
  /** Why its feedback is held. */
  readonly hold: string | null
  /** The node whose flow was given it; null for one that we send ourselves. */
  readonly target: string | null
  readonly crisis: Crisis
}

/** A step of an alert: by our clock, and by the time and the person that a document names. */
export interface Milestone {
  readonly stage: AlertStage
  /** Epoch ms of our clock. */
  readonly at: number
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

/** The stage that all of some alerts have reached; infinite for none. */
export const lowestLevel = (alerts: readonly Pick<Alert, 'stage'>[]): number =>
  Math.min(...alerts.map(({ stage }) => levelOf(stage)))

export const NOBODY: Person = { code: '', name: '' }

export const isNobody = ({ code, name }: Person): boolean => isBlank(code) && isBlank(name)

/** The number says who it is; a name counts only where there is no number. */
export function isSamePerson(one: Person, other: Person): boolean {
  if (!isBlank(one.code) || !isBlank(other.code)) return one.code.trim() === other.code.trim()
  return one.name.trim() === other.name.trim()
}

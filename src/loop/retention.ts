import { isClosed, type AlertStage } from './exam.js'

/*
 * Records that may be removed when their time is over. Nothing goes of an alert that is not closed, nothing that is
 * undelivered, and nothing that waits for people.
 */

/** Times before which a record must have come to its end, in epoch ms. */
export interface RetentionLimits {
  /** Since when an alert is closed, and when the last message about it was stored. */
  readonly alerts: number
  /** Since when an alert that nobody has fed back is open, to count as closed; -1 = it never does. */
  readonly unanswered: number
  /** The same for one that is to be removed. */
  readonly lapsed: number
}

/** Bytes as they came, or a document or a report at its end. */
export interface RecordFacts {
  /** When the latest of its alerts was opened that are open; null = all are closed. */
  readonly lastOpenedAt: number | null
  /** It is of feedback that may still find its alert. */
  readonly isOrphan: boolean
}

export const mayRemoveRecord = (
  { lastOpenedAt, isOrphan }: RecordFacts,
  limits: RetentionLimits,
): boolean => !isOrphan && !isAnyOpen(lastOpenedAt, limits)

const isAnyOpen = (lastOpenedAt: number | null, { unanswered }: RetentionLimits): boolean =>
  lastOpenedAt !== null && lastOpenedAt >= unanswered

/** An alert with what its exam says of whether it may go. */
export interface AlertFacts {
  readonly stage: AlertStage
  /** When it was closed; of one that is open, when it was opened. */
  readonly since: number
  /** An alert of its exam is held: it waits for a person, and what was told of it has not been said. */
  readonly isHeld: boolean
  /** When the latest alert of its exam was opened that is open; null = all are closed. */
  readonly lastOpenedAt: number | null
  /** It has documents in the outbox, or reports: they go first, each in its own time. */
  readonly hasDocuments: boolean
  /** When the last message was stored that a flow has not taken; null = there is none. */
  readonly lastOwedAt: number | null
}

export function mayRemoveAlert(alert: AlertFacts, limits: RetentionLimits): boolean {
  const { stage, since, isHeld, lastOpenedAt, hasDocuments, lastOwedAt } = alert
  if (since >= (isClosed({ stage }) ? limits.alerts : limits.lapsed)) return false
  if (isHeld || hasDocuments || isAnyOpen(lastOpenedAt, limits)) return false
  // What is owed to a node that is gone keeps its own content, and its alert no longer than other alerts are kept.
  return lastOwedAt === null || lastOwedAt < limits.alerts
}

/** Feedback goes after the last alert of its exam. */
export const mayRemoveFeedback = (feedback: {
  readonly isOrphan: boolean
  readonly hasAlerts: boolean
}): boolean => !feedback.isOrphan && !feedback.hasAlerts

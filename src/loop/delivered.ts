import type { Operation } from '../messages/index.js'
import { notified, reached, type Alert, type Exam } from './exam.js'

/** A document in the outbox, as far as it counts for its exam. */
export interface SentDocument {
  readonly id: number
  readonly alert: number | null
  readonly peer: string
  readonly operation: Operation
}

/** One that its peer has taken. */
export interface DeliveredDocument extends SentDocument {
  /** The revision that it carries; null = it is not known which. */
  readonly revision: number | null
  /** When it was written, in epoch ms. */
  readonly at: number
  /** True for a feedback that speaks of the processing. */
  readonly tellsProcess: boolean
}

/**
 * A critical value that the peer has taken over is notified; feedback that it has taken closes the loop.
 * @param pending the documents of the exam that may still be delivered
 * @param at epoch ms of our clock
 */
export function delivered(
  exam: Exam,
  document: DeliveredDocument,
  pending: readonly SentDocument[],
  at: number,
): Exam {
  if (document.alert === null) return exam
  if (document.operation !== 'SynCrisisInfo') {
    return document.tellsProcess ? closed(exam, document, pending, at) : exam
  }
  // With a correction still behind this one, the peer does not have all of it yet.
  const isBehind = pending.some(
    ({ alert, peer, operation, id }) =>
      alert === document.alert &&
      peer === document.peer &&
      operation === document.operation &&
      id > document.id,
  )
  return isBehind ? exam : notified(exam, document.alert, document.revision, at)
}

/** It speaks of the whole exam (A19), but of nothing that was processed after it was written or is still to be said. */
function closed(
  exam: Exam,
  report: DeliveredDocument,
  pending: readonly SentDocument[],
  at: number,
): Exam {
  const isSaid = ({ id, stage, processedAt }: Alert): boolean =>
    stage === 'processed' &&
    processedAt !== null &&
    processedAt <= report.at &&
    !pending.some(
      (one) => one.alert === id && one.operation === report.operation && one.id !== report.id,
    )
  const close = (alert: Alert): Alert => ({
    ...alert,
    stage: 'fedBack',
    fedBackAt: at,
    milestones: [...alert.milestones, reached('fedBack', at)],
  })
  return { ...exam, alerts: exam.alerts.map((alert) => (isSaid(alert) ? close(alert) : alert)) }
}

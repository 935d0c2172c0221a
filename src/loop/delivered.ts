import { comeTo, notified, type Alert, type Exam } from './exam.js'
import type { ReportDocument, Reports } from './reconcile.js'

/** A critical value in the outbox, as far as it counts for its exam. */
export interface SentValue {
  readonly id: number
  readonly alert: number | null
  readonly peer: string
}

/** A critical value that its peer has taken. */
export interface DeliveredValue extends SentValue {
  /** The revision that it carries; null = it is not known which. */
  readonly revision: number | null
}

/**
 * A critical value that the peer has taken over is notified.
 * @param pending those of the exam that may still be delivered
 * @param at epoch ms of our clock
 */
export function delivered(
  exam: Exam,
  { id, alert, peer, revision }: DeliveredValue,
  pending: readonly SentValue[],
  at: number,
): Exam {
  // With a correction still behind this one, the peer does not have all of it yet.
  const isBehind = pending.some((one) => one.alert === alert && one.peer === peer && one.id > id)
  return isBehind || alert === null ? exam : notified(exam, alert, revision, at)
}

/** A document of feedback, as far as it closes a loop or keeps one open. */
export type ToldDocument = Pick<
  ReportDocument,
  'id' | 'state' | 'isWithdrawn' | 'at' | 'tellsProcess'
>

/**
 * Feedback that a peer has taken closes the loop of the whole exam (A19), but of nothing that was processed after it
 * was written, or of which a report is still to be said, by whoever decides on it.
 * @param at epoch ms of our clock
 */
export function fedBack(
  exam: Exam,
  {
    reports,
    documents,
  }: Pick<Reports, 'reports'> & { readonly documents: readonly ToldDocument[] },
  at: number,
): Exam {
  const told = documents.filter(({ state, tellsProcess }) => state === 'done' && tellsProcess)
  const open = new Set(documents.filter(isOpen).map(({ id }) => id))
  const pending = reports
    .filter(({ outbox, isOver }) => (outbox === null ? !isOver : open.has(outbox)))
    .flatMap(({ report }) => report.alerts)
  const isTold = ({ id, stage, processedAt }: Alert): boolean =>
    stage === 'processed' &&
    processedAt !== null &&
    told.some((document) => processedAt <= document.at) &&
    !pending.includes(id)
  const close = (alert: Alert): Alert => ({ ...comeTo(alert, 'fedBack', at), fedBackAt: at })
  return { ...exam, alerts: exam.alerts.map((alert) => (isTold(alert) ? close(alert) : alert)) }
}

/** May still be delivered: not so what was taken back while it was on the wire. */
const isOpen = ({ state, isWithdrawn }: ToldDocument): boolean =>
  state !== 'done' && state !== 'cancelled' && !isWithdrawn

import {
  joinDateTime,
  type Crisis,
  type CrisisFeedback,
  type Operation,
} from '../messages/index.js'
import { DEAD_STATES, type DocumentState } from './document-state.js'
import type { Alert, Exam } from './exam.js'
import { isWithin } from './report.js'

/*
 * The order of the documents that go to one peer. Of a critical value the content that counts must be the last that the
 * peer has; of an exam the feedback that was written last, which says all that was told before.
 */

/** A document in the outbox, as far as another one may overtake it. */
export interface OrderedDocument {
  readonly id: number
  readonly operation: Operation
  readonly document: string
  readonly alert: number | null
  /** The node whose flow has sent it; '' = none. */
  readonly node: string
  /** The revision that a critical value carries; null = it is not known which. */
  readonly revision: number | null
  /** The content of a feedback; null in a person's own words. */
  readonly says: CrisisFeedback | null
}

/** It carries the content that counts, so that nothing but the same content can overtake it. */
const isCurrent = (exam: Exam | null, { alert, revision }: OrderedDocument): boolean =>
  revision !== null &&
  exam !== null &&
  exam.alerts.some((one) => one.id === alert && one.revision === revision)

const isFeedback = ({ operation }: Pick<OrderedDocument, 'operation'>): boolean =>
  operation === 'SynCrisisResponseInfo'

/**
 * True when a dead letter needs nobody any more, because a later document to its peer has come to its end: one that is
 * the same, or one that was delivered and has overtaken it.
 * @param exam that of the critical value; null where it is not known
 */
export function isClosedBy(
  exam: Exam | null,
  dead: OrderedDocument,
  later: OrderedDocument,
  isDelivered: boolean,
): boolean {
  if (dead.node === later.node && dead.document === later.document) return true
  if (!isDelivered) return false
  if (isFeedback(dead)) {
    return dead.says !== null && later.says !== null && isWithin(dead.says, later.says)
  }
  return !isCurrent(exam, dead) || dead.revision === later.revision
}

/**
 * The later document after which a dead letter must not be sent: of the same critical value one that carries the same
 * content, or the content that counts; of an exam any later feedback. Null when it may be sent again.
 * @param later documents of the alert, or of the exam, that are with the peer or on their way to it
 */
export function overtakerOf(
  exam: Exam | null,
  dead: OrderedDocument,
  later: readonly OrderedDocument[],
): number | null {
  const isSame = ({ revision }: OrderedDocument) =>
    dead.revision !== null && dead.revision === revision
  const overtakes = (other: OrderedDocument) =>
    isFeedback(dead) || isSame(other) || !isCurrent(exam, dead)
  return later.findLast(overtakes)?.id ?? null
}

/**
 * True when a document may not be given to another peer, because it would come after its own correction there. A dead
 * letter is not sent by itself.
 * @param tried a later one of the same alert that the other peer may have seen; undefined = there is none
 */
export const isOvertakenElsewhere = (
  { state }: { readonly state: DocumentState },
  tried: number | undefined,
): boolean => tried !== undefined && !DEAD_STATES.includes(state)

/** A critical value that a flow was given again, and hands over again. */
export interface HandedAgain {
  readonly crisis: Crisis
  readonly document: string
  /** The revision that the flow says it is; undefined = it does not say. */
  readonly saidRevision: number | undefined
  /** The revision that has its content; null when none has, because the flow changes it. */
  readonly revision: number | null
}

/** A document of the same alert, node and peer that is with the peer, or on its way to it. */
export interface SentContent {
  readonly id: number
  readonly document: string
  readonly saidRevision: number | null
  readonly revision: number | null
  /** The critical value as it came in; null when it is not known. */
  readonly crisis: Crisis | null
}

/** A document because of which a critical value that is handed over again is not sent again. */
export interface SentBefore {
  readonly outbox: number
  /** It is the same document; otherwise it is a later content, after which the earlier one is not to be sent. */
  readonly isSame: boolean
}

/**
 * The document because of which a critical value is not sent again: its node has put it there before, or a correction
 * of it. What has ended with a person is not among them: the peer may have nothing of it.
 * @param sent in the order of their numbers
 */
export function sentBefore(
  alert: Pick<Alert, 'revision'>,
  again: HandedAgain,
  sent: readonly SentContent[],
): SentBefore | null {
  const { saidRevision } = again
  // A flow that leaves elements out may make the same document of two revisions, with another between them.
  const isOwn = (one: SentContent) =>
    saidRevision === undefined || one.saidRevision === null || one.saidRevision === saidRevision
  const same = sent.find((one) => one.document === again.document && isOwn(one))
  if (same) return { outbox: same.id, isSame: true }
  const later = sent.findLast((one) => isLater(one, again, alert.revision))
  return later ? { outbox: later.id, isSame: false } : null
}

/** A later content: the one that counts, else by the set time, else by the numbers of one kind. */
function isLater(other: SentContent, own: HandedAgain, current: number): boolean {
  if (own.revision === current) return false
  if (own.revision !== null && other.revision === current) return true
  const ownMs = setMsOf(own.crisis)
  const otherMs = other.crisis && setMsOf(other.crisis)
  if (ownMs !== null && otherMs !== null && ownMs !== otherMs) return otherMs > ownMs
  if (own.saidRevision !== undefined && other.saidRevision !== null) {
    return other.saidRevision > own.saidRevision
  }
  return own.revision !== null && other.revision !== null && other.revision > own.revision
}

/** In any zone, since it is only compared. */
const setMsOf = ({ CrisisSetDate, CrisisSetTime }: Crisis): number | null =>
  joinDateTime(CrisisSetDate, CrisisSetTime).epochMs

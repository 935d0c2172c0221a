/*
 * The states of a document in the outbox, as one table: what may happen to it in which state, what it becomes by
 * that, and what a person is shown. Nothing else changes a state.
 */

/** Each state, and what a person sees of a document in it. */
export const DOCUMENT_STATES = {
  ready: { zh: '待发送', en: 'to be sent' },
  leased: { zh: '发送中', en: 'being sent' },
  done: { zh: '已送达', en: 'delivered' },
  held: { zh: '需人工处理，暂停发送', en: 'needs a person; stopped by the peer' },
  dead: { zh: '需人工处理，不再自动发送', en: 'needs a person; not sent by itself any more' },
  cancelled: { zh: '已取消，不再发送', en: 'cancelled; not sent' },
} as const satisfies Readonly<Record<string, { readonly zh: string; readonly en: string }>>

export type DocumentState = keyof typeof DOCUMENT_STATES

/** With its peer, or on its way to it. What needs a person is neither: the peer may have nothing of it. */
export const STANDING_STATES: readonly DocumentState[] = ['ready', 'leased', 'done']

/** It has not come to its end, and may still be delivered. */
export const OPEN_STATES: readonly DocumentState[] = ['ready', 'leased', 'held', 'dead']

/** It needs a person, and is called a dead letter. */
export const DEAD_STATES: readonly DocumentState[] = ['held', 'dead']

/**
 * Why a document may not be sent.
 * - `wrongPatient`: the exam is held
 * - `alertCancelled`, `revised`: it was on its way when its alert was cancelled, or corrected to another patient;
 *   it is ended as soon as its attempt is over, unless it arrived
 */
export type BlockedCode = 'wrongPatient' | WithdrawnCode

/** Why a document is taken back. */
export type WithdrawnCode = 'alertCancelled' | 'revised'

/** The reasons of what was taken back while it was on the wire, and only waits for its end. */
export const WITHDRAWN_CODES: readonly WithdrawnCode[] = ['alertCancelled', 'revised']

export const isWithdrawn = (blocked: BlockedCode | null): blocked is WithdrawnCode =>
  blocked !== null && blocked !== 'wrongPatient'

export interface Transition {
  readonly from: readonly DocumentState[]
  readonly to: DocumentState
}

export const DOCUMENT_EVENTS = {
  /** An instance takes it to deliver. */
  claimed: { from: ['ready'], to: 'leased' },
  /** Its lease has ended, or was given up, without an attempt that is known. */
  returned: { from: ['leased'], to: 'ready' },
  /** The attempt has not delivered it, and another one may. */
  retried: { from: ['leased'], to: 'ready' },
  delivered: { from: ['leased'], to: 'done' },
  /** The peer does not take anything until a person has looked, as with a wrong licence. */
  stopped: { from: ['leased'], to: 'held' },
  /** The peer does not take this one, or it came back later than it may be sent. */
  refused: { from: ['leased'], to: 'dead' },
  /** It was withdrawn while it was on the wire, and was not delivered. */
  broughtBack: { from: ['leased'], to: 'cancelled' },
  /** It has waited longer than it may. */
  expired: { from: ['ready'], to: 'dead' },
  /** A later document, which says all that it was to say, takes its place before it was tried. */
  superseded: { from: ['ready'], to: 'cancelled' },
  /** The alert that it speaks of is void, or was corrected. */
  withdrawn: { from: ['ready', 'held', 'dead'], to: 'cancelled' },
  /** A person has decided that it is not sent. */
  givenUp: { from: ['ready', 'held', 'dead'], to: 'cancelled' },
  /** A person has decided that it is sent again, which another document does. */
  replayed: { from: ['held', 'dead'], to: 'cancelled' },
  /** A later document of the same alert, or exam, has said what it was to say, or more. */
  overtaken: { from: ['held', 'dead'], to: 'cancelled' },
} as const satisfies Readonly<Record<string, Transition>>

export type DocumentEvent = keyof typeof DOCUMENT_EVENTS

export const transitionOf = (event: DocumentEvent): Transition => DOCUMENT_EVENTS[event]

/** What becomes of a document by an attempt, and why where the attempt itself is not the reason. */
export interface AfterAttempt {
  readonly event: DocumentEvent
  readonly because?: 'expired' | WithdrawnCode
}

/**
 * An attempt is over.
 * @param verdict the state that its outcome alone calls for
 * @param at epoch ms of our clock
 */
export function afterAttempt(
  verdict: 'done' | 'ready' | 'held' | 'dead',
  {
    expiresAt,
    blocked,
  }: { readonly expiresAt: number | null; readonly blocked: BlockedCode | null },
  at: number,
): AfterAttempt {
  // Whatever people have decided meanwhile: the peer has it.
  if (verdict === 'done') return { event: 'delivered' }
  // A dead letter of what is void could be sent again.
  if (isWithdrawn(blocked)) return { event: 'broughtBack', because: blocked }
  if (verdict === 'held') return { event: 'stopped' }
  if (verdict === 'dead') return { event: 'refused' }
  if (expiresAt !== null && at >= expiresAt) return { event: 'refused', because: 'expired' }
  return { event: 'retried' }
}

/** A document of an alert that people cancel. */
export interface VoidDocument {
  readonly id: number
  readonly state: DocumentState
  readonly node: string
  /** When its flow was told of its end; null = it still waits for that. */
  readonly endedAt: number | null
}

/**
 * What becomes of a document by that: it is ended; it is ended when it comes back from the wire; or nothing, and
 * nothing but its flow is told. Of what has ended before only the last document of a node is told of, which is what its
 * recipients have.
 */
export interface Voided {
  readonly id: number
  readonly node: string
  readonly becomes: 'ended' | 'stopped' | 'told'
  readonly isTold: boolean
}

/** @param all those of the alert, in the order of their numbers */
export function voided(all: readonly VoidDocument[]): readonly Voided[] {
  // What people have given up is not the last that a flow has had delivered.
  const documents = all.filter(({ state }) => state !== 'cancelled')
  return documents.flatMap(({ id, state, node, endedAt }): Voided[] => {
    const isLast = documents.findLast((one) => one.node === node)?.id === id
    if (state === 'leased') return [{ id, node, becomes: 'stopped', isTold: false }]
    if (state !== 'done') {
      return [{ id, node, becomes: 'ended', isTold: isLast || endedAt === null }]
    }
    return isLast ? [{ id, node, becomes: 'told', isTold: true }] : []
  })
}

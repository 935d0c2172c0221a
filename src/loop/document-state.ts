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

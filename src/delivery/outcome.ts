import type { Reason } from '../messages/index.js'

/**
 * What became of one attempt to hand a document to a peer. Success is only `delivered` (reading A1); policy
 * keys on the class and the code, never on a text.
 *
 * - `delivered`: the peer answered exactly `0`
 * - `rejected`: the peer understood and refused; the same bytes will be refused again
 * - `ambiguous`: the peer's answer contradicts itself or cannot be classed (A4): a person must look
 * - `unreachable`: no usable answer (down, slow, Fault, HTML, empty, cut short): the outcome is unknown (A5)
 * - `unauthorized`: the peer refuses us, not the document (A12): stop and alarm
 */
export type OutcomeClass = 'delivered' | 'rejected' | 'ambiguous' | 'unreachable' | 'unauthorized'

export interface Outcome {
  readonly class: OutcomeClass
  /** Stable code: `DELIVERED`, or the code of the error or of the reply's fault. */
  readonly code: string
  readonly reason: Reason
  /** The peer's own answer, when it could be read. `desc` is the peer's text. */
  readonly reply?: { readonly code: string; readonly desc: string }
}

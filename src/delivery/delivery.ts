import type { Operation } from '../soap/index.js'
import type { Outcome } from './outcome.js'

/** A document that is owed to a peer. */
export interface Errand {
  readonly id: string
  readonly operation: Operation
  /** Peer, ExamNo and ApplyNo: errands of one lane go one at a time, in the order of their submission. */
  readonly lane: string
  readonly document: string
}

/** Who carries errands to one peer. */
export interface Delivery {
  /** Settles when the errand has come to an end; never rejects. */
  submit(errand: Errand): Promise<Outcome>
  /** Errands submitted and not yet ended, those in flight included. */
  readonly waiting: number
  /**
   * Ends all errands within 2 s: those that cannot end by themselves are `unreachable` with the code
   * DELIVERY_CLOSED. May be called again.
   */
  close(): Promise<void>
}

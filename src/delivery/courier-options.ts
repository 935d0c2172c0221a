import type { StartTimer } from '../http/index.js'
import type { Depth, Ledger, WaitCode } from '../ledger/index.js'
import type { Reason, ReplyRules } from '../messages/index.js'
import type { Operation } from '../soap/index.js'
import type { Outcome, OutcomeClass } from './outcome.js'
import type { Policy } from './policy.js'
import type { OpenOperation } from './remotes.js'

export interface CourierOptions {
  readonly ledger: Ledger
  /** Id of the peer whose documents it delivers. */
  readonly peer: string
  /** Name of this instance: in the audit, with each attempt, and at the beginning of each lease. */
  readonly instance: string
  /** The audit chain to write into. */
  readonly chain: string
  /** Makes an operation of the peer callable; asked when first needed, and again after it failed. */
  readonly open: OpenOperation
  /**
   * Puts secrets (a licence) into a document at the last moment. What is recorded is the document without them.
   */
  readonly seal: (document: string, operation: Operation) => string
  /** Takes those secrets out of what the peer says, for it may quote them. Default is to keep all as it came. */
  readonly conceal?: Conceal
  /** The requests take something of the message that a document was made from. Default is false. */
  readonly needsMessage?: boolean
  /** Rules by which the peer's answers are read. Default is success by an XML code of exactly `0` only. */
  readonly rules?: ReplyRules
  readonly policy?: Policy
  /** Most documents on their way at a time, over all instances. Default is 4. */
  readonly parallel?: number
  /** Most calls in a minute, over all instances; 0 = no limit. Default is 0. */
  readonly perMinute?: number
  /** Longest time for an attempt, reading the WSDL included, in ms. Default is 35 000. */
  readonly callTimeoutMs?: number
  /** After how many failures in a row, over all instances, the peer is reported. Default is 3 (reading A30). */
  readonly alarmAfter?: number
  /** The age at which an undelivered document is reported, in ms. Default is 5 minutes. */
  readonly troubleAgeMs?: number
  /** The age at which a document that was given none of its own needs a person, in ms. Default is never. */
  readonly expiresAfterMs?: number
  /** Is told of what a person should know; each thing once. */
  readonly onTrouble: (trouble: Trouble) => void
  /** Is told of the end of each attempt, before it is recorded. Must not throw. */
  readonly onAttempt?: (ended: EndedAttempt) => void
  /** Is told when the state has changed, at most about once a second. */
  readonly onChange?: (state: CourierState) => void
  readonly startTimer?: StartTimer
  /** From 0 up to 1. Default is Math.random. */
  readonly random?: () => number
  /** Epoch ms, for the record only. Default is Date.now. */
  readonly now?: () => number
}

/** An attempt that has ended. Times are epoch ms. */
export interface EndedAttempt {
  readonly operation: Operation
  readonly class: OutcomeClass
  readonly startedAt: number
  readonly endedAt: number
}

export interface Conceal {
  readonly text: (text: string) => string
  readonly bytes: (bytes: Uint8Array) => Uint8Array
}

export const DEFAULT_PARALLEL_DELIVERIES = 4
/** The WSDL and the call may each take the poster's 15 s. */
export const DEFAULT_CALL_TIMEOUT_MS = 35_000
/** The time between the end of an attempt and its record: past it another instance takes the document over. */
export const LEASE_MARGIN_MS = 15_000
export const DEFAULT_ALARM_AFTER = 3
export const DEFAULT_TROUBLE_AGE_MS = 5 * 60_000

/**
 * - `peerFailing`, `peerRecovered`: the peer takes nothing, or refuses us; it takes documents again
 * - `deadLetter`: a document needs a person. What every document would meet (a refused licence, a wrong setting)
 *   is told with the first one only, until something is delivered
 * - `old`: documents have waited long and are still being tried
 * - `waits`: documents have waited long for something but the peer, and are not tried meanwhile
 * - `ledger`: what was delivered cannot be recorded, or nothing can be read; nothing is sent meanwhile
 */
export interface Trouble {
  readonly kind: 'peerFailing' | 'peerRecovered' | 'deadLetter' | 'old' | 'waits' | 'ledger'
  /**
   * Stable: that of the outcome or of the error; of `old`, DELIVERY_OLD; of `waits`, FEEDBACK_WAITS; of
   * `peerRecovered`, PEER_RECOVERED.
   */
  readonly code: string
  readonly reason: Reason
  readonly peer: string
  /** The document it is about, or the oldest of them. */
  readonly outbox?: number
}

/** All that the outbox says outlives a deploy: how what waits has failed, and what became dead. */
export interface CourierState extends Pick<
  Depth,
  'waiting' | 'oldestAt' | 'failing' | 'dead' | 'deadBy'
> {
  /** The outbox has been counted; until then nothing is known of what waits. */
  readonly counted: boolean
  /** The gravest cause for which documents may not be sent yet; null when none waits so. */
  readonly waitsFor: WaitCode | null
  /** The peer takes nothing: only one document at a time is tried. */
  readonly probing: boolean
  /** The ledger does not work, so that nothing is sent. */
  readonly halted: boolean
  /** Outcome of this instance's last attempt. */
  readonly last?: Outcome
}

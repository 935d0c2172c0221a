import type {
  CrisisFeedback,
  Flag,
  GenericResponse,
  Operation,
  XmlElement,
} from '../messages/index.js'
import type { Arrival, Arriving, DescribedFeedback } from '../loop/index.js'
import type { Document } from './operations/transition.js'

export type { AlertStage, BlockedCode, NotTold, WaitCode } from '../loop/index.js'

/** Where something came from: kept with it, and part of the audit. */
export interface Origin {
  /** Id of the service or node it came in by. */
  readonly service: string
  /** The PACS whose numbers these are; '' where a site has only one (A27). */
  readonly system: string
  readonly remoteAddress: string
  /** The bytes as they came, kept under the retention setting. */
  readonly raw: Uint8Array
  readonly charset: string
}

/** A critical value that is to be stored, with what was worked out about it before. */
export interface CrisisToStore extends Arriving {
  /** X: what feedback comes back with. */
  readonly examKey: string
  /** How it was sent, for the flow's message. */
  readonly form?: object
}

/**
 * What storing a critical value came to (reading section 2).
 * `new`, `revision`, `outOfOrder`: a message is owed to the flow. `outOfOrder`: an earlier set time that came
 * late, so that what is current stays so. `resend`: known already, counted.
 */
export interface StoredCrisis {
  readonly alert: number
  readonly revision: number
  readonly kind: Arrival['kind']
  /** Sent again after it was processed. */
  readonly late: boolean
  /** Sent again although it has been corrected since: a late retry, or a correction that is withdrawn. */
  readonly earlier: boolean
  /** SickNo changed under the same key: possibly the wrong patient, so automatic feedback is held. */
  readonly wrongPatient: boolean
  /** The message that the storing instance is to hand to its flow now. */
  readonly owed: Owed | null
}

export interface FeedbackToStore extends DescribedFeedback {
  readonly feedback: CrisisFeedback
  readonly extra: readonly XmlElement[]
  /** Hash of all that it says; the same again is a duplicate. */
  readonly content: string
  readonly application: string
  /** How it was sent, for the flow's message. */
  readonly form?: object
}

export interface StoredFeedback {
  readonly feedback: number
  /**
   * `orphan`: no alert has this exam key; it is stored, answered 404, and matched again for a while. `unknown`: the same
   * where a site accepts it.
   */
  readonly kind: 'new' | 'duplicate' | 'orphan' | 'unknown'
  readonly alerts: readonly number[]
  /** True when anything that it says counts; false for a word on a content that was corrected since, for one. */
  readonly counts: boolean
  readonly flags: readonly Flag[]
  readonly owed: Owed | null
}

/** Something that could not be understood, with its bytes. */
export interface ToQuarantine extends Omit<Origin, 'system'> {
  readonly operation: string
  readonly code: string
  readonly reasonZh: string
  readonly reasonEn: string
}

/** A caller of a service of ours, and the form it spoke in. */
export interface MetCaller {
  /** Id of the service. */
  readonly service: string
  readonly remoteAddress: string
  readonly operation: string
  /** Plain words and numbers, or lists of them; nothing of a document. */
  readonly form: object
}

/** The calls of one caller in one form since they were counted last. */
export interface SeenCaller extends Omit<MetCaller, 'form'> {
  /** As JSON. */
  readonly form: string
  readonly calls: number
  /** How long ago, in ms: the ledger's clock decides. */
  readonly firstAgoMs: number
  readonly lastAgoMs: number
}

/** Who calls how, as the register shows it. Times are epoch milliseconds. */
export interface Caller extends MetCaller {
  readonly firstAt: number
  readonly lastAt: number
  readonly calls: number
}

/** A document that is owed to a peer. */
export interface ToDeliver {
  readonly peer: string
  readonly operation: Operation
  /** Errands of one lane go one at a time, in the order in which they were committed. */
  readonly lane: string
  readonly document: string
  /** The alert it belongs to; null when none is known. */
  readonly alert: number | null
  /** The node that wants to know the outcome, and the message to give it, as JSON. */
  readonly node: string
  readonly message: string
  /** Milliseconds after which it needs a person; null = never. */
  readonly expiresAfterMs: number | null
  /** The revision of the alert that it carries; absent when it carries none. */
  readonly revision?: number
  /** What its flow is told of it with its outcome. */
  readonly flags?: readonly Flag[]
}

/** A document that an instance has taken to deliver. The lease fences its outcome. */
export interface Claimed extends Pick<
  Document,
  'id' | 'peer' | 'operation' | 'lane' | 'document' | 'alert' | 'attempts'
> {
  /** How many attempts brought an answer that could not be classed (A4). */
  readonly ambiguous: number
  readonly acceptedAt: number
  readonly lease: string
  /** The message that it was made from, as JSON; only where the claim asks for it. */
  readonly message?: string
}

export interface AttemptRecord {
  readonly startedAt: number
  readonly endedAt: number
  readonly class: string
  readonly code: string
  readonly reasonZh: string
  readonly reasonEn: string
  readonly reply: GenericResponse | null
  readonly request: Uint8Array
  readonly response: Uint8Array
}

/** What becomes of a document after an attempt. */
export type Verdict =
  | { readonly state: 'done' }
  | { readonly state: 'ready'; readonly delayMs: number }
  | { readonly state: 'held' | 'dead' }

/** A message that the ledger owes to a flow. */
export interface Owed {
  readonly id: number
  readonly kind:
    'crisis' | 'feedback' | 'outcome' | 'step' | 'change' | 'paged' | 'acknowledged' | 'trouble'
  /** The service (crisis, feedback) or the node (the others) that is to emit it. */
  readonly target: string
  readonly lease: string
  /** How often it has been handed out before: above 0 the flow may have seen it already. */
  readonly handed: number
  /** What there is to say, by kind. */
  readonly content: unknown
}

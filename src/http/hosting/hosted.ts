import type { ServerResponse } from 'node:http'
import type { FailureCode, Flag, GenericResponse, Reason, XmlLimits } from '../../messages/index.js'
import type { InboundRules, Operation, ServiceNames, SoapVersion } from '../../soap/index.js'
import type { BodyLimits } from './body.js'
import type { CallForm } from './form.js'
import type { Guard } from './guard.js'
import type { Load } from './load.js'

/** One call as it came in: an operation and its document, not read yet. */
export interface HostedCall {
  /** As the caller wrote it; the one that is meant where a rule says so. */
  readonly operation: string
  readonly document: string
  readonly version: SoapVersion
  readonly form: CallForm
  readonly flags: readonly Flag[]
  readonly receivedAt: Date
  /** The caller: the other end of the connection, or whom a trusted proxy names. */
  readonly remoteAddress: string
  /** The envelope in bytes as they came, inflated. */
  readonly raw: Buffer
  /** The encoding in which `raw` was read. */
  readonly charset: string
}

/** The generic response a call is answered with. */
export type Answer = GenericResponse

/**
 * Answers a call, at once or later. Where it takes longer than `answerLimitMs`, the caller has been told to try again,
 * and the answer comes to nothing.
 */
export type Handler = (call: HostedCall) => Answer | Promise<Answer>

/** Something that was refused, or that a caller was told had failed. */
export interface Trouble {
  readonly code: string
  readonly reason: Reason
  /** Code that the caller was answered; for an unreadable envelope the nearest failure code. */
  readonly answer: FailureCode
  readonly remoteAddress: string
  /** As far as it could be read; '' when not. */
  readonly operation: string
  /** Bytes of the call, to be kept where only people get at them; undefined when they were not read to their end. */
  readonly raw: Buffer | undefined
  readonly charset: string
  /** Number of such troubles, where they are told as one. */
  readonly count?: number
}

/** In the place of a form: nothing of the call was read, because too much was under way. */
export interface TurnedAway {
  readonly turnedAway: 'FRONT_BUSY'
}

/** A caller, with the form of its call. */
export interface FormMet {
  readonly remoteAddress: string
  /** '' where it was not read. */
  readonly operation: string
  readonly form: CallForm | TurnedAway
}

/** A reply that is ready to be sent, with HTTP status 200. */
export interface ReadyReply {
  readonly version: SoapVersion
  readonly contentType: string
  readonly text: string
}

export interface AddressOptions {
  /** The whole address that callers use, for the WSDL. Default is what the request shows. */
  readonly publicUrl?: string
  /** A last part of the path that only callers know; unlike the rest of a path, its case counts. */
  readonly pathSecret?: string
  /** Names that callers expect whose stub is fixed. Default is what our WSDL has by itself. */
  readonly names?: ServiceNames
  /** Calls of other shapes that are taken as well; of those that no rule names nothing changes. */
  readonly rules?: InboundRules
  readonly body?: BodyLimits
  readonly xml?: XmlLimits
  /** True when bytes that are not the UTF-8 they claim to be may be read as GB18030. Default is false. */
  readonly allowGbk?: boolean
  /** Time that a handler may take before its caller is told to try again. Default is 10 000. */
  readonly answerLimitMs?: number
  /** Lets callers in or turns them away; undefined = everybody may come in. */
  readonly guard?: Guard
  /**
   * True when control characters, which XML does not allow, are replaced by visible marks and flagged. Default is false:
   * what holds one is refused.
   */
  readonly markControls?: boolean
  /** True when only the form that our WSDL describes is taken. Default is false. */
  readonly strict?: boolean
  /**
   * Told of each envelope that could be read, whatever becomes of the call, and of each call that was turned away because
   * too much was under way: it comes again, so that nothing else tells how many there were.
   */
  readonly onForm?: (met: FormMet) => void
  /** Sends a reply otherwise than as it is, for a simulated peer that answers wrongly. Default is to send it. */
  readonly sendReply?: (reply: ReadyReply, res: ServerResponse) => void
  /** Told of each call that was refused or failed; of a flood of them once, and then how many there were. */
  readonly onTrouble?: (trouble: Trouble) => void
}

/** One hosted address, with the operations behind it. */
export interface Address {
  readonly options: AddressOptions
  /** The requests under way in the process. */
  readonly load?: Load
  /** `busy`: known here, but its node is being deployed anew. */
  handler(operation: string): Handler | 'busy' | undefined
  operations(): readonly Operation[]
  /** Whom to tell of what was refused: the node whose operation it was, else one of those that are hosted here. */
  troubleListener(operation: string): AddressOptions['onTrouble']
}

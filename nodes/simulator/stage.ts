import type { Outcome } from '../../src/delivery/index.js'
import type { Answer } from '../../src/http/hosting/index.js'
import {
  writeFeedbackDocument,
  type Crisis,
  type CrisisFeedback,
} from '../../src/messages/index.js'
import type { Operation } from '../../src/soap/index.js'
import type { Behaviour } from '../settings/index.js'
import type { Calling } from './calling.js'

/** A call that the simulated system has made or got. */
export interface Told {
  readonly operation: Operation
  readonly document: Crisis | CrisisFeedback
  readonly sentAt: number
  readonly endedAt: number
  /** Of a call that was made. */
  readonly outcome?: Outcome
  /** The answer to a call that was got, before its behaviour has spoilt it. */
  readonly answer?: Answer
}

/** The means of a simulated system, whichever side it plays. */
export interface Stage {
  readonly behaviour: Behaviour
  readonly calling: Calling
  /** Of the header of feedback; a PACS asks for the licence where it is not blank. */
  readonly application: string
  readonly licence: string
  /** Names a call to the flow. */
  readonly tell: (told: Told) => void
  /** Runs later, unless the node is closed before. */
  readonly later: (run: () => Promise<void>, seconds: number) => void
  readonly now: () => number
}

/** A side that a simulated system plays. */
export interface Part {
  /** The operation that it hosts, and the one that it calls. */
  readonly hosts: Operation
  /** Answers a document. @throws CrisisError for what is none, or none of a simulated system */
  answer(document: string): Answer
}

/** Calls the peer once, twice where that is the behaviour, and tells the flow of each call. */
export async function callPeer(
  { behaviour, calling, tell, now }: Stage,
  operation: Operation,
  document: Crisis | CrisisFeedback,
  text: string,
): Promise<Outcome> {
  const times = behaviour === 'double' ? 2 : 1
  let outcome: Outcome | undefined
  for (let time = 0; time < times; time++) {
    const sentAt = now()
    const came = await calling.call(text)
    outcome ??= came
    tell({ operation, document, sentAt, endedAt: now(), outcome: came })
  }
  return outcome!
}

export const feedbackText = ({ application, licence }: Stage, feedback: CrisisFeedback): string =>
  writeFeedbackDocument({ Application: application, License: licence }, feedback)

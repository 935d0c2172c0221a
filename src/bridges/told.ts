import { readCrisisQuality, readFeedbackStage, type FeedbackStage } from '../loop/index.js'
import type { Crisis, CrisisFeedback, Flag } from '../messages/index.js'

/** The properties of `msg.crisis` that a translation adds. */
export interface Told {
  readonly application?: string
  readonly stage?: FeedbackStage
  readonly setAt?: string | null
  readonly receiveAt?: string | null
  readonly processAt?: string | null
  readonly flags?: readonly Flag[]
  /** MSH-10 of an HL7 message: what its acknowledgement must name. */
  readonly controlId?: string
}

export function toldOfCrisis(crisis: Crisis, flags: readonly Flag[], zone: string): Told {
  const quality = readCrisisQuality(crisis, zone)
  return { setAt: quality.setAt.at, flags: [...flags, ...quality.flags] }
}

export function toldOfFeedback(
  feedback: CrisisFeedback,
  application: string | undefined,
  flags: readonly Flag[],
  zone: string,
): Told {
  const stage = readFeedbackStage(feedback, zone)
  return {
    ...(application !== undefined && { application }),
    stage: stage.stage,
    receiveAt: stage.receivedAt.at,
    processAt: stage.processedAt.at,
    flags: [...flags, ...stage.flags],
  }
}

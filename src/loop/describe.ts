import type { Crisis, CrisisFeedback, Flag, XmlElement } from '../messages/index.js'
import type { Arriving } from './arrival.js'
import { alertKey, contentHash, feedbackKey, findingKey } from './identity.js'
import { readCrisisQuality, readFeedbackStage, requireStage, type FeedbackStage } from './stage.js'

/** The identity and the time of a critical value, which the ledger needs beside its document. */
export type DescribedCrisis = Omit<Arriving, 'crisis' | 'extra'> & { readonly examKey: string }

/**
 * The identity and the time of a critical value.
 * @param system the PACS whose numbers it carries
 * @param zone of its times
 * @param counting its unknown elements that count as content
 */
export function describeCrisis(
  system: string,
  zone: string,
  crisis: Crisis,
  counting: readonly XmlElement[],
): DescribedCrisis {
  const { setAt, flags } = readCrisisQuality(crisis, zone)
  const documentHash = contentHash(system, crisis)
  return {
    key: alertKey(system, crisis),
    content: counting.length === 0 ? documentHash : contentHash(system, crisis, counting),
    documentHash,
    examKey: feedbackKey(system, crisis),
    finding: findingKey(crisis),
    setAt: setAt.at,
    flags,
  }
}

/** The exam and the stage of feedback, which the ledger needs beside its document. */
export interface DescribedFeedback {
  readonly examKey: string
  readonly stage: FeedbackStage
  readonly receiveAt: string | null
  readonly processAt: string | null
  readonly flags: readonly Flag[]
}

/**
 * The exam and the stage of feedback.
 * @param system the PACS whose numbers it carries
 * @param zone of its times
 * @throws CrisisError for a stage that nobody may reach so
 */
export function describeFeedback(
  system: string,
  zone: string,
  feedback: CrisisFeedback,
): DescribedFeedback {
  const reading = readFeedbackStage(feedback, zone)
  requireStage(reading)
  const { stage, receivedAt, processedAt, flags } = reading
  return {
    examKey: feedbackKey(system, feedback),
    stage,
    receiveAt: receivedAt.at,
    processAt: processedAt.at,
    flags,
  }
}

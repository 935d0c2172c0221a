import type { Crisis, CrisisFeedback, Flag, XmlElement } from '../messages/index.js'
import { alertKey, contentHash, feedbackKey, findingKey } from './identity.js'
import { readCrisisQuality, readFeedbackStage, requireStage, type FeedbackStage } from './stage.js'

/** What the ledger needs to know of a critical value beside its document. */
export interface DescribedCrisis {
  readonly key: string
  /** Of all that counts as content. */
  readonly content: string
  /** Of the document's own elements alone. */
  readonly documentHash: string
  readonly examKey: string
  readonly finding: string
  readonly setAt: string | null
  readonly flags: readonly Flag[]
}

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

/** What the ledger needs to know of feedback beside its document. */
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

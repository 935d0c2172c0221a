import type { CrisisFeedback } from './feedback.js'
import { joinDateTime, splitInstant } from './time.js'

/** By how much the times in a feedback are moved for a peer that refuses them as they are (reading A33). */
export interface ClockOffset {
  /** Seconds that are added; never 0. */
  readonly seconds: number
  /** The zone that the document's times are in. */
  readonly zone: string
}

/** The feedback with both times moved. A time that cannot be read stays as it is. */
export function withClockOffset(feedback: CrisisFeedback, offset: ClockOffset): CrisisFeedback {
  const received = moved(feedback.CrisisReceiveDate, feedback.CrisisReceiveTime, offset)
  const processed = moved(feedback.ProcessDate, feedback.ProcessTime, offset)
  return {
    ...feedback,
    ...(received && { CrisisReceiveDate: received.date, CrisisReceiveTime: received.time }),
    ...(processed && { ProcessDate: processed.date, ProcessTime: processed.time }),
  }
}

function moved(date: string | undefined, time: string | undefined, offset: ClockOffset) {
  const { epochMs } = joinDateTime(date, time, offset.zone)
  return epochMs === null ? null : splitInstant(epochMs + offset.seconds * 1000, offset.zone)
}

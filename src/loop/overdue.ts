import type { Alert } from './exam.js'
import type { PlanLimits } from './plan.js'
import { eventStart, type Timer } from './timer.js'

/** Flags of an alert that follow from its times. They are no stages, and change none. */
export interface Overdue {
  /** It was not received within its limit, or is not by now. It stays so when somebody receives it late. */
  readonly receive: boolean
  readonly process: boolean
  /** Level of escalation: the number of the last step that has fired, from 1; 0 = none, or the timer is gone. */
  readonly level: number
}

/**
 * @param timer of the alert; null = it has none
 * @param now epoch ms of our clock, by which limits are measured whatever time a document says (reading section 2)
 */
export function overdueOf(
  alert: Pick<Alert, 'milestones' | 'openedAt' | 'receivedAt' | 'processedAt' | 'cancelledAt'>,
  { receivedMs, processedMs }: PlanLimits,
  timer: Pick<Timer, 'level'> | null,
  now: number,
): Overdue {
  const start = eventStart(alert)
  const end = alert.cancelledAt ?? now
  const processedAt = alert.processedAt ?? end
  // A person who has processed it has had it, although nobody has said since when.
  const receivedAt = Math.min(alert.receivedAt ?? end, processedAt)
  return {
    receive: receivedAt - start > receivedMs,
    process: processedMs !== null && processedAt - start > processedMs,
    level: timer?.level ?? 0,
  }
}

import { isClosed, levelOf, type Alert } from './exam.js'
import type { PlanLimits, PlanUntil } from './plan.js'
import { eventStart } from './timer.js'

/*
 * The limits of a plan, each of which is told of once when an alert has passed it. They are apart from its timer: a plan
 * may end when somebody has received the critical value, and its time for processing runs on.
 */

export interface LimitTimer {
  /** The content of the alert, and when that came in: a correction starts anew (reading section 2). */
  readonly revision: number
  readonly storedAt: number
  /** The limits that were told of. */
  readonly told: readonly PlanUntil[]
}

export interface DueLimit {
  readonly until: PlanUntil
  /** In epoch ms of our clock. */
  readonly dueAt: number
}

type Limited = Pick<Alert, 'milestones' | 'openedAt' | 'stage' | 'revision'>

/**
 * The limits of an alert that were told of, as far as it still counts; null = it is closed, and no limit is of use.
 * @param timer what was kept; null = nothing
 */
export function limitTimerOf(alert: Limited, timer: LimitTimer | null): LimitTimer | null {
  if (isClosed(alert)) return null
  const storedAt = eventStart(alert)
  const { revision } = alert
  const isSame = timer?.revision === revision && timer.storedAt === storedAt
  return isSame ? timer : { revision, storedAt, told: [] }
}

/** The limit that an alert passes next and that nobody was told of; null = there is none. */
export function nextLimit(
  alert: Limited,
  { receivedMs, processedMs }: PlanLimits,
  { storedAt, told }: LimitTimer,
): DueLimit | null {
  const level = levelOf(alert.stage)
  const limits = [
    { until: 'received', ms: receivedMs },
    { until: 'processed', ms: processedMs },
  ] as const
  for (const { until, ms } of limits) {
    if (ms === null || level >= levelOf(until) || told.includes(until)) continue
    return { until, dueAt: storedAt + ms }
  }
  return null
}

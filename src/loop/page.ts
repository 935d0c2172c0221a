import type { Reason } from '../messages/index.js'
import type { Alert, AlertStage } from './exam.js'
import { levelOf } from './exam.js'
import type { Plan, PlanUntil } from './plan.js'
import { eventStart, isStanding, type FiredStep, type Timer } from './timer.js'
import { isStepWanted } from './watch-rules.js'

/*
 * A page that is owed to a person: which of the person's channels has it, what follows from an attempt, and for how
 * long it makes sense. All times are in epoch ms.
 */

/**
 * - `waiting`: is tried when it is due
 * - `leased`: an instance is trying it
 * - `accepted`: a channel has taken it; it is neither delivered nor read
 * - `failed`: no channel of the person has taken it
 * - `superseded`: it was not needed any more: somebody has reacted, or a later step or reminder has taken its place
 */
export type PageState = 'waiting' | 'leased' | 'accepted' | 'failed' | 'superseded'

/**
 * The fate of a page at its channel.
 *
 * - `accepted`: the channel has taken it for every address; it is not known to be delivered, and not read
 * - `refused`: not taken, and the same again would not be taken: go to the next channel, and tell somebody
 * - `retry`: not taken just now (nobody there, too many, busy); the same again may be taken
 * - `unknown`: no answer that can be believed; it may have been taken
 */
export type PageClass = 'accepted' | 'refused' | 'retry' | 'unknown'

export interface PageVerdict {
  readonly class: PageClass
  /** Stable. */
  readonly code: string
  readonly reason: Reason
  /** Time before which the channel will take nothing, in ms from now. */
  readonly retryAfterMs?: number | undefined
  /** The channel is not to blame, since we have ended the attempt ourselves: it is tried again at once. */
  readonly isOurs?: boolean | undefined
}

/** The progress of a page, the attempt that has just ended included. */
export interface PageProgress {
  /** The channel that was tried, as a place among those of the person, and how many there are. */
  readonly way: number
  readonly ways: number
  /** Attempts by this channel. */
  readonly tries: number
  /** Attempts by this channel of which nobody knows whether the person has the page. */
  readonly unknowns: number
  /** Time from which on nothing is tried any more; null = there is none. */
  readonly until: number | null
  /** A later step of the plan would call somebody else at once should this page fail. */
  readonly hasSuccessor: boolean
}

export type PageNext =
  | { readonly state: 'accepted' }
  | { readonly state: 'waiting'; readonly way: number; readonly at: number }
  | { readonly state: 'failed' }

/** Back-off between two attempts by one channel, in ms: somebody is to be called now. The last one repeats. */
export const PAGE_BACKOFF_MS: readonly number[] = [2_000, 5_000, 15_000, 30_000]
const LONGEST_BACKOFF_MS = 30_000
/** Attempts by one channel while there is somebody, or something, else to try. */
export const MOST_TRIES = 5
/** Attempts by one channel that end in doubt: a page twice is better than none, a third time is not. */
export const MOST_UNKNOWN = 2
/** Time in which a page without a time of its own makes sense, in ms. */
export const PAGE_LIFE_MS = 30 * 60_000

/**
 * The next thing to do with a page after an attempt:
 *
 * - accepted: nothing
 * - refused: the person's next channel, at once
 * - retry: the same channel after a back-off; after some of them the next channel. The last channel of the last step goes on
 *   for as long as the page makes sense, since there is nobody else
 * - unknown: the same channel once more, then the next one
 *
 * A page without a channel that is left has failed. No attempt begins once the page makes no sense any more.
 */
export function afterPageAttempt(page: PageProgress, verdict: PageVerdict, now: number): PageNext {
  if (verdict.class === 'accepted') return { state: 'accepted' }
  const isOver = page.until !== null && now >= page.until
  if (isOver) return { state: 'failed' }
  const next: PageNext =
    page.way + 1 < page.ways
      ? { state: 'waiting', way: page.way + 1, at: now }
      : { state: 'failed' }
  if (verdict.class === 'refused') return next
  const backoff = verdict.isOurs ? 0 : (PAGE_BACKOFF_MS[page.tries - 1] ?? LONGEST_BACKOFF_MS)
  const wait = Math.max(backoff, verdict.retryAfterMs ?? 0)
  const isWorthIt = page.until === null || now + wait < page.until
  const again: PageNext = isWorthIt ? { state: 'waiting', way: page.way, at: now + wait } : next
  if (verdict.class === 'unknown') return page.unknowns < MOST_UNKNOWN ? again : next
  const isAlone = next.state === 'failed' && !page.hasSuccessor
  if (isAlone) return again
  return page.tries < MOST_TRIES && wait <= LONGEST_BACKOFF_MS ? again : next
}

/** The step of a plan that a page was made for. */
export interface PageStep extends FiredStep {
  /** The id of the watch. */
  readonly watch: string
  readonly until: PlanUntil
  readonly isLast: boolean
}

/** An alert as far as pages depend on it. */
export type PagedAlert = Pick<Alert, 'stage' | 'revision' | 'milestones' | 'openedAt'>

/**
 * The stage that ends a page without a step: a page about something that is open ends with whoever receives it, and
 * one that tells of what has become of an alert, such as its cancelling, is for people to read whatever comes.
 */
export const pageUntil = (stage: AlertStage): PlanUntil | null =>
  stage !== 'cancelled' && levelOf(stage) < levelOf('received') ? 'received' : null

/** True while nobody has done what a page asks for: neither received nor cancelled, nor is the content another one. */
export const isPageWanted = (
  alert: Pick<Alert, 'stage' | 'revision'>,
  page: { readonly revision: number; readonly until: PlanUntil | null },
): boolean => page.until === null || isStepWanted(alert, { ...page, until: page.until })

/**
 * True while a page of a step makes sense: nobody has done what it asks for, and no later step has fired. Where the
 * plan was edited since, the alert alone decides, and the timer as far as it is of the same event.
 * @param plan the one that the timer is of; null = it is gone
 */
export function isPageStanding(
  alert: PagedAlert,
  plan: Plan | null,
  timer: Timer | null,
  step: PageStep,
): boolean {
  if (!isPageWanted(alert, step) || eventStart(alert) !== step.storedAt) return false
  // A watch that has ended, or begins anew, takes nothing back.
  if (!timer || !plan) return true
  if (plan.id === timer.plan && plan.version === timer.version) {
    return isStanding(alert, plan, timer, step)
  }
  return timer.level <= step.step + 1
}

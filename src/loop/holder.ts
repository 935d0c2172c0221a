import type { Person } from '../messages/index.js'
import type { ActKind } from './acknowledge.js'
import { isNobody, levelOf, type AlertStage } from './exam.js'
import type { PageState } from './page.js'
import type { Plan, PlanLimits, PlanUntil } from './plan.js'
import type { Timer } from './timer.js'

/*
 * The one person who has an open alert now, and what is expected next and until when: as a board shows it. Both follow
 * from what has happened since the content that counts came in.
 */

/** Something that gives an alert to a person, or takes it from them. */
export interface HolderEvent {
  /** Epoch ms. */
  readonly at: number
  readonly person: Person
  /** A page in its state now, a reception that came by the interface, or an act. */
  readonly by: { readonly page: PageState } | { readonly act: ActKind }
  /** The person that it was passed on to. */
  readonly to: Person | null
}

export interface Holder {
  readonly person: Person
  /** Since when, in epoch ms. */
  readonly since: number
}

/**
 * The person who has an alert: whoever was paged last, has received it, or was given it; null = nobody.
 * @param since when the content that counts came in: what was before is about another content
 */
export function holderOf(events: readonly HolderEvent[], since: number): Holder | null {
  const sorted = events.filter(({ at }) => at >= since).toSorted((a, b) => a.at - b.at)
  let holder: Holder | null = null
  let isTaken = false
  for (const { at, person, by, to } of sorted) {
    if ('page' in by) {
      // Whoever has said that they have it keeps it, although somebody else is reminded as well.
      if (isTaken || by.page === 'superseded') continue
      holder = by.page === 'failed' || isNobody(person) ? null : { person, since: at }
    } else if (by.act === 'refused') {
      isTaken = false
      holder = null
    } else {
      const taker = by.act === 'passedOn' ? to : person
      isTaken = taker !== null && !isNobody(taker)
      holder = isTaken && taker ? { person: taker, since: at } : holder
    }
  }
  return holder
}

/** The next thing that is expected of people for an open alert. */
export interface Expected {
  readonly until: PlanUntil
  /** Epoch ms; it may have passed. null = the site has no limit for it. */
  readonly at: number | null
  /** The step of the plan that is due next, from 1; null = none is. */
  readonly step: number | null
  readonly stepAt: number | null
}

/** @param startedAt when the content that counts came in */
export function expectedOf(
  stage: AlertStage,
  startedAt: number,
  { receivedMs, processedMs }: PlanLimits,
  timer: Pick<Timer, 'step' | 'dueAt'> | null,
): Expected {
  const until = levelOf(stage) === 0 ? 'received' : 'processed'
  const limit = until === 'received' ? receivedMs : processedMs
  return {
    until,
    at: limit === null ? null : startedAt + limit,
    step: timer && timer.step + 1,
    stepAt: timer && timer.dueAt,
  }
}

/** An alert's plan and timer for one watch. */
export interface Followed {
  readonly plan: Pick<Plan, 'limits'>
  readonly timer: Timer | null
}

/** Of several watches the one whose next step is due first; the limits are those of its plan. */
export const firstDue = (all: readonly Followed[]): Followed | null =>
  all.toSorted((a, b) => (a.timer?.dueAt ?? Infinity) - (b.timer?.dueAt ?? Infinity))[0] ?? null

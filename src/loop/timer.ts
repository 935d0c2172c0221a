import { isCancelled, levelOf, type Alert } from './exam.js'
import { SLOWEST_REPEAT_MS, type Plan, type PlanStep } from './plan.js'

/*
 * The timer of an alert: which step of its plan is due next. An alert has at most one; it follows from the alert, the
 * plan and what has fired, so that saving an exam reconciles it and a restart changes nothing. All times are absolute,
 * in epoch ms of our clock.
 */

export interface Timer {
  /** The id of the plan. */
  readonly plan: string
  readonly version: string
  /** The content of the alert that the timer is of, and when that came in. */
  readonly revision: number
  readonly storedAt: number
  /** The start that delays count from: `storedAt`, unless the clock was set back since. */
  readonly startedAt: number
  /** The step and the round of it that is due next; both count from 0. */
  readonly step: number
  readonly round: number
  readonly dueAt: number
  /** Level of escalation: the number of the last step that has fired, from 1; 0 = none has. */
  readonly level: number
  /** When the last round that has fired was due; null = none has fired. */
  readonly lastAt: number | null
}

/** A step that has fired, as a page of it names it. */
export interface FiredStep {
  readonly revision: number
  readonly storedAt: number
  readonly step: number
  readonly round: number
}

export interface DueStep extends FiredStep {
  /** Rounds of the step that this one stands for: those that were missed are one. */
  readonly rounds: number
  /** When the first of them was due. */
  readonly dueAt: number
  readonly lateMs: number
  readonly isLast: boolean
}

export interface Fired {
  /** Oldest first, each step once. */
  readonly due: readonly DueStep[]
  /** The timer afterwards; null = nothing is to be reminded of any more. */
  readonly timer: Timer | null
}

type Dated = Pick<Alert, 'milestones' | 'openedAt'>
type Timed = Dated & Pick<Alert, 'stage' | 'revision'>

/** When the content that counts came in: a correction starts anew (reading section 2). */
export const eventStart = ({ milestones, openedAt }: Dated): number =>
  milestones.findLast(({ stage }) => stage === 'stored')?.at ?? openedAt

/**
 * The timer that an alert must have now. It is armed while a step is wanted: until somebody has received, or
 * processed, the critical value, or it was cancelled. An alert that is held goes on: which patient is the right one is
 * for people to find out, and at once.
 * @param timer the one that it has; null = none
 * @returns that timer itself where nothing changes; null = none is to be
 */
export function timerOf(alert: Timed, plan: Plan, timer: Timer | null): Timer | null {
  const isWanted = wantedBy(alert)
  const first = plan.steps.findIndex(isWanted)
  if (first < 0) return null
  const storedAt = eventStart(alert)
  if (!timer || timer.revision !== alert.revision || timer.storedAt !== storedAt) {
    const { revision } = alert
    const fresh = { revision, storedAt, startedAt: storedAt, level: 0, lastAt: null }
    return at(plan, { ...fresh, ...ofPlan(plan) }, first)
  }
  const placed = isOf(plan, timer) ? timer : replanned(plan, timer)
  return isWanted(stepAt(plan, placed.step)) ? placed : at(plan, placed, first)
}

/**
 * The steps that are due. After a time in which nothing could fire each missed step fires once, oldest first, and the
 * missed rounds of a step are one (reading section 2). The alert decides and not the timer: one that was received, or
 * cancelled, meanwhile is not escalated.
 */
export function fire(alert: Timed, plan: Plan, timer: Timer | null, now: number): Fired {
  const armed = timerOf(alert, plan, timer)
  if (!armed) return { due: [], timer: null }
  let current = steadied(armed, now)
  const due: DueStep[] = []
  while (current.dueAt <= now) {
    const { step, dueAt, revision, storedAt } = current
    const isLast = step === plan.steps.length - 1
    const end = isLast ? now : Math.min(now, nextStepAt(plan, current) - 1)
    const last = lastRoundBy(plan, current, end)
    const rounds = last.round - current.round + 1
    const fired = { revision, storedAt, step, round: last.round }
    due.push({ ...fired, rounds, dueAt, lateMs: now - dueAt, isLast })
    current = following(plan, { ...current, ...last })
  }
  return { due, timer: current }
}

/**
 * The timer when nobody could be called for a step, because the roster names nobody or no channel of that person works:
 * the next step is due at once, and the step waits for nothing. After the last one there is none; it comes again with
 * its next round.
 * @param fired the step; the timer stays as it is where the alert has moved on since
 */
export function passOver(
  alert: Timed,
  plan: Plan,
  timer: Timer | null,
  fired: Pick<FiredStep, 'revision' | 'storedAt' | 'step'>,
  now: number,
): Timer | null {
  const current = timerOf(alert, plan, timer)
  if (!isStanding(alert, plan, current, fired)) return current
  const next = fired.step + 1
  if (next === plan.steps.length) return current
  const { dueAt } = current
  return { ...current, step: next, round: 0, dueAt: Math.min(dueAt, now) }
}

/**
 * True while a page of a step makes sense: nobody has done what it asks for, and no later step has fired. Neither an
 * attempt nor a repetition of the page may follow afterwards; the next step is due at `dueAt` of the timer.
 */
export function isStanding(
  alert: Timed,
  plan: Plan,
  timer: Timer | null,
  { revision, storedAt, step }: Pick<FiredStep, 'revision' | 'storedAt' | 'step'>,
): timer is Timer {
  if (!timer || timer.revision !== revision || timer.storedAt !== storedAt) return false
  const own = plan.steps[step]
  if (!own || !isOf(plan, timer) || timer.level !== step + 1) return false
  return alert.revision === revision && eventStart(alert) === storedAt && wantedBy(alert)(own)
}

/**
 * The timer after the clock was set back: an event that would have begun, or fired, in the future has done so by now.
 * All of its times move with it, so that nothing waits for as long as the clock was ahead, and nothing fires twice.
 */
export function steadied(timer: Timer, now: number): Timer {
  const { startedAt, dueAt, lastAt } = timer
  const ahead = Math.max(startedAt, lastAt ?? startedAt) - now
  if (ahead <= 0) return timer
  return {
    ...timer,
    startedAt: startedAt - ahead,
    dueAt: dueAt - ahead,
    lastAt: lastAt === null ? null : lastAt - ahead,
  }
}

const wantedBy = (alert: Pick<Alert, 'stage'>) => {
  const level = isCancelled(alert) ? levelOf('processed') : levelOf(alert.stage)
  return ({ until }: PlanStep): boolean => level < levelOf(until)
}

const ofPlan = ({ id, version }: Plan) => ({ plan: id, version })

const isOf = (plan: Plan, timer: Timer): boolean =>
  timer.plan === plan.id && timer.version === plan.version

/** A timer's place is looked for among the steps of a plan that has been checked, so that each has its step. */
const stepAt = ({ steps }: Plan, n: number): PlanStep => steps[n]!

/** The first round of a step, at its own delay. */
function at(plan: Plan, timer: Omit<Timer, 'step' | 'round' | 'dueAt'>, step: number): Timer {
  return { ...timer, step, round: 0, dueAt: timer.startedAt + stepAt(plan, step).afterMs }
}

/** Not before the step itself, which may have been late. */
const nextStepAt = (plan: Plan, { step, startedAt, dueAt }: Timer): number =>
  Math.max(dueAt + 1, startedAt + stepAt(plan, step + 1).afterMs)

/** The timer after a round has fired: the next round of the step, or the next step, whichever is due first. */
function following(plan: Plan, fired: Timer): Timer {
  const { step, round, dueAt } = fired
  const timer = { ...fired, level: step + 1, lastAt: dueAt }
  const isLast = step === plan.steps.length - 1
  const interval = intervalAfter(stepAt(plan, step), round, isLast)
  const again = { ...timer, round: round + 1, dueAt: dueAt + (interval ?? 0) }
  if (isLast) return again
  const next = at(plan, timer, step + 1)
  return interval !== null && again.dueAt < next.dueAt ? again : next
}

/**
 * The interval between a round and the next one, in ms; null = there is no next one. The last step of a plan never
 * stops: after `cap` rounds each interval is twice the one before, up to `SLOWEST_REPEAT_MS`.
 */
function intervalAfter({ repeatMs, cap }: PlanStep, round: number, isLast: boolean): number | null {
  if (repeatMs === null) return null
  const beyond = cap === null ? 0 : round + 2 - cap
  if (beyond <= 0) return repeatMs
  if (!isLast) return null
  // More doublings than these come to the slowest interval all the same.
  const doubled = repeatMs * 2 ** Math.min(beyond, MOST_DOUBLINGS)
  return Math.max(repeatMs, Math.min(doubled, SLOWEST_REPEAT_MS))
}
const MOST_DOUBLINGS = 10

/** The last round of the step of a timer that is due by a time, that of the timer at least. */
function lastRoundBy(plan: Plan, timer: Timer, end: number): Pick<Timer, 'round' | 'dueAt'> {
  const step = stepAt(plan, timer.step)
  const isLast = timer.step === plan.steps.length - 1
  let { round, dueAt } = timer
  for (;;) {
    const interval = intervalAfter(step, round, isLast)
    if (interval === null || dueAt + interval > end) return { round, dueAt }
    // Months of rounds at one interval are counted and not walked.
    const most = Math.floor((end - dueAt) / interval)
    const n = Math.min(most, alikeFrom(step, round))
    round += n
    dueAt += n * interval
  }
}

/** The number of rounds from one on that have the same interval behind them. */
function alikeFrom({ cap }: PlanStep, round: number): number {
  if (cap === null) return Infinity
  if (round < cap - 1) return cap - 1 - round
  return round + 2 - cap > MOST_DOUBLINGS ? Infinity : 1
}

/**
 * The place in other steps than those that have fired: steps whose delay has passed when the last one fired are behind
 * it, and the others are due at their own time.
 */
function replanned(plan: Plan, timer: Timer): Timer {
  const moved = { ...timer, ...ofPlan(plan) }
  const { startedAt, lastAt } = timer
  const done =
    lastAt === null ? -1 : plan.steps.findLastIndex(({ afterMs }) => startedAt + afterMs <= lastAt)
  if (done < 0 || lastAt === null) return at(plan, { ...moved, level: 0 }, 0)
  const last = lastRoundBy(plan, at(plan, moved, done), lastAt)
  return { ...following(plan, { ...moved, step: done, ...last }), lastAt }
}

import { isCancelled, isClosed, levelOf, type Alert, type AlertStage, type Exam } from './exam.js'
import { choosePlan, readPlanChoice, type PlanChoice } from './plan-choice.js'
import { readPlan, type Plan, type PlanUntil, type Problem } from './plan.js'
import { isRecord } from './shape.js'
import { timerOf, type Timer } from './timer.js'

/*
 * The rules by which a watch follows the alerts of a ledger. They are kept in the ledger, so that every instance that
 * saves an exam sets its timers by the same ones.
 */

export interface WatchRules {
  readonly plans: readonly Plan[]
  readonly choice: PlanChoice
  /** True when the flow is told of each change of an exam. */
  readonly changes: boolean
  /** True when the flow is told of troubles. */
  readonly troubles: boolean
}

export interface ReadWatchRules {
  /** null = there are problems. */
  readonly rules: WatchRules | null
  readonly problems: readonly Problem[]
}

/**
 * Reads rules out of settings, or out of a ledger.
 * @param value `{ plans: [as for readPlan], choice: as for readPlanChoice, changes, troubles }`
 */
export function readWatchRules(value: unknown): ReadWatchRules {
  const { plans, choice, changes, troubles } = isRecord(value) ? value : {}
  const read = (Array.isArray(plans) ? plans : []).map((plan: unknown) => readPlan(plan))
  const problems = read.flatMap((one, n) =>
    one.problems.map((problem) => ({ ...problem, path: `plans[${n}].${problem.path}` })),
  )
  const known = read.flatMap(({ plan }) => plan ?? [])
  if (read.length === 0) problems.push(NO_PLAN)
  const chosen = readPlanChoice(choice, known)
  problems.push(...chosen.problems)
  if (problems.length > 0 || !chosen.choice) return { rules: null, problems }
  const told = { changes: changes === true, troubles: troubles === true }
  return { rules: { plans: known, choice: chosen.choice, ...told }, problems }
}

const NO_PLAN: Problem = {
  code: 'WATCH_PLAN',
  path: 'plans',
  reason: {
    zh: '没有选择升级方案，无人会被提醒',
    en: 'No plan is chosen, so nobody would be reminded',
  },
}

/** The plan that an alert follows: the one that its timer has, for as long as there is such a plan. */
export function planFor(
  { plans, choice }: WatchRules,
  alert: Pick<Alert, 'revision' | 'crisis'>,
  timer: Timer | null,
): Plan | null {
  const kept = timer?.revision === alert.revision ? timer.plan : undefined
  const facts = { crisis: alert.crisis, department: '', shifts: [], days: [] }
  return plans.find(({ id }) => id === kept) ?? choosePlan(choice, plans, facts)?.plan ?? null
}

/** The timer that an alert must have by these rules; null = none. */
export function timerBy(rules: WatchRules, alert: Alert, timer: Timer | null): Timer | null {
  const plan = planFor(rules, alert, timer)
  return plan ? timerOf(alert, plan, timer) : null
}

/** The name of a change of an alert: a stage that it has reached, or what became of it else. */
export type ChangeKind = AlertStage | 'revised' | 'held' | 'released'

export interface AlertChange {
  readonly alert: Alert
  readonly change: ChangeKind
}

/** The changes between an exam as it was and as it is, by which a flow may be told. One of an alert: the gravest. */
export function changesOf(before: Exam, after: Exam): readonly AlertChange[] {
  return after.alerts.flatMap((alert) => {
    const known = before.alerts.find(({ id }) => id === alert.id)
    const change = changeOf(known, alert)
    return change === null ? [] : [{ alert, change }]
  })
}

function changeOf(before: Alert | undefined, after: Alert): ChangeKind | null {
  if (!before) return after.stage
  if (before.revision !== after.revision) return 'revised'
  if (before.stage !== after.stage) return after.stage
  if ((before.hold === null) !== (after.hold === null)) {
    return after.hold === null ? 'released' : 'held'
  }
  return null
}

/** Alerts that came in so long before a watch was there are left to people, in ms: it would call for all at once. */
export const WATCH_REACH_MS = 24 * 60 * 60_000

/** True for an alert that a new watch takes up. */
export const isWithinReach = (alert: Pick<Alert, 'stage' | 'openedAt'>, now: number): boolean =>
  !isClosed(alert) && now - alert.openedAt <= WATCH_REACH_MS

/** True while a step that was told of, and that nobody has heard yet, is still of use. */
export const isStepWanted = (
  alert: Pick<Alert, 'stage' | 'revision'>,
  step: { readonly revision: number; readonly until: PlanUntil },
): boolean =>
  !isCancelled(alert) &&
  alert.revision === step.revision &&
  levelOf(alert.stage) < levelOf(step.until)

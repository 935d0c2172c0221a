import { DEFAULT_ZONE } from '../messages/index.js'
import { timeFacts, type Calendar } from './calendar.js'
import { readCalendar } from './calendar-settings.js'
import { siteDepartment, type Departments } from './department.js'
import { isCancelled, isClosed, levelOf, type Alert, type AlertStage, type Exam } from './exam.js'
import { normalised } from './identity.js'
import { choosePlan, readPlanChoice, type PlanChoice } from './plan-choice.js'
import { readPlan, type Plan, type PlanUntil, type Problem } from './plan.js'
import { isName, isRecord } from './shape.js'
import { eventStart, timerOf, type Timer } from './timer.js'

/*
 * The rules by which a watch follows the alerts of a ledger. They are kept in the ledger, so that every instance that
 * saves an exam sets its timers by the same ones.
 */

export interface WatchRules {
  readonly plans: readonly Plan[]
  readonly choice: PlanChoice
  /** By which the shifts and kinds of days of the choice are known; null = none are. */
  readonly calendar: Calendar | null
  /** The zone of its clock. */
  readonly zone: string
  /** By which the department of a critical value is known. */
  readonly departments: Departments
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
 * @param value `{ plans: [as for readPlan], choice: as for readPlanChoice, calendar: as for readCalendar or null, zone, departments, changes, troubles }`
 */
export function readWatchRules(value: unknown): ReadWatchRules {
  const {
    plans,
    choice,
    calendar: typed = null,
    zone,
    departments,
    changes,
    troubles,
  } = isRecord(value) ? value : {}
  const read = (Array.isArray(plans) ? plans : []).map((plan: unknown) => readPlan(plan))
  const problems = read.flatMap((one, n) =>
    one.problems.map((problem) => ({ ...problem, path: `plans[${n}].${problem.path}` })),
  )
  const known = read.flatMap(({ plan }) => plan ?? [])
  if (read.length === 0) problems.push(NO_PLAN)
  const chosen = readPlanChoice(choice, known)
  problems.push(...chosen.problems)
  const calendar = typed === null ? null : readCalendar(typed).calendar
  problems.push(...timeProblems(chosen.choice, calendar))
  if (problems.length > 0 || !chosen.choice) return { rules: null, problems }
  const told = { changes: changes === true, troubles: troubles === true }
  const clock = { calendar, zone: isName(zone) ? zone : DEFAULT_ZONE }
  // A watch that an earlier version has begun has none.
  const named = isRecord(departments) ? (departments as Departments) : {}
  return {
    rules: { plans: known, choice: chosen.choice, departments: named, ...clock, ...told },
    problems,
  }
}

/** A row that waits for a shift that there is not would never hold, and nobody would know. */
function timeProblems(choice: PlanChoice | null, calendar: Calendar | null): readonly Problem[] {
  const shifts = calendar?.shifts.map(({ name }) => normalised(name)) ?? []
  return (choice?.rows ?? []).flatMap(({ when }, n): readonly Problem[] => {
    const path = `choice.rows[${n}].when`
    if (calendar === null)
      return when.shifts.length + when.days.length > 0 ? [noCalendar(path)] : []
    const unknown = when.shifts.filter((name) => !shifts.includes(normalised(name)))
    return unknown.map((name) => noShift(path, name))
  })
}

const noCalendar = (path: string): Problem => ({
  code: 'WATCH_CALENDAR',
  path,
  reason: {
    zh: '按班次或日期选择方案，需要选择值班表：班次与节假日取自它',
    en: 'To choose a plan by shift or day a roster is needed, whose shifts and holidays count',
  },
})

const noShift = (path: string, name: string): Problem => ({
  code: 'WATCH_SHIFT',
  path,
  reason: {
    zh: `值班表中没有班次“${name}”（日期可写：工作日、休息日、节假日）`,
    en: `The roster has no shift “${name}”; days are workday, restday or holiday`,
  },
})

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
  { plans, choice, calendar, zone, departments }: WatchRules,
  alert: Pick<Alert, 'revision' | 'crisis' | 'milestones' | 'openedAt'>,
  timer: Timer | null,
): Plan | null {
  const kept = timer?.revision === alert.revision ? timer.plan : undefined
  const { crisis } = alert
  const department = siteDepartment(departments, crisis)
  const facts = { crisis, department, ...timeFacts(calendar, eventStart(alert), zone) }
  return plans.find(({ id }) => id === kept) ?? choosePlan(choice, plans, facts)?.plan ?? null
}

/** The timer that an alert must have by these rules; null = none. */
export function timerBy(rules: WatchRules, alert: Alert, timer: Timer | null): Timer | null {
  const plan = planFor(rules, alert, timer)
  return plan ? timerOf(alert, plan, timer) : null
}

/** The name of a change of an alert: a stage that it has reached, or what became of it else. */
export type ChangeKind = AlertStage | 'revised' | 'held' | 'released' | 'overdue'

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

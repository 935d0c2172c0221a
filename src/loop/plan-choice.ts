import { isBlank, type Crisis } from '../messages/index.js'
import { DAY_KINDS, type DayKind } from './calendar.js'
import { normalised } from './identity.js'
import type { Plan, Problem } from './plan.js'
import { isName, isNames, isRecord } from './shape.js'

/*
 * The plan of a critical value: the first row whose conditions hold. What is not known is never taken for harmless
 * (reading A15).
 */

/** Conditions of a row, all of which must hold; an empty list = any. */
export interface PlanWhen {
  /** CrisisCode, as it is written. */
  readonly codes: readonly string[]
  /** CrisisType, as it is written. */
  readonly types: readonly string[]
  /** Parts of CrisisName. */
  readonly names: readonly string[]
  readonly departments: readonly string[]
  readonly shifts: readonly string[]
  readonly days: readonly DayKind[]
}

export interface PlanRow {
  readonly when: PlanWhen
  /** The id of the plan. */
  readonly plan: string
}

export interface PlanChoice {
  readonly rows: readonly PlanRow[]
  /** The id of the plan for whatever is unknown or in no row; null = the fullest. */
  readonly highest: string | null
}

/** The facts that are known of a critical value when it comes in. */
export interface PlanFacts {
  readonly crisis: Crisis
  /** By `siteDepartment`; '' = not known. */
  readonly department: string
  readonly shifts: readonly string[]
  readonly days: readonly DayKind[]
}

export interface ChosenPlan {
  readonly plan: Plan
  /** The row that holds, from 0; null = none does, or one that stands before depends on what is not known. */
  readonly row: number | null
}

/** The plan of a critical value; null = there are none. */
export function choosePlan(
  { rows, highest }: PlanChoice,
  plans: readonly Plan[],
  facts: PlanFacts,
): ChosenPlan | null {
  const fullest = plans.find(({ id }) => id === highest) ?? fullestOf(plans)
  if (!fullest) return null
  const row = rows.findIndex(({ when }) => holds(when, facts) !== false)
  const found = rows[row]
  const plan = plans.find(({ id }) => id === found?.plan)
  if (!found || !plan || holds(found.when, facts) === null) return { plan: fullest, row: null }
  return { plan, row }
}

/** A department for whatever the conditions hold for; the interface names none. */
export interface DepartmentRow {
  readonly when: PlanWhen
  readonly department: string
}

/**
 * The department that is on call for a critical value, by the first row that holds; where no row does, its own one.
 * '' = not known, which nobody guesses.
 */
export function departmentOf(rows: readonly DepartmentRow[], facts: PlanFacts): string {
  const row = rows.find(({ when }) => holds(when, facts) !== false)
  if (!row) return facts.department
  return holds(row.when, facts) === true ? row.department : ''
}

/** The plan with the most steps; of several the one that comes to its last step first. */
export function fullestOf(plans: readonly Plan[]): Plan | null {
  const endOf = ({ steps }: Plan): number => steps.at(-1)?.afterMs ?? Infinity
  const [first = null] = plans.toSorted(
    (a, b) => b.steps.length - a.steps.length || endOf(a) - endOf(b),
  )
  return first
}

/** True or false; null = it depends on what is not known. */
function holds(when: PlanWhen, { crisis, department, shifts, days }: PlanFacts): boolean | null {
  const { CrisisCode, CrisisType, CrisisName } = crisis
  const said = [
    isAmong(when.codes, CrisisCode),
    isAmong(when.types, CrisisType),
    isAnyIn(when.names, CrisisName),
    isAmong(when.departments, department),
    isMet(when.shifts, shifts),
    isMet(when.days, days),
  ]
  if (said.includes(false)) return false
  return said.includes(null) ? null : true
}

function isAmong(wanted: readonly string[], value: string | undefined): boolean | null {
  if (wanted.length === 0) return true
  if (isBlank(value)) return null
  return wanted.some((one) => normalised(one) === normalised(value))
}

function isAnyIn(parts: readonly string[], text: string | undefined): boolean | null {
  if (parts.length === 0) return true
  if (isBlank(text)) return null
  return parts.some((part) => normalised(text).includes(normalised(part)))
}

function isMet(wanted: readonly string[], known: readonly string[]): boolean | null {
  if (wanted.length === 0) return true
  if (known.length === 0) return null
  return wanted.some((one) => known.some((other) => normalised(one) === normalised(other)))
}

export interface ReadPlanChoice {
  /** null = there are problems. */
  readonly choice: PlanChoice | null
  readonly problems: readonly Problem[]
}

const CONDITIONS = ['codes', 'types', 'names', 'departments', 'shifts', 'days'] as const

/**
 * Reads the rows out of settings.
 * @param value `{ rows: [{ when: { codes, … }, plan }], highest }`; a condition that is absent = any
 * @param plans those that a row may name
 */
export function readPlanChoice(value: unknown, plans: readonly Plan[]): ReadPlanChoice {
  const { rows, highest } = isRecord(value) ? value : {}
  const problems: Problem[] = []
  const isKnown = (id: unknown): id is string => plans.some((plan) => plan.id === id)
  if (highest !== null && !isKnown(highest)) problems.push(unknownPlan('highest'))
  if (!Array.isArray(rows)) problems.push(shape('rows'))
  const read = (Array.isArray(rows) ? rows : []).map((row: unknown, n): PlanRow => {
    const { when, plan } = isRecord(row) ? row : {}
    if (!isKnown(plan)) problems.push(unknownPlan(`rows[${n}].plan`))
    const conditions = Object.fromEntries(
      CONDITIONS.map((name) => {
        const list = isRecord(when) ? (when[name] ?? []) : null
        const isRight = isNames(list) && (name !== 'days' || list.every(isDayKind))
        if (!isRight) problems.push(shape(`rows[${n}].when.${name}`))
        return [name, isRight ? list : []]
      }),
    ) as unknown as PlanWhen
    return { when: conditions, plan: isName(plan) ? plan : '' }
  })
  if (problems.length > 0) return { choice: null, problems }
  return { choice: { rows: read, highest: isName(highest) ? highest : null }, problems }
}

const isDayKind = (value: string): boolean => DAY_KINDS.some((kind) => kind === value)

const unknownPlan = (path: string): Problem => ({
  code: 'PLAN_UNKNOWN',
  path,
  reason: { zh: '没有这个升级方案', en: 'There is no such plan' },
})

const shape = (path: string): Problem => ({
  code: 'PLAN_WHEN',
  path,
  reason: {
    zh: '条件应为不重复的文字列表；日期类型只能是 workday、restday、holiday',
    en: 'A condition should be a list of texts, each once; days are workday, restday or holiday',
  },
})

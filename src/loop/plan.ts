import { createHash } from 'node:crypto'
import type { Reason } from '../messages/index.js'
import { isName, isNames, isRecord } from './shape.js'

/*
 * An escalation plan as data: who is called when, until somebody has received, or processed, a critical value. The
 * ladder ends at a person and goes on reminding.
 */

/** The stage at which a step has nothing to remind of any more. */
export type PlanUntil = 'received' | 'processed'

export interface PlanStep {
  /** Delay from the start of the event, in ms. */
  readonly afterMs: number
  readonly until: PlanUntil
  /** The people to call, by the name that the roster has for them. */
  readonly role: string
  /** Names of channels in the order in which they are tried; none = all that a person has an address for. */
  readonly channels: readonly string[]
  /** Interval between two rounds of the step, in ms; null = there is one round. */
  readonly repeatMs: number | null
  /**
   * Most rounds of the step, the first one included; null = rounds go on until the next step is due. The last step
   * never stops: after these rounds its intervals grow up to `SLOWEST_REPEAT_MS`.
   */
  readonly cap: number | null
}

/** Times within which a critical value is to be received and processed, in ms. */
export interface PlanLimits {
  readonly receivedMs: number
  /** null = the site has no limit for it. */
  readonly processedMs: number | null
}

export interface Plan {
  readonly id: string
  readonly name: string
  readonly limits: PlanLimits
  /** At least one, in the order of their delays; those until `received` come first. */
  readonly steps: readonly PlanStep[]
  /** A hash of the steps: a timer of other steps finds its place anew. */
  readonly version: string
}

/** Shortest interval between two rounds, in ms: more pages than that are not read any more. */
export const LEAST_REPEAT_MS = 60_000
/** Longest interval of a last step that has slowed down, unless its own is longer, in ms. */
export const SLOWEST_REPEAT_MS = 60 * 60_000
/** Longest delay and longest interval that a plan may have, in ms. */
export const LONGEST_DELAY_MS = 7 * 24 * 60 * 60_000
/** The national limit for telling a critical value (RQI-RCV-04, US-CV-01), in ms. */
export const NATIONAL_LIMIT_MS = 10 * 60_000

/** A setting that cannot be used. */
export interface Problem {
  readonly code: string
  /** The place of it, such as `steps[1].role`. */
  readonly path: string
  readonly reason: Reason
}

export interface ReadPlan {
  /** null = there are problems. */
  readonly plan: Plan | null
  readonly problems: readonly Problem[]
}

/**
 * Reads a plan out of settings. Nothing is coerced: a number that is written as text is refused.
 * @param value `{ id, name, limits: { receivedMs, processedMs }, steps: [{ afterMs, until, role, channels, repeatMs, cap }] }`
 */
export function readPlan(value: unknown): ReadPlan {
  if (!isRecord(value)) return { plan: null, problems: [problem('PLAN_SHAPE', '')] }
  const { id, name, limits, steps } = value
  const problems: Problem[] = []
  if (!isName(id)) problems.push(problem('PLAN_ID', 'id'))
  if (typeof name !== 'string') problems.push(problem('PLAN_NAME', 'name'))
  const readLimits = limitsOf(limits, problems)
  const readSteps = stepsOf(steps, problems)
  if (problems.length > 0 || !readLimits) return { plan: null, problems }
  const plan: Plan = {
    id: String(id).trim(),
    name: String(name).trim(),
    limits: readLimits,
    steps: readSteps,
    version: versionOf(readSteps),
  }
  return { plan, problems }
}

function limitsOf(value: unknown, problems: Problem[]): PlanLimits | null {
  const { receivedMs, processedMs } = isRecord(value) ? value : {}
  if (!isDelay(receivedMs) || receivedMs === 0) {
    problems.push(problem('PLAN_LIMIT', 'limits.receivedMs'))
    return null
  }
  if (processedMs === null) return { receivedMs, processedMs }
  if (!isDelay(processedMs) || processedMs < receivedMs) {
    problems.push(problem('PLAN_LIMIT', 'limits.processedMs'))
    return null
  }
  return { receivedMs, processedMs }
}

function stepsOf(value: unknown, problems: Problem[]): readonly PlanStep[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.push(problem('PLAN_EMPTY', 'steps'))
    return []
  }
  const steps = value.map((one: unknown, n) => stepOf(one, n, n === value.length - 1, problems))
  for (const [n, step] of steps.entries()) {
    const before = steps[n - 1]
    if (!step || !before) continue
    if (step.afterMs <= before.afterMs) {
      problems.push(problem('PLAN_STEP_ORDER', `steps[${n}].afterMs`))
    }
    if (step.until === 'received' && before.until === 'processed') {
      problems.push(problem('PLAN_UNTIL_ORDER', `steps[${n}].until`))
    }
  }
  return steps.filter((step) => step !== null)
}

function stepOf(value: unknown, n: number, isLast: boolean, problems: Problem[]): PlanStep | null {
  const { afterMs, until, role, channels, repeatMs, cap } = isRecord(value) ? value : {}
  const found = problems.length
  const tell = (code: ProblemCode, name: string) =>
    problems.push(problem(code, `steps[${n}].${name}`))
  if (!isDelay(afterMs)) tell('PLAN_DELAY', 'afterMs')
  if (until !== 'received' && until !== 'processed') tell('PLAN_UNTIL', 'until')
  if (!isName(role)) tell(isLast ? 'PLAN_END_PERSON' : 'PLAN_ROLE', 'role')
  if (!isNames(channels)) tell('PLAN_CHANNELS', 'channels')
  if (repeatMs !== null && (!isDelay(repeatMs) || repeatMs < LEAST_REPEAT_MS)) {
    tell('PLAN_REPEAT', 'repeatMs')
  } else if (repeatMs === null && isLast) tell('PLAN_END_REPEAT', 'repeatMs')
  if (cap !== null && (!isCount(cap) || repeatMs === null)) tell('PLAN_CAP', 'cap')
  if (problems.length > found) return null
  return {
    afterMs: afterMs as number,
    until: until as PlanUntil,
    role: (role as string).trim(),
    channels: (channels as readonly string[]).map((one) => one.trim()),
    repeatMs: repeatMs as number | null,
    cap: cap as number | null,
  }
}

/** The same steps have the same version, whatever the plan is called. */
function versionOf(steps: readonly PlanStep[]): string {
  const rows = steps.map(({ afterMs, until, role, channels, repeatMs, cap }) => [
    [afterMs, until, role],
    [channels, repeatMs, cap],
  ])
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, VERSION_LENGTH)
}
const VERSION_LENGTH = 16

const isDelay = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= LONGEST_DELAY_MS

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) > 0

const REASONS = {
  PLAN_SHAPE: { zh: '升级方案应为对象', en: 'The plan should be an object' },
  PLAN_ID: { zh: '升级方案没有标识', en: 'The plan has no id' },
  PLAN_NAME: { zh: '升级方案的名称应为文字', en: 'The name of the plan should be a text' },
  PLAN_LIMIT: {
    zh: '时限应为毫秒整数，大于 0，不超过 7 天，且处理时限不短于接收时限',
    en: 'A limit should be whole ms, more than 0, no more than 7 days, and that of processing no shorter than that of receiving',
  },
  PLAN_EMPTY: {
    zh: '升级方案没有步骤，无人会被通知',
    en: 'The plan has no step, so nobody would be called',
  },
  PLAN_DELAY: {
    zh: '延迟应为毫秒整数，不小于 0，不超过 7 天',
    en: 'The delay should be whole ms, from 0 to 7 days',
  },
  PLAN_STEP_ORDER: {
    zh: '延迟必须大于上一步的延迟，每次只有一位责任人',
    en: 'The delay must be longer than that of the step before: one person at a time has the critical value',
  },
  PLAN_UNTIL: {
    zh: '应选择到“已接收”或“已处理”为止',
    en: 'The step should last until received or until processed',
  },
  PLAN_UNTIL_ORDER: {
    zh: '到“已接收”为止的步骤必须排在到“已处理”为止的步骤之前',
    en: 'Steps until received must stand before those until processed',
  },
  PLAN_ROLE: { zh: '未填写角色', en: 'The role is missing' },
  PLAN_END_PERSON: {
    zh: '最后一步没有角色：升级必须落实到人',
    en: 'The last step has no role: the ladder must end at a person',
  },
  PLAN_CHANNELS: {
    zh: '渠道应为不重复的名称列表',
    en: 'The channels should be a list of names, each once',
  },
  PLAN_REPEAT: {
    zh: '重复间隔应为毫秒整数，不短于 1 分钟，不超过 7 天',
    en: 'The interval of repeating should be whole ms, from 1 minute to 7 days',
  },
  PLAN_END_REPEAT: {
    zh: '最后一步必须设置重复间隔：在有人处理之前提醒不会停止',
    en: 'The last step needs an interval of repeating: it reminds until somebody has acted',
  },
  PLAN_CAP: {
    zh: '次数上限应为正整数，且需要设置重复间隔',
    en: 'The most rounds should be a whole number from 1 on, and need an interval of repeating',
  },
} as const satisfies Readonly<Record<string, Reason>>

type ProblemCode = keyof typeof REASONS

const problem = (code: ProblemCode, path: string): Problem => ({
  code,
  path,
  reason: REASONS[code],
})

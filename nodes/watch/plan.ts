import { readPlan, type Plan } from '../../src/loop/index.js'
import { ConfigKind, type Face } from '../face/index.js'
import {
  PLAN_DEFAULTS,
  planOf,
  planPlace,
  SettingError,
  settingsOf,
  type PlanConfig,
} from '../settings/index.js'

/** A plan as nodes use it, or the reason why nobody can. */
export type SavedPlan = { readonly plan: Plan } | { readonly problem: unknown }

export const PLAN = new ConfigKind<SavedPlan>('crisis plan')

/** The plan of a `crisis plan` node. One that cannot be used is told of when the flows start. */
export function openPlan(face: Face, saved: PlanConfig): SavedPlan {
  try {
    return { plan: checkedPlan(face.id, settingsOf<PlanConfig>(saved, PLAN_DEFAULTS)) }
  } catch (problem) {
    face.onceStarted(() => face.fail(problem))
    return { problem }
  }
}

/** @throws SettingError SETTING_INVALID with the first thing that is wrong, and where */
function checkedPlan(id: string, config: PlanConfig): Plan {
  const { plan, problems } = readPlan(planOf(id, config))
  const [first] = problems
  if (plan) return plan
  const { step } = planPlace(first?.path ?? '')
  const name = config.name || id
  const [zh, en] =
    step === null
      ? [`升级方案“${name}”`, name]
      : [`升级方案“${name}”第 ${step} 步`, `${name}, step ${step}`]
  throw new SettingError('SETTING_INVALID', {
    zh: `${zh}：${first?.reason.zh ?? ''}`,
    en: `The plan ${en}: ${first?.reason.en ?? ''}`,
  })
}

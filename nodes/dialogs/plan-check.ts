import { readPlan } from '../../src/loop/index.js'
import type { Reason } from '../../src/messages/index.js'
import type { Runtime } from '../face/index.js'
import {
  PLAN_DEFAULTS,
  planOf,
  planPlace,
  type PlanConfig,
  type PlanPlace,
} from '../settings/index.js'
import { textsIn } from './asked.js'

export interface PlanProblem extends PlanPlace {
  readonly reason: Reason
}

/** Says what is wrong with a plan as it stands in its dialog, by the rules that the runtime has. */
export function servePlanCheck(runtime: Runtime): void {
  runtime.answer('plan-check', async (asked) => {
    const { problems } = readPlan(planOf('plan', configIn(asked)))
    const found = problems.map(({ path, reason }): PlanProblem => ({ ...planPlace(path), reason }))
    return { problems: found }
  })
}

/** Whatever was sent, as texts. */
function configIn({ steps, ...asked }: Readonly<Record<string, unknown>>): PlanConfig {
  const rows: readonly unknown[] = Array.isArray(steps) ? steps : []
  return {
    ...PLAN_DEFAULTS,
    ...textsIn(asked, ['receivedMinutes', 'processedMinutes']),
    steps: rows.map((row) => ({
      ...textsIn(row, ['after', 'role', 'channels', 'repeat', 'most']),
      until: textsIn(row, ['until']).until as PlanConfig['steps'][number]['until'],
    })),
  }
}

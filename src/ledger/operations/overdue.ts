import { limitTimerOf, nextLimit, type Alert, type Exam, type Plan } from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { owe } from './handouts.js'
import { limitFor, writeLimit } from './limits.js'
import { aboutAlert } from './watched-alert.js'

export interface Passing {
  readonly actor: Actor
  readonly target: string
  readonly exam: Exam
  readonly one: Alert
  readonly plan: Plan
  readonly at: number
}

/** Owes the flow of a watch the limits that an alert has passed, each once. */
export function* oweOverdue({ actor, target, exam, one, plan, at }: Passing): Step<void> {
  const kept = yield* limitFor(one.id, target)
  let limit = kept && limitTimerOf(one, kept)
  if (!limit) return
  let next = nextLimit(one, plan.limits, limit)
  while (next && next.dueAt <= at) {
    const { until, dueAt } = next
    const content = { ...aboutAlert(exam, one), change: 'overdue', until }
    yield* owe({ kind: 'change', target, alert: one.id, at, content })
    yield* audit(actor, at, {
      kind: 'overdue',
      alert: one.id,
      detail: { plan: plan.id, until, lateMs: at - dueAt },
    })
    limit = { ...limit, told: [...limit.told, until] }
    next = nextLimit(one, plan.limits, limit)
  }
  if (limit !== kept) yield* writeLimit(one.id, target, limit, next)
}

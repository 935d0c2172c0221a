import {
  limitTimerOf,
  nextLimit,
  planFor,
  type Alert,
  type DueLimit,
  type LimitTimer,
  type Timer,
  type WatchRules,
} from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { sql, text } from './sql.js'

/*
 * The limits of plans, kept for the watches whose flow hears of changes. Whoever saves an exam brings them into line in
 * the same transaction, as it does with the timers.
 */

/** Writes the limit that an alert is to meet next. @param isNew nothing can be kept of it */
export function* setLimit(
  { target, rules }: { readonly target: string; readonly rules: WatchRules },
  alert: Alert,
  timer: Timer | null,
  isNew: boolean,
): Step<void> {
  const kept = isNew ? null : yield* limitFor(alert.id, target)
  const limit = rules.changes ? limitTimerOf(alert, kept) : null
  if (limit === null) {
    if (kept)
      yield sql('delete from limit_timer where alert = $1 and target = $2', alert.id, target)
    return
  }
  const plan = planFor(rules, alert, timer)
  yield* writeLimit(alert.id, target, limit, plan && nextLimit(alert, plan.limits, limit))
}

export function* writeLimit(
  alert: number,
  target: string,
  limit: LimitTimer,
  next: DueLimit | null,
): Step<void> {
  yield sql(
    `insert into limit_timer (alert, target, due_at, state) values ($1, $2, $3, $4)
     on conflict (alert, target) do update set due_at = excluded.due_at, state = excluded.state`,
    alert,
    target,
    next?.dueAt ?? null,
    JSON.stringify(limit),
  )
}

export function* limitFor(alert: number, target: string): Step<LimitTimer | null> {
  const [row] = yield sql(
    'select state from limit_timer where alert = $1 and target = $2',
    alert,
    target,
  )
  return row ? (JSON.parse(text(row, 'state')) as LimitTimer) : null
}

/** A limit of an alert that is gone. */
export function* dropLimit(alert: number, target: string): Step<void> {
  yield sql('delete from limit_timer where alert = $1 and target = $2', alert, target)
}

import {
  isPageStanding,
  isPageWanted,
  type AlertStage,
  type PagedAlert,
} from '../../../loop/index.js'
import type { Step } from '../../../store/index.js'
import { number, sql, text } from '../sql.js'
import { rulesFor, timerFor } from '../timers.js'
import type { StoredPage } from './rows.js'

/** True while a page makes sense: asked right before each attempt. */
export function* isStanding({ alert: id, revision, content, step }: StoredPage): Step<boolean> {
  if (id === null) return true
  const alert = yield* pagedAlert(id)
  if (!alert) return false
  if (!step) {
    return isPageWanted(alert, {
      revision: revision ?? alert.revision,
      until: content.wantedUntil,
    })
  }
  const timer = yield* timerFor(id, step.watch)
  const rules = timer && (yield* rulesFor(step.watch))
  const plan = rules?.plans.find((one) => one.id === timer?.plan) ?? null
  return isPageStanding(alert, plan, timer, step)
}

/** Without the lock of the exam: whoever reacts in this very moment is as late as anybody who reacts a moment later. */
export function* pagedAlert(id: number): Step<PagedAlert | null> {
  const [row] = yield sql(
    `select stage, revision, opened_at,
       (select s.at from stage s where s.alert = a.id and s.stage = 'stored' order by s.id desc limit 1) as stored_at
     from alert a where id = $1`,
    id,
  )
  if (!row) return null
  const storedAt = row['stored_at'] as number | null
  return {
    stage: text(row, 'stage') as AlertStage,
    revision: number(row, 'revision'),
    openedAt: number(row, 'opened_at'),
    milestones:
      storedAt === null
        ? []
        : [{ stage: 'stored', at: storedAt, saidAt: null, code: '', name: '' }],
  }
}

import type { AlertStage } from '../../../loop/index.js'
import type { Step } from '../../../store/index.js'
import { number, sql, text } from '../sql.js'

/** An alert as acts name it. */
export interface NamedAlert {
  /** K. */
  readonly id: string
  readonly system: string
  readonly revision: number
  readonly stage: AlertStage
}

/** The alert with a number; null = there is none. */
export function* alertByNumber({ alert }: { readonly alert: number }): Step<NamedAlert | null> {
  const [row] = yield sql('select key, system, revision, stage from alert where id = $1', alert)
  if (!row) return null
  return {
    id: text(row, 'key'),
    system: text(row, 'system'),
    revision: number(row, 'revision'),
    stage: text(row, 'stage') as AlertStage,
  }
}

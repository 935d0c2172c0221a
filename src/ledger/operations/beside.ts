import type { Step } from '../../store/index.js'
import { sql } from './sql.js'

/** The tables with rows of an alert, but for its pages. */
const BESIDE = [
  'revision',
  'stage',
  'alert_key',
  'decision',
  'timer',
  'limit_timer',
  'counted',
  'acknowledgement',
  'link',
  'phone_call',
] as const

/** Removes what is kept beside an alert that is removed. */
export function* removeBeside(alert: number): Step<void> {
  for (const table of BESIDE) yield sql(`delete from ${table} where alert = $1`, alert)
}

import type { Step } from '../../../store/index.js'
import { sql } from '../sql.js'

/** Whoever was sending is gone: it is not known whether the person has the page. */
export function* endPageLeases(): Step<void> {
  yield sql("update page set lease_until = 0 where state = 'leased' and lease_until > 0")
}

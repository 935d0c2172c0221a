import type { Step } from '../../../store/index.js'
import { sql } from '../sql.js'

/** Removes the pages of no alert that ended before a time, in epoch ms. */
export function* prunePages(before: number): Step<void> {
  const pages = 'select id from page where alert is null and ended_at < $1'
  yield sql(`delete from page_attempt where page in (${pages})`, before)
  yield sql(`delete from page where id in (${pages})`, before)
}

/** Removes the pages of an alert that goes. */
export function* removePages(alert: number): Step<void> {
  yield sql('delete from page_attempt where page in (select id from page where alert = $1)', alert)
  yield sql('delete from page where alert = $1', alert)
}

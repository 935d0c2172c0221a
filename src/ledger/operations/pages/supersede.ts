import { eventStart, isPageWanted, type Alert } from '../../../loop/index.js'
import type { Step } from '../../../store/index.js'
import { sql } from '../sql.js'
import { endPage, pageOf, SUPERSEDED, type StoredPage } from './rows.js'

/** The pages of an alert that wait, of all nodes. */
export function* waitingPages(alert: number): Step<readonly StoredPage[]> {
  const rows = yield sql(
    "select * from page where alert = $1 and state = 'waiting' order by id",
    alert,
  )
  return rows.map(pageOf)
}

/** Pages that wait, and that nobody needs any more since somebody has reacted, are never sent. */
export function* supersedePages(alert: Alert, at: number): Step<void> {
  for (const page of yield* waitingPages(alert.id)) {
    if (!isStillWanted(alert, page)) yield* endPage(page, 'superseded', SUPERSEDED, at)
  }
}

/** By the alert alone: whether its step stands is asked when the page is claimed. */
const isStillWanted = (
  alert: Pick<Alert, 'stage' | 'revision' | 'milestones' | 'openedAt'>,
  { content, revision, step }: StoredPage,
): boolean =>
  isPageWanted(alert, { revision: revision ?? alert.revision, until: content.wantedUntil }) &&
  (step === null || eventStart(alert) === step.storedAt)

import type { FoundAlert } from '../../ledger/index.js'
import { isCancelled, overdueOf, type AskedLimits } from '../../loop/index.js'
import type { FoundRow, SearchView } from '../api.js'
import type { SessionFacts } from '../server/reads.js'
import { patientOf, personView } from './masks.js'
import { searchOf } from './queries.js'
import type { BoardSources } from './sources.js'

const ROWS = 50

/** @throws CrisisError QUERY_…; LedgerError */
export async function searchView(
  { ledger, zone, limits }: BoardSources,
  { seesPatients }: SessionFacts,
  query: URLSearchParams,
): Promise<SearchView> {
  const { rows, next } = await ledger.ask('searchAlerts', searchOf(query, zone, ROWS))
  const now = Date.now()
  return {
    now,
    rows: rows.map((row) => foundRow(row, seesPatients, limits, now)),
    next: next === null ? null : String(next),
  }
}

function foundRow(
  found: FoundAlert,
  seesPatients: boolean,
  limits: AskedLimits,
  now: number,
): FoundRow {
  const { alert, id, ExamNo, ApplyNo, department, stage, openedAt, closedAt } = found
  return {
    alert,
    id,
    ExamNo,
    ApplyNo,
    ...patientOf(found.SickNo, found.crisis, seesPatients),
    department,
    stage,
    openedAt,
    closedAt,
    receivedBy: found.receivedBy && personView(found.receivedBy),
    processedBy: found.processedBy && personView(found.processedBy),
    isOverdue: isOverdue(found, limits, now),
  }
}

function isOverdue(found: FoundAlert, limits: AskedLimits, now: number): boolean {
  const { startedAt: openedAt, receivedAt, processedAt } = found
  const cancelledAt = isCancelled(found) ? found.closedAt : null
  const times = { milestones: [], openedAt, receivedAt, processedAt, cancelledAt }
  const { receive, process } = overdueOf(times, limits, null, now)
  return receive || process
}

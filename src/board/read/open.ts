import type { BoardCounts, BoardPage, OpenAlert, OpenBoard } from '../../ledger/index.js'
import type { OpenCounts, OpenRow, PageView } from '../api.js'
import { patientOf, personView } from './masks.js'

/** The part of the ledger that a board shows of what is open, as it was read at one moment. */
export interface OpenState {
  readonly board: OpenBoard
  readonly counts: BoardCounts
  /** The things that belong to nodes and peers that are in no flow any more. */
  readonly unclaimed: number
}

export function openRow(alert: OpenAlert, seesPatients: boolean, now: number): OpenRow {
  const { expected, holder, crisis, stage } = alert
  return {
    alert: alert.alert,
    id: alert.id,
    system: alert.system,
    ExamNo: alert.ExamNo,
    ApplyNo: alert.ApplyNo,
    ...patientOf(alert.SickNo, crisis, seesPatients),
    CrisisType: (crisis.CrisisType ?? '').trim(),
    CrisisCode: (crisis.CrisisCode ?? '').trim(),
    department: alert.department,
    stage: stage === 'notified' || stage === 'received' ? stage : 'stored',
    openedAt: alert.openedAt,
    due:
      expected.at === null
        ? null
        : { until: expected.until, at: expected.at, step: expected.step, stepAt: expected.stepAt },
    isOverdue: expected.at !== null && expected.at < now,
    owner: holder && personView(holder.person),
    ownerSince: holder && holder.since,
    page: alert.page && pageView(alert.page),
    pages: alert.pages,
    trouble: alert.trouble,
    revision: alert.revision,
    hold: alert.hold ?? (alert.isUndecided ? 'contents' : null),
  }
}

const PAGE_STATES = {
  waiting: 'owed',
  leased: 'sending',
  accepted: 'accepted',
  failed: 'failed',
  superseded: 'superseded',
} as const

export const pageView = ({
  id,
  person,
  role,
  channel,
  state,
  at,
  reason,
}: BoardPage): PageView => ({
  id,
  person: personView(person),
  role,
  channel,
  state: PAGE_STATES[state],
  at,
  reason,
})

export function openCounts({ board, counts, unclaimed }: OpenState, now: number): OpenCounts {
  const isOverdue = ({ expected }: OpenAlert): boolean => expected.at !== null && expected.at < now
  return {
    open: board.open,
    overdue: board.alerts.filter(isOverdue).length,
    owed: counts.owed,
    stuck: counts.dead + counts.refused + counts.orphans + counts.held + unclaimed,
    lastTrouble: counts.lastTrouble,
  }
}

/** The next moment at which a row changes by itself, in epoch ms; Infinity = none does. */
export const nextOverdue = ({ board }: OpenState, now: number): number =>
  board.alerts.reduce(
    (next, { expected: { at } }) => (at !== null && at >= now ? Math.min(next, at + 1) : next),
    Infinity,
  )

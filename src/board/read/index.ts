import type { OpenUpdate } from '../api.js'
import type { BoardReads, ReadView } from '../server/reads.js'
import { examRaw, examView } from './exam.js'
import { figuresView } from './figures.js'
import type { OpenState } from './open.js'
import { phoneCallsView } from './phone-calls.js'
import { registerCsv, registerView } from './register.js'
import { rosterView } from './roster.js'
import { searchView } from './search.js'
import { Snapshot, type SnapshotOptions } from './snapshot.js'
import type { BoardSources } from './sources.js'
import { stuckView, unclaimedOf } from './stuck.js'

export type { BoardNames, BoardSources, RosterNow } from './sources.js'

/** Most open exams that a board shows at once. */
const MOST_OPEN = 1_000

/** The read model of a board. */
export function boardReads(
  sources: BoardSources,
  options: Omit<SnapshotOptions, 'limit'> & { readonly limit?: number } = {},
): BoardReads {
  const { ledger } = sources
  const { limit = MOST_OPEN } = options
  const snapshot = new Snapshot(
    {
      mark: () => ledger.ask('boardMark', undefined),
      state: () => openState(sources, limit),
      onHint: (listener) => ledger.onHint(listener),
    },
    { ...options, limit },
  )
  const views: Readonly<Record<keyof BoardReads['views'], ReadView>> = {
    open: ({ seesPatients }) => snapshot.view(seesPatients),
    exam: (facts, query) => examView(sources, facts, query),
    raw: (facts, query) => examRaw(sources, facts, query),
    stuck: (facts) => stuckView(sources, facts),
    search: (facts, query) => searchView(sources, facts, query),
    register: (facts, query) => registerView(sources, facts, query),
    figures: (_facts, query) => figuresView(sources, query),
    roster: () => rosterView(sources),
    'phone-calls': (facts) => phoneCallsView(sources, facts),
  }
  return {
    views,
    registerCsv: (facts, query) => registerCsv(sources, facts, query),
    follow: ({ seesPatients }, tell: (update: OpenUpdate) => void, failed) =>
      snapshot.follow(seesPatients, tell, failed),
  }
}

async function openState(
  { ledger, names, limits }: BoardSources,
  limit: number,
): Promise<OpenState> {
  const [board, counts, unclaimed] = await Promise.all([
    ledger.ask('boardOpen', { limit, limits }),
    ledger.ask('boardCounts', undefined),
    unclaimedOf(ledger, names()),
  ])
  return { board, counts, unclaimed: unclaimed.handouts.length + unclaimed.documents.length }
}

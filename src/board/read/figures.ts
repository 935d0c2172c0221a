import type { FiguresGroup } from '../../ledger/index.js'
import { MEASURE_CODES, MEASURES, type Figure } from '../../loop/index.js'
import { CrisisError } from '../../messages/index.js'
import type { FigureGroup, FigureMeaning, FiguresView, FigureView } from '../api.js'
import { dayOf, said, timesOf } from './queries.js'
import type { BoardSources } from './sources.js'

export const MEANINGS: readonly FigureMeaning[] = MEASURE_CODES.map((code) => ({
  code,
  ...MEASURES[code],
  isShare: code !== 'pagesPerValue',
}))

const GROUPS: readonly FigureGroup[] = ['day', 'month', 'quarter', 'year', 'department', 'shift']

/** @throws CrisisError QUERY_…; LedgerError */
export async function figuresView(
  { ledger, count, zone, limits }: BoardSources,
  query: URLSearchParams,
): Promise<FiguresView> {
  timesOf(query, zone)
  const by = groupOf(query)
  const about = {
    from: dayOf(query, 'from'),
    to: dayOf(query, 'until'),
    department: said(query, 'department'),
    shift: said(query, 'shift'),
    limits,
  }
  await count()
  const whole = await ledger.ask('figures', { ...about, by: [] })
  const { groups, uncounted } = await ledger.ask('figures', { ...about, by: [by] })
  return {
    now: Date.now(),
    meanings: MEANINGS,
    groups: (groups ?? []).map((group) => ({ label: group.of[by] ?? '', figures: shown(group) })),
    whole: whole.groups?.flatMap(shown) ?? [],
    uncounted,
    isCut: groups === null,
  }
}

/** @throws CrisisError QUERY_GROUP */
function groupOf(query: URLSearchParams): FigureGroup {
  const by = said(query, 'by') ?? 'month'
  const group = GROUPS.find((one) => one === by)
  if (group) return group
  throw new CrisisError(
    'QUERY_GROUP',
    { zh: '不能按此分组', en: 'Figures cannot be set apart by this' },
    '422',
  )
}

const shown = ({ figures }: FiguresGroup): readonly FigureView[] => figures.map(figureView)

const figureView = ({ code, numerator, denominator, open, excluded }: Figure): FigureView => ({
  code,
  numerator,
  denominator,
  open,
  excluded: Object.values(excluded).reduce((sum, n) => sum + n, 0),
})

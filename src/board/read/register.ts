import {
  CSV_MARK,
  csvLines,
  REGISTER_COLUMNS,
  registerCells,
  registerHeadings,
  registerRow,
  type RegisterOptions,
} from '../../bridges/index.js'
import type { RegisterPlace, RegisterRows } from '../../ledger/index.js'
import { figuresOf, normalised, overdueOf, type AskedLimits } from '../../loop/index.js'
import { CrisisError, MASK, splitInstant } from '../../messages/index.js'
import type { RegisterView } from '../api.js'
import type { CsvFile, SessionFacts } from '../server/reads.js'
import { dayAfter, placeOf, said, startOf, timesOf } from './queries.js'
import { MEANINGS } from './figures.js'
import type { BoardSources } from './sources.js'

const ROWS = 100
/** Rows of the ledger that are read at a time. */
const PORTION = 500
/** Most of them that one answer looks through for rows that a filter lets pass. */
const MOST_LOOKED = 20_000

type Entry = RegisterRows['rows'][number]

interface Asked {
  readonly from: number
  readonly until: number
  readonly passes: (entry: Entry) => boolean
}

/** Without a period the month is meant. @throws CrisisError QUERY_… */
function asked({ zone, limits }: BoardSources, query: URLSearchParams, now: number): Asked {
  const { from, until } = timesOf(query, zone)
  const today = splitInstant(now, zone).date
  const isOpen = from === undefined && until === undefined
  const month = isOpen ? startOf(`${today.slice(0, 7)}-01`, zone) : 0
  const [department, shift, missed] = ['department', 'shift', 'missed'].map((name) =>
    query.has(name) ? said(query, name) : undefined,
  )
  if (missed !== undefined && MEANINGS.every(({ code }) => code !== missed)) throw noFigure()
  return {
    from: from ?? month,
    until: until ?? startOf(dayAfter(today), zone),
    passes: (entry) =>
      (department === undefined || entry.department === normalised(department)) &&
      (shift === undefined || entry.counted?.cell.shift === normalised(shift)) &&
      (missed === undefined || hasMissed(entry, missed, limits)),
  }
}

/** By its own counters: the rows that a figure has in its denominator alone. */
function hasMissed({ counted }: Entry, code: string, limits: AskedLimits): boolean {
  const figure = counted && figuresOf([counted], limits).figures.find((one) => one.code === code)
  return figure ? figure.denominator > figure.numerator + figure.open : false
}

const noFigure = (): CrisisError =>
  new CrisisError('QUERY_FIGURE', { zh: '没有这样的指标', en: 'There is no such figure' }, '422')

const optionsFor = (
  { zone, limits }: BoardSources,
  { language, seesPatients }: SessionFacts,
  now: number,
): RegisterOptions => ({
  language: language === 'en-US' ? 'en' : 'zh',
  zone,
  limits,
  showsPatients: seesPatients,
  now,
})

/** A part of the register, the oldest first. @throws CrisisError QUERY_…; LedgerError */
export async function registerView(
  sources: BoardSources,
  facts: SessionFacts,
  query: URLSearchParams,
): Promise<RegisterView> {
  const now = Date.now()
  const { passes, ...period } = asked(sources, query, now)
  const options = optionsFor(sources, facts, now)
  const place = placeOf(query)
  let after = place.after
  const found: Entry[] = []
  let next: RegisterPlace | null = null
  for (let looked = 0; looked < MOST_LOOKED && found.length < ROWS; looked += PORTION) {
    const part: RegisterRows = await sources.ledger.ask('registerRows', {
      ...period,
      after,
      limit: PORTION,
    })
    const passing = part.rows.filter(passes)
    const taken = passing.slice(0, ROWS - found.length)
    found.push(...taken)
    const last = taken.at(-1)
    // A part that is taken whole goes on behind it; one that is not, behind the last row that was taken.
    next = taken.length < passing.length && last ? { at: last.openedAt, id: last.alert } : part.next
    if (!next) break
    after = next
  }
  return {
    now,
    columns: Object.entries(REGISTER_COLUMNS).map(([key, words]) => ({ key, words })),
    rows: found.map((entry, n) => ({
      alert: entry.alert,
      isOverdue: isOverdue(entry, sources.limits, now),
      cells: registerCells(registerRow(masked(entry, facts), place.done + n + 1, options)),
    })),
    next: next && [next.at, next.id, place.done + found.length].join('.'),
  }
}

function isOverdue(entry: Entry, limits: AskedLimits, now: number): boolean {
  const { receive, process } = overdueOf(entry, limits, null, now)
  return receive || process
}

/** Findings, and words that people have typed, may name a patient. */
function masked(entry: Entry, { seesPatients }: SessionFacts): Entry {
  if (seesPatients) return entry
  const { CrisisName: _name, CrisisMemo: _memo, ...crisis } = entry.crisis
  return { ...entry, crisis: { ...crisis, CrisisName: MASK }, said: null }
}

/** The register of a period as a file that sheets open as it is. @throws CrisisError QUERY_… */
export function registerCsv(
  sources: BoardSources,
  facts: SessionFacts,
  query: URLSearchParams,
): Promise<CsvFile> {
  const now = Date.now()
  const period = asked(sources, query, now)
  const language = said(query, 'language') === 'en' ? 'en-US' : facts.language
  const options = optionsFor(sources, { ...facts, language }, now)
  const { date } = splitInstant(period.from, sources.zone)
  const parts = lines(sources, facts, period, options)
  return Promise.resolve({ name: `register-${date}.csv`, parts })
}

async function* lines(
  { ledger }: BoardSources,
  facts: SessionFacts,
  { passes, ...period }: Asked,
  options: RegisterOptions,
): AsyncGenerator<string> {
  yield CSV_MARK + csvLines([registerHeadings(options.language)])
  let number = 0
  let after: RegisterPlace | null = null
  do {
    const part: RegisterRows = await ledger.ask('registerRows', {
      ...period,
      after,
      limit: PORTION,
    })
    const rows = part.rows
      .filter(passes)
      .map((entry) => registerCells(registerRow(masked(entry, facts), ++number, options)))
    if (rows.length > 0) yield csvLines(rows)
    after = part.next
  } while (after)
}

import { namesIn } from './plan.js'
import { SETTINGS_VERSION, type NumberRules } from './rules.js'

/** A row of the table that says which plan a critical value follows. Conditions are lists with commas; blank = any. */
export interface WatchRow {
  codes: string
  types: string
  /** Parts of CrisisName. */
  names: string
  /** Names of shifts and kinds of days; a flow of an earlier version has none. */
  times?: string
  /** Departments by which it is chosen; a flow of an earlier version has none. */
  departments?: string
  /** The department that is on call for it; a flow of an earlier version has none. */
  department?: string
  /** The id of a `crisis plan` node; blank = the row only says the department. */
  plan: string
}

export interface WatchConfig {
  version: number
  name: string
  store: string
  /** The plan of whatever is in no row. */
  plan: string
  rows: WatchRow[]
  /** The id of a `crisis roster` node; blank = the flow finds out by itself who is called. */
  roster: string
  /** True when the flow is asked first who is called, and the roster where it does not answer in time. */
  ask: boolean
  /** Time in which the flow answers, in seconds. */
  askSeconds: string
  /** Time in which the flow has to act on a message before that counts as given, in seconds. */
  graceSeconds: string
  /** A silence must have been improbable for so many minutes; blank = nobody is told of a silence. */
  silenceMinutes: string
  /** Most documents that may have waited longer than the minutes below; blank = nobody is told of their number. */
  backlogDocuments: string
  backlogMinutes: string
  /** Minutes that the oldest document may have waited; blank = nobody is told of its age. */
  oldestMinutes: string
  /** The id of a `crisis peer` that leads to a service of our own; blank = no synthetic critical value is sent. */
  syntheticPeer: string
  /** Minutes between two of them; blank = none is sent. */
  syntheticMinutes: string
}

export const WATCH_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  store: '',
  plan: '',
  rows: [],
  roster: '',
  ask: false,
  askSeconds: '10',
  graceSeconds: '30',
  silenceMinutes: '30',
  backlogDocuments: '100',
  backlogMinutes: '10',
  oldestMinutes: '',
  syntheticPeer: '',
  syntheticMinutes: '15',
} satisfies WatchConfig

export const WATCH_NUMBERS = {
  askSeconds: { least: 1, most: 300, fallback: 10 },
  graceSeconds: { least: 0, most: 3600, fallback: 30 },
} as const satisfies NumberRules<WatchConfig>

/** Blank = off. */
export const WATCHDOG_NUMBERS = {
  silenceMinutes: { least: 1, most: 1440, fallback: 0 },
  backlogDocuments: { least: 1, most: 1_000_000, fallback: 0, whole: true },
  backlogMinutes: { least: 0, most: 1440, fallback: 0 },
  oldestMinutes: { least: 1, most: 10_080, fallback: 0 },
  syntheticMinutes: { least: 1, most: 1440, fallback: 0 },
} as const satisfies NumberRules<WatchConfig>

type Chosen = Pick<WatchConfig, 'plan' | 'rows'>

/** All plans that a watch names, each once. */
export const plansOf = ({ plan, rows }: Chosen): readonly string[] => [
  ...new Set([plan, ...withPlan(rows).map((row) => row.plan)]),
]

/** The rows and the plan of the rest, for `readPlanChoice`. */
export const choiceOf = ({ plan, rows }: Chosen): object => ({
  highest: plan,
  rows: withPlan(rows).map((row) => ({ plan: row.plan, when: whenOf(row) })),
})

/** The rows that name a department, for `departmentOf`. */
export const departmentsOf = ({ rows }: Pick<WatchConfig, 'rows'>) =>
  rows
    .map((row) => ({ when: whenOf(row), department: (row.department ?? '').trim() }))
    .filter(({ department }) => department !== '')

const withPlan = (rows: readonly WatchRow[]): readonly WatchRow[] =>
  rows.filter(({ plan }) => plan !== '')

const whenOf = (row: WatchRow) => ({
  codes: namesIn(row.codes),
  types: namesIn(row.types),
  names: namesIn(row.names),
  departments: namesIn(row.departments ?? ''),
  ...timesIn(row.times ?? ''),
})

/** The kinds of days, each by the names that people give it. */
const DAYS = {
  workday: ['工作日', 'workday', 'workdays'],
  restday: ['休息日', 'restday', 'restdays', 'rest day'],
  holiday: ['节假日', '法定节假日', 'holiday', 'holidays'],
} as const

type Day = keyof typeof DAYS

const dayOf = (name: string): Day | undefined =>
  (Object.keys(DAYS) as readonly Day[]).find((day) =>
    DAYS[day].some((one) => one === name.toLowerCase()),
  )

/** Shifts and days as they are typed; what is no kind of day is a shift. */
function timesIn(text: string): {
  readonly shifts: readonly string[]
  readonly days: readonly Day[]
} {
  const names = namesIn(text)
  return {
    shifts: names.filter((name) => dayOf(name) === undefined),
    days: [...new Set(names.flatMap((name) => dayOf(name) ?? []))],
  }
}

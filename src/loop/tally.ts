import { splitInstant } from '../messages/index.js'
import {
  CLOCK_TOLERANCE_MS,
  isCancelled,
  isClosed,
  isNobody,
  isSamePerson,
  NOBODY,
  type Alert,
  type Milestone,
} from './exam.js'
import { bucketOf, BUCKETS_MS } from './histogram.js'
import { normalised } from './identity.js'
import { NATIONAL_LIMIT_MS } from './plan.js'

/*
 * The tally: counters from which figures are made, so that figures read no history. The counters of an alert follow
 * from the alert alone, neither from the time nor from a setting; whoever counts it takes away those that it was counted
 * with before and adds those of the alert as it is, so that the tally is what counting all alerts would come to.
 */

/** The place of an alert in the tally. It is found once, when the alert is counted first, and kept with it. */
export interface Cell {
  /** The day on which it came in, by the zone of the site. */
  readonly day: string
  readonly department: string
  readonly shift: string
  /** CrisisCode. */
  readonly code: string
  readonly discipline: Discipline
}

/** The indicator of a critical value is that of its discipline, which a site says, since the interface does not. */
export type Discipline = 'radiology' | 'ultrasound' | 'other'

/** @param facts '' = not known */
export const cellOf = (
  { openedAt, crisis }: Pick<Alert, 'openedAt' | 'crisis'>,
  facts: Pick<Cell, 'department' | 'shift' | 'discipline'>,
  zone: string,
): Cell => ({
  day: splitInstant(openedAt, zone).date,
  department: normalised(facts.department),
  shift: normalised(facts.shift),
  code: normalised(crisis.CrisisCode),
  discipline: facts.discipline,
})

const PLAIN_COUNTERS = [
  /** Critical values that are not cancelled. */
  'alerts',
  'cancelled',
  /** Processed by a person; of them those that the PACS has been told. */
  'closed',
  'fedBack',
  'pages',
  /** The first reception of a critical value: within the national limit with both parties on record, or without. */
  'notifiedInTime',
  'notifiedUnsigned',
  'notifiedLate',
  'notifiedUnknown',
  'notifiedClock',
  /** Contents that somebody had to receive: a correction is one more. */
  'contents',
  'receiveUnknown',
  'receiveReplaced',
  'receiveClock',
  'processReplaced',
  'processClock',
] as const

type Bucketed = 'receive' | 'process'
/** `receive3` counts the contents that were received within the third bucket of `BUCKETS_MS`. */
export type Counter = (typeof PLAIN_COUNTERS)[number] | `${Bucketed}${number}`

const bucketsOf = (name: Bucketed): readonly Counter[] =>
  Array.from({ length: BUCKETS_MS.length + 1 }, (_, n): Counter => `${name}${n}`)

export const RECEIVE_BUCKETS = bucketsOf('receive')
export const PROCESS_BUCKETS = bucketsOf('process')
/** All counters of a tally. */
export const COUNTERS: readonly Counter[] = [
  ...PLAIN_COUNTERS,
  ...RECEIVE_BUCKETS,
  ...PROCESS_BUCKETS,
]

export type Counts = Partial<Record<Counter, number>>

/** An alert as it is counted. */
export interface Counted {
  readonly alert: Pick<Alert, 'stage' | 'openedAt' | 'setAt' | 'milestones' | 'crisis'>
  readonly cell: Cell
  /** Number of its pages that a channel has accepted. */
  readonly pages: number
}

/** A cell of the tally with its counters, or an alert with those that it adds to its cell. */
export interface TallyRow {
  readonly cell: Cell
  readonly counts: Counts
}

export interface TallyChange {
  readonly cell: Cell
  /** Not 0. */
  readonly by: Counts
}

/**
 * The changes of the tally by what some alerts have become.
 * @param before the alerts as they were counted last; those that never were are not among them
 */
export function tallyChanges(
  before: readonly TallyRow[],
  after: readonly TallyRow[],
): readonly TallyChange[] {
  const changes = new Map<string, { cell: Cell; by: Counts }>()
  const add = ({ cell, counts }: TallyRow, sign: 1 | -1): void => {
    const key = cellKey(cell)
    const change = changes.get(key) ?? { cell, by: {} }
    changes.set(key, change)
    for (const [name, n] of Object.entries(counts) as [Counter, number][]) {
      change.by[name] = (change.by[name] ?? 0) + sign * n
      if (change.by[name] === 0) delete change.by[name]
    }
  }
  for (const one of before) add(one, -1)
  for (const one of after) add(one, 1)
  return [...changes.values()].filter(({ by }) => Object.keys(by).length > 0)
}

/** The counters that an alert adds to its cell. */
export const tallied = ({ alert, cell, pages }: Counted): TallyRow => ({
  cell,
  counts: countsOf(alert, pages),
})

/** A text by which cells can be told apart. */
export const cellKey = ({ day, department, shift, code, discipline }: Cell): string =>
  JSON.stringify([day, department, shift, code, discipline])

/** The counters of one alert. Of a cancelled one nothing is measured: people have found that it was none. */
function countsOf(alert: Counted['alert'], pages: number): Counts {
  if (isCancelled(alert)) return { cancelled: 1 }
  const counts: Counts = { alerts: 1 }
  const count = (name: Counter, n = 1): void => {
    if (n > 0) counts[name] = (counts[name] ?? 0) + n
  }
  count('pages', pages)
  if (isClosed(alert)) count('closed')
  if (alert.stage === 'fedBack') count('fedBack')
  const contents = contentsOf(alert)
  const notified = notifiedAs(alert, contents)
  if (notified) count(notified)
  count('contents', contents.length)
  for (const content of contents) {
    const received = receivedAs(content)
    if (received) count(received)
    const processed = processedAs(content)
    if (processed) count(processed)
  }
  return counts
}

/** A content that has counted, and what people did about it. */
interface CountedContent {
  /** Epoch ms of our clock. */
  readonly start: number
  /** The first reception that came in before the processing; null = there is none. */
  readonly received: Milestone | null
  readonly processed: Milestone | null
  /** Another content counts since. */
  readonly isReplaced: boolean
}

function contentsOf({ milestones, openedAt }: Counted['alert']): readonly CountedContent[] {
  const starts = milestones.flatMap(({ stage }, n) => (stage === 'stored' ? [n] : []))
  // A ledger of an early version may have noted none.
  const begins = starts.length > 0 ? starts : [0]
  return begins.map((begin, n) => {
    const own = milestones.slice(begin, begins[n + 1])
    const done = own.findIndex(({ stage }) => stage === 'processed')
    const before = done < 0 ? own : own.slice(0, done)
    return {
      start: starts.length > 0 ? (own[0]?.at ?? openedAt) : openedAt,
      received: before.find(({ stage }) => stage === 'received') ?? null,
      processed: own[done] ?? null,
      isReplaced: n < begins.length - 1,
    }
  })
}

function receivedAs({ start, received, processed, isReplaced }: CountedContent): Counter | null {
  if (received) {
    const ms = received.at - start
    return ms < 0 ? 'receiveClock' : `receive${bucketOf(ms)}`
  }
  // Process without receive: left out and counted (reading section 2).
  if (processed) return 'receiveUnknown'
  return isReplaced ? 'receiveReplaced' : null
}

function processedAs({ start, processed, isReplaced }: CountedContent): Counter | null {
  if (processed) {
    const ms = processed.at - start
    return ms < 0 ? 'processClock' : `process${bucketOf(ms)}`
  }
  return isReplaced ? 'processReplaced' : null
}

/**
 * The first reception of a critical value, by the times on record of both parties: from the set time of the PACS to the
 * receive time of the ward, each where it is possible, else by our clock. null = nobody has received it yet.
 */
function notifiedAs(
  { setAt, crisis }: Counted['alert'],
  contents: readonly CountedContent[],
): Counter | null {
  const first = contents.find(({ received, processed }) => received ?? processed)
  if (!first) return null
  if (!first.received) return 'notifiedUnknown'
  const { at, saidAt } = first.received
  const opened = contents[0]?.start ?? first.start
  const start = Math.min(opened, setAt === null ? opened : Date.parse(setAt))
  if (at < start) return 'notifiedClock'
  const said = saidAt === null ? at : Date.parse(saidAt)
  const isPossible = said >= start - CLOCK_TOLERANCE_MS && said <= at + CLOCK_TOLERANCE_MS
  const end = isPossible ? Math.max(start, Math.min(said, at)) : at
  if (end - start > NATIONAL_LIMIT_MS) return 'notifiedLate'
  const { CrisisSettor: settor = NOBODY } = crisis
  const isSigned =
    !isNobody(settor) && !isNobody(first.received) && !isSamePerson(settor, first.received)
  return isSigned ? 'notifiedInTime' : 'notifiedUnsigned'
}

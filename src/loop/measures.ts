import type { Reason } from '../messages/index.js'
import { percentile, sum, within, type DurationRange } from './histogram.js'
import {
  PROCESS_BUCKETS,
  RECEIVE_BUCKETS,
  type Cell,
  type Counter,
  type Counts,
  type Discipline,
  type TallyRow,
} from './tally.js'

/*
 * Figures of the closed loop, from the tally alone. Each says what it is a share of, and what was left out of it.
 */

export const MEASURE_CODES = [
  'RQI-RCV-04',
  'US-CV-01',
  'receivedOnTime',
  'processedOnTime',
  'closedLoop',
  'pagesPerValue',
] as const
export type MeasureCode = (typeof MEASURE_CODES)[number]

interface Definition {
  readonly name: Reason
  readonly numerator: Reason
  readonly denominator: Reason
  readonly source: string
}

const ALL_BUT_CANCELLED: Reason = {
  zh: '同期危急值总例数（不含作废）',
  en: 'Critical values of the period that were not cancelled',
}
const WITH_KNOWN_TIME: Reason = {
  zh: '同期危急值总例数（不含作废、接收时间不明、时钟回拨）',
  en: 'Critical values of the period but those that were cancelled, whose receive time is not known, or during which our clock was set back',
}

/** The meaning of each figure, and the source of its definition. */
export const MEASURES: Readonly<Record<MeasureCode, Definition>> = {
  'RQI-RCV-04': {
    name: {
      zh: '放射影像危急值10分钟内通报完成率',
      en: 'Radiology critical values told within 10 min',
    },
    numerator: {
      zh: '设定后 10 分钟内首次接收，且设定者与接收者双方均有署名的例数',
      en: 'First received within 10 min after they were set, with two different people on record, the setter and the receiver',
    },
    denominator: WITH_KNOWN_TIME,
    source: '国卫办医政函〔2024〕150号, RQI-RCV-04',
  },
  'US-CV-01': {
    name: {
      zh: '超声危急值10分钟内通报完成率',
      en: 'Ultrasound critical values told within 10 min',
    },
    numerator: {
      zh: '设定后 10 分钟内首次接收的例数',
      en: 'First received within 10 min after they were set',
    },
    denominator: WITH_KNOWN_TIME,
    source: '超声专业医疗质量控制指标（2022年版）, US-CV-01',
  },
  receivedOnTime: {
    name: { zh: '接收及时率', en: 'Received on time' },
    numerator: {
      zh: '收到后在接收时限内被接收的内容数（更正另计一次）',
      en: 'Contents received within the limit after they came in, by our clock; a correction is one more content',
    },
    denominator: {
      zh: '应接收的内容数（不含接收时间不明、接收前已被更正、时钟回拨）',
      en: 'Contents to be received but those whose receive time is not known, which were corrected before, or during which our clock was set back',
    },
    source: '医院常用指标; limits by our clock: reading section 2',
  },
  processedOnTime: {
    name: { zh: '处理及时率', en: 'Processed on time' },
    numerator: {
      zh: '收到后在处理时限内被处理的内容数（更正另计一次）',
      en: 'Contents processed within the limit after they came in, by our clock; a correction is one more content',
    },
    denominator: {
      zh: '应处理的内容数（不含处理前已被更正、时钟回拨）',
      en: 'Contents to be processed but those that were corrected before, or during which our clock was set back',
    },
    source: '医院常用指标; limits by our clock: reading section 2',
  },
  closedLoop: {
    name: { zh: '闭环率', en: 'Closed loops' },
    numerator: {
      zh: '已由医护人员处理的例数',
      en: 'Processed by a person',
    },
    denominator: ALL_BUT_CANCELLED,
    source: '医院常用指标',
  },
  pagesPerValue: {
    name: { zh: '每例通知次数', en: 'Pages a critical value' },
    numerator: { zh: '渠道已受理的通知数', en: 'Pages that a channel has accepted' },
    denominator: ALL_BUT_CANCELLED,
    source: 'AHRQ/ECRI: repeats wear people out',
  },
}

export interface Figure {
  readonly code: MeasureCode
  readonly numerator: number
  readonly denominator: number
  /** In the denominator, and neither done nor late for good: somebody may still do it. */
  readonly open: number
  /** Left out of both, by the reason. */
  readonly excluded: Readonly<Record<string, number>>
}

export interface Durations {
  /** Number of contents that were measured. */
  readonly n: number
  readonly median: DurationRange | null
  readonly p90: DurationRange | null
}

export interface Figures {
  readonly figures: readonly Figure[]
  readonly receive: Durations
  readonly process: Durations
}

/** The limits that are asked about, in ms; one between two bounds of `BUCKETS_MS` counts as the lower one. */
export interface AskedLimits {
  readonly receivedMs: number
  readonly processedMs: number
}

/** The figures of some rows of a tally; rows of one discipline may have been summed up before. */
export function figuresOf(rows: readonly TallyRow[], limits: AskedLimits): Figures {
  const totals = { radiology: {}, ultrasound: {}, other: {} } satisfies Record<Discipline, Counts>
  for (const { cell, counts } of rows) addTo(totals[cell.discipline], counts)
  const sums = {}
  for (const counts of Object.values(totals)) addTo(sums, counts)
  const all = totalOf(sums)
  return {
    figures: [
      national('RQI-RCV-04', totalOf(totals.radiology)),
      national('US-CV-01', totalOf(totals.ultrasound)),
      onTime('receivedOnTime', all, limits.receivedMs),
      onTime('processedOnTime', all, limits.processedMs),
      closedLoop(all),
      pagesPerValue(all),
    ],
    receive: durationsOf(RECEIVE_BUCKETS.map((name) => all(name))),
    process: durationsOf(PROCESS_BUCKETS.map((name) => all(name))),
  }
}

type Total = (name: Counter) => number

const totalOf =
  (totals: Counts): Total =>
  (name) =>
    totals[name] ?? 0

function addTo(totals: Counts, counts: Counts): void {
  for (const key of Object.keys(counts)) {
    const name = key as Counter
    totals[name] = (totals[name] ?? 0) + (counts[name] ?? 0)
  }
}

/** RQI-RCV-04 wants both parties on record; US-CV-01 says nothing of it. */
function national(code: 'RQI-RCV-04' | 'US-CV-01', total: Total): Figure {
  const unsigned = total('notifiedUnsigned')
  const inTime = total('notifiedInTime') + (code === 'US-CV-01' ? unsigned : 0)
  const unknown = total('notifiedUnknown')
  const clock = total('notifiedClock')
  const denominator = total('alerts') - unknown - clock
  return {
    code,
    numerator: inTime,
    denominator,
    open: denominator - total('notifiedInTime') - unsigned - total('notifiedLate'),
    excluded: { cancelled: total('cancelled'), receiveTimeUnknown: unknown, clockSetBack: clock },
  }
}

function onTime(code: 'receivedOnTime' | 'processedOnTime', total: Total, limitMs: number): Figure {
  const name = code === 'receivedOnTime' ? 'receive' : 'process'
  const counts = (name === 'receive' ? RECEIVE_BUCKETS : PROCESS_BUCKETS).map(total)
  const unknown = name === 'receive' ? total('receiveUnknown') : 0
  const replaced = total(`${name}Replaced`)
  const clock = total(`${name}Clock`)
  const denominator = total('contents') - unknown - replaced - clock
  return {
    code,
    numerator: within(counts, limitMs),
    denominator,
    open: denominator - sum(counts),
    excluded: {
      cancelled: total('cancelled'),
      ...(name === 'receive' && { receiveTimeUnknown: unknown }),
      corrected: replaced,
      clockSetBack: clock,
    },
  }
}

const closedLoop = (total: Total): Figure => ({
  code: 'closedLoop',
  numerator: total('closed'),
  denominator: total('alerts'),
  open: total('alerts') - total('closed'),
  excluded: { cancelled: total('cancelled') },
})

const pagesPerValue = (total: Total): Figure => ({
  code: 'pagesPerValue',
  numerator: total('pages'),
  denominator: total('alerts'),
  open: 0,
  excluded: { cancelled: total('cancelled') },
})

const durationsOf = (counts: readonly number[]): Durations => ({
  n: sum(counts),
  median: percentile(counts, 0.5),
  p90: percentile(counts, 0.9),
})

export const PERIODS = {
  day: (day: string) => day,
  month: (day: string) => day.slice(0, 'yyyy-mm'.length),
  quarter: (day: string) =>
    `${day.slice(0, 'yyyy'.length)}-Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`,
  year: (day: string) => day.slice(0, 'yyyy'.length),
} as const satisfies Readonly<Record<string, (day: string) => string>>

/** Rows of a tally by what they have in common: a department, a shift, a code, a period, or several of them. */
export const grouped = (
  rows: readonly TallyRow[],
  keyOf: (cell: Cell) => string,
): ReadonlyMap<string, readonly TallyRow[]> => Map.groupBy(rows, ({ cell }) => keyOf(cell))

import assert from 'node:assert/strict'
import {
  BUCKETS_MS,
  cellKey,
  cellOf,
  COUNTERS,
  figuresOf,
  grouped,
  MEASURE_CODES,
  MEASURES,
  PERIODS,
  tallied,
  tallyChanges,
  type Alert,
  type Cell,
  type Counted,
  type Figure,
  type MeasureCode,
  type TallyRow,
} from '../../src/loop/index.js'
import { after, MINUTE, openAt, revisedAt, START } from './plan-rig.js'

const LIMITS = { receivedMs: 10 * MINUTE, processedMs: 30 * MINUTE }
const SETTOR = { CrisisSettor: { code: '040001', name: '诊断员' } }
const at = (minutes: number): number => START + minutes * MINUTE
const open = openAt(START, { crisis: { CrisisCode: '1', ...SETTOR } })
const cell = (change: Partial<Cell> = {}): Cell => ({
  ...cellOf(open, { department: '产科', shift: '白班', discipline: 'radiology' }, '+08:00'),
  ...change,
})
const counted = (alert: Alert, change: Partial<Cell> = {}, pages = 0): Counted => ({
  alert,
  cell: cell(change),
  pages,
})
const rowsOf = (all: readonly Counted[]): readonly TallyRow[] =>
  tallyChanges([], all.map(tallied)).map(({ cell: own, by }) => ({ cell: own, counts: by }))
const figureOf = (all: readonly Counted[], code: MeasureCode, limits = LIMITS): Figure => {
  const figure = figuresOf(rowsOf(all), limits).figures.find((one) => one.code === code)
  assert.ok(figure)
  return figure
}
/** `numerator/denominator`, what is open, and what was left out. */
const said = (alerts: readonly Alert[], code: MeasureCode, change: Partial<Cell> = {}) => {
  const figure = figureOf(
    alerts.map((one) => counted(one, change)),
    code,
  )
  const left = Object.entries(figure.excluded).flatMap(([why, n]) => (n > 0 ? [`${why} ${n}`] : []))
  return [`${figure.numerator}/${figure.denominator}`, `open ${figure.open}`, ...left].join(', ')
}

/** Received at our time `minute` by feedback that says another time. */
function receivedAt(minute: number, saidMinute: number | null, code = '040002'): Alert {
  const receiver = { stage: 'received', at: at(minute), code, name: '医生' } as const
  const saidAt = saidMinute === null ? null : new Date(at(saidMinute)).toISOString()
  return {
    ...open,
    stage: 'received',
    receivedAt: at(minute),
    milestones: [...open.milestones, { ...receiver, saidAt }],
  }
}
/** Processed, and nobody has said since when it was received. */
const unknown = (minute: number): Alert => ({
  ...open,
  stage: 'processed',
  processedAt: at(minute),
  milestones: [
    ...open.milestones,
    { stage: 'processed', at: at(minute), saidAt: null, code: '1', name: '' },
  ],
})
const cancelled: Alert = { ...receivedAt(5, 5), stage: 'cancelled', cancelledAt: at(6) }
const inTime = after(open, 'received', at(10))
const late = after(open, 'received', at(10.01))
const done = after(open, 'processed', at(30))
const corrected = revisedAt(after(open, 'processed', at(5)), 2, at(100))

describe('RQI-RCV-04', () => {
  for (const [rule, alerts, right] of [
    ['counts a reception within ten minutes', [inTime], '1/1, open 0'],
    ['does not count a later one', [inTime, late], '1/2, open 0'],
    ['has one that nobody has received in its denominator', [inTime, open], '1/2, open 1'],
    [
      'leaves out one whose receive time is not known, and counts it',
      [inTime, unknown(5)],
      '1/1, open 0, receiveTimeUnknown 1',
    ],
    ['leaves out what was cancelled', [inTime, cancelled], '1/1, open 0, cancelled 1'],
    ['wants two people on record', [receivedAt(5, 5, '040001')], '0/1, open 0'],
    ['wants the setter on record', [{ ...inTime, crisis: {} }], '0/1, open 0'],
    [
      'wants the receiver on record',
      [
        {
          ...receivedAt(5, 5, ''),
          milestones: receivedAt(5, 5, '').milestones.map((one) => ({ ...one, name: ' ' })),
        },
      ],
      '0/1, open 0',
    ],
    [
      'takes the receive time on record, when the feedback was late',
      [receivedAt(60, 9)],
      '1/1, open 0',
    ],
    [
      'takes none from before the set time beyond the tolerance',
      [receivedAt(60, -6)],
      '0/1, open 0',
    ],
    ['takes one from a slow clock as at once', [receivedAt(60, -4)], '1/1, open 0'],
    ['takes our time for one that is ahead', [receivedAt(9, 12)], '1/1, open 0'],
    ['takes none from the future beyond the tolerance', [receivedAt(9, 900)], '1/1, open 0'],
    [
      'begins with the set time of the PACS',
      [{ ...inTime, setAt: new Date(at(-1)).toISOString() }],
      '0/1, open 0',
    ],
    [
      'begins with our receipt where the PACS is ahead',
      [{ ...inTime, setAt: new Date(at(8)).toISOString() }],
      '1/1, open 0',
    ],
    [
      'begins with our receipt where there is no set time',
      [{ ...inTime, setAt: null }],
      '1/1, open 0',
    ],
    ['asks for the first reception, whatever was corrected since', [corrected], '1/1, open 0'],
    [
      'does not begin anew with a correction',
      [after(revisedAt(open, 2, at(9)), 'received', at(11))],
      '0/1, open 0',
    ],
    [
      'leaves out one during which our clock was set back',
      [receivedAt(-20, -20)],
      '0/0, open 0, clockSetBack 1',
    ],
  ] as const) {
    it(rule, () => assert.equal(said(alerts, 'RQI-RCV-04'), right))
  }

  it('is of radiology', () => {
    assert.equal(said([inTime], 'RQI-RCV-04', { discipline: 'ultrasound' }), '0/0, open 0')
  })
})

describe('US-CV-01', () => {
  it('asks for the time alone, of ultrasound', () => {
    const change = { discipline: 'ultrasound' } as const
    assert.equal(
      said([inTime, late, open, { ...inTime, crisis: {} }, cancelled], 'US-CV-01', change),
      '2/4, open 1, cancelled 1',
    )
    assert.equal(said([inTime], 'US-CV-01'), '0/0, open 0')
  })
})

describe('a figure', () => {
  for (const [rule, alerts, code, right] of [
    ['of receiving goes by our clock', [receivedAt(60, 9)], 'receivedOnTime', '0/1, open 0'],
    ['of receiving has its limit included', [inTime, late, open], 'receivedOnTime', '1/3, open 1'],
    ['of receiving counts a correction as one more', [corrected], 'receivedOnTime', '1/2, open 1'],
    [
      'of receiving leaves out a content that was replaced before',
      [revisedAt(open, 2, at(3))],
      'receivedOnTime',
      '0/1, open 1, corrected 1',
    ],
    [
      'of receiving leaves out an unknown time',
      [unknown(5)],
      'receivedOnTime',
      '0/0, open 0, receiveTimeUnknown 1',
    ],
    [
      'of processing has its limit included',
      [done, after(open, 'processed', at(30.01)), inTime],
      'processedOnTime',
      '1/3, open 1',
    ],
    [
      'of processing counts one without a reception',
      [unknown(5)],
      'processedOnTime',
      '1/1, open 0',
    ],
    [
      'of closed loops counts what people have processed',
      [done, { ...done, stage: 'fedBack' }, inTime, cancelled],
      'closedLoop',
      '2/3, open 1, cancelled 1',
    ],
    ['of closed loops opens with a correction', [corrected], 'closedLoop', '0/1, open 1'],
  ] as const) {
    it(rule, () => assert.equal(said(alerts, code), right))
  }

  it('of pages is a ratio', () => {
    const { numerator, denominator } = figureOf(
      [counted(open, {}, 3), counted(inTime, {}, 1), counted(cancelled, {}, 9)],
      'pagesPerValue',
    )
    assert.deepEqual([numerator, denominator], [4, 2])
  })

  it('has another limit when it is asked for one, rounded down to a bucket', () => {
    const seven = after(open, 'received', at(7))
    const numerator = (receivedMs: number) =>
      figureOf([counted(seven)], 'receivedOnTime', { ...LIMITS, receivedMs }).numerator
    assert.deepEqual(
      [6.9, 7, 7.5].map((minutes) => numerator(minutes * MINUTE)),
      [0, 1, 1],
    )
  })

  it('is defined in both languages, with its source', () => {
    for (const code of MEASURE_CODES) {
      const { name, numerator, denominator, source } = MEASURES[code]
      for (const text of [
        name.zh,
        name.en,
        numerator.zh,
        numerator.en,
        denominator.zh,
        denominator.en,
        source,
      ]) {
        assert.ok(text.length > 2, code)
      }
    }
  })

  it('is that of a department, a shift, a code or a period', () => {
    const rows = rowsOf([
      counted(inTime),
      counted(late, { department: '骨科', day: '2026-02-01' }),
      counted(open, { shift: '夜班', code: '2', day: '2026-04-01' }),
    ])
    const by = (keyOf: (one: Cell) => string) =>
      [...grouped(rows, keyOf)].map(([key, own]) => {
        const figure = figuresOf(own, LIMITS).figures[2]
        return `${key} ${figure?.numerator}/${figure?.denominator}`
      })
    assert.deepEqual(
      by(({ department }) => department),
      ['产科 1/2', '骨科 0/1'],
    )
    assert.deepEqual(
      by(({ shift }) => shift),
      ['白班 1/2', '夜班 0/1'],
    )
    assert.deepEqual(
      by(({ code }) => code),
      ['1 1/2', '2 0/1'],
    )
    assert.deepEqual(
      by(({ day }) => PERIODS.month(day)),
      ['2026-01 1/1', '2026-02 0/1', '2026-04 0/1'],
    )
    assert.deepEqual(
      by(({ day }) => PERIODS.quarter(day)),
      ['2026-Q1 1/2', '2026-Q2 0/1'],
    )
    assert.deepEqual(
      by(({ day }) => PERIODS.year(day)),
      ['2026 1/3'],
    )
  })
})

describe('a duration', () => {
  const of = (minutes: readonly number[]) => {
    const { receive } = figuresOf(
      rowsOf(minutes.map((one) => counted(after(open, 'received', at(one))))),
      LIMITS,
    )
    return [
      receive.n,
      ...[receive.median, receive.p90].map(
        (one) => one && [one.over / MINUTE, one.upTo === null ? null : one.upTo / MINUTE],
      ),
    ]
  }
  for (const [rule, minutes, right] of [
    ['has no median of none', [], [0, null, null]],
    ['lies in its bucket', [4.5], [1, [4, 5], [4, 5]]],
    ['has its upper bound included', [5], [1, [4, 5], [4, 5]]],
    ['begins at nothing', [0], [1, [0, 0.5], [0, 0.5]]],
    ['has the middle one as its median', [1, 2, 60], [3, [1, 2], [45, 60]]],
    [
      'has nine in ten below the 90th percentile',
      [1, 1, 1, 1, 1, 1, 1, 1, 6, 60],
      [10, [0.5, 1], [5, 6]],
    ],
    ['may have no upper bound', [5_000], [1, [1440, null], [1440, null]]],
  ] as const) {
    it(rule, () => assert.deepEqual(of(minutes), right))
  }

  it('has buckets that stand in every ledger, and are never changed', () => {
    assert.deepEqual(
      BUCKETS_MS.map((bound) => bound / MINUTE),
      [0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 45, 60, 90, 120, 240, 480, 1440],
    )
  })
})

describe('the tally', () => {
  const changes = (before: readonly Counted[], after: readonly Counted[]) =>
    tallyChanges(before.map(tallied), after.map(tallied))

  it('changes by nothing where nothing changes', () => {
    assert.deepEqual(changes([counted(open)], [counted({ ...open, resent: 1 })]), [])
  })

  it('changes by what has become of an alert', () => {
    const [change, ...others] = changes([counted(open)], [counted(inTime)])
    assert.deepEqual(others, [])
    assert.deepEqual(change?.by, { notifiedInTime: 1, receive10: 1 })
  })

  it('takes everything back of what is cancelled', () => {
    const [change] = changes(
      [counted(done, {}, 2)],
      [counted({ ...done, stage: 'cancelled' }, {}, 2)],
    )
    assert.deepEqual(change?.by, {
      ...{ alerts: -1, closed: -1, contents: -1, pages: -2, process15: -1 },
      ...{ notifiedLate: -1, receive15: -1, cancelled: 1 },
    })
  })

  it('moves an alert from one cell to another', () => {
    const moved = changes([counted(open)], [counted(open, { department: '骨科' })])
    assert.deepEqual(
      moved.map(({ cell: own, by }) => [own.department, by.alerts]),
      [
        ['产科', -1],
        ['骨科', 1],
      ],
    )
  })

  it('knows each of its counters', () => {
    assert.equal(new Set(COUNTERS).size, COUNTERS.length)
    const all = rowsOf(
      [open, done, cancelled, corrected, unknown(5), late].map((one) => counted(one)),
    )
    for (const { counts } of all) {
      for (const name of Object.keys(counts))
        assert.ok(
          COUNTERS.some((one) => one === name),
          name,
        )
    }
  })

  it('has its day in the zone of the site', () => {
    const evening = openAt(Date.parse('2026-01-05T17:00Z'))
    const dayIn = (zone: string) =>
      cellOf(evening, { department: ' 产科', shift: '', discipline: 'other' }, zone).day
    assert.deepEqual(['+08:00', 'America/New_York'].map(dayIn), ['2026-01-06', '2026-01-05'])
    assert.notEqual(cellKey(cell()), cellKey(cell({ department: '' })))
  })
})

import assert from 'node:assert/strict'
import {
  feedbackArrival,
  acknowledge,
  CLOCK_TOLERANCE_MS,
  openFirst,
  spokenOf,
  type Alert,
  type AlertStage,
  type Milestone,
  type Said,
  type Statement,
} from '../../src/loop/index.js'
import { alertOf } from './exams.js'

const AT = Date.UTC(2026, 0, 1, 12)
const iso = (ms: number): string => new Date(ms).toISOString()
const MINUTE = 60_000

const alert = (id: number, setMs: number | null, stage: AlertStage = 'stored'): Alert =>
  alertOf(id, {
    stage,
    setAt: setMs === null ? null : iso(setMs),
    openedAt: AT,
    processedAt: stage === 'processed' ? AT : null,
    crisis: { CrisisSettor: { code: '1', name: '诊断员' } },
  })

const said = (ms: number, code = '2'): Statement => ({
  at: iso(ms),
  person: { code, name: '医生' },
})
const received = (ms: number, code?: string): Said => ({
  received: said(ms, code),
  processed: null,
})
const processed = (ms: number): Said => ({ received: null, processed: said(ms) })

const ids = (alerts: readonly Alert[], what: Said): readonly number[] =>
  openFirst(spokenOf(alerts, what)).map((one) => one.alert.id)

describe('whom feedback speaks of (reading section 2, A19)', () => {
  const early = alert(1, AT - 60 * MINUTE)
  const late = alert(2, AT)
  for (const [what, alerts, statement, wanted] of [
    ['one alone, whatever the time', [late], received(AT - 999 * MINUTE), [2]],
    ['all that were set before it', [early, late], received(AT + MINUTE), [1, 2]],
    ['none that was set after it', [early, late], received(AT - 1_000), [1]],
    [
      'of a time to the minute, those of that minute',
      [early, alert(2, AT + 30_000)],
      received(AT),
      [1, 2],
    ],
    [
      'those that a slow clock may mean',
      [late, alert(3, AT + MINUTE)],
      received(AT - 4 * MINUTE),
      [2, 3],
    ],
    ['none that is out of reach of any clock', [late, late], received(AT - 6 * MINUTE), []],
    ['the open one', [alert(1, AT - MINUTE, 'processed'), late], processed(AT), [2]],
    [
      'the closed one, before the open one was set',
      [alert(1, AT - MINUTE, 'processed'), late],
      processed(AT - 1),
      [1],
    ],
    [
      'no cancelled one beside another',
      [alert(1, AT - MINUTE, 'cancelled'), late],
      processed(AT),
      [2],
    ],
    ['a cancelled one where there is no other', [alert(1, AT, 'cancelled')], processed(AT), [1]],
    ['one without a set time from when it came in', [early, alert(2, null)], received(AT - 1), [1]],
  ] as const) {
    it(`is ${what}`, () => assert.deepEqual(ids(alerts, statement), wanted))
  }

  it('is each statement by itself', () => {
    const both = { received: said(AT - 1_000), processed: said(AT + MINUTE) }
    const spoken = spokenOf([early, late], both)
    assert.deepEqual(
      spoken.map((one) => [one.said.received !== null, one.said.processed !== null]),
      [
        [true, true],
        [false, true],
      ],
    )
  })
})

const milestone = (stage: AlertStage, at: number, change: Partial<Milestone> = {}): Milestone => ({
  stage,
  at,
  saidAt: null,
  code: '',
  name: '',
  ...change,
})

describe('how far feedback brings an alert', () => {
  const one = alert(1, AT - 60 * MINUTE)
  const first = [milestone('stored', AT - 50 * MINUTE)]
  const corrected = [...first, milestone('stored', AT - 10 * MINUTE)]

  for (const [what, milestones, statement, stage, flags] of [
    ['received', first, received(AT), 'received', []],
    ['processed', first, processed(AT), 'processed', []],
    [
      'nowhere by what is older than its correction',
      corrected,
      received(AT - 10 * MINUTE - CLOCK_TOLERANCE_MS - 1),
      'stored',
      ['beforeRevision'],
    ],
    [
      'received within what clocks may differ',
      corrected,
      received(AT - 10 * MINUTE - CLOCK_TOLERANCE_MS),
      'received',
      [],
    ],
    [
      'received by whoever set it, which is told',
      first,
      received(AT, '1'),
      'received',
      ['selfAck'],
    ],
    [
      'received by a clock that is ahead, which is told',
      first,
      received(AT + CLOCK_TOLERANCE_MS + 1),
      'received',
      ['clockSkew'],
    ],
  ] as const) {
    it(`is ${what}`, () => {
      const result = acknowledge({ ...one, milestones: milestones }, statement, AT)
      assert.deepEqual([result.stage, result.flags], [stage, flags])
      assert.equal(result.counts, stage !== 'stored')
    })
  }

  it('never goes back', () => {
    const done = alert(1, AT, 'fedBack')
    assert.equal(acknowledge({ ...done, milestones: first }, received(AT), AT).stage, 'fedBack')
  })

  it('keeps the first receiver and adds another one beside it', () => {
    const known = [...first, milestone('received', AT, { code: '2', saidAt: iso(AT) })]
    assert.deepEqual(
      acknowledge({ ...one, milestones: known }, received(AT + 1), AT).milestones,
      [],
    )
    const other = acknowledge({ ...one, milestones: known }, received(AT, '3'), AT)
    assert.deepEqual(other.flags, ['otherReceiver'])
    assert.deepEqual(
      other.milestones.map(({ code }) => code),
      ['3'],
    )
  })

  it('takes a repeated statement on the earlier content for none', () => {
    const before = [
      ...first,
      milestone('received', AT - 40 * MINUTE, { code: '2', saidAt: iso(AT) }),
      milestone('stored', AT - 10 * MINUTE),
    ]
    assert.deepEqual(acknowledge({ ...one, milestones: before }, received(AT), AT).flags, [
      'beforeRevision',
    ])
  })
})

describe('what a feedback comes to (reading section 2)', () => {
  const ROWS = [
    ['of a known exam, for the first time', true, null, 'new'],
    ['of a known exam, again', true, { state: 'matched', isAccepted: false }, 'duplicate'],
    // The exam has come, too late for what was said then: it counts now that it is said again.
    ['of a known exam, after it was given up', true, { state: 'lost', isAccepted: false }, 'new'],
    ['of an unknown exam, for the first time', false, null, 'new'],
    ['of an unknown exam, again', false, { state: 'orphan', isAccepted: false }, 'orphanAgain'],
    ['of an unknown exam, given up', false, { state: 'lost', isAccepted: false }, 'orphanAgain'],
    ['of an unknown exam, accepted', false, { state: 'lost', isAccepted: true }, 'duplicate'],
    ['matched, its exam pruned', false, { state: 'matched', isAccepted: false }, 'duplicate'],
  ] as const
  for (const [rule, isKnown, seen, right] of ROWS) {
    it(`${rule}: ${right}`, () => assert.equal(feedbackArrival(isKnown, seen), right))
  }
})

import assert from 'node:assert/strict'
import {
  cancelled,
  fire,
  held,
  isStanding,
  overdueOf,
  passOver,
  SLOWEST_REPEAT_MS,
  steadied,
  timerOf,
  type Alert,
  type Plan,
  type Timer,
} from '../../src/loop/index.js'
import { after, last, MINUTE, openAt, PLAN, planOf, revisedAt, START, step } from './plan-rig.js'

const at = (minutes: number): number => START + minutes * MINUTE

/** The steps that fire when the timer is looked at at these minutes: `step.round` and how late in minutes. */
function fired(alert: Alert, plan: Plan, minutes: readonly number[]) {
  let timer: Timer | null = timerOf(alert, plan, null)
  return minutes.map((minute) => {
    const result = fire(alert, plan, timer, at(minute))
    timer = result.timer
    return result.due.map((due) => `${due.step}.${due.round} +${due.lateMs / MINUTE}`).join(', ')
  })
}

const armed = (alert: Alert, minute: number, plan = PLAN): Timer => {
  const { timer } = fire(alert, plan, timerOf(alert, plan, null), at(minute))
  assert.ok(timer)
  return timer
}

describe('a timer', () => {
  const open = openAt()
  const received = after(open, 'received', at(6))
  const processed = after(open, 'processed', at(6))
  const stepAndDelay = (timer: Timer | null) =>
    timer && [timer.step, timer.round, (timer.dueAt - START) / MINUTE]

  for (const [rule, timer, right] of [
    ['is armed with the first step', timerOf(open, PLAN, null), [0, 0, 5]],
    [
      'goes to the processing once it is received',
      timerOf(received, PLAN, armed(open, 5)),
      [3, 0, 30],
    ],
    [
      'is armed with the processing when it is received already',
      timerOf(received, PLAN, null),
      [3, 0, 30],
    ],
    ['is gone once it is processed', timerOf(processed, PLAN, armed(open, 5)), null],
    [
      'is gone once the PACS was told',
      timerOf({ ...processed, stage: 'fedBack' }, PLAN, null),
      null,
    ],
    [
      'is gone once it is cancelled',
      timerOf({ ...open, stage: 'cancelled' }, PLAN, armed(open, 5)),
      null,
    ],
    [
      'stays when a peer has it',
      timerOf({ ...open, stage: 'notified' }, PLAN, armed(open, 5)),
      [1, 0, 10],
    ],
    [
      'starts anew with a correction',
      timerOf(revisedAt(open, 2, at(12)), PLAN, armed(open, 11)),
      [0, 0, 17],
    ],
    [
      'starts anew with a correction of what was processed',
      timerOf(revisedAt(processed, 2, at(60)), PLAN, null),
      [0, 0, 65],
    ],
    [
      'starts anew with a correction in the same millisecond',
      timerOf(revisedAt(open, 2, START), PLAN, armed(open, 11)),
      [0, 0, 5],
    ],
    [
      'starts anew when people choose an earlier content again',
      timerOf(revisedAt(open, 1, at(12)), PLAN, armed(open, 11)),
      [0, 0, 17],
    ],
    [
      'is gone once it is received where the plan asks for no more',
      timerOf(received, planOf([step(5, { repeatMs: MINUTE })]), null),
      null,
    ],
  ] as const) {
    it(rule, () => assert.deepEqual(stepAndDelay(timer), right))
  }

  it('is the same object where nothing changes, so that nothing is written', () => {
    const timer = armed(open, 7)
    assert.equal(timerOf(open, PLAN, timer), timer)
    const resent: Alert = { ...open, resent: 5 }
    assert.equal(timerOf(resent, PLAN, timer), timer)
    assert.equal(steadied(timer, at(7)), timer)
  })

  it('goes on for an alert that is held', () => {
    const exam = held({ system: '', key: 'x', alerts: [open], told: [] })
    const [alert] = exam.alerts
    assert.deepEqual(fired(alert!, PLAN, [5, 10]), ['0.0 +0', '1.0 +0'])
    const [gone] = cancelled(exam, alert!, at(6)).alerts
    assert.deepEqual(fired(gone!, PLAN, [5, 10]), ['', ''])
  })

  const repeating = planOf([
    step(5, { repeatMs: 2 * MINUTE, cap: 2 }),
    step(10),
    last(30, { cap: 2 }),
  ])
  for (const [rule, plan, minutes, right] of [
    [
      'fires each step once',
      PLAN,
      [4, 5, 5, 7, 10, 15, 16],
      ['', '0.0 +0', '', '', '1.0 +0', '2.0 +0', ''],
    ],
    ['fires each missed step once, oldest first', PLAN, [20, 20], ['0.0 +15, 1.0 +10, 2.0 +5', '']],
    [
      'keeps reminding at the end',
      PLAN,
      [30, 40, 50, 60],
      ['0.0 +25, 1.0 +20, 2.0 +15, 3.0 +0', '3.1 +0', '3.2 +0', '3.3 +0'],
    ],
    [
      'has one round for those that were missed',
      PLAN,
      [30, 75, 80],
      ['0.0 +25, 1.0 +20, 2.0 +15, 3.0 +0', '3.4 +35', '3.5 +0'],
    ],
    [
      'repeats a step up to its cap',
      repeating,
      [5, 6, 7, 9, 10],
      ['0.0 +0', '', '0.1 +0', '', '1.0 +0'],
    ],
    [
      'repeats a step without a cap until the next one',
      planOf([step(5, { repeatMs: 2 * MINUTE }), step(10), last(30)]),
      [5, 7, 9, 10, 11],
      ['0.0 +0', '0.1 +0', '0.2 +0', '1.0 +0', ''],
    ],
    [
      'has no round at the very time of the next step',
      planOf([step(5, { repeatMs: 5 * MINUTE }), step(10), last(30)]),
      [5, 10],
      ['0.0 +0', '1.0 +0'],
    ],
    [
      'slows down at the end and never stops',
      repeating,
      [30, 40, 59, 60, 99, 100, 159, 160, 219, 220, 280],
      [
        '0.1 +25, 1.0 +20, 2.0 +0',
        '2.1 +0',
        '',
        '2.2 +0',
        '',
        '2.3 +0',
        '',
        '2.4 +0',
        '',
        '2.5 +0',
        '2.6 +0',
      ],
    ],
  ] as const) {
    it(rule, () => assert.deepEqual(fired(open, plan, minutes), right))
  }

  it('counts the rounds that one stands for', () => {
    const [, , , one] = fire(open, PLAN, null, at(75)).due
    assert.deepEqual([one?.step, one?.round, one?.rounds, one?.lateMs], [3, 4, 5, 45 * MINUTE])
    assert.equal(one?.isLast, true)
  })

  it('is due at once for years of missed rounds, and then at its own time', () => {
    const plan = planOf([last(5, { repeatMs: MINUTE, cap: 10 })])
    const years = at(3 * 365 * 24 * 60)
    const { due, timer } = fire(open, plan, null, years)
    assert.equal(due.length, 1)
    assert.ok(timer && timer.dueAt > years && timer.dueAt <= years + SLOWEST_REPEAT_MS)
    // Walking comes to the same as counting.
    let walked = timerOf(open, plan, null)
    while (walked && walked.dueAt <= at(20_000))
      walked = fire(open, plan, walked, walked.dueAt).timer
    assert.deepEqual(fire(open, plan, null, at(20_000)).timer, walked)
  })

  it('keeps a slow interval of its own', () => {
    const plan = planOf([last(0, { repeatMs: 2 * SLOWEST_REPEAT_MS, cap: 1 })])
    assert.deepEqual(fired(open, plan, [0, 119, 120, 239, 240]), [
      '0.0 +0',
      '',
      '0.1 +0',
      '',
      '0.2 +0',
    ])
  })
})

describe('a step that nobody can be called for', () => {
  const open = openAt()
  const page = { revision: 1, storedAt: START, step: 0 }

  it('makes the next one due at once, and the ones behind it at their own time', () => {
    const passed = passOver(open, PLAN, armed(open, 5), page, at(5))
    const { due, timer } = fire(open, PLAN, passed, at(5))
    assert.deepEqual(
      due.map((one) => [one.step, one.lateMs]),
      [[1, 0]],
    )
    assert.deepEqual([timer?.step, timer?.dueAt, timer?.level], [2, at(15), 2])
  })

  it('is not repeated', () => {
    const plan = planOf([step(5, { repeatMs: MINUTE }), step(10), last(30)])
    const passed = passOver(open, plan, armed(open, 6, plan), page, at(6))
    assert.deepEqual(
      fire(open, plan, passed, at(6)).due.map((one) => one.step),
      [1],
    )
  })

  it('is passed over once', () => {
    const passed = passOver(open, PLAN, armed(open, 5), page, at(5))
    const { timer } = fire(open, PLAN, passed, at(5))
    assert.equal(passOver(open, PLAN, timer, page, at(6)), timer)
  })

  it('comes again with its next round where it is the last', () => {
    const timer = armed(open, 30)
    assert.equal(passOver(open, PLAN, timer, { ...page, step: 3 }, at(30)), timer)
  })

  for (const [rule, alert, timer] of [
    ['nor where somebody has received it', after(open, 'received', at(6)), armed(open, 5)],
    ['nor where it was corrected', revisedAt(open, 2, at(6)), armed(open, 5)],
    ['nor where a later step has fired', open, armed(open, 12)],
  ] as const) {
    it(`changes nothing otherwise, ${rule}`, () => {
      assert.deepEqual(passOver(alert, PLAN, timer, page, at(6)), timerOf(alert, PLAN, timer))
      assert.equal(isStanding(alert, PLAN, timerOf(alert, PLAN, timer), page), false)
    })
  }
})

describe('another plan', () => {
  const open = openAt()
  const moved = (minute: number, plan: Plan, from = PLAN) => {
    const timer = timerOf(open, plan, armed(open, minute, from))
    return timer && [timer.step, timer.round, (timer.dueAt - START) / MINUTE, timer.level]
  }
  const later = planOf([step(20), last(60)])
  for (const [rule, actual, right] of [
    ['begins with its first step where nothing has fired', moved(4, later), [0, 0, 20, 0]],
    ['repeats nothing that has fired', moved(5, planOf([step(5), last(12)])), [1, 0, 12, 1]],
    [
      'fires a step that was put in between',
      moved(5, planOf([step(5), step(7), last(30)])),
      [1, 0, 7, 1],
    ],
    [
      'has its end where more has fired',
      moved(15, planOf([last(3, { repeatMs: 5 * MINUTE })])),
      [0, 3, 18, 1],
    ],
    ['waits for its own first step', moved(15, later), [0, 0, 20, 0]],
    ['of the same steps goes on', moved(15, planOf(PLAN.steps, 'other')), [3, 0, 30, 3]],
  ] as const) {
    it(rule, () => assert.deepEqual(actual, right))
  }
})

describe('another plan, twice', () => {
  it('repeats nothing either', () => {
    const open = openAt()
    const first = timerOf(open, planOf([step(12), last(40)]), armed(open, 15))
    assert.deepEqual([first?.step, first?.dueAt], [1, at(40)])
    const second = timerOf(open, planOf([step(14), last(50)]), first)
    assert.deepEqual([second?.step, second?.dueAt], [1, at(50)])
  })
})

describe('a clock that was set back', () => {
  const open = openAt()
  it('holds no step up for as long as it was ahead', () => {
    // The alert came in while the clock was eight hours ahead.
    const timer = timerOf(open, PLAN, null)
    const back = START - 8 * 60 * MINUTE
    const first = fire(open, PLAN, timer, back)
    assert.deepEqual(first.due, [])
    assert.equal(first.timer?.dueAt, back + 5 * MINUTE)
    const { due } = fire(open, PLAN, first.timer, back + 31 * MINUTE)
    assert.deepEqual(
      due.map((one) => one.step),
      [0, 1, 2, 3],
    )
  })

  it('fires nothing twice', () => {
    const timer = steadied(armed(open, 12), at(2))
    assert.deepEqual(fire(open, PLAN, timer, at(2)).due, [])
    assert.deepEqual([timer.step, timer.dueAt, timer.level], [2, at(7), 2])
    assert.equal(timerOf(open, PLAN, timer), timer)
  })
})

describe('overdue', () => {
  const open = openAt()
  const flags = (alert: Alert, minute: number) => {
    const { receive, process } = overdueOf(alert, PLAN.limits, null, at(minute))
    return [receive, process]
  }
  for (const [rule, actual, right] of [
    ['is not so at the limit', flags(open, 10), [false, false]],
    ['is so past the limit', flags(open, 10.001), [true, false]],
    ['is so of the processing too', flags(open, 30.001), [true, true]],
    [
      'is not so once it was received in time',
      flags(after(open, 'received', at(9)), 29),
      [false, false],
    ],
    [
      'stays so when it was received late',
      flags(after(open, 'received', at(11)), 12),
      [true, false],
    ],
    [
      'counts a processing as a reception',
      flags({ ...open, processedAt: at(9) }, 99),
      [false, false],
    ],
    ['begins anew with a correction', flags(revisedAt(open, 2, at(60)), 65), [false, false]],
    [
      'ends with the alert',
      flags({ ...open, stage: 'cancelled', cancelledAt: at(3) }, 99),
      [false, false],
    ],
  ] as const) {
    it(rule, () => assert.deepEqual(actual, right))
  }

  it('knows the level of escalation', () => {
    assert.equal(overdueOf(open, PLAN.limits, armed(open, 11), at(11)).level, 2)
    assert.equal(
      overdueOf(open, { receivedMs: MINUTE, processedMs: null }, null, at(99)).process,
      false,
    )
  })
})

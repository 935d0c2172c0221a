import assert from 'node:assert/strict'
import {
  afterPageAttempt,
  fire,
  isPageStanding,
  isPageWanted,
  pageTurns,
  pageUntil,
  passOver,
  timerOf,
  type Alert,
  type PageClass,
  type PageProgress,
  type PageStep,
  type RateRule,
  type Timer,
} from '../../src/loop/index.js'
import { after, MINUTE, openAt, PLAN, planOf, revisedAt, START, step } from './plan-rig.js'

const NOW = START
const SECOND = 1_000

const at = (minutes: number): number => START + minutes * MINUTE

/** A page of a person with two channels after its first attempt by the first of them. */
const page = (change: Partial<PageProgress> = {}): PageProgress => ({
  way: 0,
  ways: 2,
  tries: 1,
  unknowns: 0,
  until: null,
  hasSuccessor: true,
  ...change,
})

describe('a page after an attempt', () => {
  const say = (
    kind: PageClass,
    of: Partial<PageProgress> = {},
    retryAfterMs?: number,
    isOurs?: boolean,
  ): string => {
    const reason = { zh: '', en: '' }
    const next = afterPageAttempt(
      page(of),
      { class: kind, code: 'X', reason, retryAfterMs, isOurs },
      NOW,
    )
    if (next.state !== 'waiting') return next.state
    return `channel ${next.way + 1} in ${(next.at - NOW) / SECOND} s`
  }
  const lastWay = { way: 1 }
  const alone = { way: 1, hasSuccessor: false }
  for (const [rule, said, right] of [
    ['is done once it is accepted', say('accepted'), 'accepted'],
    ['is done also past its time', say('accepted', { until: NOW }), 'accepted'],
    ['goes to the next channel at once when refused', say('refused'), 'channel 2 in 0 s'],
    ['has failed when the last channel refuses it', say('refused', lastWay), 'failed'],
    ['comes again soon', say('retry'), 'channel 1 in 2 s'],
    ['comes again later', say('retry', { tries: 2 }), 'channel 1 in 5 s'],
    ['comes again later still', say('retry', { tries: 3 }), 'channel 1 in 15 s'],
    ['comes again half a minute later', say('retry', { tries: 4 }), 'channel 1 in 30 s'],
    ['goes to the next channel after five', say('retry', { tries: 5 }), 'channel 2 in 0 s'],
    ['waits as long as the channel asks', say('retry', {}, 20 * SECOND), 'channel 1 in 20 s'],
    ['does not wait so long where there is another', say('retry', {}, MINUTE), 'channel 2 in 0 s'],
    ['fails, so that the next step is due', say('retry', { ...lastWay, tries: 5 }), 'failed'],
    ['goes on where nobody is behind', say('retry', { ...alone, tries: 9 }), 'channel 2 in 30 s'],
    ['waits long where nobody is behind', say('retry', alone, 10 * MINUTE), 'channel 2 in 600 s'],
    ['comes once more when in doubt', say('unknown', { unknowns: 1 }), 'channel 1 in 2 s'],
    [
      'comes at once when we have broken it off',
      say('unknown', { unknowns: 1 }, 0, true),
      'channel 1 in 0 s',
    ],
    ['then goes on', say('unknown', { unknowns: 2, tries: 2 }), 'channel 2 in 0 s'],
    ['then fails', say('unknown', { ...alone, unknowns: 2, tries: 2 }), 'failed'],
    [
      'goes to the next channel in the time that is left',
      say('retry', { until: NOW + SECOND }),
      'channel 2 in 0 s',
    ],
    [
      'fails rather than to come too late',
      say('retry', { ...alone, until: NOW + SECOND }),
      'failed',
    ],
    ['fails once its time is over', say('refused', { until: NOW }), 'failed'],
  ] as const) {
    it(rule, () => assert.equal(said, right))
  }
})

describe('a page of a step', () => {
  const open = openAt()
  const fired = fire(open, PLAN, timerOf(open, PLAN, null), at(5))
  const own: PageStep = { ...fired.due[0]!, watch: 'watch', until: 'received', isLast: false }
  const timer = fired.timer!
  const stands = (alert: Alert, now: Timer | null, plan = PLAN): boolean =>
    isPageStanding(alert, plan, now, own)
  const edited = planOf([step(5), step(12), step(40, { until: 'processed', repeatMs: MINUTE })])
  for (const [rule, standing, right] of [
    ['stands', stands(open, timer), true],
    [
      'stands in the hands of the next step',
      stands(open, passOver(open, PLAN, timer, own, at(6))),
      true,
    ],
    ['falls when somebody has received it', stands(after(open, 'received', at(6)), timer), false],
    ['falls with a cancelling', stands({ ...open, stage: 'cancelled' }, timer), false],
    ['falls with a correction', stands(revisedAt(open, 2, at(6)), timer), false],
    ['falls with the next step', stands(open, fire(open, PLAN, timer, at(10)).timer), false],
    ['stands when its watch has ended', isPageStanding(open, null, timer, own), true],
    ['stands when its plan was edited', stands(open, timer, edited), true],
    [
      'falls when a later step fired of the plan before',
      stands(open, { ...timer, level: 2 }, edited),
      false,
    ],
  ] as const) {
    it(rule, () => assert.equal(standing, right))
  }

  it('without a step ends with whoever receives what was open, and else with nothing', () => {
    assert.deepEqual(
      (['stored', 'notified', 'received', 'processed', 'cancelled'] as const).map(pageUntil),
      ['received', 'received', null, null, null],
    )
    const gone: Alert = { ...open, stage: 'cancelled' }
    assert.equal(isPageWanted(gone, { revision: 1, until: null }), true)
    assert.equal(isPageWanted(gone, { revision: 1, until: 'received' }), false)
  })
})

describe('the turns of pages that are due', () => {
  const THREE: RateRule = { limits: [{ most: 3, withinMs: MINUTE }], avoidsHalfHours: false }
  const pages = (count: number, together = 'x') =>
    Array.from({ length: count }, (_, n) => ({ n, together, counted: '', urgent: true }))
  const turns = (count: number, sent = 0, most = 99, rule: RateRule | null = THREE) => {
    const times = Array.from({ length: sent }, () => ({ at: NOW - SECOND, counted: '' }))
    const { groups, againMs } = pageTurns(pages(count), rule, times, NOW, most)
    return [groups.map((group) => group.length).join(' '), againMs]
  }
  for (const [rule, found, right] of [
    ['are one by one as long as the limit lets them go', turns(3), ['1 1 1', null]],
    ['are one for all that would have to wait', turns(50), ['1 1 48', null]],
    ['are one for all that have waited', turns(4, 2), ['4', null]],
    ['come when the limit lets the next go', turns(2, 3), ['', 61 * SECOND]],
    ['are no more than there are hands', turns(3, 0, 2), ['1 1', null]],
    ['are each its own without a limit', turns(5, 0, 99, null), ['1 1 1 1 1', null]],
  ] as const) {
    it(rule, () => assert.deepEqual(found, right))
  }

  it('never put one person’s page into the message of another', () => {
    const mixed = [...pages(2, 'a'), ...pages(2, 'b')]
    const { groups } = pageTurns(
      mixed,
      THREE,
      [
        { at: NOW, counted: '' },
        { at: NOW, counted: '' },
      ],
      NOW,
      9,
    )
    assert.deepEqual(
      groups.map((group) => group.map(({ together }) => together)),
      [['a', 'a']],
    )
  })

  it('count for each person where the limit does', () => {
    const one = { most: 1, withinMs: MINUTE }
    const rule: RateRule = { limits: [one], avoidsHalfHours: false }
    const to = (who: string) => ({ together: who, counted: who, urgent: true })
    const sent = [{ at: NOW, counted: 'a' }]
    const { groups, againMs } = pageTurns([to('a'), to('b')], rule, sent, NOW, 9)
    assert.deepEqual(
      groups.map(([first]) => first?.counted),
      ['b'],
    )
    assert.equal(againMs, 62 * SECOND)
  })
})

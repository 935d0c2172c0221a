import assert from 'node:assert/strict'
import {
  expectedOf,
  firstDue,
  holderOf,
  type HolderEvent,
  type Timer,
} from '../../src/loop/index.js'

const A = { code: 'a', name: '甲' }
const B = { code: 'b', name: '乙' }
const paged = (at: number, person = A, page: 'waiting' | 'failed' | 'superseded' = 'waiting') =>
  ({ at, person, by: { page }, to: null }) satisfies HolderEvent
const did = (at: number, act: 'received' | 'refused' | 'passedOn', person = A, to = B) =>
  ({ at, person, by: { act }, to: act === 'passedOn' ? to : null }) satisfies HolderEvent
const NOBODY = { code: '', name: '' }

describe('whoever has an open alert', () => {
  const cases: readonly (readonly [string, readonly HolderEvent[], string | null])[] = [
    ['nobody, where nothing has happened', [], null],
    ['whoever was paged', [paged(1)], 'a 1'],
    ['nobody, where no channel has taken the page', [paged(1, A, 'failed')], null],
    ['nobody by a page that was not needed any more', [paged(1, A, 'superseded')], null],
    ['nobody by a page to nobody', [paged(1, NOBODY)], null],
    ['whoever has received it', [paged(1), did(2, 'received', B)], 'b 2'],
    [
      'whoever has received it, while others are reminded',
      [did(1, 'received'), paged(2, B)],
      'a 1',
    ],
    ['whoever it was passed on to', [did(1, 'received'), did(2, 'passedOn')], 'b 2'],
    ['nobody, after a refusal', [paged(1), did(2, 'refused')], null],
    [
      'whoever is paged after a refusal',
      [did(1, 'received'), did(2, 'refused'), paged(3, B)],
      'b 3',
    ],
    ['by the order in time, not in the list', [did(2, 'received', B), paged(1)], 'b 2'],
    ['as before, where a reception names nobody', [paged(1), did(2, 'received', NOBODY)], 'a 1'],
  ]
  for (const [title, events, wanted] of cases) {
    it(`is ${title}`, () => {
      const holder = holderOf(events, 0)
      assert.equal(holder && `${holder.person.code} ${holder.since}`, wanted)
    })
  }

  it('has it only for the content that counts', () => {
    assert.equal(holderOf([did(1, 'received')], 2), null)
  })
})

describe('what is expected next', () => {
  const timer = (dueAt: number): Timer => ({
    ...{ plan: 'p', version: 'v', revision: 1, storedAt: 0, startedAt: 0, step: 1, round: 0 },
    ...{ dueAt, level: 1, lastAt: null },
  })

  it('is receiving first, then processing, each by its limit', () => {
    const limits = { receivedMs: 10, processedMs: 30 }
    assert.deepEqual(expectedOf('notified', 5, limits, timer(7)), {
      ...{ until: 'received', at: 15, step: 2, stepAt: 7 },
    })
    assert.deepEqual(expectedOf('received', 5, { ...limits, processedMs: null }, null), {
      ...{ until: 'processed', at: null, step: null, stepAt: null },
    })
  })

  it('is that of the watch whose step is due first', () => {
    const plan = (receivedMs: number) => ({ limits: { receivedMs, processedMs: null } })
    const all = [
      { plan: plan(1), timer: null },
      { plan: plan(2), timer: timer(9) },
      { plan: plan(3), timer: timer(8) },
    ]
    assert.equal(firstDue(all), all[2])
    assert.equal(firstDue([]), null)
  })
})

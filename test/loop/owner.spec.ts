import assert from 'node:assert/strict'
import { nextChannel, onCall, ownerOf } from '../../src/loop/index.js'
import { last, planOf, START, step } from './plan-rig.js'
import { rosterOf } from './roster-rig.js'

const plan = planOf([
  step(5, { role: '护士' }),
  step(10, { role: '医生', channels: ['wecom', 'sms'] }),
  last(30, { role: '总值班' }),
])
const find = (rows: readonly string[], at: { step: number; round: number }) => {
  const roster = rosterOf(rows)
  const { owner, passed } = ownerOf(plan, at, ({ role, channels }) =>
    onCall(roster, { role, channels, department: '产科' }, START, '+08:00'),
  )
  return [
    owner && `${owner.step} ${owner.person.name}`,
    passed.map((one) => `${one.role} ${one.gap}`),
  ]
}

const NURSES = ['护士 | 产科 | | | 甲', '护士 | 产科 | | | 乙']
const DUTY = '总值班 | | | | 庚'

describe('the owner of a critical value', () => {
  for (const [rule, actual, right] of [
    [
      'is the first of the people on call',
      find([...NURSES, DUTY], { step: 0, round: 0 }),
      ['0 甲', []],
    ],
    [
      'is the next one with the next round',
      find([...NURSES, DUTY], { step: 0, round: 1 }),
      ['0 乙', []],
    ],
    [
      'is the first again after the last',
      find([...NURSES, DUTY], { step: 0, round: 2 }),
      ['0 甲', []],
    ],
    [
      'is nobody where nobody is on call, and that is told',
      find([...NURSES, DUTY], { step: 1, round: 0 }),
      [null, ['医生 roleUnknown']],
    ],
    [
      'is nobody where whoever is on call has no address',
      find(['医生 | | | | 丙-', DUTY], { step: 1, round: 0 }),
      [null, ['医生 noAddress']],
    ],
    [
      'has an address',
      find(['护士 | | | | 丙-', '护士 | | | | 甲', DUTY], { step: 0, round: 0 }),
      ['0 甲', []],
    ],
    ['is the person at the end', find([...NURSES, DUTY], { step: 2, round: 7 }), ['2 庚', []]],
    [
      'is whoever can be called of those before, where nobody is at the end',
      find(NURSES, { step: 2, round: 0 }),
      ['0 甲', ['总值班 roleUnknown', '医生 roleUnknown']],
    ],
    [
      'is nobody where there is nobody at all',
      find(['院长 | | | | 辛'], { step: 2, round: 0 }),
      [null, ['总值班 roleUnknown', '医生 roleUnknown', '护士 roleUnknown']],
    ],
  ] as const) {
    it(rule, () => assert.deepEqual(actual, right))
  }

  it('is found anew at each step, when the shift has changed', () => {
    const roster = rosterOf(['护士 | | 白班 | | 甲', '护士 | | 小夜 | | 乙'])
    const at = (iso: string) =>
      ownerOf(plan, { step: 0, round: 0 }, (wanted) =>
        onCall(roster, { ...wanted, department: '' }, Date.parse(iso), '+08:00'),
      ).owner?.person.name
    assert.equal(at('2026-01-05T15:58+08:00'), '甲')
    assert.equal(at('2026-01-05T16:03+08:00'), '乙')
  })

  it('is called by one channel after another, in the order of the step', () => {
    const person = { code: '1', name: '丙', addresses: { sms: '1', phone: '2', wecom: '3' } }
    const { owner } = ownerOf(plan, { step: 1, round: 0 }, () => ({
      people: [person],
      unreachable: [],
      gap: null,
    }))
    assert.ok(owner)
    assert.deepEqual(owner.channels, ['wecom', 'sms'])
    assert.equal(nextChannel(owner, []), 'wecom')
    assert.equal(nextChannel(owner, ['wecom']), 'sms')
    assert.equal(nextChannel(owner, ['wecom', 'sms']), null)
  })
})

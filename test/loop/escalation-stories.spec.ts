import assert from 'node:assert/strict'
import {
  fire,
  holesOf,
  HOLE_NOTICE_MS,
  isStanding,
  nextChannel,
  onCall,
  ownerOf,
  passOver,
  saidBy,
  tell,
  timerOf,
  wantedOf,
  withoutAddress,
  type Exam,
  type Timer,
} from '../../src/loop/index.js'
import { after, last, MINUTE, openAt, PLAN, planOf, START, step } from './plan-rig.js'
import { rosterOf } from './roster-rig.js'

/* Failures of other escalation systems, by the number of their report. None of them may happen here. */

const at = (minutes: number): number => START + minutes * MINUTE
/** A restart: what is kept of the timer is what was written. */
const restarted = (timer: Timer | null): Timer | null =>
  JSON.parse(JSON.stringify(timer)) as Timer | null

describe('a failure of other escalation systems', () => {
  const open = openAt()

  it('goalert #4548: a step that resolves to nobody waits out its delay', () => {
    const plan = planOf([
      step(5, { role: '夜班护士' }),
      step(10, { role: '医生' }),
      last(30, { role: '总值班' }),
    ])
    const roster = rosterOf([
      '夜班护士 | | 夜班 | 周一至周五 | 甲',
      '医生 | | | | 乙',
      '总值班 | | | | 丙',
    ])
    // A Saturday evening.
    const alert = openAt(Date.parse('2026-01-10T20:00+08:00'))
    const now = alert.openedAt + 5 * MINUTE
    const find = (fired: { step: number; round: number }) =>
      ownerOf(plan, fired, (wanted) => onCall(roster, { ...wanted, department: '' }, now, '+08:00'))
    const first = fire(alert, plan, timerOf(alert, plan, null), now)
    const [empty] = first.due
    assert.ok(empty)
    const { owner, passed } = find(empty)
    assert.equal(owner, null)
    assert.deepEqual(passed, [{ step: 0, role: '夜班护士', gap: 'nobody' }])
    const second = fire(alert, plan, passOver(alert, plan, first.timer, empty, now), now)
    assert.deepEqual(
      second.due.map((one) => [find(one).owner?.person.name, one.lateMs]),
      [['乙', 0]],
    )
    assert.equal(second.timer?.dueAt, alert.openedAt + 30 * MINUTE)
  })

  it('oncall #1206: an escalation paused by a time range never goes on after a restart', () => {
    // Nothing pauses here: a night without anybody of a role is passed over, and the next due time is on disk.
    const plan = planOf([step(5, { role: '白班' }), last(30)])
    let timer = fire(open, plan, timerOf(open, plan, null), at(5)).timer
    timer = passOver(open, plan, timer, { revision: 1, storedAt: START, step: 0 }, at(5))
    const { due } = fire(open, plan, restarted(timer), at(5.5 * 60))
    assert.deepEqual(
      due.map((one) => [one.step, one.lateMs]),
      [[1, 325 * MINUTE]],
    )
  })

  it('oncall #4654: pages go on after the acknowledgement', () => {
    const { due, timer } = fire(open, PLAN, timerOf(open, PLAN, null), at(5))
    const [page] = due
    assert.ok(page && isStanding(open, PLAN, timer, page))
    for (const stage of ['received', 'processed'] as const) {
      const acknowledged = after(open, stage, at(6))
      // Neither a retry of that page nor the person's next channel.
      assert.equal(isStanding(acknowledged, PLAN, timerOf(acknowledged, PLAN, timer), page), false)
      assert.deepEqual(fire(acknowledged, PLAN, timer, at(20)).due, [])
    }
  })

  it('oncall #1503: one person’s broken channel keeps the next person from being paged', () => {
    const { due, timer } = fire(open, PLAN, timerOf(open, PLAN, null), at(5))
    const [page] = due
    assert.ok(page)
    const person = { code: '1', name: '甲', addresses: { wecom: 'revoked', sms: 'unknown' } }
    const { owner } = ownerOf(PLAN, page, () => ({ people: [person], unreachable: [], gap: null }))
    assert.ok(owner)
    assert.equal(nextChannel(owner, ['wecom']), 'sms')
    assert.equal(nextChannel(owner, ['wecom', 'sms']), null)
    const passed = passOver(open, PLAN, timer, page, at(5.1))
    assert.deepEqual(
      fire(open, PLAN, passed, at(5.1)).due.map((one) => one.step),
      [1],
    )
    // Should nothing ever be heard of the channel, the next step comes all the same.
    assert.deepEqual(
      fire(open, PLAN, timer, at(10)).due.map((one) => one.step),
      [1],
    )
  })

  it('oncall #1326: somebody on the roster has no address at all, found out at night', () => {
    const roster = rosterOf(['医生 | | 白班 | | 甲', '医生 | | 16:00-08:00 | | 乙-'])
    assert.deepEqual(
      withoutAddress(roster).map(({ name }) => name),
      ['乙'],
    )
    const noon = Date.parse('2026-01-05T12:00+08:00')
    const [hole] = holesOf(roster, wantedOf(roster), noon, noon + HOLE_NOTICE_MS, '+08:00')
    assert.deepEqual([hole?.gap, hole?.from], ['noAddress', noon + 4 * 60 * MINUTE])
    // By a channel of the plan that the person has no address for, although another one would do.
    const [other] = holesOf(
      roster,
      [{ role: '医生', department: '', channels: ['wecom'] }],
      noon,
      noon + MINUTE,
      '+08:00',
    )
    assert.equal(other?.gap, 'noAddress')
  })

  it('oncall #3111: an acknowledged alert escalates months later', () => {
    // A row that was left behind, whatever it says, is judged by its alert.
    const stale = restarted(fire(open, PLAN, timerOf(open, PLAN, null), at(5)).timer)
    const months = at(90 * 24 * 60)
    for (const alert of [
      after(open, 'processed', at(6)),
      { ...after(open, 'processed', at(6)), stage: 'fedBack' as const },
      { ...open, stage: 'cancelled' as const },
    ]) {
      assert.deepEqual(fire(alert, PLAN, stale, months), { due: [], timer: null })
    }
  })

  it('grafana/alerting #156: pending notifications are lost by a restart', () => {
    const timer = restarted(fire(open, PLAN, timerOf(open, PLAN, null), at(5)).timer)
    const { due, timer: next } = fire(open, PLAN, timer, at(21))
    assert.deepEqual(
      due.map((one) => [one.step, one.lateMs / MINUTE]),
      [
        [1, 11],
        [2, 6],
      ],
    )
    assert.deepEqual(fire(open, PLAN, restarted(next), at(21)).due, [])
    assert.equal(restarted(next)?.dueAt, at(30))
  })

  it('goalert #2775: an acknowledgement by text names an alert that has moved on a step meanwhile', () => {
    const { due, timer } = fire(open, PLAN, timerOf(open, PLAN, null), at(16))
    const [first] = due
    assert.ok(first && timer?.level === 3)
    // The reply is to the page of step 1, and of the alert with its content: the step is none of its business.
    const exam: Exam = { system: '', key: 'x', alerts: [open], told: [] }
    const feedback = {
      CrisisReceiver: { code: '040002', name: '医生' },
      CrisisReceiveDate: '2026-01-05',
      CrisisReceiveTime: '20:17:00',
    }
    const receiveAt = '2026-01-05T20:17:00+08:00'
    const said = { feedback, stage: 'received' as const, receiveAt, processAt: null }
    assert.ok(saidBy(feedback, said).received)
    const told = tell(exam, { ...said, key: open.key, revision: first.revision }, at(17))
    assert.deepEqual([told.refused, told.applied], [null, [1]])
    const [alert] = told.exam.alerts
    assert.deepEqual(fire(alert!, PLAN, timer, at(29)).due, [])
    // One that names an earlier content does not count for the correction.
    const corrected = { ...exam, alerts: [{ ...open, revision: 2 }] }
    assert.equal(
      tell(corrected, { ...said, key: open.key, revision: 1 }, at(17)).refused,
      'revised',
    )
  })
})

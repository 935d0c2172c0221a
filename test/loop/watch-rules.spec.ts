import assert from 'node:assert/strict'
import { choiceOf } from '../../nodes/settings/index.js'
import { planFor, readWatchRules } from '../../src/loop/index.js'
import { openAt } from './plan-rig.js'

const plan = (id: string) => ({
  ...{ id, name: id, limits: { receivedMs: 600_000, processedMs: null } },
  steps: [{ afterMs: 0, until: 'received', role: 'x', channels: [], repeatMs: 60_000, cap: null }],
})
const CALENDAR = {
  shifts: [
    { name: '白班', times: '08:00-16:00' },
    { name: '夜班', times: '22:00-08:00' },
  ],
  holidays: ['2026-10-01'],
  workdays: ['2026-10-10'],
}
const row = (times: string, plan: string) => ({ codes: '', types: '', names: '', times, plan })

/** The plan of a critical value that comes in at a time. */
function planAt(at: string, rows: readonly ReturnType<typeof row>[]): string | undefined {
  const choice = choiceOf({ plan: 'full', rows: [...rows] })
  const plans = ['full', ...new Set(rows.map((one) => one.plan))].map(plan)
  const { rules, problems } = readWatchRules({ plans, choice, calendar: CALENDAR, zone: '+08:00' })
  assert.deepEqual(problems, [])
  const alert = openAt(Date.parse(`${at}+08:00`))
  return planFor(rules!, alert, null)?.id
}

describe('the plan of a watch by the time', () => {
  const rows = [
    row('节假日', 'holiday'),
    row('夜班、休息日', 'weekend night'),
    row('夜班', 'night'),
  ]
  for (const [at, wanted, why] of [
    ['2026-09-30T10:00', 'full', 'no row has the day shift'],
    ['2026-09-30T23:30', 'night', 'a night of a workday'],
    ['2026-10-01T10:00', 'holiday', 'the first row that holds'],
    ['2026-10-04T07:59', 'weekend night', 'both conditions hold'],
    ['2026-10-10T23:00', 'night', 'a Saturday on which people work'],
    ['2026-09-30T18:00', 'full', 'it is in no shift, so that nothing is known of it'],
  ] as const) {
    it(`${at}: ${wanted}, since ${why}`, () => assert.equal(planAt(at, rows), wanted))
  }

  it('says which shift there is not, and that a roster is needed', () => {
    const choice = choiceOf({ plan: 'full', rows: [row('中班', 'full')] })
    const rules = { plans: [plan('full')], choice, zone: '+08:00' }
    const codes = (calendar: object | null) =>
      readWatchRules({ ...rules, calendar }).problems.map(({ code, path }) => `${code} ${path}`)
    assert.deepEqual(codes(CALENDAR), ['WATCH_SHIFT choice.rows[0].when'])
    assert.deepEqual(codes(null), ['WATCH_CALENDAR choice.rows[0].when'])
  })
})

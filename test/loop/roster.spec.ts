import assert from 'node:assert/strict'
import {
  GAP_REASONS,
  holesOf,
  holesToTell,
  onCall,
  wantedBy,
  wantedOf,
  withoutAddress,
  type Roster,
} from '../../src/loop/index.js'
import { isoInZone } from '../../src/messages/index.js'
import { last, planOf, step } from './plan-rig.js'
import { rosterOf } from './roster-rig.js'

const ZONE = '+08:00'
const instant = (time: string): number => Date.parse(`2026-${time.replace(' ', 'T')}:00+08:00`)

/** The names of those on call, or the gap. */
function called(
  roster: Roster,
  time: string,
  role = '护士',
  department = '产科',
  channels: readonly string[] = [],
): string {
  const { people, gap } = onCall(roster, { role, department, channels }, instant(time), ZONE)
  return gap ?? people.map(({ name }) => name).join(' ')
}

describe('the people on call', () => {
  const week = rosterOf([
    '护士 | 产科 | 白班 | 周一至周五 | 甲',
    '护士 | 产科 | 夜班 | 周一至周五 | 乙',
    '护士 | 产科 |      | 六、日     | 丙',
    '护士 |      |      |            | 丁',
    '医生 | 产科 | 白班 |            | 戊',
    '医生 | 产科 | 白班 |            | 己',
    '总值班 |    |      |            | 庚-',
  ])
  // 2026-11-30 is a Monday.
  for (const [rule, actual, right] of [
    ['are those of the shift', called(week, '11-30 08:00'), '甲'],
    ['are those of the shift up to its end', called(week, '11-30 15:59'), '甲'],
    ['are those of all departments where the own has nobody', called(week, '11-30 16:00'), '丁'],
    ['are those of the night', called(week, '11-30 17:30'), '乙'],
    ['are those of the night that began the day before', called(week, '12-01 07:59'), '乙'],
    ['are those of Friday night on Saturday morning as well', called(week, '12-05 07:59'), '乙 丙'],
    ['are those of the week-end', called(week, '12-06 12:00'), '丙'],
    ['are those of Sunday until midnight, and of all after it', called(week, '12-07 00:00'), '丁'],
    ['are in the order of the rows', called(week, '11-30 09:00', '医生'), '戊 己'],
    ['are missing outside of a shift', called(week, '11-30 20:00', '医生'), 'nobody'],
    [
      'are missing for a role that there is not',
      called(week, '11-30 20:00', '院长'),
      'roleUnknown',
    ],
    [
      'are missing for a role of other departments',
      called(week, '11-30 09:00', '医生', '骨科'),
      'roleUnknown',
    ],
    [
      'are missing where the department is not known',
      called(week, '11-30 09:00', '医生', ''),
      'departmentUnknown',
    ],
    [
      'are those of all where the department is not known',
      called(week, '11-30 09:00', '护士', ''),
      '丁',
    ],
    ['cannot be called without an address', called(week, '11-30 09:00', '总值班'), 'noAddress'],
    [
      'cannot be called by another channel',
      called(week, '11-30 09:00', '医生', '产科', ['wecom']),
      'noAddress',
    ],
    [
      'can be called by one of several channels',
      called(week, '11-30 09:00', '医生', '产科', ['wecom', 'sms']),
      '戊 己',
    ],
  ] as const) {
    it(rule, () => assert.equal(actual, right))
  }

  const holidays = rosterOf([
    '护士 | 产科 |      |            | 平日',
    '护士 | 产科 |      | 工作日     | 工作',
    '护士 | 产科 |      | 休息日     | 休息',
    '护士 | 产科 |      | 法定节假日 | 节日',
    '护士 | 产科 |      | 2026-10-02 | 换班',
    '护士 | 产科 | 夜班 | 2026-11-30~2026-12-01 | 代夜',
    '护士 |      |      | 2026-10-01 | 全院',
  ])
  for (const [rule, actual, right] of [
    ['on a workday', called(holidays, '09-30 12:00'), '工作'],
    ['on a holiday', called(holidays, '10-01 12:00'), '节日'],
    ['on a date of its own', called(holidays, '10-02 12:00'), '换班'],
    ['on a Saturday', called(holidays, '10-03 12:00'), '休息'],
    ['on a Saturday that is a workday', called(holidays, '10-10 12:00'), '工作'],
    ['in a night of a date, before midnight', called(holidays, '11-30 23:00'), '代夜'],
    ['in a night of a date, after midnight', called(holidays, '12-02 07:59'), '代夜'],
    ['by day on that date', called(holidays, '12-01 12:00'), '工作'],
  ] as const) {
    it(`are the most specific: ${rule}`, () => assert.equal(actual, right))
  }

  it('are each named once', () => {
    const twice = rosterOf(['护士 | 产科 | | | 甲', '护士 | 产科 | 白班 | | 甲'])
    assert.equal(called(twice, '11-30 09:00'), '甲')
  })
})

describe('the holes of a roster', () => {
  const week = rosterOf([
    '护士 | 产科 | 白班 | 周一至周五 | 甲',
    '护士 | 产科 | 夜班 | 周一至周五 | 乙',
    '总值班 |    |      |            | 庚-',
  ])
  const holes = (from: string, to: string, zone = ZONE, roster = week) =>
    holesOf(roster, wantedOf(roster), instant(from), instant(to), zone).map(
      (hole) =>
        `${hole.role} ${hole.gap} ${isoInZone(hole.from, zone).slice(5, 16)} ${isoInZone(hole.to, zone).slice(5, 16)}`,
    )

  it('are known before they come', () => {
    assert.deepEqual(holes('12-04 12:00', '12-06 12:00'), [
      '总值班 noAddress 12-04T12:00 12-06T12:00',
      '护士 nobody 12-04T16:00 12-04T17:30',
      '护士 nobody 12-05T08:00 12-06T12:00',
    ])
  })

  it('name whoever has no address', () => {
    assert.deepEqual(
      withoutAddress(week).map(({ name }) => name),
      ['庚'],
    )
    const [hole] = holesOf(
      week,
      wantedOf(week),
      instant('12-04 12:00'),
      instant('12-04 13:00'),
      ZONE,
    )
    assert.deepEqual(
      hole?.unreachable.map(({ name }) => name),
      ['庚'],
    )
  })

  it('are those of the roles that plans call', () => {
    const wanted = [{ role: '院长', department: '', channels: [] }]
    const [hole] = holesOf(week, wanted, instant('12-04 12:00'), instant('12-04 13:00'), ZONE)
    assert.equal(hole?.gap, 'roleUnknown')
    for (const { zh, en } of Object.values(GAP_REASONS)) assert.ok(zh !== '' && en !== '')
  })

  it('are looked for by plan, in each department that has the role', () => {
    const plan = planOf([step(5, { role: '护士', channels: ['sms'] }), last(30, { role: '院长' })])
    assert.deepEqual(wantedBy([plan, plan], week), [
      { role: '护士', department: '产科', channels: ['sms'] },
      { role: '院长', department: '', channels: [] },
    ])
  })

  it('are none where somebody is always there', () => {
    const full = rosterOf(['护士 | 产科 | 白班 | | 甲', '护士 | 产科 | 16:00-08:00 | | 乙'])
    for (const zone of [
      ZONE,
      'Asia/Shanghai',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
    ]) {
      assert.deepEqual(holes('03-01 00:00', '04-10 00:00', zone, full), [], zone)
      assert.deepEqual(holes('10-20 00:00', '11-05 00:00', zone, full), [], zone)
    }
  })
})

describe('the holes that people are told of', () => {
  // Nobody at week-ends: from Saturday 2026-12-05 to Monday 2026-12-07.
  const roster = rosterOf(['护士 | 产科 | | 周一至周五 | 甲', '总值班 | | | | 庚-'])
  const wanted = [{ role: '护士', department: '产科', channels: [] }]
  const keysAt = (time: string) =>
    holesToTell(roster, wanted, instant(time), ZONE).map(({ key }) => key)
  const weekend = JSON.stringify(['护士', '产科', instant('12-05 00:00')])

  it('are told a day before, and not earlier', () => {
    assert.deepEqual(keysAt('12-03 23:59'), [])
    assert.deepEqual(keysAt('12-04 00:01'), [weekend])
  })

  it('are the same ones while they last, and over then', () => {
    assert.deepEqual(keysAt('12-06 12:00'), [weekend])
    assert.deepEqual(keysAt('12-07 00:00'), [])
  })

  it('have one key where they have always been there', () => {
    const duty = { role: '总值班', department: '', channels: [] }
    const keys = ['12-01 00:00', '12-09 13:00'].flatMap((time) =>
      holesToTell(roster, [duty], instant(time), ZONE).map(({ key }) => key),
    )
    assert.deepEqual(keys, ['["总值班","",null]', '["总值班","",null]'])
  })
})

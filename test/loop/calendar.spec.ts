import assert from 'node:assert/strict'
import {
  beganOn,
  dayKindsOf,
  isDate,
  readCalendar,
  segmentsOf,
  shiftsAt,
  wallOf,
  weekdayOf,
} from '../../src/loop/index.js'
import { isoInZone } from '../../src/messages/index.js'
import { CALENDAR, SHIFTS } from './roster-rig.js'

const DAY_MS = 24 * 60 * 60_000

const wall = (text: string, zone: string): string => {
  const { date, minute } = wallOf(Date.parse(text), zone)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${date.slice(5)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}

describe('the wall clock', () => {
  for (const [rule, text, zone, right] of [
    ['is that of the zone', '2026-01-05T12:00Z', '+08:00', '01-05 20:00'],
    ['is that of a zone by name', '2026-01-05T12:00Z', 'Asia/Shanghai', '01-05 20:00'],
    ['leaves out the hour that never comes', '2026-03-29T01:00Z', 'Europe/Berlin', '03-29 03:00'],
    ['is before it a minute before', '2026-03-29T00:59Z', 'Europe/Berlin', '03-29 01:59'],
    [
      'goes through the hour that comes twice once',
      '2026-10-25T00:30Z',
      'Europe/Berlin',
      '10-25 02:30',
    ],
    ['stands at its end in the second one', '2026-10-25T01:00Z', 'Europe/Berlin', '10-25 02:59'],
    ['and still a minute before the end', '2026-10-25T01:59Z', 'Europe/Berlin', '10-25 02:59'],
    ['and goes on after it', '2026-10-25T02:00Z', 'Europe/Berlin', '10-25 03:00'],
    ['does not go back to the day before', '2026-11-01T05:30Z', 'America/Havana', '11-01 00:59'],
    ['knows half an hour', '2026-04-04T15:00Z', 'Australia/Lord_Howe', '04-05 01:59'],
  ] as const) {
    it(rule, () => assert.equal(wall(text, zone), right))
  }

  it('never goes back, in any zone', () => {
    for (const zone of [
      'Europe/Berlin',
      'America/New_York',
      'America/Havana',
      'Australia/Lord_Howe',
      'Asia/Beirut',
      'America/Santiago',
      'Africa/Casablanca',
    ]) {
      const offsetAt = (at: number) => isoInZone(at, zone).slice(-'+08:00'.length)
      let changes = 0
      for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2027, 0, 1); day += DAY_MS) {
        if (offsetAt(day) === offsetAt(day + DAY_MS)) continue
        changes++
        let before = ''
        for (let at = day - DAY_MS; at < day + 2 * DAY_MS; at += 10 * 60_000) {
          const { date, minute } = wallOf(at, zone)
          const now = `${date} ${String(minute).padStart(4, '0')}`
          assert.ok(now >= before, `${zone} ${before} ${now}`)
          before = now
        }
      }
      assert.ok(changes >= 2, zone)
    }
  })

  const cutsOf = (from: string, to: string, zone: string, minutes: readonly number[]) =>
    segmentsOf(minutes, Date.parse(from), Date.parse(to), zone).map(({ from: at }) =>
      isoInZone(at, zone).slice(5),
    )
  for (const [rule, cuts, right] of [
    [
      'is cut at midnight and at given minutes',
      cutsOf('2026-01-05T01:00Z', '2026-01-06T01:00Z', '+08:00', [480, 960]),
      [
        '01-05T09:00:00+08:00',
        '01-05T16:00:00+08:00',
        '01-06T00:00:00+08:00',
        '01-06T08:00:00+08:00',
      ],
    ],
    [
      'is cut where it passes a minute by',
      cutsOf('2026-03-29T00:10Z', '2026-03-29T02:00Z', 'Europe/Berlin', [150]),
      ['03-29T01:10:00+01:00', '03-29T03:00:00+02:00'],
    ],
    [
      'is cut once in an hour that comes twice',
      cutsOf('2026-10-25T00:10Z', '2026-10-25T03:00Z', 'Europe/Berlin', [150, 180]),
      ['10-25T02:10:00+02:00', '10-25T02:30:00+02:00', '10-25T03:00:00+01:00'],
    ],
  ] as const) {
    it(rule, () => assert.deepEqual(cuts, right))
  }
})

describe('a shift', () => {
  const [day, evening, , night] = SHIFTS
  for (const [rule, actual, right] of [
    [
      'begins at its first minute',
      beganOn(day!, { date: '2026-01-05', minute: 480 }),
      '2026-01-05',
    ],
    ['is over at its end', beganOn(day!, { date: '2026-01-05', minute: 960 }), null],
    ['may end at midnight', beganOn(evening!, { date: '2026-01-05', minute: 1439 }), '2026-01-05'],
    ['goes over midnight', beganOn(night!, { date: '2026-01-01', minute: 0 }), '2025-12-31'],
    [
      'has its night on its own date before that',
      beganOn(night!, { date: '2026-01-01', minute: 1050 }),
      '2026-01-01',
    ],
    [
      'may last a day',
      beganOn({ name: '', from: 480, to: 480 }, { date: '2026-03-01', minute: 479 }),
      '2026-02-28',
    ],
  ] as const) {
    it(rule, () => assert.equal(actual, right))
  }

  it('is in the zone of the site', () => {
    const at = Date.parse('2026-01-05T10:00Z')
    assert.deepEqual(shiftsAt(CALENDAR, at, '+08:00'), ['小夜', '夜班'])
    assert.deepEqual(shiftsAt(CALENDAR, at, 'Europe/Berlin'), ['白班'])
  })

  it('is one and the same through a night in which the clock changes', () => {
    const split = {
      ...CALENDAR,
      shifts: [
        { name: 'a', from: 0, to: 150 },
        { name: 'b', from: 150, to: 1440 },
      ],
    }
    for (const [text, right] of [
      ['2026-10-25T00:29Z', 'a'],
      ['2026-10-25T00:30Z', 'b'],
      ['2026-10-25T01:10Z', 'b'],
      ['2026-03-29T00:59Z', 'a'],
      ['2026-03-29T01:00Z', 'b'],
    ] as const) {
      assert.deepEqual(shiftsAt(split, Date.parse(text), 'Europe/Berlin'), [right], text)
    }
  })
})

describe('a day', () => {
  it('is a workday, a rest day or a holiday', () => {
    for (const [date, kinds] of [
      ['2026-09-30', ['workday']],
      ['2026-10-01', ['restday', 'holiday']],
      ['2026-10-03', ['restday']],
      ['2026-10-10', ['workday']],
    ] as const) {
      assert.deepEqual(dayKindsOf(CALENDAR, date), kinds, date)
    }
  })

  it('has its number in the week', () => {
    assert.deepEqual(['2026-11-30', '2026-12-06'].map(weekdayOf), [1, 7])
  })

  it('is one that there is', () => {
    assert.deepEqual(
      ['2026-02-28', '2026-02-29', '2028-02-29', '2026-13-01', '2026-1-1', ''].map(isDate),
      [true, false, true, false, false, false],
    )
  })
})

describe('a calendar', () => {
  it('is read out of settings', () => {
    const shifts = [
      { name: '白班', times: '08:00-16:00' },
      { name: '小夜', times: '16:00-00:00' },
      { name: '大夜', times: '00:00-08:00' },
    ]
    const { calendar, problems } = readCalendar({ shifts, holidays: ['2026-10-01'], workdays: [] })
    assert.deepEqual(problems, [])
    assert.deepEqual(calendar?.shifts, SHIFTS.slice(0, 3))
    assert.deepEqual(calendar?.holidays, ['2026-10-01'])
  })

  it('says what is wrong with it', () => {
    const wrong = {
      shifts: [{ name: 'a', times: '8-16' }, { name: 'a', times: '08:00-16:00' }, null],
      holidays: ['2026-02-30', 20261001],
    }
    assert.deepEqual(
      readCalendar(wrong).problems.map(({ code, path }) => `${code} ${path}`),
      [
        'CALENDAR_TIMES shifts[0].times',
        'CALENDAR_NAME shifts[1].name',
        'CALENDAR_NAME shifts[2].name',
        'CALENDAR_TIMES shifts[2].times',
        'CALENDAR_DATE holidays[0]',
        'CALENDAR_DATE holidays[1]',
        'CALENDAR_LIST workdays',
      ],
    )
    assert.equal(readCalendar(wrong).calendar, null)
    assert.equal(readCalendar('').problems.length, 3)
  })
})

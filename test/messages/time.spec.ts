import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { isoInZone, isZone, joinDateTime, splitInstant } from '../../src/messages/index.js'
import { seeded } from './support.js'

const MESSAGES = join(__dirname, '../../src/messages/index.js')

describe('a date and a time of the documents', () => {
  it('are joined in the zone of the site', () => {
    assert.deepEqual(joinDateTime('2014-06-16', '16:33:27'), {
      at: '2014-06-16T16:33:27+08:00',
      epochMs: Date.UTC(2014, 5, 16, 8, 33, 27),
      raw: '2014-06-16 16:33:27',
    })
  })

  it('are read as printed by the same rule as in any other form', () => {
    const random = seeded(20260711)
    const two = (below: number, from = 0): string =>
      String(from + Math.floor(random() * below)).padStart(2, '0')
    let valid = 0
    for (let n = 0; n < 3000; n++) {
      const year = n % 3 === 0 ? `19${two(100)}` : `20${two(100)}`
      const [month, day] = [two(14), two(33)]
      const time = `${two(25)}:${two(61)}:${two(61)}`
      for (const zone of ['+08:00', '-03:30', '-00:00', 'Z', 'Asia/Shanghai']) {
        const { raw: _, ...printed } = joinDateTime(`${year}-${month}-${day}`, time, zone)
        const { raw, ...other } = joinDateTime(`${year}/${month}/${day}`, time, zone)
        assert.deepEqual(printed, other, `${raw} ${zone}`)
        if (printed.at !== null) valid++
      }
    }
    assert.ok(valid > 5000, `${valid}`)
    assert.equal(joinDateTime('2026-11-30 00:00:00', '').flag, 'timeMissing')
  })

  it('are read in every agreed form', () => {
    for (const [date, time, at] of [
      ['2014-06-16', '16:33', '2014-06-16T16:33:00+08:00'],
      ['2014/6/16', '16:33:27', '2014-06-16T16:33:27+08:00'],
      ['2014/06/06', '6:03', '2014-06-06T06:03:00+08:00'],
      ['20140616', '16:33:27.5', '2014-06-16T16:33:27.500+08:00'],
      ['2014-06-16', '16:33:27.123', '2014-06-16T16:33:27.123+08:00'],
      [' 2014-06-16\n', '\u300016:33:27 ', '2014-06-16T16:33:27+08:00'],
      ['2024-02-29', '00:00:00', '2024-02-29T00:00:00+08:00'],
      ['2014-12-31', '23:59:59.999', '2014-12-31T23:59:59.999+08:00'],
    ] as const) {
      const joined = joinDateTime(date, time)
      assert.equal(joined.at, at, `${date} ${time}`)
      assert.equal(joined.epochMs, Date.parse(at))
      assert.equal(joined.flag, undefined)
    }
  })

  it('are read in each form that senders write and that has one meaning', () => {
    const at = '2026-11-30T09:05:00+08:00'
    const evening = '2026-11-30T21:05:07+08:00'
    for (const [date, time, expected] of [
      ['2026/11/30 0:00:00', '9:05:00', at],
      ['2026/11/30 0:00:00', '2026/11/30 9:05:00', at],
      ['2026-11-30 09:05:00', '09:05', at],
      ['2026-11-30 09:05:00', '', at],
      ['', '2026-11-30 09:05:00', at],
      ['2026-11-30', '1900-01-01 09:05:00', at],
      ['2026-11-30', '1970-01-01 09:05:00.000', at],
      ['2026-11-30', '1899/12/30 9:05:00', at],
      ['2026-11-30T09:05:00', '09:05:00', at],
      ['2026-11-30T00:00:00', '09:05:00', at],
      ['2026-11-30T09:05:00.0000000+08:00', '09:05', at],
      ['2026-11-30T01:05:00Z', '', '2026-11-30T01:05:00+00:00'],
      ['2026-11-30', '09:05:00+0900', '2026-11-30T09:05:00+09:00'],
      ['2026-11-30', '09:05:00 GMT+8', at],
      ['2026-11-30', '09:05:00 CST', at],
      ['2026.11.30', '9:05', at],
      ['2026年11月30日', '9时5分', at],
      ['2026年 11月 30日', '9点05分0秒', at],
      ['2026年11月30日 星期一', '上午9:05', at],
      ['2026/11/30 星期一 0:00:00', '9:05:00', at],
      ['2026-11-30 周一', '9:05', at],
      ['20261130', '090500', at],
      ['20261130090500', '', at],
      ['20261130090500', '090500', at],
      ['20261130', '20261130090500', at],
      ['30-11月-26', '09:05:00', at],
      ['30-11月-2026', '9:05', at],
      ['30-NOV-26', '09:05:00', at],
      ['11/30/2026', '9:05:00 AM', at],
      ['30/11/2026', '9:05 a.m.', at],
      ['Mon Nov 30 09:05:00 CST 2026', '', at],
      ['Nov 30, 2026 9:05:00 AM', '', at],
      ['Nov 30, 2026, 9:05:00\u202fAM', '', at],
      ['Monday, November 30, 2026', '9:05 AM', at],
      ['30 Nov 2026', '9:05', at],
      ['Mon, 30 Nov 2026 01:05:00 GMT', '', '2026-11-30T01:05:00+00:00'],
      ['2026-11-30T09:05:00+08:00[Asia/Shanghai]', '', at],
      ['2026-11-30', '早上9:05', at],
      ['2026-11-30', '中午12:05', '2026-11-30T12:05:00+08:00'],
      ['2026-11-30', '中午1:05', '2026-11-30T13:05:00+08:00'],
      ['2026-11-30', '晚上 9:05:07', evening],
      ['2026-11-30', '晚上 21:05:07', evening],
      ['2026-11-30', '凌晨 1:05', '2026-11-30T01:05:00+08:00'],
      ['Mon Nov 30 00:00:00 CST 2026', '09:05', at],
      ['２０２６-11-30', '09：05', at],
      ['2026-11-30', '21:05:07', evening],
      ['2026-11-30', '下午 9:05:07', evening],
      ['2026-11-30', '下午 21:05:07', evening],
      ['2026-11-30', '9:05:07 PM', evening],
      ['2026-11-30', '09:05:07 p.m.', evening],
      ['2026-11-30', '上午 12:05', '2026-11-30T00:05:00+08:00'],
      ['2026-11-30', '12:05 PM', '2026-11-30T12:05:00+08:00'],
      ['2026-11-30', '09:05:00.1234567', '2026-11-30T09:05:00.123+08:00'],
      ['2026-11-30', '09:05:00,5', '2026-11-30T09:05:00.500+08:00'],
      ['2026-11-30', '00:00:00', '2026-11-30T00:00:00+08:00'],
      ['2026-11-30 00:00:00', '00:00:00', '2026-11-30T00:00:00+08:00'],
    ] as const) {
      const joined = joinDateTime(date, time)
      assert.equal(joined.at, expected, `${date} ${time}`)
      assert.equal(joined.epochMs, Date.parse(expected))
      assert.equal(joined.flag, undefined)
    }
  })

  it('are never guessed', () => {
    for (const [date, time] of [
      ['2014-02-29', '16:33:27'],
      ['2014-02-30', '16:33:27'],
      ['2014-13-01', '16:33:27'],
      ['2014-00-10', '16:33:27'],
      ['2014-06-00', '16:33:27'],
      ['20140631', '16:33:27'],
      ['2014616', '16:33:27'],
      ['14-06-16', '16:33:27'],
      ['14/06/16', '16:33:27'],
      // After midnight, of this day or of the next.
      ['2026-11-30', '晚上12:20'],
      ['2026-11-30', '晚上 1:20'],
      ['2026-11-30', '中午 9:20'],
      ['2026-11-30', '早上12:20'],
      ['Tue, 30 Nov 2026', '9:05'],
      ['Nob 30, 2026', '9:05'],
      ['Ma 30, 2026', '9:05'],
      // Two days, depending on which comes first.
      ['05/06/2026', '16:33:27'],
      ['2014-06/16', '16:33:27'],
      ['2014年6月', '16:33:27'],
      ['0000-01-01', '16:33:27'],
      ['2014-06-16 16:33:28', '16:33:27'],
      ['2014-06-16 16:33:27', '2014-06-17 16:33:27'],
      // 16 June 2014 was a Monday.
      ['2014-06-16 星期二', '16:33:27'],
      ['Tue Jun 16 16:33:27 CST 2014', '16:33:27'],
      ['2014-06-16', '24:00'],
      ['2014-06-16', '24:00:00'],
      ['2014-06-16', '16:60:00'],
      ['2014-06-16', '16:33:60'],
      ['2014-06-16', '16:3:27'],
      ['2014-06-16', '上午 16:33:27'],
      ['2014-06-16', '下午 0:33:27'],
      ['2014-06-16', '上午 4:33 PM'],
      ['2014-06-16', '4:33 o’clock'],
      ['2014-06-16', '-1:33:27'],
      ['2014-06-16', '16:33:27+15:00'],
      ['2014-06-16T16:33:27+08:00', '16:33:27+09:00'],
      ['2014-06-16', '刚才'],
      ['今天', '16:33:27'],
      ['35-6月-14', '16:33:27'],
      ['16-JUX-14', '16:33:27'],
    ] as const) {
      const joined = joinDateTime(date, time)
      assert.deepEqual(joined, {
        at: null,
        epochMs: null,
        raw: `${date} ${time}`,
        flag: 'timeInvalid',
      })
    }
    assert.equal(joinDateTime('2014-06-16', '16:33:27 CST', 'America/Chicago').at, null)
    for (const [date, time, raw] of [
      [undefined, undefined, ''],
      ['2014-06-16', undefined, '2014-06-16'],
      ['2014-06-16', ' \u3000', '2014-06-16'],
      ['', '16:33:27', '16:33:27'],
      // Midnight is how a date without a time is printed, and the first day of a library is no day.
      ['2014-06-16 0:00:00', '', '2014-06-16 0:00:00'],
      ['1900-01-01', '16:33:27', '1900-01-01 16:33:27'],
      ['', '1970-01-01 16:33:27', '1970-01-01 16:33:27'],
    ] as const) {
      assert.deepEqual(joinDateTime(date, time), {
        at: null,
        epochMs: null,
        raw,
        flag: 'timeMissing',
      })
    }
  })

  it('are read in a fixed offset', () => {
    for (const [zone, at] of [
      ['+08:00', '2014-06-16T16:33:27+08:00'],
      ['+05:30', '2014-06-16T16:33:27+05:30'],
      ['-03:30', '2014-06-16T16:33:27-03:30'],
      ['Z', '2014-06-16T16:33:27+00:00'],
    ] as const) {
      const joined = joinDateTime('2014-06-16', '16:33:27', zone)
      assert.deepEqual([joined.at, joined.epochMs], [at, Date.parse(at)])
    }
  })

  it('as printed are read like those with another sign between their parts, day by day', () => {
    for (let ms = Date.UTC(1999, 11, 1); ms < Date.UTC(2001, 2, 5); ms += 86_400_000) {
      const day = new Date(ms).toISOString().slice(0, 10)
      const { epochMs } = joinDateTime(day, '23:59:59')
      assert.equal(epochMs, joinDateTime(day.replaceAll('-', '/'), '23:59:59').epochMs, day)
      assert.equal(epochMs, ms + 86_399_000 - 8 * 3_600_000, day)
    }
    for (const none of ['2000-02-30', '2001-02-29', '2000-04-31', '2000-13-01', '2000-00-01']) {
      assert.equal(joinDateTime(none, '12:00:00').flag, 'timeInvalid', none)
    }
    for (const none of ['2000-01-00', '0099-01-01', '0000-01-01']) {
      assert.equal(joinDateTime(none, '12:00:00').at, null, none)
    }
  })

  it('follow the summer time of China in 1986 to 1991', () => {
    const at = (date: string, time: string) => joinDateTime(date, time, 'Asia/Shanghai')
    assert.equal(at('2014-06-16', '16:33:27').at, '2014-06-16T16:33:27+08:00')
    assert.equal(at('1985-07-01', '12:00').at, '1985-07-01T12:00:00+08:00')
    for (const year of [1986, 1987, 1988, 1989, 1990, 1991]) {
      assert.equal(at(`${year}-07-01`, '12:00').at, `${year}-07-01T12:00:00+09:00`)
      assert.equal(at(`${year}-12-01`, '12:00').at, `${year}-12-01T12:00:00+08:00`)
    }
    assert.equal(at('1992-07-01', '12:00').at, '1992-07-01T12:00:00+08:00')
    assert.equal(at('1986-05-04', '01:59:59').at, '1986-05-04T01:59:59+08:00')
    assert.equal(at('1986-05-04', '02:30').flag, 'timeInvalid')
    assert.equal(at('1986-05-04', '03:00').at, '1986-05-04T03:00:00+09:00')
    const twice = at('1986-09-14', '01:30')
    assert.deepEqual([twice.at, twice.flag], ['1986-09-14T01:30:00+09:00', 'timeAmbiguous'])
    assert.equal(at('1986-09-14', '02:00').at, '1986-09-14T02:00:00+08:00')
  })

  it('know the hour that is missing and the hour that comes twice', () => {
    const at = (date: string, time: string) => joinDateTime(date, time, 'America/New_York')
    assert.equal(at('2024-03-10', '01:59').at, '2024-03-10T01:59:00-05:00')
    for (const time of ['02:00', '02:30', '02:59:59.999']) {
      assert.deepEqual(
        [at('2024-03-10', time).at, at('2024-03-10', time).flag],
        [null, 'timeInvalid'],
      )
    }
    assert.equal(at('2024-03-10', '03:00').at, '2024-03-10T03:00:00-04:00')
    assert.equal(at('2024-11-03', '00:59').flag, undefined)
    for (const time of ['01:00', '01:59:59']) {
      const { at: first, flag } = at('2024-11-03', time)
      assert.match(first ?? '', /-04:00$/)
      assert.equal(flag, 'timeAmbiguous')
    }
    assert.equal(at('2024-11-03', '02:00').at, '2024-11-03T02:00:00-05:00')
  })
})

describe('an instant', () => {
  it('is split into the two parts the document prints and joined again', () => {
    assert.deepEqual(splitInstant(Date.UTC(2014, 5, 16, 8, 33, 27, 900)), {
      date: '2014-06-16',
      time: '16:33:27',
    })
    const random = seeded(86)
    for (const zone of [
      '+08:00',
      '-03:30',
      'UTC',
      'Asia/Shanghai',
      'America/New_York',
      'Asia/Kathmandu',
    ]) {
      for (let round = 0; round < 300; round++) {
        // From 1985 on, so that China's summer time is among them.
        const epochMs = Math.floor(473_385_600 + random() * 1_500_000_000) * 1000
        const { date, time } = splitInstant(epochMs, zone)
        const joined = joinDateTime(date, time, zone)
        if (joined.flag === 'timeAmbiguous') continue
        assert.equal(joined.epochMs, epochMs, `${date} ${time} ${zone}`)
        assert.equal(joined.at, isoInZone(epochMs, zone))
      }
    }
  })

  it('is written with its offset', () => {
    const epochMs = Date.UTC(2014, 5, 16, 8, 33, 27)
    assert.equal(isoInZone(epochMs), '2014-06-16T16:33:27+08:00')
    assert.equal(isoInZone(epochMs + 5, 'America/New_York'), '2014-06-16T04:33:27.005-04:00')
    assert.equal(isoInZone(0, '-03:30'), '1969-12-31T20:30:00-03:30')
  })

  it('does not depend on the zone of the process', () => {
    const script = `const { joinDateTime, splitInstant, isoInZone } = require(${JSON.stringify(MESSAGES)})
      const out = []
      for (const zone of ['+08:00', 'Asia/Shanghai', 'America/New_York', undefined])
        out.push(joinDateTime('2014-06-16', '16:33:27', zone), joinDateTime('2024-03-10', '02:30', zone),
          splitInstant(1402907607000, zone), isoInZone(1402907607000, zone))
      process.stdout.write(JSON.stringify(out))`
    const outputs = ['UTC', 'Asia/Shanghai', 'America/New_York', 'Pacific/Kiritimati'].map((TZ) => {
      const { stdout, status } = spawnSync(process.execPath, ['-e', script], {
        env: { ...process.env, TZ },
        encoding: 'utf8',
      })
      assert.equal(status, 0)
      return stdout
    })
    assert.match(outputs[0] ?? '', /2014-06-16T16:33:27\+08:00/)
    assert.equal(new Set(outputs).size, 1)
  }).timeout(20_000)
})

describe('a zone', () => {
  it('is an offset or a name that this process knows', () => {
    for (const zone of [
      '+08:00',
      '-03:30',
      '+14:00',
      'Z',
      'UTC',
      'Asia/Shanghai',
      'PRC',
      'Etc/GMT-8',
    ]) {
      assert.equal(isZone(zone), true, zone)
      assert.notEqual(joinDateTime('2014-06-16', '16:33:27', zone).at, null)
    }
    assert.equal(joinDateTime('2014-06-16', '16:33', 'PRC').at, '2014-06-16T16:33:00+08:00')
    for (const zone of [
      '',
      ' ',
      '+8',
      '8',
      '+15:00',
      '+08:60',
      'UTC+8',
      'Asia/Peking',
      'x/y',
      '北京',
    ]) {
      assert.equal(isZone(zone), false, zone)
    }
  })

  it('is no abbreviation, since CST is Chicago as well as China', () => {
    for (const zone of ['CST', 'cst', 'EST', 'IST', 'PST', 'CTT'])
      assert.equal(isZone(zone), false, zone)
  })
})

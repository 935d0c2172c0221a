import assert from 'node:assert/strict'
import {
  csvOfRoster,
  daysOfCell,
  rosterOfCsv,
  rosterOfRows,
  shiftOfCell,
  type ReadRoster,
} from '../../src/loop/index.js'
import { encodeText } from '../../src/messages/index.js'
import { CALENDAR, CHANNELS, row, SHIFTS } from './roster-rig.js'

const HEAD = '角色,科室,班次,日期,工号,姓名,sms,备注'
const FIRST = '护士,产科,白班,周一至周五,040001,甲,13800000001,'
const csv = (text: string | Uint8Array): ReadRoster => rosterOfCsv(text, CALENDAR, CHANNELS)
const errorsOf = ({ errors }: ReadRoster) =>
  errors.map(({ code, row: at, column }) => `${code} ${at} ${column}`)

describe('a roster in a table', () => {
  const { roster: right } = csv(`${HEAD}\n${FIRST}\n`)

  it('is one duty a row', () => {
    assert.deepEqual(right?.duties, [
      {
        role: '护士',
        department: '产科',
        shift: SHIFTS[0],
        days: { kind: 'weekdays', weekdays: [1, 2, 3, 4, 5] },
        person: { code: '040001', name: '甲', addresses: { sms: '13800000001' } },
      },
    ])
  })

  const text = `${HEAD}\r\n${FIRST}\r\n`
  for (const [form, bytes] of [
    ['with lines of Windows', text],
    ['in UTF-8', encodeText(text, 'UTF-8')],
    ['in UTF-8 with a mark', encodeText(`\ufeff${text}`, 'UTF-8')],
    ['in GBK', encodeText(text, 'GBK')],
    ['in UTF-16 as Excel writes it', Buffer.from(`\ufeff${text.replaceAll(',', '\t')}`, 'utf16le')],
    ['with tabs', text.replaceAll(',', '\t')],
    ['with semicolons', text.replaceAll(',', ';')],
    ['with a line that names the delimiter', `sep=;\r\n${text.replaceAll(',', ';')}`],
    [
      'with quotes',
      `${HEAD}\n"护士","产科",白班,"周一至周五","040001","甲","13800000001","说""明""\n，换行, 逗号"\n`,
    ],
    ['with blank rows and no end of line', `${HEAD}\n,,,,,,,\n\n${FIRST}`],
    [
      'with English headings in another order',
      'Name,Code,SMS,Role,Ward,Shift,Days\n甲,040001,13800000001,护士,产科,08:00-16:00,Mon-Fri',
    ],
    [
      'with full-width signs',
      `${HEAD}\n护士,产科,０８：００－１６：００,１－５,040001,甲,13800000001`,
    ],
    ['with a column without a heading that is empty', `${HEAD},\n${FIRST},\n`],
  ] as const) {
    it(`is read ${form}`, () => {
      const { roster, errors } = csv(bytes)
      assert.deepEqual(errors, [])
      const plain = roster?.duties.map((duty) => ({
        ...duty,
        shift: duty.shift && { ...duty.shift, name: '' },
      }))
      const expected = right?.duties.map((duty) => ({
        ...duty,
        shift: duty.shift && { ...duty.shift, name: '' },
      }))
      assert.deepEqual(plain, expected)
    })
  }

  for (const [rule, table, errors] of [
    ['a heading that is not known', `${HEAD},微信\n${FIRST},x`, ['ROSTER_COLUMN_UNKNOWN 1 微信']],
    ['a heading that stands twice', `${HEAD},姓名\n${FIRST},x`, ['ROSTER_COLUMN_TWICE 1 姓名']],
    ['a heading that is missing', '科室,姓名\n产科,甲', ['ROSTER_COLUMN_MISSING 1 角色']],
    ['a cell too many', `${HEAD}\n${FIRST},x`, ['ROSTER_CELL_EXTRA 2 I']],
    ['a role that is blank', `${HEAD}\n ,产科,,,1,甲,1,`, ['ROSTER_ROLE 2 角色']],
    ['a name that is blank', `${HEAD}\n护士,产科,,,1,,1,`, ['ROSTER_NAME 2 姓名']],
    [
      'days that Excel has made a date of',
      `${HEAD}\n护士,产科,,1月5日,1,甲,1,`,
      ['ROSTER_DAYS 2 日期'],
    ],
    ['a date that there is not', `${HEAD}\n护士,产科,,2026-02-30,1,甲,1,`, ['ROSTER_DAYS 2 日期']],
    [
      'dates that go back',
      `${HEAD}\n护士,产科,,2026-02-03~2026-02-01,1,甲,1,`,
      ['ROSTER_DAYS 2 日期'],
    ],
    ['a shift that is not known', `${HEAD}\n护士,产科,中班,,1,甲,1,`, ['ROSTER_SHIFT 2 班次']],
    [
      'a shift at an hour that there is not',
      `${HEAD}\n护士,产科,08:00-25:00,,1,甲,1,`,
      ['ROSTER_SHIFT 2 班次'],
    ],
    [
      'a number that Excel has shortened',
      `${HEAD}\n护士,产科,,,1,甲,1.38E+10,`,
      ['ROSTER_SHORTENED 2 sms'],
    ],
    [
      'one number with two names',
      `${HEAD}\n${FIRST}\n护士,产科,,,040001,乙,,`,
      ['ROSTER_PERSON 3 姓名'],
    ],
    [
      'one person with two addresses',
      `${HEAD}\n${FIRST}\n护士,产科,,,040001,甲,139,`,
      ['ROSTER_ADDRESS 3 sms'],
    ],
    ['no row', HEAD, ['ROSTER_EMPTY 1 A']],
    ['nothing', '', ['ROSTER_COLUMN_MISSING 1 角色', 'ROSTER_COLUMN_MISSING 1 姓名']],
    ['bytes in no charset', Buffer.from([0xff, 0xff, 0x81]), ['ROSTER_TEXT 1 A']],
    [
      'all that is wrong',
      `${HEAD}\n,产科,中班,,1,甲,1,\n护士,产科,,周八,1,甲,1,`,
      ['ROSTER_ROLE 2 角色', 'ROSTER_SHIFT 2 班次', 'ROSTER_DAYS 3 日期'],
    ],
  ] as const) {
    it(`is refused for ${rule}, with the row and the column`, () => {
      const read = csv(table)
      assert.equal(read.roster, null)
      assert.deepEqual(errorsOf(read), errors)
      for (const { reason, row: at } of read.errors) {
        assert.ok(reason.zh.includes(`第 ${at} 行`) && reason.en.includes(`Row ${at}`))
      }
    })
  }

  it('needs the addresses of a person once', () => {
    const { roster } = csv(`${HEAD}\n护士,产科,白班,,040001,甲,,\n${FIRST}`)
    const addresses = roster?.duties.map(({ person }) => person.addresses)
    assert.deepEqual(addresses, [{ sms: '13800000001' }, { sms: '13800000001' }])
  })

  it('may be typed in', () => {
    const read = rosterOfRows([row('护士 | | | | 甲'), row('| | 中班 | | 乙')], CALENDAR, CHANNELS)
    assert.deepEqual(errorsOf(read), ['ROSTER_ROLE 2 role', 'ROSTER_SHIFT 2 shift'])
    const wrong = [
      { role: '护士', name: 1, addresses: { sms: 13800000001 } },
      { role: '护士', name: '甲', addresses: '1' },
    ]
    assert.deepEqual(errorsOf(rosterOfRows(wrong, CALENDAR, CHANNELS)), [
      'ROSTER_NOT_TEXT 1 name',
      'ROSTER_NOT_TEXT 1 sms',
    ])
    assert.deepEqual(errorsOf(rosterOfRows(wrong.slice(1), CALENDAR, CHANNELS)), [
      'ROSTER_COLUMN_UNKNOWN 1 addresses',
    ])
    assert.deepEqual(errorsOf(rosterOfRows('rows', CALENDAR, CHANNELS)), ['ROSTER_EMPTY 1 A'])
    const foreign = rosterOfRows([row('护士 | | | | 甲')], CALENDAR, ['wecom'])
    assert.deepEqual(errorsOf(foreign), ['ROSTER_COLUMN_UNKNOWN 1 sms'])
  })
})

describe('a cell', () => {
  for (const [cell, right] of [
    ['', 'every'],
    ['每天', 'every'],
    ['周一', [1]],
    ['星期日', [7]],
    ['周末', [6, 7]],
    ['周五至周一', [1, 5, 6, 7]],
    ['一、三；五', [1, 3, 5]],
    ['Sat, Sun', [6, 7]],
    ['1-5', [1, 2, 3, 4, 5]],
    ['工作日', 'workday'],
    ['休息日', 'restday'],
    ['法定节假日', 'holiday'],
    ['周末及节假日', 'restday'],
    ['节假日', null],
    ['2026/10/1', '2026-10-01 2026-10-01'],
    ['2026年10月1日至2026年10月7日', '2026-10-01 2026-10-07'],
    ['2026-10-01 - 2026-10-07', '2026-10-01 2026-10-07'],
    ['周八', null],
    ['1-2-3', null],
    ['八小时', null],
    ['1,', null],
  ] as const) {
    it(`of days: ${cell || 'blank'}`, () => {
      const days = daysOfCell(cell)
      const said =
        days?.kind === 'weekdays'
          ? days.weekdays
          : days?.kind === 'dates'
            ? `${days.from} ${days.to}`
            : (days?.kind ?? null)
      assert.deepEqual(said, right)
    })
  }

  for (const [cell, right] of [
    ['', null],
    ['全天', null],
    ['白班', [480, 960]],
    ['8:00-16:00', [480, 960]],
    ['16:00 至 次日 8:00', [960, 480]],
    ['16:00-00:00', [960, 1440]],
    ['16:00-24:00', [960, 1440]],
    ['8:00-8:00', [480, 480]],
    ['24:00-08:00', undefined],
    ['8-16', undefined],
    ['08:60-16:00', undefined],
  ] as const) {
    it(`of a shift: ${cell || 'blank'}`, () => {
      const shift = shiftOfCell(cell, SHIFTS)
      assert.deepEqual(shift && [shift.from, shift.to], right)
    })
  }
})

describe('a roster as a table for Excel', () => {
  const people = [
    ['护士 | 产科 | 白班 | 1-5 | 甲', '040001', '013800000001'],
    ['护士 |  |  |  | 乙, "小乙"', '', '+8613800000002'],
    ['医生 |  | 08:00-16:00 | 2026-10-01~2026-10-02 | =丙', '7', '138000000000003'],
  ].map(([text, code, sms]) => ({ ...row(text!), code: code!, addresses: { sms: sms! } }))
  const written = csvOfRoster(people, ['sms'], 'zh')

  it('is read again as it was', () => {
    const { rows, errors, roster } = rosterOfCsv(encodeText(written, 'UTF-8'), CALENDAR, ['sms'])
    assert.deepEqual(errors, [])
    const { duties } = rosterOfRows(people, CALENDAR, ['sms']).roster!
    assert.deepEqual([roster?.duties, rows.length], [duties, 3])
  })

  it('has no cell that a sheet would run, in full-width signs or behind blanks either', () => {
    for (const name of ['=1+1', '＝1+1', ' 　=1+1', '＠x']) {
      const text = csvOfRoster([{ ...people[0]!, name }], ['sms'], 'zh')
      assert.ok(text.includes(`"\t${name}"`), name)
      const { roster } = rosterOfCsv(encodeText(text, 'UTF-8'), CALENDAR, ['sms'])
      assert.equal(roster?.duties[0]?.person.name, name.trim(), name)
    }
  })

  it('keeps what Excel would change as a text', () => {
    const [headings, first, second, third] = written.split('\r\n')
    assert.equal(headings, '\ufeff角色,科室,班次,日期,工号,姓名,sms')
    assert.equal(first, '护士,产科,白班,"\t1-5","\t040001",甲,"\t013800000001"')
    assert.match(second!, /,"乙, ""小乙""","\t\+8613800000002"$/)
    assert.match(third!, /,08:00-16:00,"\t2026-10-01~2026-10-02",7,"\t=丙","\t138000000000003"$/)
  })
})

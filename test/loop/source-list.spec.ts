import assert from 'node:assert/strict'
import {
  compareList,
  readSourceList,
  type ListedAlert,
  type ListedValue,
} from '../../src/loop/index.js'

const AT = Date.parse('2026-01-31T08:30:00+08:00')
const value = (change: Partial<ListedValue> = {}): ListedValue => ({
  row: 2,
  ExamNo: '0001',
  ApplyNo: 'A1',
  code: '1',
  at: AT,
  ...change,
})

describe('a list of the source', () => {
  for (const [title, list, right] of [
    [
      'is read by Chinese headings, in any order, with others beside them',
      '姓名,危急值时间,申请单号,检查流水号,危急值编码\r\n张三,2026/1/31 8:30,A1,0001,1\r\n',
      [value()],
    ],
    [
      'is read by English headings, date and time apart, with tabs',
      'ExamNo\tApplyNo\tCrisisSetDate\tCrisisSetTime\tCrisisCode\n0001\tA1\t2026-01-31\t08:30:00\t1\n',
      [value()],
    ],
    [
      'is read as it was written by the register',
      '\ufeff检查流水号,申请单号,发现时间\r\n"0001\t",A1,2026-01-31 08:30:00\r\n',
      [value({ code: '' })],
    ],
    [
      'is read as rows',
      [{ ExamNo: '0001', ApplyNo: 'A1', CrisisCode: '1', time: new Date(AT), x: 7 }],
      [value({ row: 1 })],
    ],
    ['may name one number alone', 'ExamNo\n0001', [value({ ApplyNo: '', code: '', at: null })]],
    ['may be empty', 'ExamNo\n\n', []],
  ] as const) {
    it(title, () => assert.deepEqual(readSourceList(list), { values: right, errors: [] }))
  }

  for (const [title, list, right, values] of [
    ['no list', 7, ['LIST_SHAPE 1 A'], 0],
    ['no column of a number', 'name,time\nx,y', ['LIST_COLUMN_MISSING 1 检查流水号'], 0],
    ['a column twice', 'ExamNo,检查号\n1,2', ['LIST_COLUMN_TWICE 1 检查号'], 0],
    ['a number that is none', [{ ExamNo: 1 }, { ExamNo: '2' }], ['LIST_NOT_TEXT 1 ExamNo'], 1],
    ['a row that is none', ['x', { 申请单号: '2' }], ['LIST_ROW 1 A'], 1],
    [
      'a number that Excel has shortened, blank numbers and a time',
      '检查号,时间\n2.02601E+15,\n,2026-01-31 08:30\n0001,gestern\n0002,\n',
      ['LIST_SHORTENED 2 检查号', 'LIST_NUMBER 3 检查号', 'LIST_TIME 4 时间'],
      1,
    ],
  ] as const) {
    it(`names row and column of ${title}, and reads the rest`, () => {
      const read = readSourceList(list)
      assert.deepEqual(
        read.errors.map(({ code, row, column }) => `${code} ${row} ${column}`),
        right,
      )
      assert.equal(read.values.length, values)
      for (const { reason, column } of read.errors) {
        assert.ok(reason.zh.includes(column) && reason.en.includes(column))
      }
    })
  }
})

describe('the comparison of a list with the ledger', () => {
  const alert = (id: string, change: Partial<ListedAlert> = {}): ListedAlert => ({
    id,
    system: '',
    ExamNo: '0001',
    ApplyNo: 'A1',
    code: '1',
    setAt: AT,
    openedAt: AT + 5_000,
    stage: 'stored',
    ...change,
  })
  const compared = (
    list: readonly ListedValue[],
    alerts: readonly ListedAlert[],
    isOfPeriod = (_one: ListedAlert) => true,
  ): string => {
    const found = compareList(list, alerts, isOfPeriod)
    return [
      `same ${found.matched}`,
      ...found.missingInLedger.map(({ row }) => `not here ${row}`),
      ...found.missingInSource.map(({ id }) => `not there ${id}`),
      ...found.different.map((one) => `${one.listed.row} is ${one.alert.id} but ${one.in.join()}`),
    ].join(', ')
  }
  const second = { code: '2', setAt: AT + 3_600_000 }

  for (const [title, list, alerts, right] of [
    ['finds what is the same', [value()], [alert('a')], 'same 1'],
    ['takes a list without seconds', [value({ at: AT + 59_000 })], [alert('a')], 'same 1'],
    [
      'names what never came',
      [value(), value({ row: 3, ExamNo: '0002' })],
      [alert('a')],
      'same 1, not here 3',
    ],
    [
      'names what the list lacks',
      [value()],
      [alert('a'), alert('b', second)],
      'same 1, not there b',
    ],
    [
      'tells findings of one exam apart, in whatever order',
      [value({ row: 2, code: '2', at: AT + 3_600_000 }), value({ row: 3 })],
      [alert('a'), alert('b', second)],
      'same 2',
    ],
    [
      'takes no other finding for a difference',
      [value()],
      [alert('b', second)],
      'same 0, not here 2, not there b',
    ],
    ['names another time', [value({ at: AT - 60_000 })], [alert('a')], 'same 0, 2 is a but time'],
    ['names another code', [value({ code: '9' })], [alert('a')], 'same 0, 2 is a but code'],
    [
      'finds an alert once for a row that stands there twice',
      [value(), value({ row: 3 })],
      [alert('a')],
      'same 1, not here 3',
    ],
    ['compares what both say', [value({ code: '', at: null })], [alert('a')], 'same 1'],
    ['finds by the request alone', [value({ ExamNo: '' })], [alert('a')], 'same 1'],
    [
      'takes no other request for the same exam',
      [value({ ApplyNo: 'A2' })],
      [alert('a')],
      'same 0, not here 2, not there a',
    ],
    ['keeps zeros', [value({ ExamNo: '1' })], [alert('a')], 'same 0, not here 2, not there a'],
  ] as const) {
    it(title, () => assert.equal(compared(list, alerts), right))
  }

  it('misses none in the list that is not of its period', () => {
    assert.equal(
      compared([], [alert('a'), alert('b', second)], ({ id }) => id === 'b'),
      'same 0, not there b',
    )
  })

  it('finds one that is missing in a thousand', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => `${n}`)
    const list = many.map((ExamNo, row) => value({ row, ExamNo }))
    const alerts = many.filter((n) => n !== '517').map((ExamNo) => alert(ExamNo, { ExamNo }))
    assert.equal(compared(list, alerts), 'same 999, not here 517')
  })
})

import assert from 'node:assert/strict'
import {
  CSV_MARK,
  csvLines,
  masked,
  REGISTER_COLUMNS,
  registerCells,
  registerHeadings,
  registerRow,
  type RegisterOptions,
} from '../../src/bridges/index.js'
import { readCsv } from '../../src/loop/csv.js'
import type { RegisteredAct, RegisterEntry } from '../../src/loop/index.js'

const MINUTE = 60_000
const AT = Date.parse('2026-01-31T08:30:00+08:00')
const options: RegisterOptions = {
  language: 'zh',
  zone: '+08:00',
  limits: { receivedMs: 10 * MINUTE, processedMs: 30 * MINUTE },
  showsPatients: true,
  now: AT + 5 * MINUTE,
}
const step = (
  stage: 'stored' | 'received' | 'processed',
  minute: number,
  code = '',
  name = '',
) => ({
  stage,
  at: AT + minute * MINUTE,
  saidAt: code === '' ? null : new Date(AT + minute * MINUTE).toISOString(),
  code,
  name,
})
const OPEN: RegisterEntry = {
  key: 'k',
  sickNo: 'C0001234',
  stage: 'stored',
  setAt: '2026-01-31T08:29:27+08:00',
  openedAt: AT,
  receivedAt: null,
  processedAt: null,
  cancelledAt: null,
  crisis: {
    ExamNo: '00000001',
    ApplyNo: '00000002',
    CrisisName: '胎盘早剥',
    CrisisMemo: '加急处理。',
    CrisisSettor: { code: '040001', name: '诊断员' },
  },
  milestones: [step('stored', 0)],
  department: '超声科',
  said: null,
  decisions: [],
  acts: [],
  pages: [],
}
const DOCTOR = { code: '040002', name: '王医生' }
const CLOSED: RegisterEntry = {
  ...OPEN,
  stage: 'processed',
  receivedAt: AT + 65 * MINUTE,
  processedAt: AT + 70 * MINUTE,
  milestones: [
    step('stored', 0),
    step('received', 5, '040009', '前一人'),
    step('stored', 60),
    step('received', 65, '040002', '王医生'),
    step('processed', 70, '040003', ''),
  ],
  said: { ProcessSuggest: ' 急诊手术 ', ProcessResult: '已处理' },
}
const act = (
  kind: RegisteredAct['kind'],
  person: RegisteredAct['person'],
  role: string,
  readBack: boolean | null,
): RegisteredAct => ({ kind, person, role, readBack, at: AT })
const cells = (entry: RegisterEntry, change: Partial<RegisterOptions> = {}) =>
  registerCells(registerRow(entry, 1, { ...options, ...change })).join('|')

describe('the register of critical values', () => {
  it('has the columns of domain 2.3 in both languages', () => {
    assert.equal(
      registerHeadings('zh').join('|'),
      '序号|患者姓名/性别/年龄|住院号或门诊号|科室/病区/床号|检查流水号|申请单号|检查项目与部位|危急值内容|发现时间|' +
        '报告人（工号）|报告方式|接收人（工号/职务）|接收时间|复述确认|通知医师姓名与时间|处理措施|处理人|处理时间|转归/复查|' +
        '超时标志与原因|更正/作废说明',
    )
    assert.equal(registerHeadings('en').length, Object.keys(REGISTER_COLUMNS).length)
  })

  for (const [title, entry, change, right] of [
    [
      'names what is missing, and what has not come yet',
      OPEN,
      {},
      '1|缺|C0001234|超声科|00000001|00000002|缺|胎盘早剥 加急处理。|2026-01-31 08:29:27|诊断员（040001）|接口|未接收|未接收|缺|缺|' +
        '未处理|未处理|未处理|未处理|否|无',
    ],
    [
      'has the people who dealt with the content that counts',
      CLOSED,
      {},
      '1|缺|C0001234|超声科|00000001|00000002|缺|胎盘早剥 加急处理。|2026-01-31 08:29:27|诊断员（040001）|接口|' +
        '王医生（040002）|2026-01-31 09:35:00|缺|缺|急诊手术|040003|2026-01-31 09:40:00|已处理|否|已更正 2026-01-31 09:30:00',
    ],
    [
      'has the post, the reading back and whoever was paged, where they are known',
      {
        ...CLOSED,
        acts: [
          // Another person's, and of the content before the correction.
          act('received', { code: '040009', name: '前一人' }, '护士', false),
          act('received', DOCTOR, '值班医师', true),
        ],
        pages: [1, 61, 62].map((minute, n) => ({
          person: n === 0 ? { code: '040009', name: '前一人' } : DOCTOR,
          at: AT + minute * MINUTE,
        })),
      },
      {},
      '1|缺|C0001234|超声科|00000001|00000002|缺|胎盘早剥 加急处理。|2026-01-31 08:29:27|诊断员（040001）|接口|' +
        '王医生（040002/值班医师）|2026-01-31 09:35:00|是|前一人（040009） 2026-01-31 08:31:00; 王医生（040002） 2026-01-31 09:31:00|' +
        '急诊手术|040003|2026-01-31 09:40:00|已处理|否|已更正 2026-01-31 09:30:00',
    ],
    [
      'says what is overdue, in English too, and hides numbers of patients',
      { ...OPEN, crisis: {}, department: '' },
      { language: 'en', showsPatients: false, now: AT + 31 * MINUTE },
      '1|missing|****1234|missing|missing|missing|missing|missing|2026-01-31 08:29:27|missing|interface|not received|' +
        'not received|missing|missing|not processed|not processed|not processed|not processed|' +
        'received late; processed late (reason: missing)|none',
    ],
    [
      'says who has cancelled it, and why',
      {
        ...OPEN,
        stage: 'cancelled',
        cancelledAt: AT + MINUTE,
        decisions: [
          {
            kind: 'cancelAlert',
            at: AT + MINUTE,
            by: '张三',
            second: '李四',
            reason: '错误的病人',
          },
        ],
      },
      {},
      '1|缺|C0001234|超声科|00000001|00000002|缺|胎盘早剥 加急处理。|2026-01-31 08:29:27|诊断员（040001）|接口|缺|缺|缺|缺|' +
        '缺|缺|缺|缺|否|已作废 2026-01-31 08:31:00: 错误的病人 (张三、李四)',
    ],
  ] as const) {
    it(title, () => assert.equal(cells(entry, change), right))
  }

  it('never shows more than half of a masked number', () => {
    assert.deepEqual(['', '1', '1234', '12345678'].map(masked), ['', '****', '****34', '****5678'])
  })
})

describe('a table for Excel and WPS', () => {
  for (const [text, right] of [
    ['胎盘早剥', '胎盘早剥'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1+1', "'=1+1"],
    [' +86', "' +86"],
    ['-5', "'-5"],
    ['@sum(A1)', "'@sum(A1)"],
    ['\t=1', '"\'\t=1"'],
    ['＝1', "'＝1"],
    ['00000001', '"00000001\t"'],
    ['123456789012', '"123456789012\t"'],
    ['1-2', '"1-2\t"'],
    ['1E5', '"1E5\t"'],
    ['12345', '12345'],
    ['2026-01-31 08:30:00', '2026-01-31 08:30:00'],
  ] as const) {
    it(`writes ${JSON.stringify(text)}`, () => {
      assert.equal(csvLines([[text, 'x']]), `${right},x\r\n`)
    })
  }

  it('is read back as it was, but for what keeps it a text', () => {
    const rows = [
      ['序号', 'a "b"', 'c,d'],
      ['001', 'e\r\nf', ''],
    ]
    const read = readCsv(CSV_MARK + csvLines(rows))
    assert.deepEqual(
      read.map((row) => row.map((cell) => cell.replace(/\t$/, ''))),
      rows,
    )
  })
})

import assert from 'node:assert/strict'
import { pageText, type PageAbout, type PageTextStep } from '../../src/bridges/index.js'

const NOW = Date.parse('2026-03-01T17:00:00+08:00')

const step = (changed: Partial<PageTextStep> = {}): PageTextStep => ({
  number: 2,
  of: 4,
  round: 1,
  until: 'received',
  ...changed,
})

const about = (changed: Partial<PageAbout> = {}): PageAbout => ({
  crisis: { ExamNo: 'CT-00012345', CrisisType: '超声', CrisisCode: '1' },
  step: step(),
  flags: [],
  hospital: '示例医院',
  attempt: 1,
  setAt: '2026-03-01T16:33:27+08:00',
  lateSeconds: 59,
  now: NOW,
  ...changed,
})

const BARE = { step: undefined, hospital: '', setAt: null, crisis: {} } as const

/** The page, its title and its text in Chinese, the same in English. */
const ROWS: Readonly<
  Record<string, readonly [Partial<PageAbout>, readonly string[], readonly string[]]>
> = {
  'the first reminder of a step': [
    {},
    [
      '危急值 1级 尾号2345 第2步',
      '危急值（1级，超声，检查号尾号2345），请立即登录系统接收。16:33设定，已26分钟。第2步（共4步）。示例医院',
    ],
    [
      'Critical value, level 1, exam ...2345, step 2',
      'Critical value (level 1, ultrasound, exam ...2345). Log in now and receive it. Set 16:33, 26 min ago. Step 2 of 4. 示例医院',
    ],
  ],
  'a late and repeated reminder of the last step, with a department and a link': [
    {
      step: step({ number: 4, round: 3, until: 'processed' }),
      lateSeconds: 3_900,
      department: '急诊科',
      link: ' https://crisis.example/a/1 ',
      attempt: 2,
      setAt: '2026-03-01T14:00:00+08:00',
      hospital: 'Sample Hospital',
    },
    [
      '【重复】危急值 1级 尾号2345 第4步',
      '【重复】危急值（1级，超声，检查号尾号2345，急诊科），请立即登录系统处理。14:00设定，已3小时。第4步（共4步）第3次提醒。本提醒迟了1小时5分钟。Sample Hospital https://crisis.example/a/1',
    ],
    [
      'REPEATED: Critical value, level 1, exam ...2345, step 4',
      'REPEATED: Critical value (level 1, ultrasound, exam ...2345). Log in now and act on it. Set 14:00, 3 h ago. Step 4 of 4, reminder 3. This reminder is 1 h 5 min late. Sample Hospital https://crisis.example/a/1',
    ],
  ],
  'a correction that was handed out before': [
    { flags: ['revision', 'redelivered'], setAt: '2026-02-27T08:05:00+08:00' },
    [
      '【更正】【重复】危急值 1级 尾号2345 第2步',
      '【更正】【重复】危急值（1级，超声，检查号尾号2345），请立即登录系统按更正后的内容接收。02-27 08:05设定，已2天。第2步（共4步）。示例医院',
    ],
    [
      'CORRECTED: REPEATED: Critical value, level 1, exam ...2345, step 2',
      'CORRECTED: REPEATED: Critical value (level 1, ultrasound, exam ...2345). Log in now and receive it as corrected. Set 02-27 08:05, 2 d ago. Step 2 of 4.',
    ],
  ],
  'a patient who may be the wrong one': [
    { flags: ['revision', 'possibleWrongPatient', 'textDamaged'], hospital: '' },
    [
      '【病人可能有误】【更正】危急值 1级 尾号2345 第2步',
      '【病人可能有误】【更正】危急值（1级，超声，检查号尾号2345），请立即登录系统核实病人后接收。文字可能有乱码，请核对原报告。16:33设定，已26分钟。第2步（共4步）。',
    ],
    [
      'POSSIBLY WRONG PATIENT: CORRECTED: Critical value, level 1, exam ...2345, step 2',
      'POSSIBLY WRONG PATIENT: CORRECTED: Critical value (level 1, ultrasound, exam ...2345). Log in now, check the patient, then receive it. Its text may be garbled: check the original report. Set 16:33, 26 min ago. Step 2 of 4.',
    ],
  ],
  'one that is void, which nobody is to act on': [
    { flags: ['revision', 'possibleWrongPatient', 'cancelled'], step: undefined, setAt: null },
    [
      '【作废】危急值 1级 尾号2345',
      '【作废】危急值（1级，超声，检查号尾号2345），已作废，请勿据此处理，详情见系统。示例医院',
    ],
    [
      'CANCELLED: Critical value, level 1, exam ...2345',
      'CANCELLED: Critical value (level 1, ultrasound, exam ...2345). It is void; do not act on it. Log in for details. 示例医院',
    ],
  ],
  'one of which nothing is known': [
    BARE,
    ['危急值', '危急值（级别见系统），请立即登录系统接收并处理。'],
    [
      'Critical value',
      'Critical value (see the system for its level). Log in now and receive and act on it.',
    ],
  ],
  'a clock that runs ahead, and an exam with an application number only': [
    { ...BARE, setAt: '2026-03-01T17:00:01+08:00', crisis: { ExamNo: ' ', ApplyNo: 'A7' } },
    [
      '危急值 尾号A7',
      '危急值（级别见系统，检查号尾号A7），请立即登录系统接收并处理。03-01 17:00设定。',
    ],
    [
      'Critical value, exam ...A7',
      'Critical value (see the system for its level, exam ...A7). Log in now and receive and act on it. Set 03-01 17:00.',
    ],
  ],
}

describe('the text of a page', () => {
  for (const [name, [changed, chinese, english]] of Object.entries(ROWS)) {
    it(`tells of ${name}`, () => {
      for (const [language, expected] of [
        ['zh-CN', chinese],
        ['en-US', english],
      ] as const) {
        const { title, text } = pageText(about(changed), language)
        assert.deepEqual([title, text], expected)
      }
    })
  }

  it('names neither patient nor finding nor whole number, wherever a site writes them', () => {
    const crisis = {
      ExamNo: 'EXAM98765',
      ApplyNo: 'APPLY9',
      SickNo: 'SICK9',
      OrderNo: 'ORDER9',
      CrisisName: 'NAME9',
      CrisisMemo: 'MEMO9',
      CrisisSettor: { code: 'STAFF9', name: 'DOCTOR9' },
    }
    for (const finding of ['胎盘早剥', 'AMI', '张三', 'PE', '张三 CT']) {
      const full = { ...crisis, CrisisType: finding, CrisisCode: `${finding}!` }
      for (const language of ['zh-CN', 'en-US'] as const) {
        const page = JSON.stringify(pageText(about({ crisis: full }), language))
        assert.doesNotMatch(page, /SICK|ORDER|NAME|MEMO|STAFF|DOCTOR|EXAM9|APPLY/)
        assert.ok(!page.includes(finding), finding)
        assert.match(page, /8765/)
      }
    }
  })

  it('takes no more than two parts of an SMS, and leaves out the least', () => {
    const long = about({
      ...{ flags: ['revision', 'possibleWrongPatient', 'textDamaged'], attempt: 2 },
      ...{ lateSeconds: 360_000, step: step({ number: 12, of: 12, round: 123 }) },
      setAt: '2026-01-01T00:00:00+08:00',
      hospital: '一家名字很长的医院'.repeat(9),
      department: '一个名字很长的科室'.repeat(9),
    })
    const chinese = pageText(long, 'zh-CN').text
    assert.ok(chinese.length > 100 && chinese.length <= 134, chinese)
    assert.match(chinese, /^【病人可能有误】【更正】【重复】.*第123次提醒/)
    const english = pageText({ ...long, hospital: 'H'.repeat(99), department: 'D' }, 'en-US').text
    assert.ok(english.length > 200 && english.length <= 306, english)
    const mixed = pageText({ ...long, hospital: '医院' }, 'en-US').text
    assert.match(
      mixed,
      /^POSSIBLY WRONG PATIENT: CORRECTED: REPEATED: Critical value .*receive it\./,
    )
    const link = `https://crisis.example/${'a'.repeat(200)}`
    assert.equal(pageText({ ...long, link }, 'zh-CN').text, `${chinese} ${link}`)
  })
})

import assert from 'node:assert/strict'
import {
  classifyReply,
  readAnswerSection,
  readReplyRule,
  READY_RULES,
  REPLY_RETRY,
  writeAnswerSection,
  type Answer,
  type ReplyRule,
} from '../../src/messages/index.js'
import { SHAPES } from './reply-shapes.js'

const judged = (answer: string | Answer, rule: ReplyRule) =>
  classifyReply(answer, { profile: 'rule', rule })

const RULE: ReplyRule = {
  returned: '',
  unwrap: [],
  form: 'xml',
  code: 'Response/Code',
  delivered: ['0'],
  rejected: ['1'],
  retry: ['2'],
  words: '',
}
const answerOf = (code: string, more = ''): string =>
  `<Response><Code>${code}</Code>${more}</Response>`

describe('a rule for the answers of a peer', () => {
  it(`decides ${SHAPES.length} forms, for a success and for a failure`, () => {
    for (const { name, rule, success, failure, means } of SHAPES) {
      assert.deepEqual(readReplyRule(rule), { value: rule }, name)
      assert.equal(judged(success, rule).class, 'delivered', name)
      assert.equal(judged(failure, rule).class, means, `${name}: the failure`)
    }
  })

  it('never delivers what another peer says', () => {
    let tried = 0
    for (const { name, rule, success } of SHAPES) {
      for (const other of SHAPES) {
        if (other.rule.code === rule.code && other.rule.form === rule.form) continue
        for (const answer of [other.success, other.failure]) {
          const verdict = judged(answer, rule)
          if (verdict.class !== 'delivered') continue
          // Delivered only where the place is there with the value all the same.
          assert.ok(rule.delivered.includes(verdict.reply?.code ?? ''), `${name} / ${other.name}`)
          tried++
        }
      }
      assert.equal(
        judged(success, { ...rule, delivered: ['nothing else'] }).class === 'delivered',
        false,
        name,
      )
    }
    assert.ok(tried < SHAPES.length)
  })

  it('takes a value that is in no list for ambiguous, and sends again what it is told to', () => {
    const codes: readonly (readonly [code: string, verdict: string])[] = [
      ['0', 'DELIVERED'],
      [' 0\n', 'DELIVERED'],
      ['1', 'REPLY_REJECTED'],
      ['2', REPLY_RETRY],
      ['3', 'REPLY_CODE'],
      ['', 'REPLY_CODE'],
      ['00', 'REPLY_CODE'],
      ['０', 'REPLY_CODE'],
    ]
    for (const [code, verdict] of codes)
      assert.equal(judged(answerOf(code), RULE).code, verdict, code)
    const others = { ...RULE, rejected: ['*'], retry: [] }
    assert.equal(judged(answerOf('3'), others).code, 'REPLY_REJECTED')
    for (const code of ['', '00', '0.0', '-0']) {
      assert.equal(judged(answerOf(code), others).code, 'REPLY_CODE', code)
    }
  })

  it('finds its place once, or nothing is understood', () => {
    for (const answer of [
      '<Response><Code>0</Code><Code>0</Code></Response>',
      '<Response><Code>0</Code><a><code>1</code></a></Response>',
      '<Response><Code>0<b/></Code></Response>',
      '<Response><code>0</code></Response>',
      '<Response><Body><Code>0</Code></Body></Response>',
      '<RESPONSE><Code>0</Code></RESPONSE>',
      '<Response/>',
      '{"Code":"0"}',
      '0',
    ]) {
      assert.equal(judged(answer, RULE).class, 'ambiguous', answer)
    }
    const json = { ...RULE, form: 'json', code: '/a/code' } as const
    for (const answer of [
      '{"a":{"code":"0","code":"1"}}',
      '{"a":{"code":"0"},"b":{"Code":"1"}}',
      '{"a":{"code":["0"]}}',
      '{"a":{"code":null}}',
      '{"A":{"code":"0"}}',
      '{"a":[{"code":"0"}]}',
      '[]',
      answerOf('0'),
    ]) {
      assert.equal(judged(answer, json).class, 'ambiguous', answer)
    }
    assert.equal(judged('{"a":{"code":0}}', json).class, 'delivered')
    const parts = (...names: readonly string[]): Answer => ({
      name: names[0] ?? null,
      text: '0',
      others: names.slice(1).map((name) => ({ name, text: '0' })),
    })
    const named = { ...RULE, returned: 'rc', form: 'text', code: '' } as const
    assert.equal(judged(parts('rc', 'x'), named).class, 'delivered')
    for (const answer of [parts('rc', 'rc'), parts('x', 'y'), '0']) {
      assert.equal(judged(answer, named).class, 'ambiguous')
    }
    assert.equal(judged({ name: 'rc', text: '' }, named).class, 'unusable')
    assert.equal(
      judged({ name: 'rc', text: '', others: [{ name: 'm', text: 'x' }] }, named).class,
      'ambiguous',
    )
  })

  it('unwraps as it says and not otherwise', () => {
    const wrapped = { ...RULE, unwrap: [{ step: 'xml', at: 'a/b' }] } as const
    const inner = answerOf('0').replaceAll('<', '&lt;')
    assert.equal(judged(`<a><b>${inner}</b></a>`, wrapped).class, 'delivered')
    for (const answer of [
      `<a><b>${inner}</b><b>${inner}</b></a>`,
      `<a><b><c/>${inner}</b></a>`,
      `<a><b>${answerOf('0')}</b></a>`,
      answerOf('0'),
      inner,
    ]) {
      assert.equal(judged(answer, wrapped).class, 'ambiguous', answer)
    }
    const base64 = { ...RULE, unwrap: [{ step: 'base64', at: '' }] } as const
    for (const answer of ['%%%%', 'PA', Buffer.from([0xff, 0xfe, 0x41]).toString('base64')]) {
      assert.equal(judged(answer, base64).class, 'ambiguous', answer)
    }
  })

  it('hands on the words of the place, else all that was said', () => {
    const said = answerOf('1', '<Desc>无此病人</Desc><x>y</x>')
    assert.equal(judged(said, { ...RULE, words: 'desc' }).reply?.desc, '无此病人')
    assert.deepEqual(
      judged(said, RULE).reply?.beside.map(({ text }) => text),
      ['无此病人', 'y'],
    )
  })

  it('delivers no text in which the code is not one of those delivered', () => {
    // Marks that a success could be made of, in any order, by a generator that is always the same.
    const marks = [
      '<Response>',
      '</Response>',
      '<Code>',
      '</Code>',
      '0',
      '1',
      '&lt;',
      ' ',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<Code/>',
      'OK',
    ]
    let seed = 7
    const next = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return Math.floor((seed / 2147483648) * below)
    }
    for (let round = 0; round < 4_000; round++) {
      const middle = Array.from({ length: next(7) }, () => marks[next(marks.length)]).join('')
      const text = next(2) === 0 ? answerOf(middle) : `<Response>${middle}</Response>`
      const { class: verdict, reply } = judged(text, RULE)
      if (verdict !== 'delivered') continue
      assert.equal(reply?.code, '0', text)
      const bare = text.replaceAll(/<!--[^]*?-->/g, '').replaceAll(/<!\[CDATA\[([^]*?)\]\]>/g, '$1')
      assert.match(bare, /<Code>\s*0\s*<\/Code>/, text)
    }
  })
})

describe('a rule as a setting', () => {
  it('is refused, with the place, where a failure could count as delivered', () => {
    const wrong: readonly (readonly [given: object | null | string, pointer: string])[] = [
      [{ delivered: ['0', '1'] }, '/delivered/1'],
      [{ delivered: ['1', '000'] }, '/delivered/0'],
      [{ delivered: [] }, '/delivered'],
      [{ delivered: ['*'] }, '/delivered/0'],
      [{ delivered: ['0', ' '] }, '/delivered/1'],
      [{ delivered: ['-1'] }, '/delivered/0'],
      [{ delivered: ['AA', 'AE'] }, '/delivered/1'],
      [{ delivered: ['false'] }, '/delivered/0'],
      [{ delivered: ['失败'] }, '/delivered/0'],
      [{ delivered: ['500'] }, '/delivered/0'],
      [{ delivered: ['1'] }, '/rejected/0'],
      [{ rejected: ['0'] }, '/rejected/0'],
      [{ retry: ['00'] }, '/retry/0'],
      [{ delivered: ['OK'], retry: ['ok'] }, '/retry/0'],
      [{ rejected: ['3', '3'] }, '/rejected/1'],
      [{ retry: ['*'] }, '/retry/0'],
      [{ delivered: [0] }, '/delivered/0'],
      [{ delivered: '0' }, '/delivered'],
      [{ form: 'csv' }, '/form'],
      [{ code: '' }, '/code'],
      [{ code: 'Response//Code' }, '/code'],
      [{ code: 'n:Response/Code' }, '/code'],
      [{ code: 'Response/@a/Code' }, '/code'],
      [{ code: '*' }, '/code'],
      [{ form: 'json' }, '/code'],
      [{ form: 'text' }, '/code'],
      [{ words: '/' }, '/words'],
      [{ returned: 'a b' }, '/returned'],
      [{ unwrap: [{ step: 'gzip' }] }, '/unwrap/0/step'],
      [{ unwrap: [{ step: 'xml' }] }, '/unwrap/0/at'],
      [{ unwrap: [{ step: 'base64', at: '/x' }] }, '/unwrap/0/at'],
      [{ unwrap: [{ step: 'text', more: 1 }] }, '/unwrap/0/more'],
      [{ unwrap: Array.from({ length: 9 }, () => ({ step: 'text' })) }, '/unwrap'],
      [{ codes: [] }, '/codes'],
      [null, ''],
      ['rule', ''],
    ]
    for (const [given, pointer] of wrong) {
      const whole = typeof given === 'object' && given !== null ? { ...RULE, ...given } : given
      const { problems = [] } = readReplyRule(whole, '/answer/rule')
      const pointers = problems.map((problem) => problem.pointer)
      assert.ok(
        pointers.includes(`/answer/rule${pointer}`),
        `${JSON.stringify(given)} ${pointers.join()}`,
      )
      for (const { reason } of problems) assert.ok(reason.zh !== '' && reason.en !== '')
    }
  })

  it('leaves out what it does not need', () => {
    const { value } = readReplyRule({ form: 'text', delivered: [' ok '] })
    assert.deepEqual(value, {
      returned: '',
      unwrap: [],
      form: 'text',
      code: '',
      delivered: ['ok'],
      rejected: [],
      retry: [],
      words: '',
    })
  })

  it('is right in each form that is ready', () => {
    assert.ok(READY_RULES.length > 10)
    for (const { name, rule } of READY_RULES)
      assert.deepEqual(readReplyRule(rule), { value: rule }, name)
  })
})

describe('the answers in a dialect file', () => {
  it('come back as they were written', () => {
    const table = [{ code: '-1', words: '重复', action: 'deliver' }] as const
    for (const section of [
      { replyProfile: '', jsonSuccess: '', replyRule: null, replyTable: [] },
      { replyProfile: 'json', jsonSuccess: '0', replyRule: null, replyTable: table },
      { replyProfile: 'rule', jsonSuccess: '', replyRule: RULE, replyTable: table },
    ] as const) {
      assert.deepEqual(readAnswerSection(writeAnswerSection(section)), { value: section })
    }
    assert.equal(readAnswerSection({ replyRule: RULE }).value?.replyProfile, 'rule')
  })

  it('are refused with the place of each fault', () => {
    const wrong: readonly (readonly [given: unknown, pointer: string])[] = [
      [null, ''],
      [[], ''],
      [{ rule: RULE }, '/rule'],
      [{ 'a/b': 1 }, '/a~1b'],
      [{ replyProfile: 'csv' }, '/replyProfile'],
      [{ replyProfile: 1 }, '/replyProfile'],
      [{ replyProfile: 'rule' }, '/replyRule'],
      [{ replyProfile: 'json', jsonSuccess: '0', replyRule: RULE }, '/replyRule'],
      [{ replyProfile: 'json' }, '/jsonSuccess'],
      [{ replyProfile: 'json', jsonSuccess: '0,1' }, '/jsonSuccess'],
      [{ replyRule: { ...RULE, delivered: ['0', '1'] } }, '/replyRule/delivered/1'],
      [{ replyTable: {} }, '/replyTable'],
      [{ replyTable: ['1'] }, '/replyTable/0'],
      [{ replyTable: [{ code: '', action: 'hold' }] }, '/replyTable/0/code'],
      [{ replyTable: [{ code: 1, action: 'hold' }] }, '/replyTable/0/code'],
      [{ replyTable: [{ code: '1', action: 'drop' }] }, '/replyTable/0/action'],
      [{ replyTable: [{ code: '1', action: 'hold', x: 1 }] }, '/replyTable/0/x'],
      [{ replyTable: [{ code: '-1', action: 'deliver' }] }, '/replyTable/0/action'],
      [{ replyTable: ['1', '1'].map((code) => ({ code, action: 'hold' })) }, '/replyTable/1/code'],
    ]
    for (const [given, pointer] of wrong) {
      const { problems = [] } = readAnswerSection(given)
      const pointers = problems.map((problem) => problem.pointer)
      assert.ok(pointers.includes(pointer), `${JSON.stringify(given)} ${pointers.join()}`)
    }
  })
})

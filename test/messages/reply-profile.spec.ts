import assert from 'node:assert/strict'
import {
  classifyReply,
  REPLY_PROFILES,
  type ReplyProfile,
  type ReplyRules,
  type ReplyVerdict,
} from '../../src/messages/index.js'

type Class = ReplyVerdict['class']

/** Each profile as a site would set it. */
const RULES: Readonly<Record<ReplyProfile, ReplyRules>> = {
  '': {},
  json: { profile: 'json', jsonSuccessCodes: ['1'] },
  'result-code-0': { profile: 'result-code-0' },
  'result-code-1': { profile: 'result-code-1' },
  'text-0': { profile: 'text-0' },
  'text-true': { profile: 'text-true' },
  rule: {
    profile: 'rule',
    rule: {
      returned: '',
      unwrap: [],
      form: 'xml',
      code: 'Result/ResultCode',
      delivered: ['0'],
      rejected: ['-1'],
      retry: [],
      words: '',
    },
  },
}

const ours = (code: string, desc = '成功') =>
  `<?xml version="1.0" encoding="UTF-8"?><response><code>${code}</code><desc>${desc}</desc></response>`
const result = (code: string, content = '成功') =>
  `<Response><ResultCode>${code}</ResultCode><ResultContent>${content}</ResultContent></Response>`
const inBody = (code: string, content = '成功') =>
  `<Response><Header><MessageID>7</MessageID></Header><Body><ResultCode>${code}</ResultCode><ResultContent>${content}</ResultContent></Body></Response>`
const json = (code: string, desc = '成功') => JSON.stringify({ code, desc })

/** Every foreign shape, and what each profile that understands it makes of it; for all others it is unusable. */
const MATRIX: readonly (readonly [
  reply: string,
  understood: Partial<Record<ReplyProfile, Class>>,
])[] = [
  // Successes of one or the other.
  [ours('0'), { '': 'delivered' }],
  [ours('1', ''), { '': 'rejected' }],
  [ours('-1', '失败'), { '': 'rejected' }],
  [json('0'), { '': 'ambiguous', json: 'ambiguous' }],
  [json('1'), { '': 'ambiguous', json: 'delivered' }],
  [json('-1', '失败'), { '': 'ambiguous', json: 'rejected' }],
  [result('0'), { 'result-code-0': 'delivered', 'result-code-1': 'ambiguous' }],
  [result('1'), { 'result-code-0': 'ambiguous', 'result-code-1': 'delivered' }],
  [result('1', ''), { 'result-code-0': 'rejected', 'result-code-1': 'delivered' }],
  [result('-1', '失败'), { 'result-code-0': 'rejected', 'result-code-1': 'rejected' }],
  [inBody('0'), { 'result-code-0': 'delivered', 'result-code-1': 'ambiguous' }],
  [inBody('1'), { 'result-code-0': 'ambiguous', 'result-code-1': 'delivered' }],
  [inBody('-1', '失败'), { 'result-code-0': 'rejected', 'result-code-1': 'rejected' }],
  ['0', { 'text-0': 'delivered' }],
  [' 0\n', { 'text-0': 'delivered' }],
  ['1', { 'text-0': 'rejected' }],
  ['-1', { 'text-0': 'rejected' }],
  ['true', { 'text-true': 'delivered' }],
  ['false', { 'text-true': 'rejected' }],
  // Nearly a success.
  ['00', { 'text-0': 'ambiguous' }],
  ['-0', { 'text-0': 'ambiguous' }],
  ['True', { 'text-true': 'ambiguous' }],
  ['TRUE', { 'text-true': 'ambiguous' }],
  [result('01', ''), { 'result-code-0': 'rejected', 'result-code-1': 'ambiguous' }],
  [result('00', ''), { 'result-code-0': 'ambiguous', 'result-code-1': 'ambiguous' }],
  [result('', ''), { 'result-code-0': 'ambiguous', 'result-code-1': 'ambiguous' }],
  // Contradictions.
  [ours('0', '保存失败'), { '': 'ambiguous' }],
  [json('1', '保存失败'), { '': 'ambiguous', json: 'ambiguous' }],
  [result('0', '保存失败'), { 'result-code-0': 'ambiguous', 'result-code-1': 'ambiguous' }],
  [inBody('1', '保存失败'), { 'result-code-0': 'rejected', 'result-code-1': 'ambiguous' }],
  [
    '<Response><ResultCode>1</ResultCode><ErrInfo>系统异常</ErrInfo></Response>',
    { 'result-code-0': 'rejected', 'result-code-1': 'ambiguous' },
  ],
  [
    '<Response>失败<ResultCode>0</ResultCode></Response>',
    { 'result-code-0': 'ambiguous', 'result-code-1': 'ambiguous' },
  ],
  // Who we are.
  [result('-1', '未授权'), { 'result-code-0': 'unauthorized', 'result-code-1': 'unauthorized' }],
  // More than one code, one too deep, another case, attributes.
  ...[
    '<Response><ResultCode>1</ResultCode><ResultCode>1</ResultCode></Response>',
    '<Response><ResultCode>0</ResultCode><Body><ResultCode>-1</ResultCode></Body></Response>',
    '<Response><ResultCode>0</ResultCode><code>-1</code></Response>',
    '<Response><a><b><ResultCode>0</ResultCode></b></a></Response>',
    '<Response><resultCode>0</resultCode></Response>',
    '<Response><ResultCode>0<b/></ResultCode></Response>',
    '<Response ResultCode="0"/>',
    '<Response/>',
  ].map(
    (reply) => [reply, { 'result-code-0': 'ambiguous', 'result-code-1': 'ambiguous' }] as const,
  ),
  ['<response><ResultCode>0</ResultCode></response>', { '': 'ambiguous' }],
  // What only the rule of this peer says.
  ['<Result><ResultCode>0</ResultCode></Result>', { rule: 'delivered' }],
  ['<Result><ResultCode>-1</ResultCode></Result>', { rule: 'rejected' }],
  [
    '<Result><ResultCode>0</ResultCode><ResultMessage>操作成功</ResultMessage></Result>',
    { rule: 'delivered' },
  ],
  // Nothing that any of them says.
  ...[
    '<RESPONSE><ResultCode>0</ResultCode></RESPONSE>',
    '<ResultCode>0</ResultCode>',
    '0|成功',
    '0 0',
    '0x0',
    '1^成功',
    '-1^失败',
    'yes',
    'OK',
    '成功',
    '<boolean>true</boolean>',
    '<Response><Code>0</Code><Desc>成功</Desc></Response>',
    '<response><head><code>0</code><desc>成功</desc></head></response>',
    '<COMMONRESPONSE><MSGCODE>000000</MSGCODE><MSGDESC>OK</MSGDESC></COMMONRESPONSE>',
    '<ESBEntry><RetInfo><RetCode>1</RetCode><RetCon>成功</RetCon></RetInfo></ESBEntry>',
    '<ret><errcode>1</errcode><errmsg></errmsg></ret>',
    '<response code="0" desc="成功"/>',
    'success',
    '{"ResultCode":"0","ResultContent":"成功"}',
    '"true"',
    '<html><body>0</body></html>',
    '',
    ' ',
  ].map((reply) => [reply, {}] as const),
]

describe('a reply profile', () => {
  for (const profile of REPLY_PROFILES) {
    it(`understands its own shape and no other: ${profile || "the document's"}`, () => {
      let delivered = 0
      for (const [reply, understood] of MATRIX) {
        const verdict = classifyReply(reply, RULES[profile])
        const other = reply.trim() === '' ? 'unusable' : 'ambiguous'
        assert.equal(verdict.class, understood[profile] ?? other, `${profile}: ${reply}`)
        if (verdict.class === 'delivered') delivered++
      }
      assert.ok(delivered > 0)
    })
  }

  it('is never delivered by what was cut short', () => {
    for (const [reply, understood] of MATRIX) {
      for (const profile of REPLY_PROFILES) {
        // A word of one character has no part; a number cut short is another number.
        if (understood[profile] !== 'delivered' || profile.startsWith('text')) continue
        for (let length = 0; length < reply.length; length++) {
          const part = reply.slice(0, length)
          assert.notEqual(classifyReply(part, RULES[profile]).class, 'delivered', part)
        }
      }
    }
  })

  it('hands on the code and what was said besides', () => {
    const { reply } = classifyReply(inBody('-1', '检查号不存在'), RULES['result-code-1'])
    assert.deepEqual(reply, {
      format: 'xml',
      code: '-1',
      desc: '7\n检查号不存在',
      beside: [
        { name: 'MessageID', text: '7' },
        { name: 'ResultContent', text: '检查号不存在' },
      ],
    })
    assert.deepEqual(classifyReply('-1', RULES['text-0']).reply, {
      format: 'text',
      code: '-1',
      desc: '',
      beside: [],
    })
  })

  it('says which code it wanted, and repeats nothing of the answer', () => {
    for (const [reply, understood] of MATRIX) {
      for (const profile of REPLY_PROFILES) {
        if (understood[profile] !== 'rejected') continue
        const { reason } = classifyReply(reply, RULES[profile])
        assert.ok(!/失败|不存在/.test(reason.zh), reason.zh)
      }
    }
    const wanted = classifyReply(result('-1', ''), RULES['result-code-1']).reason
    assert.match(wanted.zh, /成功码 1/)
    assert.match(wanted.en, /not 1\b/)
  })

  it('of JSON takes nothing for a success while no code is set', () => {
    for (const jsonSuccessCodes of [undefined, [], [' ']]) {
      const rules = { profile: 'json', ...(jsonSuccessCodes && { jsonSuccessCodes }) } as const
      for (const [reply] of MATRIX) {
        assert.notEqual(classifyReply(reply, rules).class, 'delivered', reply)
      }
    }
  })
})

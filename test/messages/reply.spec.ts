import assert from 'node:assert/strict'
import {
  classifyReply,
  success,
  writeGenericResponse,
  type ReplyRules,
  type ReplyVerdict,
} from '../../src/messages/index.js'
import { sample } from './support.js'

type Class = ReplyVerdict['class']

const xml = (code: string, desc = '成功') =>
  `<response><code>${code}</code><desc>${desc}</desc></response>`

/** Each reply with what it means where the peer has no rules of its own. */
const REPLIES: readonly (readonly [reply: string, verdict: Class])[] = [
  // exactly 0
  [sample('generic-response.xml'), 'delivered'],
  [xml('0'), 'delivered'],
  [xml(' \n0\t\u3000'), 'delivered'],
  [xml('<![CDATA[0]]>'), 'delivered'],
  [xml('<!-- code -->0'), 'delivered'],
  [xml('&#48;'), 'delivered'],
  [xml('0', ''), 'delivered'],
  ['<response><code>0</code></response>', 'delivered'],
  ['<response><desc>成功</desc><other/><code>0</code></response>', 'delivered'],
  [
    '\ufeff\n<?xml version="1.0" encoding="GBK"?>\n<response><code>0</code></response>\n',
    'delivered',
  ],
  ['<r:response xmlns:r="urn:r"><r:code>0</r:code></r:response>', 'delivered'],
  [xml('0').replace(/</g, '&lt;').replace(/>/g, '&gt;'), 'delivered'],
  [xml('0', '身份验证通过，接收成功'), 'delivered'],
  // nearly 0, or nothing
  [xml('00', ''), 'ambiguous'],
  [xml('0.0'), 'ambiguous'],
  [xml('+0'), 'ambiguous'],
  [xml('-0'), 'ambiguous'],
  [xml('0.'), 'ambiguous'],
  [xml('0<!-- -->0'), 'ambiguous'],
  [xml(''), 'ambiguous'],
  [xml(' '), 'ambiguous'],
  [xml('\u3000'), 'ambiguous'],
  ['<response/>', 'ambiguous'],
  ['<response><desc>成功</desc></response>', 'ambiguous'],
  ['<response code="0"><desc>成功</desc></response>', 'ambiguous'],
  // more than one
  ['<response><code>0</code><code>0</code></response>', 'ambiguous'],
  ['<response><code>0</code><code>1</code></response>', 'ambiguous'],
  ['<response><code>0</code><Code>1</Code></response>', 'ambiguous'],
  ['<response><code>0</code><x:code xmlns:x="urn:x">1</x:code></response>', 'ambiguous'],
  ['<response><code>0</code><data><code>1</code></data></response>', 'ambiguous'],
  ['<response><data><code>0</code></data></response>', 'ambiguous'],
  ['<response><code><code>0</code></code></response>', 'ambiguous'],
  ['<response><code>0<b/></code></response>', 'ambiguous'],
  // 0 that is none
  [xml('0', '保存失败'), 'ambiguous'],
  [xml('0', '参数错误'), 'ambiguous'],
  [xml('0', '系统异常'), 'ambiguous'],
  [xml('0', 'Save FAILED'), 'ambiguous'],
  [xml('0', 'java.lang.NullPointerException'), 'ambiguous'],
  [xml('0', 'internal error'), 'ambiguous'],
  [xml('0', '未成功'), 'ambiguous'],
  [xml('0', '没有成功'), 'ambiguous'],
  [xml('0', '未能成功保存'), 'ambiguous'],
  [xml('0', 'unsuccessful'), 'ambiguous'],
  [xml('0', '身份验证未通过'), 'ambiguous'],
  [xml('0', 'License expired'), 'ambiguous'],
  [xml('0', '未授权'), 'ambiguous'],
  [xml('0', '成功</desc><desc>失败'), 'ambiguous'],
  [xml('0', '<b>失败</b>'), 'ambiguous'],
  [xml('0', '失<!-- -->败'), 'ambiguous'],
  // not 0
  [xml('1', ''), 'rejected'],
  [xml('1', '检查号不存在'), 'rejected'],
  [xml('-1', '失败'), 'rejected'],
  [xml('1', '未成功'), 'rejected'],
  [xml('1', '失败：重复推送成功记录'), 'rejected'],
  [xml('200', 'x'), 'rejected'],
  [xml('true', 'x'), 'rejected'],
  [xml('０', 'x'), 'rejected'],
  [xml('O', 'x'), 'rejected'],
  [xml('500', '未保存'), 'rejected'],
  [xml('1', '成功'), 'ambiguous'],
  [xml('200', 'Success'), 'ambiguous'],
  // who we are
  [xml('1', '身份不合法'), 'unauthorized'],
  [xml('1', '验证码错误'), 'unauthorized'],
  [xml('2', 'invalid LICENSE'), 'unauthorized'],
  [xml('2', 'licence unknown'), 'unauthorized'],
  [xml('9', '未授权'), 'unauthorized'],
  [xml('9', 'Unauthorized'), 'unauthorized'],
  [xml('401', ''), 'unauthorized'],
  // other shapes
  ['<Response><code>0</code></Response>', 'unusable'],
  ['<RESPONSE><code>0</code></RESPONSE>', 'unusable'],
  ['<Response><ResultCode>0</ResultCode></Response>', 'unusable'],
  ['<XmlDocument><response><code>0</code></response></XmlDocument>', 'unusable'],
  ['<code>0</code>', 'unusable'],
  ['<html><body><h1>200 OK</h1></body></html>', 'unusable'],
  ['<!DOCTYPE html><html><body>0</body></html>', 'unusable'],
  ['0', 'unusable'],
  ['成功', 'unusable'],
  ['true', 'unusable'],
  ['', 'unusable'],
  [' \u3000\n', 'unusable'],
  [`${xml('0')}x`, 'unusable'],
  [xml('0') + xml('0'), 'unusable'],
  [xml('0', '\ufffd'), 'unusable'],
  [xml('0', '&nbsp;'), 'unusable'],
  // JSON without rules, and what is no JSON answer
  ['{"code":"0","desc":"成功"}', 'ambiguous'],
  ['{"code":"1","desc":"成功"}', 'ambiguous'],
  ['[{"code":"0"}]', 'unusable'],
  ['[]', 'unusable'],
  ['"0"', 'unusable'],
  ['null', 'unusable'],
  ['{"code":"0"', 'unusable'],
  ['{code:0}', 'unusable'],
]

/** JSON replies with the codes that a peer's rules name. */
const JSON_REPLIES: readonly (readonly [
  reply: string,
  codes: readonly string[],
  verdict: Class,
])[] = [
  [sample('generic-response.json'), ['0'], 'delivered'],
  ['{"code":"0"}', ['0'], 'delivered'],
  ['{"code":" 0 "}', ['0'], 'delivered'],
  ['{"code":0,"desc":null}', ['0'], 'delivered'],
  ['{"code":"1","desc":"成功"}', ['1'], 'delivered'],
  ['{"code":"1","desc":"成功"}', ['0', '1'], 'delivered'],
  ['{"code":"0","desc":"say \\"code\\": 1"}', ['0'], 'delivered'],
  ['{"code":"1","desc":""}', ['0'], 'rejected'],
  ['{"code":"1","desc":"成功"}', ['0'], 'ambiguous'],
  ['{"code":"0","desc":"成功"}', ['1'], 'ambiguous'],
  ['{"code":"00"}', ['0'], 'ambiguous'],
  ['{"code":"0","desc":"失败"}', ['0'], 'ambiguous'],
  ['{"code":"1","desc":"系统异常"}', ['1'], 'ambiguous'],
  ['{"code":"0","desc":{"msg":"失败"}}', ['0'], 'ambiguous'],
  ['{"code":"0","desc":["失败"]}', ['0'], 'ambiguous'],
  ['{"code":"0","desc":"失败","desc":"成功"}', ['0'], 'ambiguous'],
  ['{"code":"9","desc":"身份验证失败"}', ['0'], 'unauthorized'],
  ['{"code":"1","code":"0"}', ['0'], 'ambiguous'],
  ['{"\\u0063ode":"1","code":"0"}', ['0'], 'ambiguous'],
  ['{"code":"0","Code":"1"}', ['0'], 'ambiguous'],
  ['{"code":"0","data":{"code":"1"}}', ['0'], 'ambiguous'],
  ['{"data":{"code":"0"}}', ['0'], 'ambiguous'],
  ['{"__proto__":{"code":"0"}}', ['0'], 'ambiguous'],
  ['{"Code":"0"}', ['0'], 'ambiguous'],
  ['{"code":null}', ['0', 'null'], 'ambiguous'],
  ['{"code":true}', ['0', 'true'], 'ambiguous'],
  ['{"code":["0"]}', ['0'], 'ambiguous'],
  ['{"code":{"a":"0"}}', ['0'], 'ambiguous'],
  ['{}', ['0'], 'ambiguous'],
  ['{"code":""}', [''], 'ambiguous'],
  ['{"code":" "}', ['', ' ', '0'], 'ambiguous'],
  // The rules of JSON say nothing of XML.
  [xml('1', 'x'), ['1'], 'rejected'],
]

function judged(reply: string, rules?: ReplyRules): ReplyVerdict {
  const verdict = classifyReply(reply, rules)
  assert.equal(verdict.code === 'DELIVERED', verdict.class === 'delivered')
  assert.notEqual(verdict.reason.zh, '')
  assert.notEqual(verdict.reason.en, '')
  return verdict
}

describe('what a reply means', () => {
  it(`is classed for ${REPLIES.length} replies`, () => {
    for (const [reply, verdict] of REPLIES) assert.equal(judged(reply).class, verdict, reply)
  })

  it(`is classed for ${JSON_REPLIES.length} replies by a peer's own JSON codes`, () => {
    for (const [reply, jsonSuccessCodes, verdict] of JSON_REPLIES) {
      assert.equal(judged(reply, { jsonSuccessCodes }).class, verdict, reply)
    }
  })

  it('is never delivered for an answer that was cut short', () => {
    for (const [whole, rules] of [
      [sample('generic-response.xml').trimEnd(), {}],
      [writeGenericResponse(success()), {}],
      [writeGenericResponse(success()).replace(/</g, '&lt;'), {}],
      [sample('generic-response.json').trimEnd(), { jsonSuccessCodes: ['0'] }],
    ] as const) {
      for (let end = 0; end < whole.length; end++) {
        assert.notEqual(judged(whole.slice(0, end), rules).class, 'delivered', whole.slice(0, end))
      }
      assert.equal(judged(whole, rules).class, 'delivered')
    }
  })

  it('has a stable code', () => {
    const codes: readonly (readonly [string, ReplyVerdict['code'], ReplyRules?])[] = [
      ['', 'REPLY_EMPTY'],
      ['<html/>', 'REPLY_UNREADABLE'],
      [xml('00'), 'REPLY_CODE'],
      ['<response/>', 'REPLY_CODE'],
      [xml('0', '失败'), 'REPLY_CONTRADICTION'],
      [xml('1', '成功'), 'REPLY_CONTRADICTION'],
      [xml('1', '授权'), 'REPLY_UNAUTHORIZED'],
      [xml('1', 'x'), 'REPLY_REJECTED'],
      ['{"code":"0"}', 'REPLY_JSON'],
      ['{"code":"0"}', 'DELIVERED', { jsonSuccessCodes: ['0'] }],
    ]
    for (const [reply, code, rules] of codes) assert.equal(judged(reply, rules).code, code, reply)
  })

  it('does not repeat the answer in its reason', () => {
    for (const reply of [
      xml('SECRET', 'SECRET'),
      xml('0', '失败 SECRET'),
      '<SECRET>',
      '{"SECRET"',
    ]) {
      const { reason } = judged(reply)
      assert.ok(!`${reason.zh}${reason.en}`.includes('SECRET'), reply)
    }
  })

  it('is never thrown', () => {
    for (const reply of [
      '['.repeat(200_000),
      '<a>'.repeat(200_000),
      '{"a":'.repeat(100_000),
      '\u0000',
      '\ud800',
    ]) {
      assert.equal(judged(reply, { jsonSuccessCodes: ['0'] }).class, 'unusable')
    }
    const long = `{"code":"0","desc":"${'\\"x'.repeat(300_000)}"}`
    assert.equal(judged(long, { jsonSuccessCodes: ['0'] }).class, 'delivered')
  })
})

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

/** Answers whose code says success and something else does not, whatever it is called and however deep it stands. */
const DENIED: readonly string[] = [
  '<response><code>0</code><msg>保存失败：未找到病人</msg></response>',
  '<response><code>0</code><message>ORA-00001: 违反唯一约束条件</message></response>',
  '<response><code>0</code><data><row><info>未保存</info></row></data></response>',
  '<response><code>0</code><success>false</success></response>',
  '<response><code>0</code><isSuccess>0</isSuccess></response>',
  '<response><code>0</code><error>患者已转科</error></response>',
  '<response><code>0</code><result errcode="-1"/></response>',
  '<response><code>0</code><status>500</status></response>',
  '<response state="fail"><code>0</code></response>',
  '<response>失败<code>0</code></response>',
  '<response><code>0</code>失败</response>',
  xml('0', 'ORA-00001: 违反唯一约束条件'),
  xml('0', '未找到该病人'),
  xml('0', '未保存'),
  xml('0', '患者信息为空'),
  xml('0', '错误信息：主键冲突'),
  xml('0', '成功0条，失败1条'),
  xml('0', '成功0条，失败10条'),
  xml('0', '保存失败：'),
  xml('0', '保存失败，原因为空'),
  xml('0', 'Save failed:'),
  xml('0', '错误：'),
  xml('0', 'Object reference not set to an instance of an object.'),
]

/** Answers that only look as if they denied it. */
const NOT_DENIED: readonly string[] = [
  xml('0', '接收成功，无异常'),
  xml('0', '错误数：0'),
  xml('0', 'error:null'),
  xml('0', '成功1条，失败0条'),
  xml('0', '接收成功，错误信息：'),
  xml('0', '接收成功，错误信息为空'),
  xml('0', 'ErrorMsg='),
  xml('0', '数据验证通过'),
  '<response><code>0</code><desc>成功</desc><error/><errors>0</errors><errmsg>null</errmsg></response>',
  '<response><code>0</code><success>true</success><status>200</status><resultCode>0</resultCode></response>',
  '<response><code>0</code><data><ExamNo>-1</ExamNo><count>404</count></data></response>',
]

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
  ['<Response><code>0</code></Response>', 'ambiguous'],
  ['<RESPONSE><code>0</code></RESPONSE>', 'ambiguous'],
  ['<Response><ResultCode>0</ResultCode></Response>', 'ambiguous'],
  ['<XmlDocument><response><code>0</code></response></XmlDocument>', 'ambiguous'],
  ['<code>0</code>', 'ambiguous'],
  ['<html><body><h1>200 OK</h1></body></html>', 'ambiguous'],
  ['<!DOCTYPE html><html><body>0</body></html>', 'ambiguous'],
  ['0', 'ambiguous'],
  ['成功', 'ambiguous'],
  ['true', 'ambiguous'],
  ['', 'unusable'],
  [' \u3000\n', 'unusable'],
  [`${xml('0')}x`, 'ambiguous'],
  [xml('0') + xml('0'), 'ambiguous'],
  [xml('0', '\ufffd'), 'ambiguous'],
  [xml('0', '&nbsp;'), 'ambiguous'],
  // JSON without rules, and what is no JSON answer
  ['{"code":"0","desc":"成功"}', 'ambiguous'],
  ['{"code":"1","desc":"成功"}', 'ambiguous'],
  ['[{"code":"0"}]', 'ambiguous'],
  ['[]', 'ambiguous'],
  ['"0"', 'ambiguous'],
  ['null', 'ambiguous'],
  ['{"code":"0"', 'ambiguous'],
  ['{code:0}', 'ambiguous'],
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

  it('is ambiguous where anything beside the code denies the success, and only there', () => {
    for (const reply of DENIED) assert.equal(judged(reply).code, 'REPLY_CONTRADICTION', reply)
    for (const reply of NOT_DENIED) assert.equal(judged(reply).class, 'delivered', reply)
    const rules = { jsonSuccessCodes: ['0'] }
    for (const reply of [
      '{"code":"0","success":false}',
      '{"code":0,"data":{"list":[{"msg":"保存失败"}]}}',
      '{"code":"0","error":{"message":"x"},"errors":["y"]}',
      '{"code":"0","status":"fail"}',
    ]) {
      assert.equal(judged(reply, rules).code, 'REPLY_CONTRADICTION', reply)
    }
    for (const reply of [
      '{"code":"0","success":true,"error":null,"errors":[],"errorMsg":""}',
      '{"code":"0","data":{"failed":0,"ok":1}}',
    ]) {
      assert.equal(judged(reply, rules).class, 'delivered', reply)
    }
  })

  it('tells refusals of a document from refusals of ours', () => {
    for (const [desc, verdict] of [
      ['患者身份证号不能为空', 'rejected'],
      ['患者身份验证失败', 'rejected'],
      ['数据验证未通过', 'rejected'],
      ['药物授权不足', 'rejected'],
      ['手机号验证失败', 'rejected'],
      ['医保授权未通过', 'rejected'],
      ['验证患者信息失败', 'rejected'],
      ['身份验证失败', 'unauthorized'],
      ['License 无效', 'unauthorized'],
      ['未授权的应用', 'unauthorized'],
      ['鉴权失败', 'unauthorized'],
    ] as const) {
      assert.equal(judged(xml('2', desc)).class, verdict, desc)
    }
  })

  it('takes several returned elements for one answer', () => {
    const yes = xml('0')
    const no = xml('-1', '保存失败')
    for (const [text, others, rules, verdict] of [
      [yes, [''], {}, 'delivered'],
      [yes, ['0'], {}, 'delivered'],
      ['0', [yes], {}, 'delivered'],
      [yes, ['12345'], {}, 'delivered'],
      ['0', [no], {}, 'ambiguous'],
      [no, ['0'], {}, 'ambiguous'],
      [no, ['-1'], {}, 'rejected'],
      [yes, ['-1'], {}, 'ambiguous'],
      [yes, ['保存失败'], {}, 'ambiguous'],
      ['0', [no], { profile: 'text-0' }, 'ambiguous'],
      ['0', [yes], { profile: 'text-0' }, 'delivered'],
      [no, ['0'], { profile: 'text-0' }, 'ambiguous'],
    ] as const) {
      const [other] = others
      const answer = { name: 'a', text, others: [{ name: 'b', text: other }] }
      assert.equal(classifyReply(answer, rules).class, verdict, `${text} ${others[0]}`)
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
      assert.equal(judged(reply, { jsonSuccessCodes: ['0'] }).class, 'ambiguous')
    }
    const long = `{"code":"0","desc":"${'\\"x'.repeat(300_000)}"}`
    assert.equal(judged(long, { jsonSuccessCodes: ['0'] }).class, 'delivered')
  })
})

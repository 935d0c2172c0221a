import assert from 'node:assert/strict'
import { classifyReply, proposeRules, type Answer } from '../../src/messages/index.js'
import { SHAPES } from './reply-shapes.js'

const whole = (answer: string | Answer): Answer =>
  typeof answer === 'string' ? { name: 'return', text: answer } : answer

describe('the rule that is proposed for an answer', () => {
  it('has a place where the code stands, for every form, and no value that counts as delivered', () => {
    for (const { name, rule, success, failure } of SHAPES) {
      // A text that says more than a code is none.
      const code = classifyReply(success, { profile: 'rule', rule }).reply?.code ?? ''
      const proposals = proposeRules(whole(success))
      const found = proposals.find(({ value }) => value === code)
      assert.ok(found, `${name}: ${proposals.map(({ value }) => value).join()}`)
      assert.deepEqual(found.rule.delivered, [], name)
      const made = { ...found.rule, delivered: [code] }
      assert.equal(
        classifyReply(whole(success), { profile: 'rule', rule: made }).class,
        'delivered',
        name,
      )
      assert.notEqual(
        classifyReply(whole(failure), { profile: 'rule', rule: made }).class,
        'delivered',
        name,
      )
    }
  })

  it('begins with the likeliest', () => {
    const answers: readonly (readonly [answer: string, code: string])[] = [
      [
        '<Response><Header><MessageID>7</MessageID></Header><Body><ResultContent>1</ResultContent><ResultCode>1</ResultCode></Body></Response>',
        'Response/Body/ResultCode',
      ],
      ['<r><name>x</name><flag>0</flag></r>', 'r/flag'],
      ['{"data":{"id":"9"},"success":true}', '/success'],
    ]
    for (const [text, code] of answers) {
      assert.equal(proposeRules({ name: null, text })[0]?.rule.code, code)
    }
  })

  it('is none for what is no answer', () => {
    for (const text of [
      '',
      ' ',
      '<a',
      '{"a"',
      '<html><body/></html>',
      'x'.repeat(200),
      '['.repeat(100_000),
    ]) {
      assert.deepEqual(proposeRules({ name: null, text }), [], text.slice(0, 20))
    }
  })
})

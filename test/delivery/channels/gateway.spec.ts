import assert from 'node:assert/strict'
import {
  gateway,
  ruleProblems,
  type GatewayOptions,
  type GatewayRules,
  type PageClass,
} from '../../../src/delivery/channels/index.js'
import { badAnswers } from './bad-answers.js'
import { going, HttpRig, json, page, raw, shown, type Answer } from './http-rig.js'

const KEY = 'key/of+the gateway&"<'

/** A gateway for SMS such as hospitals have. */
const RULES: GatewayRules = {
  accepted: [{ status: '200', pointer: '/code', equals: 0 }],
  refused: [{ pointer: '/code', equals: 1001 }, { status: '401' }],
  retry: [{ pointer: '/code', equals: 1002 }, { status: '5xx' }],
}
const BODY =
  '{"mobile":"{{to}}","content":{{text}},"sign":"[{{ secret:KEY }}]","urgent":{{urgent}}}'

describe('a gateway by template', () => {
  let rig: HttpRig
  beforeEach(async () => {
    rig = new HttpRig()
    rig.answer = json({ code: 0 })
    await rig.open()
  })
  afterEach(() => rig.close())

  const send = (over: Partial<GatewayOptions> = {}, to = ['13800000000']) => {
    const options = { door: rig.poster, url: `${rig.origin}/sms`, body: BODY, rules: RULES }
    const channel = gateway({ ...options, secrets: { KEY }, ...over })
    return channel.send(page({ to, text: 'say "now"\n\\ 危急值' }), going())
  }

  it('fills each placeholder where it stands', async () => {
    const result = await send()
    assert.equal(result.class, 'accepted')
    assert.deepEqual(rig.body, {
      mobile: '13800000000',
      content: 'say "now"\n\\ 危急值',
      sign: `[${KEY}]`,
      urgent: true,
    })
    assert.ok(!shown(result).includes(KEY))
  })

  it('makes one request for each address, or one for all', async () => {
    const addresses = ['1', '2']
    const each = await send({}, addresses)
    assert.deepEqual(
      each.perAddress?.map((one) => one.class),
      ['accepted', 'accepted'],
    )
    assert.equal(rig.seen.length, 2)
    const body = '{"list":{{to}},"joined":"{{to}}"}'
    const all = await send({ body, together: true, separator: ';' }, addresses)
    assert.deepEqual(rig.body, { list: ['1', '2'], joined: '1;2' })
    assert.deepEqual([all.class, all.perAddress, rig.seen.length], ['accepted', undefined, 3])
  })

  it('fills address and headers, and calls by GET where there is no body', async () => {
    const url = `${rig.origin}/send?k={{secret:KEY}}&to={{to}}&text={{text}}&level={{level}}`
    const result = await send({ url, body: '', headers: undefined })
    assert.equal(result.class, 'accepted')
    assert.equal(rig.seen[0]?.method, 'GET')
    const query = rig.seen[0]?.url.searchParams
    assert.deepEqual([query?.get('k'), query?.get('text')], [KEY, 'say "now"\n\\ 危急值'])
    for (const secret of [KEY, encodeURIComponent(KEY)]) assert.ok(!shown(result).includes(secret))
    const headers = { 'x-key': 'k-{{secret:K}}', 'content-type': 'application/json' }
    await send({ headers, secrets: { KEY, K: 'plain' } })
    assert.equal(rig.seen[1]?.headers['x-key'], 'k-plain')
  })

  const refusedTemplates: [string, Partial<GatewayOptions>, string][] = [
    ['text outside its quotes', { body: '{"a":{{to}}"}' }, 'TEMPLATE_NOT_JSON'],
    ['a comma too many', { body: '{"a":"{{to}}",}' }, 'TEMPLATE_NOT_JSON'],
    ['a value beside a text', { body: '{"a":"x"{{to}}}' }, 'TEMPLATE_NOT_JSON'],
    ['no JSON at all', { body: 'to={{to}}' }, 'TEMPLATE_NOT_JSON'],
    ['a placeholder that is none', { body: '{"a":"{{patient}}"}' }, 'TEMPLATE_PLACEHOLDER'],
    ['a secret that is not set', { body: '{"a":"{{secret:NONE}}"}' }, 'TEMPLATE_PLACEHOLDER'],
    ['a name of objects', { body: '{"a":"{{constructor}}"}' }, 'TEMPLATE_PLACEHOLDER'],
    ['an address with one', { url: 'http://127.0.0.1/{{x}}' }, 'TEMPLATE_PLACEHOLDER'],
    ['a header with a line end', { headers: { a: '{{text}}' } }, 'TEMPLATE_HEADER'],
    ['a header whose name is none', { headers: { 'a b': 'x' } }, 'TEMPLATE_HEADER'],
    ['headers that a GET has not', { body: ' ', headers: { a: 'x' } }, 'TEMPLATE_HEADER'],
    ['no rule for success', { rules: { accepted: [] } }, 'RULES_MISSING'],
    ['a rule without a condition', { rules: { accepted: [{}] } }, 'RULE_EMPTY'],
    [
      'a value without a pointer',
      { rules: { accepted: [{ status: '200', equals: 0 }] } },
      'RULE_EMPTY',
    ],
    ['a status that is none', { rules: { accepted: [{ status: '20x' }] } }, 'RULE_STATUS'],
    ['a pointer that is none', { rules: { accepted: [{ pointer: 'code' }] } }, 'RULE_POINTER'],
  ]
  for (const [title, over, code] of refusedTemplates) {
    it(`sends nothing with ${title}`, async () => {
      const result = await send(over)
      assert.deepEqual([result.class, result.code, rig.seen.length], ['refused', code, 0])
    })
  }

  const answers: [string, Answer, PageClass][] = [
    ['its success', json({ code: 0 }), 'accepted'],
    ['its success as text', json({ code: '0' }), 'unknown'],
    ['its success with another status', json({ code: 0 }, 201), 'unknown'],
    ['its refusal', json({ code: 1001 }), 'refused'],
    ['its refusal by status, in HTML', raw('<html>', 401), 'refused'],
    ['its "later"', json({ code: 1002 }), 'retry'],
    ['its "later" by a class of statuses', raw('', 503, { 'retry-after': '3' }), 'retry'],
    ['success and "later" at once', json({ code: 0 }, 500), 'retry'],
    ['refusal and "later" at once', json({ code: 1001 }, 500), 'unknown'],
    ['a number of no rule', json({ code: 7 }), 'unknown'],
    ['HTTP 429', raw('', 429), 'retry'],
  ]
  for (const [title, answer, expected] of answers) {
    it(`takes ${title} for ${expected}`, async () => {
      rig.answer = answer
      assert.equal((await send()).class, expected)
    })
  }

  it('takes nothing for success that breaks its rules, whatever HTTP says', async () => {
    for (const [title, answer] of badAnswers('code')) {
      rig.answer = answer
      const result = await send()
      assert.notEqual(result.class, 'accepted', title)
    }
  })

  it('takes HTML for unknown even where a status alone means success', async () => {
    const rules = { accepted: [{ status: '2xx' }] }
    const cases: [Answer, PageClass][] = [
      [raw('<html>login</html>'), 'unknown'],
      [raw('OK'), 'unknown'],
      [raw('{"cut":'), 'unknown'],
      [raw('{"anything":1}'), 'accepted'],
      [raw(' \r\n'), 'accepted'],
      [(_seen, response) => void response.writeHead(204).end(), 'accepted'],
      [raw('{"anything":1}', 302), 'unknown'],
    ]
    for (const [answer, expected] of cases) {
      rig.answer = answer
      assert.equal((await send({ rules })).class, expected)
    }
  })

  it('takes an id for success, but nothing that services put in its place', async () => {
    const rules = { accepted: [{ pointer: '/data/0/id~1x' }], refused: [{ pointer: '/error' }] }
    const answered = async (id: unknown, rest = {}) => {
      rig.answer = json({ data: [{ 'id/x': id }], ...rest })
      return (await send({ rules })).class
    }
    for (const id of ['a1', 17]) assert.equal(await answered(id), 'accepted')
    for (const id of ['', ' ', 0, null, false, true, {}, []]) {
      assert.equal(await answered(id), 'unknown', JSON.stringify(id))
    }
    assert.equal(await answered('a1', { error: null }), 'accepted')
    assert.equal(await answered('a1', { error: 'no' }), 'unknown')
    assert.equal(await answered(null, { error: { code: 1 } }), 'refused')
    rig.answer = json({ data: [{ 'id/x': 'a1' }] }, 500)
    assert.equal((await send({ rules })).class, 'unknown')
  })

  it('reads JSON in GBK where it says so', async () => {
    // {"msg":"成功","code":0}
    const bytes = Buffer.from('7b226d7367223a22b3c9b9a6222c22636f6465223a307d', 'hex')
    rig.answer = raw(bytes, 200, { 'content-type': 'application/json;charset=GBK' })
    assert.equal((await send()).class, 'accepted')
    rig.answer = raw(bytes)
    assert.equal((await send()).class, 'unknown')
  })

  it('keeps the verdict of each address', async () => {
    rig.answer = (seen, response) => {
      const { mobile } = JSON.parse(seen.body) as { mobile: string }
      json({ code: mobile === '2' ? 1001 : 0 })(seen, response)
    }
    const result = await send({}, ['1', '2', '3'])
    assert.deepEqual([result.class, result.code], ['refused', 'PARTLY_ACCEPTED'])
    assert.deepEqual(
      result.perAddress?.map((one) => one.class),
      ['accepted', 'refused', 'accepted'],
    )
  })

  it('shows no login that stands in its address', async () => {
    const url = rig.origin.replace('//', '//user:pa55word@')
    const result = await send({ url })
    assert.ok(!shown(result).includes('pa55word'))
  })

  it('names all that is wrong with its rules', () => {
    const found = ruleProblems({
      accepted: [{ status: '200' }, { status: '2000', pointer: 'x' }],
      retry: [{ pointer: '/~2' }],
    })
    assert.deepEqual(
      found.map(({ code, path }) => [code, path]),
      [
        ['RULE_STATUS', 'accepted/1'],
        ['RULE_POINTER', 'accepted/1'],
        ['RULE_POINTER', 'retry/0'],
      ],
    )
  })
})

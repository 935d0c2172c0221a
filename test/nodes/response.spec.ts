import assert from 'node:assert/strict'
import { callWith, crisisXml, post } from '../support/calls.js'
import {
  coreNode,
  Flow,
  inNode,
  parser,
  response,
  service,
  settle,
  type FlowNode,
  type Settings,
} from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const xml = (code: string, desc: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><response><code>${code}</code><desc>${desc}</desc></response>`

/** Waits for the flow's answer. */
const waitingIn = (settings: Settings): FlowNode => inNode({ answer: 'flow', ...settings })

describe('generic response', () => {
  let flow: Flow

  afterEach(() => flow.unload())

  describe('to a waiting SOAP call', () => {
    let url: string

    const load = async (
      nodes: readonly FlowNode[],
      settings: Settings = {},
      caughtBy: readonly string[] = [],
    ): Promise<void> => {
      const port = await freePort()
      url = `http://127.0.0.1:${port}/crisis`
      flow = await Flow.load([service({ port: String(port), ...settings }), ...nodes], { caughtBy })
      await flow.shows('in', 'listening')
    }
    const send = (): ReturnType<typeof callWith> => callWith(url, 'SynCrisisInfo', crisisXml())
    /** A flow that holds each call until the test hands a message to the response node. */
    const held = (settings: Settings = {}, serviceSettings: Settings = {}): Promise<void> =>
      load([waitingIn({ wires: [['one']] }), response(settings)], serviceSettings)

    it('answers 0, completes and passes the message on', async () => {
      await load([waitingIn({ wires: [['response']] }), response()])
      assert.deepEqual(await send(), { status: 200, code: '0', desc: '成功' })
      const msg = await flow.inbox('answered').next()
      assert.equal(msg.payload, xml('0', '成功'))
      assert.equal(msg.crisis?.operation, 'SynCrisisInfo')
      await flow.completed()
      assert.deepEqual(flow.statuses('response'), ['green answered'])
    })

    const ANSWERS: Readonly<
      Record<string, readonly [Settings, Record<string, unknown>, code: string, desc: string]>
    > = {
      'code and desc of the payload': [
        { outcome: 'payload' },
        { payload: { code: '409', desc: '重复' } },
        '409',
        '重复',
      ],
      'success of the payload, by exactly 0': [
        { outcome: 'payload' },
        { payload: { code: '0' } },
        '0',
        '成功',
      ],
      'a failure always': [{ outcome: 'failure', code: '503' }, {}, '503', '失败'],
      'a desc out of the message': [
        { outcome: 'failure', code: '503', desc: 'crisis.outcome.reason', descType: 'msg' },
        { crisis: { outcome: { reason: 'HIS 未应答' } } },
        '503',
        'HIS 未应答',
      ],
      'a desc by an expression': [
        { desc: '"收到 " & payload', descType: 'jsonata' },
        { payload: '7' },
        '0',
        '收到 7',
      ],
      'a desc cut to 300 bytes on a character': [
        { desc: `x${'急'.repeat(200)}`, descType: 'str' },
        {},
        '0',
        `x${'急'.repeat(99)}`,
      ],
      'JSON is for others': [{ format: 'json' }, {}, '0', '成功'],
    }
    for (const [name, [settings, message, code, desc]] of Object.entries(ANSWERS)) {
      it(`answers ${name}`, async () => {
        await held(settings)
        const reply = send()
        const { crisis } = await flow.inbox('one').next()
        const context = { ...(message['crisis'] as object | undefined), call: crisis?.call }
        flow.send('response', { ...message, crisis: context })
        assert.deepEqual(await reply, { status: 200, code, desc })
      })
    }

    const LIKE_SUCCESS = [
      '1',
      '01',
      '200',
      '00',
      '0.0',
      '+0',
      'true',
      'ok',
      '成功',
      ' 0',
      '',
      'toolong',
    ]
    for (const code of LIKE_SUCCESS) {
      it(`never answers ${JSON.stringify(code)}: the caller gets 500, Catch RESPONSE_CODE`, async () => {
        await held({ outcome: 'payload' })
        const reply = send()
        const { crisis } = await flow.inbox('one').next()
        flow.send('response', { payload: { code, desc: 'x' }, crisis })
        assert.equal((await reply).code, '500')
        assert.equal((await flow.caught()).code, 'RESPONSE_CODE')
        assert.equal(flow.status('response'), 'red error')
        assert.equal(flow.inbox('answered').all.length, 0)
      })
    }

    it('never takes a code that is no text, or a setting, for a success', async () => {
      for (const payload of [{ code: 0 }, { code: null }, {}, null, '0', ['0']]) {
        await held({ outcome: 'payload' })
        const reply = send()
        const { crisis } = await flow.inbox('one').next()
        flow.send('response', { payload, crisis })
        assert.equal((await reply).code, '500', JSON.stringify(payload))
        await flow.unload()
      }
      await held({ outcome: 'failure', code: '1' })
      const reply = send()
      flow.send('response', await flow.inbox('one').next())
      assert.equal((await reply).code, '500')
    })

    it('answers 500 when the desc cannot be worked out, and tells Catch', async () => {
      await held({ desc: '$error("no")', descType: 'jsonata' })
      const reply = send()
      flow.send('response', await flow.inbox('one').next())
      const { code, desc } = await reply
      assert.equal(code, '500')
      assert.match(desc, /表达式/)
      assert.equal((await flow.caught()).code, 'FIELD_VALUE')
    })

    it('answers 500 when its desc is a variable that is not set, and names it', async () => {
      await held({ desc: 'CRISIS_NOT_SET', descType: 'env' })
      const reply = send()
      flow.send('response', await flow.inbox('one').next())
      assert.equal((await reply).code, '500')
      const { code, message } = await flow.caught()
      assert.equal(code, 'SETTING_MISSING')
      assert.match(message, /CRISIS_NOT_SET/)
    })

    it('comes too late: CALL_ENDED, and the caller has got 503', async () => {
      await held({}, { answerSeconds: '1' })
      assert.equal((await send()).code, '503')
      assert.equal((await flow.caught()).code, 'ANSWER_LATE')
      flow.send('response', await flow.inbox('one').next())
      assert.equal((await flow.caught()).code, 'CALL_ENDED')
      assert.equal(flow.inbox('answered').all.length, 0)
      assert.equal(flow.status('response'), 'red error')
    })

    it('comes twice: the first one counts, the second is CALL_ENDED', async () => {
      await held({ outcome: 'payload' })
      const reply = send()
      const { crisis } = await flow.inbox('one').next()
      flow.send('response', { payload: { code: '409', desc: 'first' }, crisis })
      flow.send('response', { payload: { code: '0', desc: 'second' }, crisis })
      assert.deepEqual(await reply, { status: 200, code: '409', desc: 'first' })
      assert.equal((await flow.caught()).code, 'CALL_ENDED')
      await settle()
      assert.equal(flow.inbox('answered').all.length, 1)
    })

    it('finds no call by an id that nobody gave out: CALL_UNKNOWN', async () => {
      await held()
      flow.send('response', { payload: 'x', crisis: { call: 'made-up' } })
      assert.equal((await flow.caught()).code, 'CALL_UNKNOWN')
    })

    it('answers what a node on the way failed with, never a success', async () => {
      await load(
        [
          waitingIn({ wires: [['failing']] }),
          parser({ id: 'failing', action: 'read', wires: [['never']] }),
          response(),
        ],
        {},
        ['response'],
      )
      const { code, desc } = await send()
      assert.equal(code, '400')
      assert.match(desc, /XML/)
      await flow.inbox('answered').next()
    })

    for (const error of [
      { message: 'boom' },
      { message: 'boom', code: '0' },
      { message: 'boom', code: '1' },
      { message: 'boom', code: '200' },
      { message: 'boom', code: 'ECONNREFUSED', cause: { answer: '0' } },
      'boom',
      null,
    ]) {
      it(`answers 500 to the error ${JSON.stringify(error)} of another node`, async () => {
        await held()
        const reply = send()
        const { crisis } = await flow.inbox('one').next()
        flow.send('response', { payload: 'x', error, crisis })
        const { code, desc } = await reply
        assert.equal(code, '500')
        assert.doesNotMatch(desc, /boom/)
      })
    }

    it('keeps a failure code of ours that another node gives its error', async () => {
      await held()
      const reply = send()
      const { crisis } = await flow.inbox('one').next()
      flow.send('response', { error: { message: 'x', code: '404' }, crisis })
      assert.equal((await reply).code, '404')
    })
  })

  describe('to an http in request', () => {
    const load = async (settings: Settings = {}): Promise<string> => {
      const http = { id: 'http', type: 'http in', url: '/feedback', method: 'post' }
      flow = await Flow.load([{ ...http, wires: [['response', 'one']] }, response(settings)], {
        core: [coreNode('network/21-httpin')],
      })
      return `${await flow.httpNode()}/feedback`
    }
    const JSON_TYPE = { 'Content-Type': 'application/json' }
    const JSON_OK = '{"code":"0","desc":"成功"}'
    const FORMS: readonly (readonly [
      name: string,
      settings: Settings,
      headers: Record<string, string>,
      type: string,
      body: string,
    ])[] = [
      ['XML to who sends XML', {}, {}, 'text/xml; charset=utf-8', xml('0', '成功')],
      ['JSON to who sends JSON', {}, JSON_TYPE, 'application/json; charset=utf-8', JSON_OK],
      [
        'JSON to who wants JSON',
        {},
        { Accept: 'application/json' },
        'application/json; charset=utf-8',
        JSON_OK,
      ],
      [
        'XML to who sends JSON and wants XML',
        {},
        { ...JSON_TYPE, Accept: 'text/xml' },
        'text/xml; charset=utf-8',
        xml('0', '成功'),
      ],
      [
        'XML to all when it is set',
        { format: 'xml' },
        JSON_TYPE,
        'text/xml; charset=utf-8',
        xml('0', '成功'),
      ],
      [
        'the JSON success code that is set',
        { format: 'json', jsonSuccess: '1' },
        {},
        'application/json; charset=utf-8',
        '{"code":"1","desc":"成功"}',
      ],
      [
        'a failure by HTTP 200 too',
        { outcome: 'failure', code: '422', desc: '缺号' },
        {},
        'text/xml; charset=utf-8',
        xml('422', '缺号'),
      ],
    ]
    for (const [name, settings, headers, type, body] of FORMS) {
      it(`answers ${name}`, async () => {
        const url = await load(settings)
        const reply = await post(url, '{}', { headers })
        assert.equal(reply.status, 200)
        assert.equal(reply.headers['content-type'], type)
        assert.equal(reply.text, body)
        const msg = await flow.inbox('answered').next()
        assert.equal(msg.payload, body)
        assert.ok(msg['req'] && msg['res'])
      })
    }

    it('answers once: a second one is CALL_ENDED', async () => {
      const url = await load()
      await post(url, '{}')
      flow.send('response', await flow.inbox('one').next())
      assert.equal((await flow.caught()).code, 'CALL_ENDED')
    })

    for (const [settings, code] of [
      [{ jsonSuccess: '404', outcome: 'failure', code: '404' }, '500'],
      [{ jsonSuccess: 'E1', outcome: 'failure', code: 'E1' }, '500'],
      [{ jsonSuccess: '500' }, '503'],
      [{ jsonSuccess: ' ' }, '500'],
    ] as const) {
      it(`refuses the JSON success code ${JSON.stringify(settings)}, as nobody could tell it from a failure`, async () => {
        const url = await load({ format: 'json', ...settings })
        const reply = await post(url, '{}')
        assert.equal((JSON.parse(reply.text) as { code: string }).code, code)
        assert.equal((await flow.caught()).code, 'SETTING_INVALID')
      })
    }

    it('answers a bad code by 500, in the form that the caller reads', async () => {
      const url = await load({ outcome: 'failure', code: '200' })
      const reply = await post(url, '{}', { headers: JSON_TYPE })
      assert.equal((JSON.parse(reply.text) as { code: string }).code, '500')
      assert.equal((await flow.caught()).code, 'RESPONSE_CODE')
    })
  })

  it('puts the document into the payload when nobody waits', async () => {
    for (const [format, payload] of [
      ['auto', xml('0', '成功')],
      ['xml', xml('0', '成功')],
      ['json', '{"code":"0","desc":"成功"}'],
    ] as const) {
      flow = await Flow.load([response({ format })])
      const message = { payload: 'x', custom: { a: 1 } }
      flow.send('response', message)
      const msg = await flow.inbox('answered').next()
      assert.equal(msg, message)
      assert.equal(msg.payload, payload)
      assert.deepEqual(msg['custom'], { a: 1 })
      await flow.completed()
      await flow.unload()
    }
  })
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import helper from 'node-red-node-test-helper'
import { layOut } from '../../src/messages/index.js'
import { body, envelope, escape, returning, TestPeer } from '../soap/remote-peer.js'
import { CRISIS } from '../support/calls.js'
import { Flow, out, peer, type Settings } from '../support/flow.js'

const LICENCE = 'L-77ab-trial'
const PASSWORD = 'P-51fe-trial'
const QUERY = 'user=u&password=Q-93ce-trial'

const HL7 = {
  form: 'xml',
  returned: '*',
  code: '//acknowledgement/@typeCode',
  delivered: ['AA'],
  rejected: ['AE', 'AR'],
}

const acknowledged = (code: string): string =>
  envelope(
    `<MCCI_IN000002UV01 xmlns="urn:hl7-org:v3"><id root="2.16"/><acknowledgement typeCode="${code}"/></MCCI_IN000002UV01>`,
  )

const esb = (code: string): string =>
  `<ESB><Head/><Data>${escape(`<Result><Code>${code}</Code><Text>${PASSWORD}</Text></Result>`)}</Data></ESB>`

const ESB = {
  form: 'xml',
  unwrap: [{ step: 'xml', at: 'ESB/Data' }],
  code: 'Result/Code',
  delivered: ['1'],
  retry: ['7'],
}

interface Judged {
  readonly class: string
  readonly code: string
  readonly action: string
  readonly reply: { readonly code: string; readonly desc: string }
  readonly proposals: readonly {
    readonly rule: { readonly code: string }
    readonly value: string
  }[]
  readonly request: string
  readonly document: string
  readonly raw: string
  readonly answer: string
  readonly examNo: string
  readonly reason: { readonly zh: string; readonly en: string }
}

describe('a peer whose answers are decided by a rule', () => {
  let remote: TestPeer
  let flow: Flow

  const ruled = (id: string, replyRule: object, more: Settings = {}) => [
    peer({ id, address: `${remote.origin}/${id}`, replyProfile: 'rule', replyRule, ...more }),
    out({ id: `out-${id}`, peer: id, wires: [[`${id}-one`], [`${id}-two`]] }),
  ]

  before(async () => {
    remote = await TestPeer.open()
    flow = await Flow.load(
      [
        ...ruled('hl7', HL7),
        ...ruled('esb', ESB),
        ...ruled('both', { ...ESB, delivered: ['0', '1'] }),
        ...ruled('none', {}, { replyRule: null }),
        // As a flow of 0.1.0 may have it.
        peer({ id: 'json', address: `${remote.origin}/json`, jsonSuccess: '0,1' }),
      ],
      { credentials: { esb: { licence: LICENCE, user: 'u', password: PASSWORD, query: QUERY } } },
    )
  })

  beforeEach(() => {
    remote.received.length = 0
  })

  after(async () => {
    await flow.unload()
    await remote.close()
  })

  const becomes = async (id: string, exit: 'one' | 'two') => {
    flow.send(`out-${id}`, { payload: CRISIS })
    return (await flow.inbox(`${id}-${exit}`).next()).crisis?.outcome
  }

  it('delivers what its rule says and nothing else, from the whole Body and out of an envelope', async () => {
    remote.answer = body(acknowledged('AA'))
    assert.equal((await becomes('hl7', 'one'))?.class, 'delivered')
    remote.answer = body(acknowledged('AE'))
    const refused = await becomes('hl7', 'two')
    assert.deepEqual([refused?.class, refused?.reply?.code], ['rejected', 'AE'])

    const answers = [esb('7'), esb('1')]
    remote.answer = (received, response) =>
      body(returning(`<return>${escape(answers.shift() ?? '')}</return>`))(received, response)
    flow.send('out-esb', { payload: CRISIS })
    while (answers.length > 0) {
      await flow.settle()
      await flow.hasten('esb')
    }
    assert.equal((await flow.inbox('esb-one').next()).crisis?.outcome?.class, 'delivered')
  })

  it('sends nothing under a rule that could take a failure for a success, or without one', async () => {
    for (const id of ['both', 'none']) {
      flow.send(`out-${id}`, { payload: CRISIS })
      const { code } = (await flow.caught()) as { code?: string }
      assert.equal(code, 'SETTING_INVALID', id)
    }
    assert.equal(remote.posts.length, 0)
    assert.match(flow.everythingShown(), /\/delivered\/1/)
    assert.match(flow.everythingShown(), /JSON success codes have 0 and another number/)
  })

  const ask = async (path: string, question: object) => {
    const asked = await helper.request().post(`/hospital-flows-crisis/${path}`).send(question)
    return { status: asked.status, ...(asked.body as Judged) }
  }
  const dialog = (more: Settings = {}) => ({
    id: 'esb',
    config: { address: `${remote.origin}/esb`, replyProfile: 'rule', replyRule: ESB, ...more },
    operation: 'SynCrisisResponseInfo',
  })

  it('shows the request of a test value without sending it or its secrets', async () => {
    const { status, request, document } = await ask('peer-request', dialog())
    assert.equal(status, 200, request)
    assert.equal(remote.received.length, 0)
    assert.match(request, /^POST http.*\/esb\?user=u&password=●●●●\n/)
    assert.match(request, /SIMULATED-TRY-.*测试，请忽略/s)
    assert.match(document, /\n {4}<License>\*{4}<\/License>/)
    assert.doesNotMatch(request + document, /trial/)
  })

  it('sends one only when that was confirmed, notes it, and says what the answer counts as', async () => {
    remote.answer = body(returning(`<return>${escape(esb('1'))}</return>`))
    const unasked = await ask('peer-try', dialog())
    assert.deepEqual([unasked.status, unasked.code], [422, 'TRIAL_UNCONFIRMED'])
    assert.equal(remote.received.length, 0)

    const tried = await ask('peer-try', { ...dialog(), confirmed: true })
    assert.equal(tried.status, 200, tried.code)
    assert.deepEqual([tried.class, tried.code, tried.action], ['delivered', 'DELIVERED', 'done'])
    assert.equal(remote.posts.length, 1)
    assert.match(remote.posts[0]!.body, new RegExp(LICENCE), 'the peer itself is told the licence')
    assert.match(tried.raw, /^HTTP 200/)
    assert.match(tried.answer, /\n {2}<Data>/)
    assert.doesNotMatch(JSON.stringify(tried), /trial/)
    assert.deepEqual(tried.proposals.map(({ rule, value }) => [rule.code, value]).slice(0, 1), [
      ['Result/Code', '1'],
    ])
    const database = new DatabaseSync(join(flow.folder, 'crisis', 'ledger.db'), { readOnly: true })
    const noted = database
      .prepare("select kind, detail from audit where kind like 'trial%' order by seq")
      .all()
    database.close()
    assert.deepEqual(
      noted.map(({ kind, detail }) => [kind, JSON.parse(String(detail))]),
      ['trialBegun', 'trialEnded'].map((kind) => [
        kind,
        {
          peer: 'esb',
          operation: 'SynCrisisResponseInfo',
          examNo: tried.examNo,
          by: '',
          ...(kind === 'trialEnded' && { class: 'delivered', code: 'DELIVERED' }),
        },
      ]),
    )
  })

  it('says so where a test value cannot be sent, or the answer is none', async () => {
    remote.answer = body('<html>500</html>', {}, 500)
    const failed = await ask('peer-try', { ...dialog(), confirmed: true })
    assert.deepEqual(
      [failed.status, failed.class, failed.code],
      [200, 'unreachable', 'HTTP_STATUS'],
    )
    assert.match(failed.raw, /^HTTP 500.*<html>/s)
    const bad = await ask('peer-request', dialog({ replyRule: { ...ESB, delivered: [] } }))
    assert.deepEqual([bad.status, bad.code], [422, 'SETTING_INVALID'])
    assert.match(bad.reason.zh, /\/delivered/)
    const nowhere = await ask('peer-request', dialog({ address: '' }))
    assert.deepEqual([nowhere.status, nowhere.code], [422, 'SETTING_MISSING'])
  })

  it('judges an answer that was pasted, with or without its envelope', async () => {
    const judge = (answer: string, more: Settings = {}) =>
      ask('peer-judge', { ...dialog(more), answer })
    const pasted: readonly (readonly [answer: string, code: string, action: string])[] = [
      [esb('1'), 'DELIVERED', 'done'],
      [esb('7'), 'REPLY_RETRY', 'retry'],
      [esb('5'), 'REPLY_CODE', 'retry'],
      [envelope(`<R><return>${escape(esb('1'))}</return></R>`), 'DELIVERED', 'done'],
      [envelope('<s:Fault><faultcode>s:Server</faultcode></s:Fault>'), 'SOAP_FAULT', 'retry'],
      ['', 'REPLY_EMPTY', 'retry'],
    ]
    for (const [answer, code, action] of pasted) {
      const judged = await judge(answer)
      assert.deepEqual([judged.status, judged.code, judged.action], [200, code, action], answer)
    }
    const table = { replyTable: [{ code: '5', action: 'deliver' }] }
    assert.equal((await judge(esb('5'), table)).code, 'DELIVERED_BY_TABLE')
    const laidOut = await layOut(esb('1'))
    assert.equal((await judge(esb('1'))).answer, laidOut)
    const whole = await judge(acknowledged('AA'), { replyRule: HL7 })
    assert.equal(whole.class, 'delivered')
    assert.equal(remote.received.length, 0)
  })
})

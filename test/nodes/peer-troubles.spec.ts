import assert from 'node:assert/strict'
import type { Trace } from '../../src/ledger/index.js'
import {
  body,
  envelope,
  escape,
  returning,
  succeeding,
  TestPeer,
  type Answer,
} from '../soap/remote-peer.js'
import { CRISIS, FEEDBACK } from '../support/calls.js'
import { Flow, out, peer, register, type Settings } from '../support/flow.js'

const returned = (text: string): Answer => body(returning(`<return>${escape(text)}</return>`))
const faultOf = (code: string, text: string): Answer =>
  body(
    envelope(
      `<s:Fault><faultcode>${code}</faultcode><faultstring>${escape(text)}</faultstring><detail/></s:Fault>`,
    ),
    undefined,
    500,
  )

describe('the trouble of a peer', () => {
  let flow: Flow
  let remote: TestPeer

  beforeEach(async () => {
    remote = await TestPeer.open()
  })

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  const load = async (settings: Settings = {}, type = 'crisis out', credentials = {}) => {
    flow = await Flow.load(
      [peer({ address: `${remote.origin}/svc`, ...settings }), out({ type }), register('trace')],
      { credentials: { peer: credentials } },
    )
  }

  for (const [name, answer, ending] of [
    [
      'a refusal that speaks of an identity card',
      returned('<response><code>2</code><desc>患者身份证号不能为空</desc></response>'),
      'two',
    ],
    [
      'an answer that is not understood',
      returned('<Result><ResultCode>0</ResultCode></Result>'),
      '',
    ],
    [
      'a failure that stands beside the code',
      returned('<response><code>0</code><msg>保存失败</msg></response>'),
      '',
    ],
  ] as const) {
    it(`with twelve patients delays no other one: ${name}`, async () => {
      remote.answer = (received, res) =>
        (received.body.includes('good') ? succeeding : answer)(received, res)
      await load()
      for (let n = 0; n < 12; n++) {
        flow.send('out', { payload: { ...CRISIS, ExamNo: `bad ${n}`, ApplyNo: `bad ${n}` } })
        if (ending === '') continue
        assert.equal((await flow.inbox(ending).next()).crisis?.outcome?.attempts, 1)
      }
      while (remote.posts.length < 12) await flow.settle()
      flow.send('out', { payload: { ...CRISIS, ExamNo: 'good', ApplyNo: 'good' } })
      const { crisis } = await flow.inbox('one').next()
      assert.deepEqual([crisis?.outcome?.class, crisis?.outcome?.attempts], ['delivered', 1])
    })
  }

  for (const [code, text] of [
    [
      's:Client',
      'System.Web.Services.Protocols.SoapException: 服务器未能识别 HTTP 标头 SOAPAction 的值: 。',
    ],
    ['s:Client', 'Unmarshalling Error: 意外的元素 (uri:"", local:"inputString")。'],
  ] as const) {
    it(`shows a person what its Fault says: ${text.slice(0, 20)}…`, async () => {
      remote.answer = faultOf(code, text)
      await load()
      flow.send('out', { payload: CRISIS })
      while (remote.posts.length === 0) await flow.settle()
      const attempts = async () => {
        flow.send('register', { payload: { ExamNo: CRISIS.ExamNo } })
        const [trace] = (await flow.inbox('found').next()).payload as readonly Trace[]
        return trace?.attempts as readonly { reply: unknown; class: string }[]
      }
      let [first] = await attempts()
      while (!first) [first] = await attempts()
      assert.deepEqual(first.reply, { code, desc: text })
      assert.equal(flow.inbox('two').all.length, 0, 'it is tried again')
    })
  }

  it('has no licence in what is shown of its Fault', async () => {
    remote.answer = (received, res) => faultOf('s:Server', `bad: ${received.body}`)(received, res)
    await load({ application: 'HIS' }, 'crisis feedback out', { licence: 'L-4711-y' })
    flow.send('out', { payload: FEEDBACK })
    while (remote.posts.length === 0) await flow.settle()
    await flow.shows('out', 'unreachable')
    assert.ok(remote.posts[0]?.body.includes('L-4711-y'))
    const kept = flow.ledgerBytes()
    assert.ok(kept.includes('bad: '), 'the right file')
    assert.ok(!kept.includes('L-4711-y'))
    assert.ok(!flow.everythingShown().includes('L-4711-y'))
  })

  for (const scheme of ['Negotiate, NTLM', 'Digest realm="pacs"', 'Bearer']) {
    it(`is told by the login that it asks for, and all goes when it is there: ${scheme}`, async () => {
      remote.answer = body('', { 'www-authenticate': scheme }, 401)
      await load()
      for (const ExamNo of ['1', '2']) flow.send('out', { payload: { ...CRISIS, ExamNo } })
      const { code, message } = await flow.caught()
      assert.equal(code, 'HTTP_STATUS')
      assert.match(message, new RegExp(`401.*${scheme.split(' ')[0]!.replace(',', '')}`))
      assert.equal(flow.inbox('two').all.length, 0)
      remote.answer = succeeding
      for (const _ of [1, 2]) {
        await flow.hasten()
        assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')
      }
    })
  }
})

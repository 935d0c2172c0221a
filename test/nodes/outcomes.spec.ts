import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { FlowMessage } from '../../nodes/lib/message.js'
import { body, returning, succeeding, TestPeer, type Answer } from '../soap/remote-peer.js'
import { CRISIS, FEEDBACK } from '../support/calls.js'
import { Flow, out, peer, settle, type Settings } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const answering = (code: string, desc: string): Answer =>
  body(
    returning(
      `<return>&lt;response&gt;&lt;code&gt;${code}&lt;/code&gt;&lt;desc&gt;${desc}&lt;/desc&gt;&lt;/response&gt;</return>`,
    ),
  )
const json = (text: string): Answer => body(returning(`<return>${text}</return>`))
const FAULT =
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode><faultstring>系统忙</faultstring></s:Fault></s:Body></s:Envelope>'
const HTML = '<!DOCTYPE html><html><body>登录</body></html>'
const half = returning('<return>x</return>').slice(0, 200)

/** Promises more than it sends, then hangs up. */
const cut: Answer = (_received, response) => {
  response.writeHead(200, { 'content-type': 'text/xml', 'content-length': '5000' })
  response.write(half, () => response.destroy())
}

interface Ending {
  readonly answer: Answer
  readonly class: string
  readonly code: string
  readonly peer?: Settings
  /** The peer's own words, where there are any. */
  readonly reply?: { readonly code: string; readonly desc: string }
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  'exactly 0': {
    answer: succeeding,
    class: 'delivered',
    code: 'DELIVERED',
    reply: { code: '0', desc: '成功' },
  },
  'JSON with the success code that is set': {
    answer: json('{"code":"1","desc":"成功"}'),
    peer: { jsonSuccess: '1' },
    class: 'delivered',
    code: 'DELIVERED',
    reply: { code: '1', desc: '成功' },
  },
  'a failure code': {
    answer: answering('500', '入库失败'),
    class: 'rejected',
    code: 'REPLY_REJECTED',
    reply: { code: '500', desc: '入库失败' },
  },
  'a code that nobody knows': {
    answer: answering('E77', '？'),
    class: 'rejected',
    code: 'REPLY_REJECTED',
  },
  '0 that says failure': {
    answer: answering('0', '保存失败'),
    class: 'ambiguous',
    code: 'REPLY_CONTRADICTION',
  },
  '1 that says success': {
    answer: answering('1', '成功'),
    class: 'ambiguous',
    code: 'REPLY_CONTRADICTION',
  },
  '00': { answer: answering('00', ''), class: 'ambiguous', code: 'REPLY_CODE' },
  'no code': { answer: answering('', '成功'), class: 'ambiguous', code: 'REPLY_CODE' },
  'JSON without a success code set': {
    answer: json('{"code":"0","desc":"成功"}'),
    class: 'ambiguous',
    code: 'REPLY_JSON',
  },
  'a refusal of the licence': {
    answer: answering('401', '身份验证失败'),
    class: 'unauthorized',
    code: 'REPLY_UNAUTHORIZED',
  },
  'HTTP 401': { answer: body('', {}, 401), class: 'unauthorized', code: 'HTTP_STATUS' },
  'HTTP 403': { answer: body(HTML, {}, 403), class: 'unauthorized', code: 'HTTP_STATUS' },
  'a Fault': {
    answer: body(FAULT, undefined, 500),
    class: 'unreachable',
    code: 'SOAP_FAULT',
    reply: { code: 's:Server', desc: '系统忙' },
  },
  'a Fault by HTTP 200': { answer: body(FAULT), class: 'unreachable', code: 'SOAP_FAULT' },
  'an HTML page': {
    answer: body(HTML, { 'content-type': 'text/html' }),
    class: 'unreachable',
    code: 'REPLY_NOT_SOAP',
  },
  'an HTML page of a proxy': {
    answer: body(HTML, { 'content-type': 'text/html' }, 502),
    class: 'unreachable',
    code: 'HTTP_STATUS',
  },
  'a success by HTTP 500': {
    answer: body(returning('<return>0</return>'), undefined, 500),
    class: 'unreachable',
    code: 'HTTP_STATUS',
  },
  'an empty 200': { answer: body(''), class: 'unreachable', code: 'REPLY_EMPTY' },
  'an envelope without a value': {
    answer: body(returning('<return/>')),
    class: 'unreachable',
    code: 'REPLY_EMPTY',
  },
  'a bare 0': {
    answer: body(returning('<return>0</return>')),
    class: 'unreachable',
    code: 'REPLY_UNREADABLE',
  },
  'an envelope cut short': { answer: body(half), class: 'unreachable', code: 'REPLY_UNREADABLE' },
  'a body cut short': { answer: cut, class: 'unreachable', code: 'PEER_CLOSED' },
  'a redirect': {
    answer: body('', { location: 'http://127.0.0.1:9/' }, 302),
    class: 'unreachable',
    code: 'PEER_REDIRECT',
  },
  'an answer over the limit': {
    answer: body(returning(`<return>${'x'.repeat(2048)}</return>`)),
    peer: { maxKilobytes: '1' },
    class: 'unreachable',
    code: 'PEER_TOO_BIG',
  },
  'no answer in time': {
    answer: () => {},
    peer: { totalSeconds: '1' },
    class: 'unreachable',
    code: 'PEER_DEADLINE',
  },
}

const NODES = [
  ['crisis out', CRISIS],
  ['crisis feedback out', FEEDBACK],
] as const

for (const [type, payload] of NODES) {
  describe(`${type} that meets`, () => {
    let flow: Flow
    let remote: TestPeer

    beforeEach(async () => {
      remote = await TestPeer.open()
    })

    afterEach(async () => {
      await flow.unload()
      await remote.close()
    })

    /** Sends the payload and holds everything to the ending that is expected. */
    async function expectEnding(ending: Omit<Ending, 'answer'>, settings: Settings) {
      flow = await Flow.load([peer({ ...settings, ...ending.peer }), out({ type })])
      assert.deepEqual(flow.statuses('out'), ['green ready'])
      const sent = { payload, topic: 'kept', custom: { deep: [1] }, _msgid: 'abc' }
      flow.send('out', sent)
      const delivered = ending.class === 'delivered'
      const msg = await flow.inbox(delivered ? 'one' : 'two').next()

      assert.equal(msg._msgid, 'abc')
      assert.equal(msg['topic'], 'kept')
      assert.deepEqual(msg['custom'], { deep: [1] })
      assert.deepEqual(msg.payload, payload)
      const outcome = msg.crisis?.outcome
      assert.equal(outcome?.class, ending.class)
      assert.equal(outcome?.code, ending.code)
      assert.ok(outcome?.reason)
      if (ending.reply) assert.deepEqual(outcome?.reply, ending.reply)
      assert.match(outcome?.sentAt ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+\+08:00$/)
      // Nothing of ours stands in the way of cloning or of JSON.
      assert.deepEqual(structuredClone(msg.crisis), JSON.parse(JSON.stringify(msg.crisis)))

      if (delivered) await flow.completed()
      else {
        const error = await flow.caught()
        assert.equal(error.code, ending.code)
        assert.match(error.message, new RegExp(`\\[${ending.code}\\]$`))
        assert.equal(error.msg._msgid, 'abc')
      }
      await settle()
      const count = (id: string): number => flow.inbox(id).all.length
      assert.deepEqual(
        [count('one'), count('two'), count('completed'), count('caught')],
        delivered ? [1, 0, 1, 0] : [0, 1, 0, 1],
        'one output, and done once',
      )
      assert.deepEqual(flow.statuses('out'), [
        'green ready',
        'blue waiting',
        `${delivered ? 'green' : 'red'} ${ending.class}`,
      ])
      return msg
    }

    for (const [name, ending] of Object.entries(ENDINGS)) {
      it(`${name}: ${ending.class}, ${ending.code}`, async () => {
        remote.answer = ending.answer
        await expectEnding(ending, { address: `${remote.origin}/pacs` })
        assert.equal(remote.posts.length, 1, 'sent exactly once')
      })
    }

    it('nobody: unreachable, PEER_UNREACHABLE', async () => {
      const address = `http://127.0.0.1:${await freePort()}/pacs`
      await expectEnding({ class: 'unreachable', code: 'PEER_UNREACHABLE' }, { address })
    })

    it('a port that speaks something else: unreachable, PEER_NOT_HTTP', async () => {
      const server = createServer((socket) => socket.end('220 mail.example ready\r\n'))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      try {
        await expectEnding({ class: 'unreachable', code: 'PEER_NOT_HTTP' }, { address })
      } finally {
        server.close()
      }
    })

    it('a WSDL that cannot be had: unreachable, and nothing is sent', async () => {
      remote.answer = body(HTML, { 'content-type': 'text/html' }, 500)
      const wsdl = `${remote.origin}/pacs?wsdl`
      await expectEnding({ class: 'unreachable', code: 'WSDL_UNREADABLE' }, { wsdl })
      assert.equal(remote.posts.length, 0)
    })

    it('the next message as if the failed one had not been', async () => {
      remote.answer = cut
      await expectEnding(
        { class: 'unreachable', code: 'PEER_CLOSED' },
        { address: `${remote.origin}/pacs` },
      )
      remote.answer = succeeding
      flow.send('out', { payload })
      const msg: FlowMessage = await flow.inbox('one').next()
      assert.equal(msg.crisis?.outcome?.class, 'delivered')
      assert.equal(flow.status('out'), 'green delivered')
    })
  })
}

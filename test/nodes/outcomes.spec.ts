import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer, type Server as NetServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { FlowMessage } from '../../nodes/face/message.js'
import type { Trace } from '../../src/ledger/index.js'
import {
  body,
  escape,
  returning,
  serve,
  SUCCESS,
  succeeding,
  TestPeer,
  wsdl,
  type Answer,
  type Received,
} from '../soap/remote-peer.js'
import { CRISIS, FEEDBACK } from '../support/calls.js'
import { Flow, out, peer, type FlowNode, type Settings } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const answering = (code: string, desc: string): Answer =>
  body(
    returning(
      `<return>&lt;response&gt;&lt;code&gt;${code}&lt;/code&gt;&lt;desc&gt;${desc}&lt;/desc&gt;&lt;/response&gt;</return>`,
    ),
  )
const json = (text: string): Answer => body(returning(`<return>${text}</return>`))
const DENIAL = escape('<response><code>-1</code><desc>保存失败</desc></response>')
const FAULT =
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode><faultstring>系统忙</faultstring></s:Fault></s:Body></s:Envelope>'
const HTML = '<!DOCTYPE html><html><body>登录</body></html>'
const half = returning('<return>x</return>').slice(0, 200)

const SUCCESSFUL = returning(`<return>${escape(SUCCESS)}</return>`)
const MULTIPART = { 'content-type': 'multipart/related; boundary=b; type="text/xml"' }
const partOf = (encoding: string, content: string): string =>
  `--b\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${content}\r\n--b--\r\n`
const quotedPrintable = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) =>
      byte < 32 || byte > 126 || byte === 61
        ? `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('')
    .replace(/.{60}(?!=?$)/g, (line) => (/=.?$/.test(line) ? line : `${line}=\r\n`))

/** Promises more than it sends, then hangs up. */
const cut: Answer = (_received, response) => {
  response.writeHead(200, { 'content-type': 'text/xml', 'content-length': '5000' })
  response.write(half, () => response.destroy())
}

interface Ending {
  /** What the peer says to the first attempt, and to all when it is not to be sent again. */
  readonly answer: Answer
  readonly class: string
  readonly code: string
  readonly peer?: Settings
  /** Sent again although it was refused. */
  readonly again?: boolean
  /** Not sent again, although nobody knows what it means. */
  readonly held?: boolean
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
    answer: answering('404', '无此检查'),
    class: 'rejected',
    code: 'REPLY_REJECTED',
    reply: { code: '404', desc: '无此检查' },
  },
  '500, which says that nothing was stored': {
    answer: answering('500', '入库失败'),
    class: 'rejected',
    code: 'REPLY_RETRY',
    again: true,
  },
  '503, which says that it is not ready': {
    answer: answering('503', '请稍后'),
    class: 'rejected',
    code: 'REPLY_RETRY',
    again: true,
  },
  'a code that this peer’s table takes for delivered': {
    answer: answering('7', '重复'),
    peer: { replyTable: [{ code: '7', action: 'deliver' }] },
    class: 'delivered',
    code: 'DELIVERED_BY_TABLE',
    reply: { code: '7', desc: '重复' },
  },
  'a code that this peer’s table has sent again': {
    answer: answering('8', '忙'),
    peer: { replyTable: [{ code: '8', action: 'retry' }] },
    class: 'rejected',
    code: 'REPLY_REJECTED',
    again: true,
  },
  '0 that this peer’s table holds': {
    answer: answering('0', '成功'),
    peer: { replyTable: [{ code: '0', action: 'hold' }] },
    class: 'ambiguous',
    code: 'REPLY_BY_TABLE',
    held: true,
  },
  '0 with words that this peer’s table lets pass': {
    answer: answering('0', '错误记录见附件'),
    peer: { replyTable: [{ code: '0', action: 'deliver' }] },
    class: 'delivered',
    code: 'DELIVERED_BY_TABLE',
  },
  'a control character beside 0': {
    answer: json(
      '&lt;response&gt;&lt;code&gt;0&lt;/code&gt;&lt;desc&gt;成功&#xB;&amp;#12;&lt;/desc&gt;&lt;/response&gt;',
    ),
    class: 'delivered',
    code: 'DELIVERED',
    reply: { code: '0', desc: '成功␋␌' },
  },
  'an answer that ends in zeros': {
    answer: body(
      Buffer.concat([
        Buffer.from(returning(`<return>${escape(SUCCESS)}</return>`)),
        Buffer.alloc(3),
      ]),
    ),
    class: 'delivered',
    code: 'DELIVERED',
  },
  'a control character in the code': {
    answer: json(
      '&lt;response&gt;&lt;code&gt;0&#x1;&lt;/code&gt;&lt;desc&gt;成功&lt;/desc&gt;&lt;/response&gt;',
    ),
    class: 'ambiguous',
    code: 'REPLY_CONTRADICTION',
  },
  'plain bytes called gzip': {
    answer: body(SUCCESSFUL, { 'content-type': 'text/xml', 'content-encoding': 'gzip' }),
    class: 'delivered',
    code: 'DELIVERED',
  },
  'a charset for a Content-Encoding': {
    answer: body(SUCCESSFUL, { 'content-type': 'text/xml', 'content-encoding': 'UTF-8' }),
    class: 'delivered',
    code: 'DELIVERED',
  },
  'an empty Content-Encoding': {
    answer: body(SUCCESSFUL, { 'content-type': 'text/xml', 'content-encoding': '' }),
    class: 'delivered',
    code: 'DELIVERED',
  },
  'gzip without a word of it': {
    answer: body(gzipSync(SUCCESSFUL), { 'content-type': 'text/xml' }),
    class: 'delivered',
    code: 'DELIVERED',
  },
  'a part in base64': {
    answer: body(
      partOf('base64', Buffer.from(SUCCESSFUL).toString('base64').replace(/.{76}/g, '$&\r\n')),
      MULTIPART,
    ),
    class: 'delivered',
    code: 'DELIVERED',
  },
  'a part in quoted-printable': {
    answer: body(partOf('quoted-printable', quotedPrintable(SUCCESSFUL)), MULTIPART),
    class: 'delivered',
    code: 'DELIVERED',
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
  '0 with the failure in an element of another name': {
    answer: json(
      '&lt;response&gt;&lt;code&gt;0&lt;/code&gt;&lt;msg&gt;保存失败：未找到病人&lt;/msg&gt;&lt;/response&gt;',
    ),
    class: 'ambiguous',
    code: 'REPLY_CONTRADICTION',
  },
  '0 in one returned element and -1 in another': {
    answer: body(returning(`<returnCode>0</returnCode><returnXml>${DENIAL}</returnXml>`)),
    class: 'ambiguous',
    code: 'REPLY_CONTRADICTION',
  },
  '0 in one returned element and -1 in another, where plain text is what is wanted': {
    answer: body(returning(`<returnCode>0</returnCode><returnXml>${DENIAL}</returnXml>`)),
    peer: { replyProfile: 'text-0' },
    class: 'ambiguous',
    code: 'REPLY_CONTRADICTION',
  },
  'JSON that denies its own success code': {
    answer: json('{"code":"0","success":false}'),
    peer: { replyProfile: 'json', jsonSuccess: '0' },
    class: 'ambiguous',
    code: 'REPLY_CONTRADICTION',
  },
  '0 that says what a database has refused': {
    answer: answering('0', 'ORA-00001: 违反唯一约束条件'),
    class: 'ambiguous',
    code: 'REPLY_CONTRADICTION',
  },
  '0 that says that nobody was found': {
    answer: answering('0', '未找到该病人'),
    class: 'ambiguous',
    code: 'REPLY_CONTRADICTION',
  },
  '0 that only looks as if it said failure': {
    answer: answering('0', '接收成功，无异常，错误数：0'),
    class: 'delivered',
    code: 'DELIVERED',
    reply: { code: '0', desc: '接收成功，无异常，错误数：0' },
  },
  'a refusal that speaks of an identity card': {
    answer: answering('2', '患者身份证号不能为空'),
    class: 'rejected',
    code: 'REPLY_REJECTED',
    reply: { code: '2', desc: '患者身份证号不能为空' },
  },
  'an answer of another shape': {
    answer: json('&lt;ret&gt;&lt;errcode&gt;1&lt;/errcode&gt;&lt;/ret&gt;'),
    class: 'ambiguous',
    code: 'REPLY_UNREADABLE',
    reply: { code: '', desc: '<ret><errcode>1</errcode></ret>' },
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
    class: 'ambiguous',
    code: 'REPLY_UNREADABLE',
    reply: { code: '', desc: '0' },
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

/** How often the same bytes go to a peer whose answers stay as they are. */
const attemptsOf = ({ class: kind, again, held }: Ending): number =>
  kind === 'ambiguous' && !held ? 4 : isRetried({ class: kind, again }) ? 2 : 1

const isRetried = ({
  class: kind,
  again,
}: {
  class: string
  again?: boolean | undefined
}): boolean => kind === 'unreachable' || kind === 'unauthorized' || again === true

const NODES = [
  ['crisis out', CRISIS],
  ['crisis feedback out', FEEDBACK],
] as const

interface Case {
  readonly id: string
  readonly type: string
  readonly payload: object
  readonly name: string
  readonly ending: Ending
}

const CASES: readonly Case[] = NODES.flatMap(([type, payload], kind) =>
  Object.entries(ENDINGS).map(([name, ending], index) => {
    const id = `${kind}-${index}`
    return { id, type, name, ending, payload: { ...payload, ExamNo: `exam-${id}` } }
  }),
)

describe('a document that meets', function () {
  // An answer that cannot be classed is tried four times, with growing pauses.
  this.timeout(60_000)

  let flow: Flow
  let remote: TestPeer

  /** All of them at the same time, each with a peer of its own: nobody waits for the others' pauses. */
  before(async () => {
    remote = await TestPeer.open()
    remote.answer = (received, response) => {
      const { ending } = CASES.find(({ id }) => received.url === `/${id}`)!
      const recovered = isRetried(ending) && postsOf(remote, `/${received.url.slice(1)}`) > 1
      const answer = recovered ? succeeding : ending.answer
      answer(received, response)
    }
    const nodes = CASES.flatMap(({ id, type, ending }): readonly FlowNode[] => [
      peer({ id: `peer${id}`, address: `${remote.origin}/${id}`, ...ending.peer }),
      out({ id: `out${id}`, type, peer: `peer${id}`, wires: [[`one${id}`], [`two${id}`]] }),
    ])
    // The shortest of the pauses that chance may choose.
    const { random } = Math
    Math.random = () => 0
    flow = await Flow.load(nodes).finally(() => (Math.random = random))
    for (const { id, payload } of CASES) {
      await flow.becomes(`out${id}`, 'green ready')
      const sent = { payload: payload, topic: 'kept', custom: { deep: [1] }, _msgid: id }
      flow.send(`out${id}`, sent)
    }
  })

  after(async () => {
    await flow.unload()
    await remote.close()
  })

  for (const { id, type, payload, name, ending } of CASES) {
    const retried = isRetried(ending)
    const title = retried ? 'sent again until it is delivered' : ending.class
    it(`${type}, ${name}: ${title}, ${ending.code}`, async () => {
      const delivered = retried || ending.class === 'delivered'
      const msg = await flow.inbox(`${delivered ? 'one' : 'two'}${id}`).next()

      assert.equal(msg._msgid, id)
      assert.equal(msg['topic'], 'kept')
      assert.deepEqual(msg['custom'], { deep: [1] })
      assert.deepEqual(msg.payload, payload)
      const outcome = msg.crisis?.outcome
      assert.equal(outcome?.class, delivered ? 'delivered' : ending.class)
      assert.equal(outcome?.code, retried ? 'DELIVERED' : ending.code)
      assert.ok(outcome?.reason)
      if (ending.reply && !retried) assert.deepEqual(outcome?.reply, ending.reply)
      assert.equal(outcome?.attempts, attemptsOf(ending))
      assert.match(outcome?.sentAt ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+\+08:00$/)
      // Nothing of ours stands in the way of cloning or of JSON.
      assert.deepEqual(structuredClone(msg.crisis), JSON.parse(JSON.stringify(msg.crisis)))

      const bodies = remote.posts.filter(({ url }) => url === `/${id}`).map((post) => post.body)
      assert.equal(bodies.length, attemptsOf(ending))
      assert.equal(new Set(bodies).size, 1, 'the same bytes each time')
      await flow.becomes(`out${id}`, delivered ? 'green delivered' : 'red held 1')
      if (type === 'crisis out') await expectAttempts(id, ending)
      await flow.settle()
      const mine = (box: string): number =>
        flow.inbox(box).all.filter(({ _msgid }) => _msgid === id).length
      assert.deepEqual(
        [mine(`one${id}`), mine(`two${id}`), mine('completed'), mine('caught')],
        delivered ? [1, 0, 1, 0] : [0, 1, 1, 1],
        'one output, and done once, when it was stored',
      )
      if (delivered) return
      const error = flow.inbox('caught').all.find(({ _msgid }) => _msgid === id)?.error
      const { code, message } = error as { code: string; message: string }
      assert.equal(code, ending.code)
      assert.match(message, new RegExp(`\\[${ending.code}\\]$`))
    })
  }

  /** What the ledger says of each attempt: the first one is the ending that was met. */
  async function expectAttempts(id: string, ending: Ending): Promise<void> {
    const [trace] = await flow.ledger((ledger) => ledger.run('trace', { ExamNo: `exam-${id}` }))
    const attempts = (trace as Trace).attempts as readonly {
      class: string
      code: string
      alike: number
    }[]
    const made = attempts.reduce((sum, { alike }) => sum + 1 + alike, 0)
    assert.equal(made, attemptsOf(ending))
    // What the table makes of a reply is its word, and the reply stays what it was.
    assert.equal(attempts[0]?.code, ending.code)
    assert.equal(attempts[0]?.class, ending.class)
  }
})

for (const [type, payload] of NODES) {
  describe(`${type} whose peer`, () => {
    let flow: Flow
    let server: Server | NetServer | undefined

    afterEach(async () => {
      await flow.unload()
      server?.close()
      server = undefined
    })

    const load = async (settings: Settings): Promise<void> => {
      flow = await Flow.load([peer(settings), out({ type })])
      flow.send('out', { payload })
      await flow.completed()
    }
    const listen = async (on: Server | NetServer, port: number): Promise<void> => {
      server = on
      on.listen(port, '127.0.0.1')
      await once(on, 'listening')
    }
    const listenWell = (port: number): Promise<void> => {
      const nothing: Received = {
        method: '',
        url: '',
        headers: {},
        body: '',
        bytes: Buffer.alloc(0),
      }
      return listen(
        createHttpServer((request, response) => {
          request.resume().on('end', () => succeeding(nothing, response))
        }),
        port,
      )
    }
    /** Nothing came out, and the status tells how many are waiting since when. */
    async function expectWaiting(): Promise<void> {
      await flow.shows('out', 'unreachable')
      assert.match(flow.status('out') ?? '', /^red unreachable 1 · \d+s$/)
      await tried(flow)
      await flow.settle()
      assert.equal(flow.inbox('one').all.length + flow.inbox('two').all.length, 0)
    }
    async function expectDelivered(): Promise<FlowMessage> {
      await flow.hasten()
      const msg = await flow.inbox('one').next()
      assert.equal(msg.crisis?.outcome?.class, 'delivered')
      assert.equal(msg.crisis?.outcome?.attempts, 2)
      return msg
    }

    it('is not there: it gets the document when it is back', async () => {
      const port = await freePort()
      await load({ address: `http://127.0.0.1:${port}/pacs` })
      await expectWaiting()
      await listenWell(port)
      await expectDelivered()
    })

    it('speaks something else: it gets the document when it is back', async () => {
      const port = await freePort()
      await listen(
        createServer((socket) => socket.resume().end('220 mail.example ready\r\n')),
        port,
      )
      await load({ address: `http://127.0.0.1:${port}/` })
      await expectWaiting()
      server!.close()
      await once(server!, 'close')
      await listenWell(port)
      await expectDelivered()
    })

    it('has no WSDL just now: nothing is sent before it has', async () => {
      const remote = await TestPeer.open()
      remote.answer = body(HTML, { 'content-type': 'text/html' }, 500)
      try {
        await load({ wsdl: `${remote.origin}/pacs?wsdl` })
        await expectWaiting()
        assert.equal(remote.posts.length, 0)
        const operation = type === 'crisis out' ? 'SynCrisisInfo' : 'SynCrisisResponseInfo'
        const address = `${remote.origin}/pacs`
        remote.answer = serve({ '/pacs?wsdl': wsdl({ operation, address }) }, succeeding)
        await expectDelivered()
        assert.equal(remote.posts.length, 1)
      } finally {
        await remote.close()
      }
    })

    it('refused the one before: the next one as if that had not been', async () => {
      const remote = await TestPeer.open()
      remote.answer = answering('404', '无此检查')
      try {
        await load({ address: `${remote.origin}/pacs` })
        assert.equal((await flow.inbox('two').next()).crisis?.outcome?.class, 'rejected')
        remote.answer = succeeding
        flow.send('out', { payload })
        assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')
        await flow.becomes('out', 'green delivered')
      } finally {
        await remote.close()
      }
    })
  })
}

const postsOf = (remote: TestPeer, url: string): number =>
  remote.posts.filter((received) => received.url === url).length

/** Resolves when an attempt has ended and its document waits for the next. */
async function tried(flow: Flow): Promise<void> {
  const next = () => flow.ledger((ledger) => ledger.run('nextDue', { peer: 'peer' }))
  while ((await next()) === null) await new Promise((resolve) => setImmediate(resolve))
}

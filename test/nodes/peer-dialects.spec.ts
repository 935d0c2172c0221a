import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { Trace } from '../../src/ledger/index.js'
import type { PeerConfig } from '../../nodes/settings/peer.js'
import { decodeBytes, readXml, type XmlElement } from '../../src/messages/index.js'
import { readCall } from '../../src/soap/index.js'
import { body, escape, returning, SUCCESS, succeeding, TestPeer } from '../soap/remote-peer.js'
import { CRISIS, crisisXml, FEEDBACK } from '../support/calls.js'
import { Flow, out, peer, type Settings } from '../support/flow.js'

const USER = 'pacs-user'
const PASSWORD = 'P-9f1c <&> 密码'
const TOKEN = Buffer.from(`${USER}:${PASSWORD}`).toString('base64')

describe('a peer', () => {
  let remote: TestPeer
  let flow: Flow

  before(async () => {
    remote = await TestPeer.open()
  })

  beforeEach(() => {
    remote.received.length = 0
    remote.answer = succeeding
  })

  afterEach(() => flow.unload())

  after(() => remote.close())

  const load = async (
    settings: Partial<PeerConfig>,
    credentials: Settings = {},
    type = 'crisis out',
  ): Promise<void> => {
    flow = await Flow.load(
      [peer({ address: `${remote.origin}/pacs`, ...settings }), out({ type })],
      { credentials: { peer: { user: USER, password: PASSWORD, ...credentials } } },
    )
  }

  /** Sends the sample and returns what became of it. */
  const outcome = async (exit: 'one' | 'two', payload: object = CRISIS) => {
    flow.send('out', { payload })
    return (await flow.inbox(exit).next()).crisis?.outcome
  }

  it('is spoken to as its settings say', async () => {
    await load({
      soapVersion: '1.2',
      style: 'encoded',
      namespace: 'urn:his',
      parameter: 'msg',
      soapAction: 'urn:act',
      charset: 'GBK',
      cdata: true,
      declaration: 'GB2312',
    })
    const payload = { ...CRISIS, CrisisName: '𠮷 ]]> 胎盘早剥' }
    assert.equal((await outcome('one', payload))?.class, 'delivered')
    const { headers, bytes } = remote.posts[0]!
    const type = 'application/soap+xml; charset=gbk; action="urn:act"'
    assert.equal(headers['content-type'], type)
    const { text, charset, flags } = decodeBytes(bytes, { contentType: type })
    assert.deepEqual([charset, flags], ['gbk', []])
    assert.match(text, /xsi:type="xsd:string"><!\[CDATA\[<\?xml/)
    const call = readCall(text)
    assert.equal(call.version, '1.2')
    assert.equal(call.namespace, 'urn:his')
    assert.equal(call.argumentName, 'msg')
    const document = crisisXml(payload).replace('UTF-8', 'GB2312').replace('𠮷', '&#134071;')
    assert.equal(call.argument, document)
    const name = readXml(call.argument).children[0]?.children.find(
      (child) => child.name === 'CrisisName',
    )
    assert.equal(name?.text, payload.CrisisName)
  })

  const profiles: readonly (readonly [PeerConfig['replyProfile'], string, string, string])[] = [
    ['result-code-1', '<Response><ResultCode>1</ResultCode></Response>', 'one', 'delivered'],
    ['result-code-1', '<Response><ResultCode>-1</ResultCode></Response>', 'two', 'rejected'],
    ['result-code-0', '<Response><ResultCode>0</ResultCode></Response>', 'one', 'delivered'],
    ['text-0', '0', 'one', 'delivered'],
    ['text-true', 'true', 'one', 'delivered'],
    ['text-true', 'false', 'two', 'rejected'],
    ['json', '{"code":"1","desc":"成功"}', 'one', 'delivered'],
  ]
  for (const [replyProfile, reply, exit, wanted] of profiles) {
    it(`is understood by its profile ${replyProfile}: ${reply}`, async () => {
      remote.answer = body(returning(`<return>${escape(reply)}</return>`))
      await load({ replyProfile, ...(replyProfile === 'json' && { jsonSuccess: '1' }) })
      assert.equal((await outcome(exit as 'one' | 'two'))?.class, wanted)
    })
  }

  it('is told user and password by HTTP Basic, and the files of others are not', async () => {
    const elsewhere = await TestPeer.open()
    try {
      elsewhere.answer = body('<x/>')
      remote.answer = (received, response) => {
        if (received.method === 'POST') return succeeding(received, response)
        const imported = `<wsdl:import namespace="urn:x" location="${elsewhere.origin}/x.wsdl"/>`
        response.end(
          `<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">${imported}</wsdl:definitions>`,
        )
      }
      await load({ login: 'basic', wsdl: `${remote.origin}/pacs?wsdl` })
      flow.send('out', { payload: CRISIS })
      while (elsewhere.received.length === 0) await flow.settle()
      assert.equal(remote.received[0]!.headers.authorization, `Basic ${TOKEN}`)
      assert.equal(elsewhere.received[0]!.headers.authorization, undefined)
      await flow.unload()

      await load({ login: 'basic' })
      assert.equal((await outcome('one'))?.class, 'delivered')
      assert.equal(remote.posts.at(-1)!.headers.authorization, `Basic ${TOKEN}`)
    } finally {
      await elsewhere.close()
    }
  })

  for (const soapVersion of ['1.1', '1.2'] as const) {
    for (const login of ['token-text', 'token-digest'] as const) {
      it(`is told them by a ${login} of its own with each call, in SOAP ${soapVersion}`, async () => {
        await load({ login, soapVersion })
        const nonces = new Set<string>()
        for (const ExamNo of ['1', '2']) {
          assert.equal((await outcome('one', { ...CRISIS, ExamNo }))?.class, 'delivered')
          const { headers, body: sent } = remote.posts.at(-1)!
          assert.equal(headers.authorization, undefined)
          const envelope = readXml(sent)
          assert.deepEqual(
            envelope.children.map(({ name }) => name),
            ['Header', 'Body'],
          )
          const part = (name: string) => below(envelope, name)
          const [password, nonce, created] = [part('Password'), part('Nonce'), part('Created')]
          assert.equal(part('Username').text, USER)
          assert.match(created.text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
          assert.match(nonce.attributes['EncodingType'] ?? '', /#Base64Binary$/)
          const bytes = Buffer.from(nonce.text, 'base64')
          assert.equal(bytes.length, 16)
          nonces.add(nonce.text)
          const digest = createHash('sha1')
            .update(bytes)
            .update(created.text + PASSWORD)
          const [type, secret] =
            login === 'token-text'
              ? ['#PasswordText', PASSWORD]
              : ['#PasswordDigest', digest.digest('base64')]
          assert.ok(password.attributes['Type']?.endsWith(type))
          assert.equal(password.text, secret)
          assert.equal(readCall(sent).argument, crisisXml({ ExamNo }))
        }
        assert.equal(nonces.size, 2)
      })
    }
  }

  for (const [code, fault] of [
    ['wsse:FailedAuthentication', '<faultcode>wsse:FailedAuthentication</faultcode>'],
    [
      'w:InvalidSecurity',
      '<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:InvalidSecurity</s:Value></s:Subcode></s:Code>',
    ],
  ] as const) {
    it(`that refuses the token gets the document when it accepts it: ${code}`, async () => {
      remote.answer = body(
        `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>${fault}</s:Fault></s:Body></s:Envelope>`,
        undefined,
        500,
      )
      await load({ login: 'token-text' })
      flow.send('out', { payload: CRISIS })
      assert.equal((await flow.caught()).code, 'SOAP_FAULT')
      const [trace] = await flow.ledger((ledger) => ledger.run('trace', { ExamNo: CRISIS.ExamNo }))
      const [attempt] = (trace as Trace).attempts as readonly { class: string; reply: unknown }[]
      assert.equal(attempt?.class, 'unauthorized')
      assert.match(JSON.stringify(attempt), new RegExp(code))
      remote.answer = succeeding
      await flow.hasten()
      assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')
      assert.equal(flow.inbox('two').all.length, 0)
    })
  }

  it('may break the rules of HTTP where that is allowed', async () => {
    const answer = returning(`<return>${escape(SUCCESS)}</return>`)
    // Line ends without CR, as old CGI programs write them.
    const server = createServer((socket) =>
      socket.once('data', () =>
        socket.end(`HTTP/1.1 200 OK\nContent-Type: text/xml\nConnection: close\n\n${answer}`),
      ),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    try {
      await load({ address, lenient: true })
      assert.equal((await outcome('one'))?.class, 'delivered')
    } finally {
      server.close()
    }
  })

  it('may quote what it was told: it is masked in the ledger and everywhere else', async () => {
    for (const login of ['basic', 'token-text'] as const) {
      const replyTable = [{ code: '9', action: 'hold' as const }]
      await load({ login, replyTable }, { licence: 'L-7777-x' }, 'crisis feedback out')
      remote.answer = (received, response) => {
        const quoted = `${received.body} ${received.headers.authorization ?? ''} ${PASSWORD} ${escape(PASSWORD)}`
        const desc = `无效：${escape(quoted)}`
        const reply = `<response><code>9</code><desc>${desc}</desc></response>`
        body(returning(`<return>${escape(reply)}</return>`))(received, response)
      }
      const refused = await outcome('two', FEEDBACK)
      assert.equal(refused?.reply?.code, '9')
      await flow.settle()
      const kept = flow.ledgerBytes()
      assert.ok(kept.includes('无效'), 'the right file')
      const caught = flow.inbox('caught').all.map(({ error }) => String(error))
      const shown = [kept.toString(), flow.everythingShown(), refused?.reply?.desc, ...caught]
      for (const text of shown) {
        assert.ok(!text?.includes('P-9f1c'), 'the password')
        assert.ok(!text?.includes(TOKEN), 'the header')
        assert.ok(!text?.includes('L-7777-x'), 'the licence')
      }
      if (login === 'basic') await flow.unload()
    }
  })

  const WRONG: Readonly<Record<string, readonly [Partial<PeerConfig> | object, Settings, string]>> =
    {
      'a style that nobody knows': [{ style: 'soap' }, {}, 'SETTING_INVALID'],
      'a charset that we cannot write': [{ charset: 'Big5' }, {}, 'SETTING_INVALID'],
      'a declaration of something else': [{ declaration: '"?>' }, {}, 'SETTING_INVALID'],
      'a version that there is not': [{ soapVersion: '2' }, {}, 'SETTING_INVALID'],
      'a profile that nobody knows': [{ replyProfile: 'any' }, {}, 'SETTING_INVALID'],
      'JSON without its success codes': [{ replyProfile: 'json' }, {}, 'SETTING_MISSING'],
      'a login that nobody knows': [{ login: 'ntlm' }, {}, 'SETTING_INVALID'],
      'a login without a user': [{ login: 'basic' }, { user: ' ' }, 'SETTING_MISSING'],
      'a login without a password': [{ login: 'token-text' }, { password: '' }, 'SETTING_MISSING'],
      'a user with a colon': [{ login: 'basic' }, { user: 'a:b' }, 'SETTING_INVALID'],
    }
  for (const [name, [settings, credentials, code]] of Object.entries(WRONG)) {
    it(`is not called at all with ${name}`, async () => {
      await load(settings, credentials)
      assert.deepEqual(flow.statuses('out'), ['red badSetting'])
      assert.equal((await flow.caught()).code, code)
      assert.equal((await outcome('two'))?.code, code)
      assert.equal(remote.received.length, 0)
    })
  }
})

function below(element: XmlElement, name: string): XmlElement {
  const find = (one: XmlElement): XmlElement | undefined =>
    one.name === name ? one : one.children.map(find).find((found) => found !== undefined)
  const found = find(element)
  assert.ok(found, name)
  return found
}

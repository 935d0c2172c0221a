import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import helper from 'node-red-node-test-helper'
import type { PeerConfig } from '../../nodes/settings/peer.js'
import { readXml, type XmlElement } from '../../src/messages/index.js'
import { body, SUCCESS, succeeding, TestPeer } from '../soap/remote-peer.js'
import { CRISIS, crisisXml } from '../support/calls.js'
import { Flow, out, peer } from '../support/flow.js'

const SECRETS = 'TOKEN=T-5f2a%26b&HOSPITAL=H-0091'
const CREDENTIALS = { user: 'pacs', password: 'P-9f1c <&> 密码', secrets: SECRETS }

const DIGEST = [
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
] as const
const ADDRESSINGS = ['1.0', '2004/08'] as const
const JSON_WRAPPER =
  '{"type": "{{operation}}", "data": {{document:base64}}, "no": "{{field:ExamNo}}"}'

/** The peers of the flow, each spoken to in its own way. */
const PEERS: Readonly<Record<string, Partial<PeerConfig>>> = {
  parameters: {
    style: 'qualified',
    namespace: 'http://tempuri.org/',
    parameters: [
      { name: 'userCode', from: 'credential', value: 'user' },
      { name: 'passWord', from: 'credential', value: 'password' },
      { name: 'timeout', from: 'fixed', value: '30 {{not a place}}' },
      { name: 'inputString', from: 'document', value: '' },
      { name: 'ward', from: 'message', value: 'ward.code' },
      { name: 'home', from: 'env', value: 'HOME' },
      { name: 'at', from: 'time', value: 'yyyyMMdd' },
      { name: 'id', from: 'id', value: '', namespace: '""' },
      { name: 'head', from: 'template', value: '<h no="{{field:ExamNo}}">{{operation}}</h>' },
    ],
  },
  ...Object.fromEntries(
    ADDRESSINGS.map((addressing) => [
      addressing,
      {
        addressing,
        soapVersion: '1.2',
        soapAction: 'http://tempuri.org/ICrisis/SynCrisisInfo',
        login: 'bearer',
        soapHeader:
          '<soap:Header><Auth xmlns="urn:a"><U>{{secret:user}}</U><P>{{secret:TOKEN}}</P></Auth></soap:Header>',
        httpHeaders: [
          { name: 'X-Hospital', value: '{{secret:HOSPITAL}}/{{operation}}' },
          { name: 'content-type', value: 'application/soap+xml' },
        ],
      },
    ]),
  ),
  xml: { carrier: 'xml' },
  json: { carrier: 'json', wrapper: JSON_WRAPPER },
  ...Object.fromEntries(DIGEST.map(([algorithm]) => [algorithm, { login: 'digest' }])),
  refused: { login: 'digest' },
}

const BEARER = 'aGVsbG8.d29ybGQ='

describe('the requests of a peer', () => {
  let remote: TestPeer
  let flow: Flow

  before(async () => {
    remote = await TestPeer.open()
    const address = `${remote.origin}/his`
    const all = Object.entries(PEERS)
    flow = await Flow.load(
      all.flatMap(([id, settings]) => [
        peer({ id: `to ${id}`, address, ...settings }),
        out({ id, peer: `to ${id}`, wires: [[`from ${id}`], ['two']] }),
      ]),
      {
        credentials: Object.fromEntries(
          all.map(([id, { login }]) => [
            `to ${id}`,
            { ...CREDENTIALS, ...(login === 'bearer' && { password: BEARER }) },
          ]),
        ),
      },
    )
  })
  beforeEach(() => {
    remote.received.length = 0
    remote.answer = succeeding
  })
  after(async () => {
    await flow.unload()
    await remote.close()
  })

  const call = async (id: string, msg: object = {}) => {
    flow.send(id, { payload: CRISIS, ...msg })
    const { crisis } = await flow.inbox(`from ${id}`).next()
    assert.equal(crisis?.outcome?.class, 'delivered')
    return remote.posts.at(-1)!
  }

  it('give each parameter its value, in the order of the WSDL', async () => {
    const { body: sent } = await call('parameters', { ward: { code: 'W<3' } })
    const operation = below(readXml(sent), 'SynCrisisInfo')
    assert.deepEqual(
      operation.children.map(({ name, text }) => [name, name === 'at' ? text.length : text]),
      [
        ['userCode', 'pacs'],
        ['passWord', CREDENTIALS.password],
        ['timeout', '30 {{not a place}}'],
        ['inputString', crisisXml()],
        ['ward', 'W<3'],
        ['home', process.env['HOME']],
        ['at', 8],
        ['id', below(operation, 'id').text],
        ['head', `<h no="${CRISIS.ExamNo}">SynCrisisInfo</h>`],
      ],
    )
    assert.match(below(operation, 'id').text, /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab]/)
    assert.equal(below(operation, 'id').attributes['xmlns'], '')
  })

  it('have the headers of SOAP, of WS-Addressing and of HTTP that a peer wants', async () => {
    const raw: string[][] = []
    remote.server.on('request', (request: { rawHeaders: string[] }) => raw.push(request.rawHeaders))
    for (const addressing of ADDRESSINGS) {
      const { headers, body: sent } = await call(addressing)
      const header = below(readXml(sent), 'Header')
      assert.equal(below(header, 'P').text, 'T-5f2a&b')
      assert.equal(below(header, 'Action').text, 'http://tempuri.org/ICrisis/SynCrisisInfo')
      assert.equal(below(header, 'To').text, `${remote.origin}/his`)
      assert.match(below(header, 'MessageID').text, /^urn:uuid:/)
      assert.match(
        below(header, 'Action').attributes['xmlns:a'] ?? '',
        new RegExp(addressing === '1.0' ? '2005/08' : addressing),
      )
      assert.equal(headers.authorization, `Bearer ${BEARER}`)
      assert.equal(headers['x-hospital'], 'H-0091/SynCrisisInfo')
      assert.equal(headers['content-type'], 'application/soap+xml')
    }
    for (const name of ['User-Agent', 'X-Hospital', 'Authorization', 'Accept']) {
      assert.ok(
        raw.every((names) => names.includes(name)),
        name,
      )
    }
  })

  for (const carrier of ['xml', 'json']) {
    it(`go without SOAP: ${carrier}`, async () => {
      remote.answer = body(SUCCESS)
      const { headers, body: sent } = await call(carrier)
      assert.equal(headers['content-type'], `application/${carrier}; charset=utf-8`)
      assert.equal(headers['soapaction'], undefined)
      if (carrier === 'xml') return assert.equal(sent, crisisXml())
      const { data, ...rest } = JSON.parse(sent) as Record<string, string>
      assert.deepEqual(rest, { type: 'SynCrisisInfo', no: CRISIS.ExamNo })
      assert.equal(Buffer.from(data!, 'base64').toString(), crisisXml())
    })
  }

  it('answer a Digest challenge, and use its nonce until it is stale', async () => {
    for (const [algorithm, hash] of DIGEST) {
      let nonce = 'n1'
      const seen: string[] = []
      const hashed = (text: string) => createHash(hash).update(text).digest('hex')
      remote.answer = (received, response) => {
        const given = received.headers.authorization ?? ''
        const part = (name: string) => new RegExp(`\\b${name}="?([^",]+)`).exec(given)?.[1] ?? ''
        const a1 = hashed(`pacs:his:${CREDENTIALS.password}`)
        const a2 = hashed(`POST:${received.url}`)
        const wanted = hashed(`${a1}:${part('nonce')}:${part('nc')}:${part('cnonce')}:auth:${a2}`)
        const isRight = part('nonce') === nonce && part('response') === wanted
        seen.push(given === '' ? 'none' : `${part('nonce')} ${part('nc')} ${isRight}`)
        if (isRight) return succeeding(received, response)
        const challenge = `Basic realm="x", Digest realm="his", nonce="${nonce}", qop="auth,auth-int", algorithm=${algorithm}, opaque="o", stale=${given !== ''}`
        response.writeHead(401, { 'www-authenticate': challenge }).end()
      }
      for (const ExamNo of ['1', '2', '3']) {
        if (ExamNo === '3') nonce = 'n2'
        await call(algorithm, { payload: { ...CRISIS, ExamNo } })
      }
      assert.deepEqual(seen, [
        ...['none', 'n1 00000001 true', 'n1 00000002 true'],
        ...['n1 00000003 false', 'n2 00000001 true'],
      ])
    }
  })

  it('refuse a wrong password of Digest after one answer, and pause the peer', async () => {
    remote.answer = (_received, response) =>
      void response
        .writeHead(401, {
          'www-authenticate': `Digest realm="his", nonce="${Math.random()}", qop="auth"`,
        })
        .end()
    flow.send('refused', { payload: CRISIS })
    assert.equal((await flow.caught()).code, 'HTTP_STATUS')
    assert.equal(remote.posts.length, 2)
  })
})

describe('the requests of a peer, over restarts and wrong settings,', () => {
  let remote: TestPeer
  let flow: Flow

  before(async () => {
    remote = await TestPeer.open()
  })
  beforeEach(() => {
    remote.received.length = 0
  })
  afterEach(() => flow.unload())
  after(() => remote.close())

  const WRAPPER = '<Esb at="{{time:iso}}"><Msg>{{document:cdata}}</Msg><No>{{msg:ward}}</No></Esb>'

  it('carry the document in a wrapper, and what a message has is kept with it over a restart', async () => {
    remote.answer = body('', undefined, 503)
    const address = `${remote.origin}/his`
    flow = await Flow.load([peer({ address, wrapper: WRAPPER, namespace: '""' }), out()], {
      credentials: { peer: CREDENTIALS },
    })
    flow.send('out', { payload: CRISIS, ward: 'W-7 <&>' })
    while (remote.posts.length === 0) await flow.settle()
    await flow.deploy([])
    remote.answer = succeeding
    await flow.deploy([peer({ address, wrapper: WRAPPER, namespace: '""' }), out()])
    await flow.hasten()
    await flow.inbox('one').next()
    const [first, last] = [remote.posts[0]!, remote.posts.at(-1)!]
    for (const { body: sent } of [first, last]) {
      const operation = below(readXml(sent), 'SynCrisisInfo')
      assert.equal(operation.prefix, '')
      const esb = readXml(below(operation, 'inputString').text)
      assert.equal(below(esb, 'Msg').text, crisisXml())
      assert.equal(below(esb, 'No').text, 'W-7 <&>')
    }
    flow.send('out', { payload: CRISIS })
    const refused = await flow.inbox('two').next()
    assert.equal(refused.crisis?.outcome?.code, 'MESSAGE_VALUE')
  })

  const WRONG: Readonly<Record<string, readonly [Partial<PeerConfig>, RegExp]>> = {
    'an unknown placeholder': [
      { wrapper: '<a>\n{{dokument}}</a>' },
      /\/wrapper: \{\{dokument\}\} in line 2, column 1/,
    ],
    'a wrapper that is not well-formed': [
      { wrapper: '<a>\n<b>{{document}}</a>' },
      /\/wrapper: .*line 2, column 16/,
    ],
    'a wrapper without the document': [{ wrapper: '<a/>' }, /\/wrapper: .*neither/],
    'a wrapper with it twice': [{ wrapper: '<a>{{document}}{{document}}</a>' }, /more than once/],
    'a place in a name': [{ wrapper: '<a{{id}}>{{document}}</a>' }, /cannot stand/],
    'JSON that is none': [
      { carrier: 'json', wrapper: '{"a": {{document}},}' },
      /line 1, column 20/,
    ],
    'a secret that is not set': [
      { soapHeader: '<a>{{secret:NONE}}</a>' },
      /\/soapHeader: .*secret that is not set/,
    ],
    'a variable that is not set': [
      { httpHeaders: [{ name: 'X', value: '{{env:NO_SUCH_VARIABLE_X}}' }] },
      /\/httpHeaders\/0\/value: .*variable/,
    ],
    'a header of the connection': [
      { httpHeaders: [{ name: 'Content-Length', value: '1' }] },
      /\/httpHeaders\/0\/name/,
    ],
    'parameters without the document': [
      { parameters: [{ name: 'a', from: 'fixed', value: '' }] },
      /\/parameters: Exactly one/,
    ],
    'a parameter without a name': [
      { parameters: [{ name: 'a b', from: 'document', value: '' }] },
      /\/parameters\/0\/name/,
    ],
    'parameters without SOAP': [{ carrier: 'xml', addressing: '1.0' }, /\/carrier/],
  }
  it('are refused at the start and in the dialog alike, with the place', async () => {
    const all = Object.entries(WRONG)
    const address = `${remote.origin}/his`
    flow = await Flow.load(
      all.flatMap(([, [settings]], index) => [
        peer({ id: `peer${index}`, address, ...settings }),
        out({ id: `out${index}`, peer: `peer${index}` }),
      ]),
    )
    const caught = await Promise.all(all.map(() => flow.caught()))
    for (const [index, [name, [settings, words]]] of all.entries()) {
      assert.deepEqual(flow.statuses(`out${index}`), ['red badSetting'], name)
      const told = caught.find(({ source }) => source.id === `out${index}`)
      assert.equal(told?.code, 'SETTING_INVALID', name)
      assert.match(told.message, words, name)
      const { body: checked } = await post('request-check', { config: settings })
      const { problems } = checked as { problems: { pointer: string; reason: { en: string } }[] }
      const [problem] = problems
      assert.match(`${problem?.pointer}: ${problem?.reason.en}`, words, name)
    }
    assert.equal(remote.received.length, 0)
  })

  const post = (endpoint: string, question: object) =>
    helper.request().post(`/hospital-flows-crisis/${endpoint}`).send(question)
})

function below(element: XmlElement, name: string): XmlElement {
  const find = (one: XmlElement): XmlElement | undefined =>
    one.name === name ? one : one.children.map(find).find((found) => found !== undefined)
  const found = find(element)
  assert.ok(found, name)
  return found
}

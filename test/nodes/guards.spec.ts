import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { request as tlsRequest, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selfSigned } from '../http/self-signed.js'
import { answerOf, callWith, crisisXml, envelopeOf, post } from '../support/calls.js'
import { coreNode, Flow, inNode, service, type FlowNode, type Settings } from '../support/flow.js'
import { freePort, removeFolder } from '../support/node-red.js'

const TLS: FlowNode = {
  id: 'tls',
  type: 'tls-config',
  cert: '',
  key: '',
  ca: '',
  certname: '',
  keyname: '',
  caname: '',
  servername: '',
  alpnprotocol: '',
  verifyservercert: true,
}
const PATH_SECRET = '0123456789abcdefABCDEF_-'
const HIS = JSON.stringify([{ application: 'HIS', licence: 'L-1' }])

describe('a service without any guard', () => {
  let flow: Flow
  let port: string

  beforeEach(async () => {
    port = String(await freePort())
  })

  afterEach(() => flow.unload())

  const load = async (
    settings: Settings,
    credentials: object = {},
    node: Settings = {},
  ): Promise<void> => {
    flow = await Flow.load([service({ port, unguarded: false, ...settings }), inNode(node), TLS], {
      core: [coreNode('network/05-tls')],
      credentials: { service: credentials, tls: {} },
    })
  }

  it('does not start for critical values, and says why in one sentence', async () => {
    await load({ licenceCheck: true }, { licences: HIS })
    const { code, message } = await flow.caught()
    assert.equal(code, 'UNGUARDED')
    assert.match(message, /^NodeError: This service has no access control.*\[UNGUARDED\]$/)
    assert.equal(flow.status('in'), 'red unguarded')
    await assert.rejects(callWith(`http://127.0.0.1:${port}/crisis`, 'SynCrisisInfo', crisisXml()))
  })

  it('does not start for feedback either while licences are not checked', async () => {
    await load({ licenceCheck: false }, {}, { type: 'crisis feedback in' })
    assert.equal((await flow.caught()).code, 'UNGUARDED')
  })

  for (const [name, settings, credentials] of [
    ['the explicit tick', { unguarded: true }, {}],
    ['addresses that may call', { allow: '127.0.0.1' }, {}],
    ['Basic authentication', { auth: 'basic' }, { user: 'pacs', secret: 'long enough' }],
    ['a bearer token', { auth: 'bearer' }, { secret: 'long-enough' }],
    ['a secret path', {}, { pathSecret: PATH_SECRET }],
  ] as const) {
    it(`starts with ${name}`, async () => {
      await load(settings, credentials)
      await flow.shows('in', 'listening')
      assert.equal(flow.inbox('caught').all.length, 0)
    })
  }

  it('starts for feedback with its licence', async () => {
    await load({ licenceCheck: true }, { licences: HIS }, { type: 'crisis feedback in' })
    await flow.shows('in', 'listening')
  })

  it('goes on in a flow of the first version, but says so at each start', async () => {
    const { unguarded: _unguarded, ...before } = service({ port })
    flow = await Flow.load([before as FlowNode, inNode()])
    assert.equal((await flow.caught()).code, 'UNGUARDED')
    await flow.shows('in', 'listening')
    const url = `http://127.0.0.1:${port}/crisis`
    assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml())).code, '0')
  })

  for (const [name, settings, credentials, code] of [
    ['a list that cannot be read', { allow: '127.0.0.1, pacs' }, {}, 'ADDRESS_LIST'],
    ['a list that means everybody', { allow: '0.0.0.0/0' }, {}, 'ADDRESS_LIST'],
    [
      'proxies that cannot be read',
      { allow: '127.0.0.1', proxies: 'x', unguarded: true },
      {},
      'ADDRESS_LIST',
    ],
    ['a user without a password', { auth: 'basic' }, { user: 'pacs' }, 'SETTING_MISSING'],
    [
      'a user with a colon',
      { auth: 'basic' },
      { user: 'a:b', secret: 'long enough' },
      'SETTING_MISSING',
    ],
    ['no token', { auth: 'bearer', unguarded: true }, {}, 'SETTING_MISSING'],
    ['another authentication', { auth: 'digest' }, { secret: 'long enough' }, 'SETTING_INVALID'],
    ['a short secret path', {}, { pathSecret: 's3cret' }, 'SETTING_INVALID'],
    [
      'client certificates without TLS',
      { clientCert: true, allow: '127.0.0.1' },
      {},
      'SETTING_MISSING',
    ],
    [
      'client certificates of nobody',
      { tls: 'tls', clientCert: true, allow: '127.0.0.1' },
      {},
      'SETTING_MISSING',
    ],
    ['a TLS configuration that is gone', { tls: 'gone', unguarded: true }, {}, 'SETTING_MISSING'],
  ] as const) {
    it(`does not start with ${name}`, async () => {
      await load(settings, credentials)
      assert.equal((await flow.caught()).code, code)
      assert.equal(flow.status('in'), 'red badSetting')
      assert.doesNotMatch(flow.everythingShown(), /s3cret|long enough/)
    })
  }

  it('does not start with a TLS configuration that holds no certificate', async () => {
    await load({ tls: 'tls', allow: '127.0.0.1' })
    assert.equal((await flow.caught()).code, 'PORT_TLS')
  })
})

describe('a guarded service', () => {
  let flow: Flow
  let port: string
  let url: string

  beforeEach(async () => {
    port = String(await freePort())
    url = `http://127.0.0.1:${port}/crisis`
  })

  afterEach(() => flow.unload())

  it('turns others away and tells of them once', async () => {
    flow = await Flow.load([service({ port, allow: '::1', unguarded: false }), inNode()])
    await flow.shows('in', 'listening')
    for (let i = 0; i < 20; i++) {
      assert.equal((await post(url, envelopeOf('SynCrisisInfo', crisisXml()))).status, 403)
    }
    assert.equal((await flow.caught()).code, 'CALLER_REFUSED')
    await flow.settle()
    assert.equal(flow.inbox('caught').all.length, 1)
  })

  it('keeps with a call whom the trusted proxy names', async () => {
    const settings = { port, allow: '192.0.2.0/24', proxies: '127.0.0.1', unguarded: false }
    flow = await Flow.load([service(settings), inNode()])
    await flow.shows('in', 'listening')
    const headers = { 'X-Forwarded-For': '192.0.2.44' }
    const answer = await callWith(url, 'SynCrisisInfo', crisisXml(), { headers })
    assert.equal(answer.code, '0')
    await flow.settle()
    assert.ok(flow.ledgerBytes().includes('192.0.2.44'))
  })

  for (const mount of ['port', 'node-red']) {
    it(`is found only by its secret path, which its WSDL names: ${mount}`, async () => {
      const path = `/only-${mount}`
      flow = await Flow.load([service({ port, mount, path, unguarded: false }), inNode()], {
        credentials: { service: { pathSecret: PATH_SECRET } },
      })
      await flow.shows('in', 'listening')
      const origin = mount === 'port' ? `http://127.0.0.1:${port}` : await flow.httpNode()
      url = origin + path
      assert.equal((await post(url, envelopeOf('SynCrisisInfo', crisisXml()))).status, 404)
      const secret = `${url}/${PATH_SECRET}`
      assert.equal((await callWith(secret, 'SynCrisisInfo', crisisXml())).code, '0')
      const wsdl = await (await fetch(`${secret}?wsdl`)).text()
      assert.ok(wsdl.includes(`location="${secret}"`))
      await flow.settle()
      assert.doesNotMatch(flow.everythingShown(), new RegExp(PATH_SECRET))
      assert.ok(!flow.ledgerBytes().includes(PATH_SECRET))
    })
  }

  it('asks for its password on Node-RED’s port too', async () => {
    const settings = { mount: 'node-red', auth: 'basic', unguarded: false }
    flow = await Flow.load([service(settings), inNode()], {
      credentials: { service: { user: 'pacs', secret: 'long enough' } },
    })
    await flow.shows('in', 'listening')
    url = `${await flow.httpNode()}/crisis`
    const with_ = (password: string) => ({
      headers: { Authorization: `Basic ${Buffer.from(`pacs:${password}`).toString('base64')}` },
    })
    assert.equal((await post(url, 'x')).status, 401)
    assert.equal((await post(url, 'x', with_('long'))).status, 401)
    const answer = await callWith(url, 'SynCrisisInfo', crisisXml(), with_('long enough'))
    assert.equal(answer.code, '0')
    assert.doesNotMatch(flow.everythingShown(), /long enough/)
  })

  it('is not opened by another service at the same address', async () => {
    const shut = service({ port, allow: '::1', unguarded: false })
    const open = service({ port, id: 'open' })
    const late = inNode({ id: 'late', type: 'crisis feedback in', service: 'open', wires: [] })
    flow = await Flow.load([shut, open, inNode(), late])
    const { code, source } = await flow.caught()
    assert.equal(code, 'GUARDS_DIFFER')
    const shown = source.id === 'late' ? 'in' : 'late'
    await flow.shows(shown, 'listening')
  })
})

describe('a service over TLS', () => {
  const own = selfSigned()
  const known = selfSigned()
  let flow: Flow
  let port: number

  beforeEach(async () => {
    port = await freePort()
  })

  afterEach(() => flow.unload())

  const load = async (settings: Settings, credentials: object): Promise<void> => {
    const nodes = [
      // What is meant for calling others does not open a service.
      { ...TLS, verifyservercert: false },
      service({ port: String(port), tls: 'tls', unguarded: false, ...settings }),
      inNode(),
    ]
    flow = await Flow.load(nodes, {
      core: [coreNode('network/05-tls')],
      credentials: { tls: credentials },
    })
    await flow.shows('in', 'listening')
  }

  async function call(options: RequestOptions, body?: string): Promise<string> {
    const req = tlsRequest({
      host: '127.0.0.1',
      port,
      path: body === undefined ? '/crisis?wsdl' : '/crisis',
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'Content-Type': 'text/xml' },
      servername: 'localhost',
      agent: false,
      ...options,
    })
    req.end(body)
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of res) text += String(chunk)
    return text
  }
  const CALL = envelopeOf('SynCrisisInfo', crisisXml())

  it('serves with the certificate of Node-RED’s own TLS configuration', async () => {
    await load({ allow: '127.0.0.1' }, { certdata: own.cert, keydata: own.key })
    const ca = own.cert
    assert.equal(answerOf({ status: 200, headers: {}, text: await call({ ca }, CALL) }).code, '0')
    assert.match(
      await call({ ca }),
      new RegExp(`location="https://127\\.0\\.0\\.1:${port}/crisis"`),
    )
    await assert.rejects(post(`http://127.0.0.1:${port}/crisis`, CALL))
  })

  it('lets in only who shows a certificate of its CA: a guard by itself', async () => {
    const credentials = { certdata: own.cert, keydata: own.key, cadata: known.cert }
    await load({ clientCert: true }, credentials)
    const ca = own.cert
    const text = await call({ ca, ...known }, CALL)
    assert.equal(answerOf({ status: 200, headers: {}, text }).code, '0')
    for (let i = 0; i < 3; i++) await assert.rejects(call({ ca }, CALL))
    await assert.rejects(call({ ca, ...selfSigned() }, CALL))
    const { code, message } = await flow.caught()
    assert.equal(code, 'CLIENT_CERTIFICATE')
    assert.match(message, /127\.0\.0\.1.*shows no client certificate/)
    await flow.settle()
    assert.equal(flow.inbox('caught').all.length, 1, 'one alarm')
  })

  it('shows a renewed certificate once the flows are deployed', async () => {
    const renewed = selfSigned()
    const files = { cert: 'cert.pem', key: 'key.pem' }
    const folder = mkdtempSync(join(tmpdir(), 'crisis-certificate-'))
    const write = ({ cert, key }: { cert: string; key: string }): void => {
      writeFileSync(join(folder, files.cert), cert)
      writeFileSync(join(folder, files.key), key)
    }
    try {
      write(own)
      const nodes = [
        { ...TLS, cert: join(folder, files.cert), key: join(folder, files.key) },
        service({ port: String(port), tls: 'tls', allow: '127.0.0.1', unguarded: false }),
        inNode(),
      ]
      flow = await Flow.load(nodes, { core: [coreNode('network/05-tls')] })
      await flow.shows('in', 'listening')
      assert.match(await call({ ca: own.cert }), /definitions/)
      write(renewed)
      await flow.deploy(nodes)
      await flow.shows('in', 'listening')
      assert.match(await call({ ca: renewed.cert }), /definitions/)
      await assert.rejects(call({ ca: own.cert }))
    } finally {
      removeFolder(folder)
    }
  })
})

import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { selfSigned } from '../http/self-signed.js'
import { escape, returning, SUCCESS } from '../soap/remote-peer.js'
import { CRISIS } from '../support/calls.js'
import { coreNode, Flow, out, peer, settle } from '../support/flow.js'

const TLS = {
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

describe('a peer over TLS', () => {
  const { key, cert } = selfSigned()
  let server: Server
  let flow: Flow
  let calls = 0

  before(async () => {
    server = createServer({ key, cert }, (req, res) => {
      calls++
      req.resume()
      res.setHeader('Content-Type', 'text/xml; charset=utf-8')
      res.end(returning(`<return>${escape(SUCCESS)}</return>`))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  after(() => {
    server.closeAllConnections()
    server.close()
  })

  beforeEach(() => {
    calls = 0
  })

  afterEach(() => flow.unload())

  const load = async (tls: string, credentials: object, asking?: Server): Promise<void> => {
    const { port } = (asking ?? server).address() as AddressInfo
    const address = `https://127.0.0.1:${port}/pacs`
    flow = await Flow.load([TLS, peer({ address, tls }), out()], {
      core: [coreNode('network/05-tls')],
      credentials: { tls: credentials },
    })
  }

  it('is called with the certificates of Node-RED’s own TLS configuration', async () => {
    await load('tls', { cadata: cert })
    flow.send('out', { payload: CRISIS })
    assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')
    assert.equal(calls, 1)
  })

  it('that speaks TLS 1.1 at the most is called where that is allowed, with a warning', async () => {
    const old = createServer(
      { key, cert, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' },
      (_req, res) => res.end(returning(`<return>${escape(SUCCESS)}</return>`)),
    )
    old.listen(0, '127.0.0.1')
    await once(old, 'listening')
    const address = `https://127.0.0.1:${(old.address() as AddressInfo).port}/pacs`
    try {
      const nodes = (oldTls: boolean) => [TLS, peer({ address, tls: 'tls', oldTls }), out()]
      flow = await Flow.load(nodes(false), {
        core: [coreNode('network/05-tls')],
        credentials: { tls: { cadata: cert } },
      })
      flow.send('out', { payload: CRISIS })
      assert.equal((await flow.caught()).code, 'PEER_TLS')
      await flow.deploy(nodes(true))
      await flow.hasten()
      assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')
      assert.match(flow.everythingShown(), /old TLS/)
    } finally {
      old.closeAllConnections()
      old.close()
    }
  })

  for (const [name, tls, credentials] of [
    ['without a TLS configuration', '', { cadata: cert }],
    ['with one that does not know it', 'tls', {}],
  ] as const) {
    it(`is sent nothing when its certificate is not trusted: ${name}`, async () => {
      await load(tls, credentials)
      flow.send('out', { payload: CRISIS })
      const { code, message } = await flow.caught()
      assert.equal(code, 'PEER_TLS')
      // The dates of the certificate, for whoever has to renew it.
      assert.match(message, /20\d\d-\d\d-\d\d.*20\d\d-\d\d-\d\d/)
      await settle()
      assert.equal(calls, 0)
      assert.equal(flow.inbox('two').all.length, 0, 'nobody has looked at it yet')
    })
  }

  it('whose certificate has run out gets all that waited when it is renewed, after one alarm', async () => {
    const expired = selfSigned('250101000000Z')
    const renewed = selfSigned()
    const late = createServer({ ...expired }, (req, res) => {
      req.resume()
      res.setHeader('Content-Type', 'text/xml; charset=utf-8')
      res.end(returning(`<return>${escape(SUCCESS)}</return>`))
    })
    late.listen(0, '127.0.0.1')
    await once(late, 'listening')
    try {
      await load('tls', { cadata: `${expired.cert}${renewed.cert}` }, late)
      for (const ExamNo of ['1', '2', '3', '4', '5', '6']) {
        flow.send('out', { payload: { ...CRISIS, ExamNo } })
      }
      const { code, message } = await flow.caught()
      assert.equal(code, 'PEER_TLS')
      assert.match(message, /CERT_HAS_EXPIRED.*2020-01-01.*2025-01-01/)
      await flow.settle()
      assert.equal(flow.inbox('two').all.length, 0)
      late.setSecureContext({ ...renewed })
      await flow.hasten()
      for (let n = 0; n < 6; n++) {
        assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')
      }
      const told = flow.inbox('caught').all.map(({ error }) => (error as { code: string }).code)
      assert.deepEqual(told, ['PEER_TLS', 'PEER_RECOVERED'])
    } finally {
      late.closeAllConnections()
      late.close()
    }
  }).timeout(60_000)

  describe('that asks for a client certificate', () => {
    const ours = selfSigned()
    const stranger = selfSigned()
    let asking: Server
    let clients: string[]

    before(async () => {
      const options = { key, cert, ca: ours.cert, requestCert: true, rejectUnauthorized: true }
      asking = createServer(options, (req, res) => {
        clients.push((req.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256 ?? '')
        req.resume()
        res.setHeader('Content-Type', 'text/xml; charset=utf-8')
        res.end(returning(`<return>${escape(SUCCESS)}</return>`))
      })
      asking.listen(0, '127.0.0.1')
      await once(asking, 'listening')
    })

    beforeEach(() => {
      clients = []
    })

    after(() => {
      asking.closeAllConnections()
      asking.close()
    })

    it('is shown the one of the TLS configuration', async () => {
      const credentials = { cadata: cert, certdata: ours.cert, keydata: ours.key }
      await load('tls', credentials, asking)
      flow.send('out', { payload: CRISIS })
      assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')
      assert.deepEqual(clients, [new X509Certificate(ours.cert).fingerprint256])
    })

    it('gets nothing from one that has none, and a person is told', async () => {
      await load('tls', { cadata: cert }, asking)
      flow.send('out', { payload: CRISIS })
      assert.equal((await flow.caught()).code, 'PEER_TLS')
      await settle()
      assert.equal(flow.inbox('two').all.length, 0)
      assert.deepEqual(clients, [])
    })

    // This server hangs up without a word, so it may be there again in a moment.
    it('gets nothing from one with a certificate that it does not know, and is tried again', async () => {
      const credentials = { cadata: cert, certdata: stranger.cert, keydata: stranger.key }
      await load('tls', credentials, asking)
      const hungUp = once(asking, 'connection').then(([socket]) => once(socket as Socket, 'close'))
      flow.send('out', { payload: CRISIS })
      await hungUp
      await flow.settle()
      assert.deepEqual(clients, [])
      assert.equal(flow.inbox('one').all.length + flow.inbox('two').all.length, 0)
    })
  })
})

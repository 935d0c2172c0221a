import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
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

  const load = async (tls: string, credentials: object): Promise<void> => {
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}/pacs`
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

  for (const [name, tls, credentials] of [
    ['without a TLS configuration', '', { cadata: cert }],
    ['with one that does not know it', 'tls', {}],
  ] as const) {
    it(`is sent nothing when its certificate is not trusted: ${name}`, async () => {
      await load(tls, credentials)
      flow.send('out', { payload: CRISIS })
      const { crisis } = await flow.inbox('two').next()
      assert.equal(crisis?.outcome?.class, 'unauthorized')
      assert.equal(crisis?.outcome?.code, 'PEER_TLS')
      assert.equal((await flow.caught()).code, 'PEER_TLS')
      await settle()
      assert.equal(calls, 0)
    })
  }
})

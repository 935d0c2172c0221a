import assert from 'node:assert/strict'
import https from 'node:https'
import net from 'node:net'
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls'
import { failsWith, PosterRig } from './poster-rig.js'
import { selfSigned } from '../self-signed.js'

describe('the Poster over TLS', () => {
  const rig = new PosterRig()
  const { key, cert } = selfSigned()
  const client = selfSigned()
  afterEach(() => rig.close())

  const poster = (set: ConnectionOptions = {}, lenient = false) => rig.poster({ tls: set, lenient })

  const open = (options: tls.TlsOptions = {}) =>
    rig.serveTls((_request, response) => response.end('secret'), { key, cert, ...options })

  for (const lenient of [false, true]) {
    describe(lenient ? 'with the lenient parser' : 'with connections that are kept', () => {
      it('trusts the authority that is set, and no other', async () => {
        const address = await open()
        const one = poster({ ca: cert }, lenient)
        assert.equal((await one.get(address)).bytes.toString(), 'secret')
        assert.equal((await one.post(address, 'x', {})).bytes.toString(), 'secret')
        await failsWith(poster({}, lenient).get(address), 'PEER_TLS')
        await failsWith(poster({ ca: client.cert }, lenient).get(address), 'PEER_TLS')
        const unchecked = poster({ rejectUnauthorized: false }, lenient)
        assert.equal((await unchecked.get(address)).bytes.toString(), 'secret')
      })

      it('says so when what is set cannot be read', async () => {
        const address = await open()
        for (const set of [
          { key: 'no key', cert: 'no certificate' },
          { key, cert: client.cert },
        ]) {
          await failsWith(poster(set, lenient).post(address, 'x', {}), 'PEER_TLS')
        }
      })

      it('shows its own certificate where one is asked for', async () => {
        const address = await open({ ca: client.cert, requestCert: true, rejectUnauthorized: true })
        const own = poster({ ca: cert, key: client.key, cert: client.cert }, lenient)
        assert.equal((await own.post(address, 'x', {})).bytes.toString(), 'secret')
        for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
          const none = poster({ ca: cert, minVersion: version, maxVersion: version }, lenient)
          await failsWith(none.post(address, 'x', {}), 'PEER_TLS')
        }
      })
    })
  }

  it('asks for the host, for the name that is set, and for none at an IP address', async () => {
    const asked: string[] = []
    const address = await open({
      SNICallback: (name, done) => {
        asked.push(name)
        done(null)
      },
    })
    await poster({ ca: cert }).get(address)
    await poster({ ca: cert }).get(address.replace('localhost', '127.0.0.1'))
    await failsWith(poster({ ca: cert, servername: 'pacs.example' }).get(address), 'PEER_TLS')
    assert.deepEqual(asked, ['localhost', 'pacs.example'])
  })

  it('names a port that speaks no TLS', async () => {
    const plain = await rig.serve((_request, response) => response.end())
    await failsWith(poster().get(plain.replace('http:', 'https:')), 'PEER_TLS')
  })

  it('refuses a certificate that is over, and a version that is too old', async () => {
    const over = selfSigned('201231235959Z')
    await failsWith(poster({ ca: over.cert }).get(await open(over)), 'PEER_TLS')
    const old = await open({ maxVersion: 'TLSv1.2' })
    await failsWith(poster({ ca: cert, minVersion: 'TLSv1.3' }).get(old), 'PEER_TLS')
  })

  it('counts the handshake as connecting', async () => {
    const port = await rig.listen(net.createServer((socket) => socket.resume()))
    const slow = rig.poster({ connectTimeoutMs: 50 }).get(`https://127.0.0.1:${port}/`)
    await failsWith(slow, 'PEER_CONNECT_TIMEOUT')
    await rig.untilNoneIsOpen()
  })

  it('leaves no handshake behind when its call is over', async () => {
    const port = await rig.listen(net.createServer((socket) => socket.resume()))
    const limits = { connectTimeoutMs: 60_000, deadlineMs: 50 }
    for (const lenient of [false, true]) {
      const call = rig.poster({ ...limits, lenient }).get(`https://127.0.0.1:${port}/`)
      await failsWith(call, 'PEER_DEADLINE')
      await rig.untilNoneIsOpen()
    }
  })

  it('takes up the session of the connection before, unless the last could not be made', async () => {
    const resumed: boolean[] = []
    let refusing = false
    const server = https.createServer({ key, cert }, ({ socket }, response) => {
      resumed.push((socket as TLSSocket).isSessionReused())
      response.setHeader('connection', 'close').end('x')
    })
    server.on('tlsClientError', () => {})
    server.on('connection', (socket: net.Socket) => {
      if (refusing) socket.destroy()
    })
    const address = `https://localhost:${await rig.listen(server)}/`
    const one = poster({ ca: cert })
    for (let i = 0; i < 3; i++) await one.post(address, 'x', {})
    refusing = true
    await failsWith(one.post(address, 'x', {}), 'PEER_CLOSED')
    refusing = false
    await one.post(address, 'x', {})
    assert.deepEqual(resumed, [false, true, true, false])
  })

  it('does not speak HTTP/2, even where that is what is set', async () => {
    const server = tls.createServer({ key, cert, ALPNProtocols: ['h2'] }, (socket) => {
      socket.on('error', () => {})
      socket.resume()
    })
    const address = `https://localhost:${await rig.listen(server)}/`
    await failsWith(poster({ ca: cert, ALPNProtocols: ['h2'] }).get(address), 'PEER_NOT_HTTP')
    await failsWith(poster({ ca: cert }).get(address), 'PEER_TLS')
  })

  it('never posts twice over a connection that was kept and is reset', async () => {
    let calls = 0
    const address = await rig.serveTls(
      (request, response) => {
        if (++calls === 2) request.socket.destroy()
        else response.end(String(calls))
      },
      { key, cert },
    )
    const one = poster({ ca: cert })
    await one.post(address, 'x', {})
    await failsWith(one.post(address, 'x', {}), 'PEER_STALE')
    assert.equal((await one.post(address, 'x', {})).bytes.toString(), '3')
  })
})

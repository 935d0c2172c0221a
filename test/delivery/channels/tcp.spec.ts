import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import { LineError, overTcp, snpp } from '../../../src/delivery/channels/index.js'
import { selfSigned } from '../../http/self-signed.js'
import { going, page } from './http-rig.js'
import { SnppGateway } from './snpp-gateway.js'

const failsWith = (opening: Promise<unknown>, code: string) =>
  assert.rejects(opening, (error) => error instanceof LineError && error.code === code)

describe('a line over TCP', () => {
  const servers: net.Server[] = []
  const listen = async (server: net.Server): Promise<number> => {
    servers.push(server)
    server.on('connection', (socket: net.Socket) => socket.on('error', () => {}))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  it('fails in time where nobody listens, and where TLS never begins', async () => {
    const port = await listen(net.createServer())
    servers[0]?.close()
    await failsWith(overTcp({ host: '127.0.0.1', port })(going()), 'LINE_CONNECT')
    const silent = await listen(net.createServer(() => {}))
    const secure = { host: '127.0.0.1', port: silent, tls: {}, connectTimeoutMs: 50 }
    await failsWith(overTcp(secure)(going()), 'LINE_CONNECT')
  })

  it('is not opened once cancelled', async () => {
    const port = await listen(net.createServer())
    await failsWith(overTcp({ host: '127.0.0.1', port })(AbortSignal.abort()), 'ABORTED')
    const silent = await listen(net.createServer(() => {}))
    const cancelling = new AbortController()
    const opening = overTcp({ host: '127.0.0.1', port: silent, tls: {} })(cancelling.signal)
    cancelling.abort()
    await failsWith(opening, 'ABORTED')
  })

  it('speaks TLS, and to nobody whose certificate is not trusted', async () => {
    const { key, cert } = selfSigned()
    const gateway = new SnppGateway()
    const server = tls.createServer({ key, cert }, (socket) => {
      gateway.connected(socket)
      socket.on('data', (bytes: Buffer) => gateway.data(bytes, socket))
      socket.on('error', () => {})
    })
    const port = await listen(server)
    const to = { host: '127.0.0.1', port }
    const ask = page({ to: ['5551'], text: 'text' })
    const trusted = { ca: cert, servername: 'localhost' }
    const right = await snpp({ open: overTcp({ ...to, tls: trusted }) }).send(ask, going())
    assert.equal(right.class, 'accepted', right.code)
    const wrong = await snpp({ open: overTcp({ ...to, tls: {} }) }).send(ask, going())
    assert.deepEqual([wrong.class, wrong.code], ['retry', 'LINE_CONNECT'])
  })

  it('is closed behind a page', async () => {
    const gateway = new SnppGateway()
    let open = 0
    const server = net.createServer((socket) => {
      open++
      socket.on('close', () => open--)
      gateway.connected(socket)
      socket.on('data', (bytes: Buffer) => gateway.data(bytes, socket))
    })
    const port = await listen(server)
    await snpp({ open: overTcp({ host: '127.0.0.1', port }) }).send(
      page({ to: ['5551'], text: 'text' }),
      going(),
    )
    while (open > 0) await new Promise((done) => setTimeout(done, 5))
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { connect } from 'node:net'
import { HttpError, type HttpErrorCode } from '../../../src/http/index.js'
import {
  OwnPorts,
  Switchboard,
  type Handler,
  type PortRegistration,
} from '../../../src/http/hosting/index.js'
import { success } from '../../../src/messages/index.js'
import { selfSigned } from '../self-signed.js'
import { answerIn, callOf, listen, send, stop } from './front-fixture.js'

const HOST = '127.0.0.1'
const PATH = '/pushService/services/pacs'
const accept: Handler = () => Promise.resolve(success())
const CALL = { path: PATH, body: callOf('SynCrisisInfo', '<a/>') }

const isHttpError = (code: HttpErrorCode) => (thrown: unknown) =>
  thrown instanceof HttpError && thrown.code === code && /[\u4e00-\u9fff]/.test(thrown.reason.zh)

const refused = (port: number) => assert.rejects(send(port, CALL), { code: 'ECONNREFUSED' })

/** A port that is free now: opened and closed again. */
async function freePort(): Promise<number> {
  const { server, port } = await listen(() => {})
  await stop(server)
  return port
}

describe('a port of our own', () => {
  let ports: OwnPorts
  let open: PortRegistration[]
  let port: number

  beforeEach(async () => {
    ports = new OwnPorts(new Switchboard({ graceMs: 60_000 }))
    open = []
    port = await freePort()
  })

  afterEach(async () => {
    for (const registration of open) await registration.release(true)
  })

  async function register(
    options: { port?: number; tls?: { key: string; cert: string }; host?: string } = {},
    operation: 'SynCrisisInfo' | 'SynCrisisResponseInfo' = 'SynCrisisInfo',
    handler = accept,
  ): Promise<PortRegistration> {
    const registration = await ports.register(
      { host: HOST, port, ...options },
      PATH,
      operation,
      handler,
    )
    open.push(registration)
    return registration
  }

  it('opens with the first operation and closes with the last', async () => {
    const one = await register()
    const two = await register({}, 'SynCrisisResponseInfo')
    assert.equal(one.port, port)
    assert.equal(answerIn(await send(port, CALL))?.code, '0')
    await one.release(true)
    assert.equal(answerIn(await send(port, CALL))?.code, '405')
    await Promise.all([two.release(true), two.release(true)])
    await refused(port)
    await register()
    assert.equal(answerIn(await send(port, CALL))?.code, '0')
  })

  it('takes any free port for 0', async () => {
    const registration = await register({ port: 0 })
    assert.notEqual(registration.port, 0)
    assert.equal(answerIn(await send(registration.port, CALL))?.code, '0')
  })

  it('tells a path it does not know', async () => {
    await register()
    const reply = await send(port, { path: '/other' })
    assert.equal(reply.status, 404)
    assert.match(reply.text, /核对地址[^]*no service/)
  })

  it('stays open while its node is deployed anew, and closes when none comes', async () => {
    let endGrace: (() => void)[] = []
    const startTimer = (run: () => void) => {
      endGrace.push(run)
      return () => (endGrace = endGrace.filter((one) => one !== run))
    }
    ports = new OwnPorts(new Switchboard({ startTimer }))
    const first = await register()
    await first.release(false)
    assert.equal(answerIn(await send(port, CALL))?.code, '503')
    const second = await register()
    assert.equal(answerIn(await send(port, CALL))?.code, '0')
    assert.equal(endGrace.length, 0)
    await second.release(false)
    for (const end of endGrace) end()
    // Closing takes its turn before an opening does.
    await register({}, 'SynCrisisResponseInfo')
    assert.equal(answerIn(await send(port, CALL))?.code, '405')
  })

  it('drops no call over twenty redeploys', async () => {
    let current = await register()
    const agent = new Agent({ keepAlive: true, maxSockets: 4 })
    const codes = new Set<string>()
    let running = true
    let count = 0
    const callers = Array.from({ length: 4 }, async () => {
      while (running) {
        const reply = await send(port, { ...CALL, agent })
        assert.equal(reply.status, 200)
        codes.add(answerIn(reply)?.code ?? 'fault')
        count++
      }
    })
    for (let round = 0; round < 20; round++) {
      const before = count
      await current.release(false)
      // So that calls really fall into the gap.
      while (count < before + 4) await new Promise(setImmediate)
      current = await register()
      while (count < before + 12) await new Promise(setImmediate)
    }
    running = false
    await Promise.all(callers)
    agent.destroy()
    assert.deepEqual([...codes].sort(), ['0', '503'])
  })

  it('survives what is no request', async () => {
    await register()
    const answerTo = async (text: string): Promise<string> => {
      const socket = connect(port, HOST)
      socket.write(text)
      const chunks: Buffer[] = []
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      await once(socket, 'close')
      return Buffer.concat(chunks).toString()
    }
    const rest = 'Host: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
    assert.match(await answerTo('hello\r\n\r\n'), /^HTTP\/1\.1 400 /)
    assert.match(
      await answerTo(`POST ${PATH} HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n`),
      /^HTTP\/1\.1 431 /,
    )
    assert.match(await answerTo(`POST // HTTP/1.1\r\n${rest}`), /^HTTP\/1\.1 404 /)
    assert.match(await answerTo(`POST http://[:: HTTP/1.1\r\n${rest}`), /^HTTP\/1\.1 (?:400|404) /)
    assert.match(await answerTo(`GET http://x${PATH}?wsdl HTTP/1.1\r\n${rest}`), /^HTTP\/1\.1 200 /)
    assert.match(
      await answerTo(`GET ${PATH}?wsdl HTTP/1.0\r\n\r\n`),
      new RegExp(`location="http://${HOST}:${port}/`),
    )
    assert.equal(answerIn(await send(port, CALL))?.code, '0')
  })

  it('closes in bounded time although a call never ends', async () => {
    ports = new OwnPorts(new Switchboard(), { closeLimitMs: 20 })
    let isAsked: (() => void) | undefined
    const asked = new Promise<void>((resolve) => (isAsked = resolve))
    const registration = await register({}, 'SynCrisisInfo', () => {
      isAsked?.()
      return new Promise(() => {})
    })
    const cut = assert.rejects(send(port, CALL))
    await asked
    await registration.release(true)
    await cut
    await refused(port)
  })

  it('says why it cannot be opened, and can be once the reason is gone', async () => {
    const { server, port: taken } = await listen(() => {})
    await assert.rejects(register({ port: taken }), isHttpError('PORT_IN_USE'))
    await stop(server)
    await register({ port: taken })
    assert.equal(answerIn(await send(taken, CALL))?.code, '0')

    await assert.rejects(register({ port: 70_000 }), isHttpError('PORT_UNAVAILABLE'))
    await assert.rejects(register({ host: '127.0.0.1.1' }), isHttpError('PORT_UNAVAILABLE'))
    await assert.rejects(
      register({ tls: { key: 'no key', cert: 'no certificate' } }),
      isHttpError('PORT_TLS'),
    )
    await register()
    await assert.rejects(register(), isHttpError('ADDRESS_TAKEN'))
    assert.equal(answerIn(await send(port, CALL))?.code, '0')
  })

  it('serves TLS, and changes over to it when it is deployed anew', async () => {
    const tls = selfSigned()
    const plain = await register()
    await assert.rejects(register({ tls }, 'SynCrisisResponseInfo'), isHttpError('PORT_TLS'))
    await plain.release(false)
    await register({ tls })
    const req = tlsRequest({
      host: HOST,
      port,
      path: `${PATH}?wsdl`,
      ca: tls.cert,
      servername: 'localhost',
    })
    req.end()
    const [res] = (await once(req, 'response')) as [import('node:http').IncomingMessage]
    let text = ''
    for await (const chunk of res) text += String(chunk)
    assert.match(text, new RegExp(`location="https://${HOST}:${port}${PATH}"`))
    await assert.rejects(send(port, CALL))
  })
})

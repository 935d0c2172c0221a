import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import {
  NODE_RED_MOUNT,
  OwnPorts,
  Switchboard,
  type Answer,
  type PortRegistration,
  type Trouble,
} from '../../../src/http/hosting/index.js'
import { MAX_PIPELINED, MAX_REQUESTS_PER_CONNECTION } from '../../../src/http/hosting/connection.js'
import { MAX_CONNECTIONS } from '../../../src/http/hosting/connections.js'
import { MAX_IN_FLIGHT } from '../../../src/http/hosting/load.js'
import { success } from '../../../src/messages/index.js'
import { freePort } from '../../support/node-red.js'
import { answerIn, callOf, send, type Reply } from './front-fixture.js'

const HOST = '127.0.0.1'
const PATH = '/p'
const BODY = callOf('SynCrisisInfo', '<a/>')
const HEAD = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n`
const WSDL = `GET ${PATH}?wsdl HTTP/1.1\r\nHost: x\r\n\r\n`

describe('the connections of a port', function () {
  this.timeout(60_000)
  let registration: PortRegistration
  let port: number
  let troubles: Trouble[]
  let sockets: Socket[]
  /** Ends the calls that wait for their handler; undefined where it answers at once. */
  let waiting: ((answer: Answer) => void)[] | undefined

  beforeEach(async () => {
    troubles = []
    sockets = []
    waiting = undefined
    registration = await new OwnPorts(new Switchboard()).register(
      { host: HOST, port: 0 },
      PATH,
      'SynCrisisInfo',
      () => (waiting ? new Promise((resolve) => waiting?.push(resolve)) : success()),
      { onTrouble: (trouble) => void troubles.push(trouble), body: { timeMs: 60_000 } },
    )
    port = registration.port
  })

  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    for (const end of waiting ?? []) end(success())
    await registration.release(true)
  })

  async function open(text = ''): Promise<Socket> {
    const socket = connect(port, HOST)
    socket.on('error', () => {})
    sockets.push(socket)
    await once(socket, 'connect')
    if (text !== '') socket.write(text)
    return socket
  }
  const openMany = async (count: number, text = ''): Promise<void> => {
    for (let i = 0; i < count; i++) await open(text)
  }
  const isServed = async (): Promise<void> =>
    assert.equal(answerIn(await send(port, { path: PATH, body: BODY }))?.code, '0')

  for (const [name, count, text] of [
    ['slow heads', 200, HEAD],
    ['more slow heads than there is room for', MAX_CONNECTIONS + 50, HEAD],
    ['idle connections', 800, ''],
    ['more idle connections than there is room for', MAX_CONNECTIONS + 50, ''],
    ['slow bodies', MAX_IN_FLIGHT + 10, `${HEAD}Content-Length: 100\r\n\r\n<`],
  ] as const) {
    it(`serve an honest call among ${count} of one address: ${name}`, async () => {
      await openMany(count, text)
      for (let i = 0; i < 3; i++) await isServed()
    })
  }

  it('close the one that has been idle for longest, and none that is being served', async () => {
    waiting = []
    const working = send(port, { path: PATH, body: BODY })
    while (waiting.length === 0) await new Promise(setImmediate)
    const first = await open()
    const closed = once(first, 'close')
    const second = await open()
    await openMany(MAX_CONNECTIONS - 2)
    await closed
    assert.equal(second.destroyed, false)
    for (const end of waiting) end(success())
    assert.equal(answerIn(await working)?.code, '0')
  })

  it('answer what is more than can be under way with 503, and the rest', async () => {
    waiting = []
    const count = MAX_IN_FLIGHT + 100
    const calls = Array.from({ length: count }, () => send(port, { path: PATH, body: BODY }))
    const refused: Reply[] = []
    for (const call of calls) {
      void call.then((reply) => reply.status === 503 && refused.push(reply))
    }
    while (refused.length < 100) await new Promise(setImmediate)
    assert.ok(refused.every(({ headers }) => headers['retry-after'] === '1'))
    for (const end of waiting) end(success())
    const replies = await Promise.all(calls)
    assert.equal(replies.filter((reply) => answerIn(reply)?.code === '0').length, MAX_IN_FLIGHT)
    assert.deepEqual([...new Set(troubles.map(({ code }) => code))], ['FRONT_BUSY'])
  })

  it('take so many requests ahead of their answers, and refuse the next', async () => {
    const socket = await open(WSDL.repeat(4_000))
    let text = ''
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    await once(socket, 'close')
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])
    assert.deepEqual(statuses, [...Array<string>(MAX_PIPELINED).fill('200'), '503'])
    assert.match(text, /Retry-After: 1/)
    await isServed()
  })

  it('serve who sends a few ahead for as long as it likes', async () => {
    const socket = await open()
    let answers = 0
    socket.setEncoding('utf8').on('data', (piece: string) => {
      const come = piece.split('HTTP/1.1 200').length - 1
      answers += come
      if (answers < 200 && come > 0) socket.write(WSDL.repeat(come))
    })
    socket.write(WSDL.repeat(3))
    while (answers < 200) await new Promise(setImmediate)
    assert.equal(socket.destroyed, false)
  })

  it('end after so many requests, and say so to their caller', async () => {
    const socket = await open()
    let text = ''
    let answers = 0
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text = piece
      answers += piece.split('HTTP/1.1 200').length - 1
      if (piece.endsWith('definitions>\n')) socket.write(WSDL)
    })
    socket.write(WSDL)
    await once(socket, 'close')
    assert.equal(answers, MAX_REQUESTS_PER_CONNECTION)
    assert.match(text, /Connection: close/)
  })

  it('leave one trace of each caller and kind of what came no further than HTTP', async () => {
    for (let i = 0; i < 3; i++) {
      await send(port, { path: '/other' })
      await send(port, { path: PATH, method: 'PUT' })
      const socket = await open('hello\r\n\r\n')
      socket.resume()
      await once(socket, 'close')
    }
    assert.deepEqual(
      troubles.map(({ code, remoteAddress }) => `${code} ${remoteAddress}`),
      [`PATH_UNKNOWN ${HOST}`, `METHOD_REFUSED ${HOST}`, `HTTP_UNREADABLE ${HOST}`],
    )
  })

  it('say what is wrong where Content-Length counts characters', async () => {
    const body = callOf('SynCrisisInfo', '<a>危急值</a>')
    const socket = await open(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`)
    socket.resume()
    await once(socket, 'close')
    const found = troubles.find(({ code }) => code === 'HTTP_UNREADABLE')
    assert.match(found!.reason.zh, /Content-Length 很可能偏小/)
    assert.equal(found!.remoteAddress, HOST)
  })

  it('know who hung up, and tell nobody of who only knocks', async () => {
    const cut = await open(`${HEAD}Content-Length: 100\r\n\r\n<`)
    cut.destroy()
    ;(await open()).destroy()
    while (troubles.length === 0) await new Promise(setImmediate)
    await isServed()
    assert.deepEqual(
      troubles.map(({ code, remoteAddress }) => `${code} ${remoteAddress}`),
      [`BODY_CUT ${HOST}`],
    )
  })

  it('end after a request whose body nobody wants', async () => {
    for (const start of [`POST /other`, `GET ${PATH}?wsdl`]) {
      const socket = await open(`${start} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n`)
      socket.resume()
      await once(socket, 'close')
    }
  })
})

describe('an answer that its caller does not read', () => {
  it('loses its place after its time, and nobody else does', async () => {
    const ports = new OwnPorts(new Switchboard(), { unsentMs: 200, checkMs: 20 })
    // No buffer on the way takes so much.
    const publicUrl = `http://${HOST}/${'x'.repeat(1 << 20)}`
    const options = { host: HOST, port: 0 }
    const handler = () => success()
    const registration = await ports.register(options, PATH, 'SynCrisisInfo', handler, {
      publicUrl,
    })
    const { port } = registration
    try {
      const [unread, idle] = [connect(port, HOST), connect(port, HOST)]
      for (const socket of [unread, idle]) await once(socket, 'connect')
      unread.on('error', () => {})
      const closed = new Promise((resolve) => unread.once('close', resolve))
      unread.pause().write(WSDL.repeat(MAX_PIPELINED))
      // A socket that is not read does not notice its end: what it writes then tells.
      const probing = setInterval(() => unread.write('GET '), 20)
      await closed
      clearInterval(probing)
      assert.equal(idle.destroyed, false)
      assert.equal(answerIn(await send(port, { path: PATH, body: BODY }))?.code, '0')
      idle.destroy()
    } finally {
      await registration.release(true)
    }
  })
})

describe('the time for a body', () => {
  it('is that of its service, whatever others on its port have', async () => {
    const ports = new OwnPorts(new Switchboard(), { requestMarginMs: 50, checkMs: 20 })
    const open: PortRegistration[] = []
    // The patient one stands between the others, and none may take its time away.
    const port = await freePort()
    for (const [path, timeMs] of [
      ['/first', 200],
      ['/patient', 60_000],
      ['/last', 200],
    ] as const) {
      open.push(
        await ports.register({ host: HOST, port }, path, 'SynCrisisInfo', () => success(), {
          body: { timeMs },
        }),
      )
    }
    try {
      const socket = connect(port, HOST)
      const bytes = Buffer.from(BODY)
      socket.write(`POST /patient HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.length}\r\n\r\n`)
      let text = ''
      socket.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      for (let at = 0; at < bytes.length; at += 50) {
        socket.write(bytes.subarray(at, at + 50))
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      while (!text.includes('Envelope>')) await once(socket, 'data')
      assert.match(text, /^HTTP\/1\.1 200[^]*code&gt;0/)
      socket.destroy()
      const slow = connect(port, HOST)
      slow.write(`POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<`)
      const [answer] = (await once(slow, 'data')) as [Buffer]
      assert.match(answer.toString(), /^HTTP\/1\.1 408/)
      slow.destroy()
    } finally {
      for (const registration of open) await registration.release(true)
    }
  })
})

describe('a connection of Node-RED’s port', () => {
  let server: Server
  let port: number

  beforeEach(async () => {
    const switchboard = new Switchboard()
    switchboard.register(NODE_RED_MOUNT, PATH, 'SynCrisisInfo', () => success())
    server = createServer((req, res) => switchboard.dispatch(req, res, () => res.end('others')))
    server.listen(0, HOST)
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })

  afterEach(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })

  it('takes so many requests ahead of their answers too, and others’ are none of ours', async () => {
    const ask = async (path: string, count: number): Promise<string[]> => {
      const socket = connect(port, HOST)
      const last = `GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(count) + last)
      let text = ''
      socket.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      await once(socket, 'close')
      return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]!)
    }
    const ours = await ask(`${PATH}?wsdl`, 100)
    assert.deepEqual(ours, [...Array<string>(MAX_PIPELINED).fill('200'), '503'])
    assert.deepEqual(await ask('/other', 100), Array<string>(101).fill('200'))
  })
})

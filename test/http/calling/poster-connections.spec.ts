import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import type http from 'node:http'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Poster } from '../../../src/http/calling/index.js'
import { failsWith, PosterRig } from './poster-rig.js'

describe('the connections of a Poster', () => {
  const rig = new PosterRig()
  afterEach(() => rig.close())

  const text = async (call: Promise<{ readonly bytes: Buffer }>) => (await call).bytes.toString()

  /** A server that answers with the number of the call, but resets the connections of some. */
  async function resetting(...numbers: readonly number[]) {
    let calls = 0
    const seen: http.IncomingMessage[] = []
    const origin = await rig.serve((request, response) => {
      seen.push(request)
      if (numbers.includes(++calls)) request.socket.resetAndDestroy()
      else response.end(String(calls))
    })
    return { origin, seen }
  }

  it('are kept alive, and the same is used again', async () => {
    const { origin, seen } = await resetting()
    const one = rig.poster()
    for (let i = 0; i < 5; i++) await one.post(origin, 'x', {})
    await one.get(origin)
    assert.equal(new Set(seen.map(({ socket }) => socket)).size, 1)
  })

  it('are sent the same bytes as ever', async () => {
    const asked = Promise.withResolvers<string>()
    const port = await rig.listen(
      net.createServer((socket) => socket.on('data', (bytes) => asked.resolve(String(bytes)))),
    )
    const headers = { 'content-type': 'text/xml; charset=utf-8', soapaction: '"é"' }
    const login = { kind: 'basic', username: 'u', password: 'p' } as const
    const call = rig.poster({ login }).post(`http://127.0.0.1:${port}/a?b=%20c`, '危', headers)
    assert.equal(
      Buffer.from(await asked.promise).toString(),
      [
        'POST /a?b=%20c HTTP/1.1',
        `host: 127.0.0.1:${port}`,
        'connection: keep-alive',
        'content-type: text/xml; charset=utf-8',
        // A header goes as Latin-1, whatever the body is.
        'soapaction: "\ufffd"',
        'Accept-Encoding: gzip, deflate',
        'Authorization: Basic dTpw',
        'content-length: 3',
        '',
        '危',
      ].join('\r\n'),
    )
    await rig.close()
    await failsWith(call, 'POSTER_CLOSED')
  })

  describe('that the peer has given up', () => {
    it('end an attempt that was sent: it is one post and no more', async () => {
      const { origin, seen } = await resetting(2)
      const one = rig.poster()
      assert.equal(await text(one.post(origin, 'x', {})), '1')
      await failsWith(one.post(origin, 'x', {}), 'PEER_STALE')
      assert.equal(seen.length, 2)
      assert.equal(await text(one.post(origin, 'x', {})), '3')
      const [first, second, third] = seen.map(({ socket }) => socket)
      assert.equal(first, second)
      assert.notEqual(second, third)
    })

    it('are not told from others that were kept as long: all are given up', async () => {
      const { origin, seen } = await resetting(4, 5, 6)
      const one = rig.poster()
      await Promise.all([1, 2, 3].map(() => one.post(origin, 'x', {})))
      assert.equal(rig.open, 3)
      await failsWith(one.post(origin, 'x', {}), 'PEER_STALE')
      // A fresh one that is reset says something of the peer.
      await failsWith(one.post(origin, 'x', {}), 'PEER_CLOSED')
      assert.equal(seen.length, 5)
    })

    for (const [how, giveUp] of [
      ['reset', (socket: net.Socket) => void socket.resetAndDestroy()],
      ['closed', (socket: net.Socket) => void socket.destroy()],
    ] as const) {
      it(`are replaced when they were ${how} before anything was sent`, async () => {
        const { origin, seen } = await resetting()
        const one = rig.poster()
        await one.post(origin, 'x', {})
        const [first] = seen
        assert.ok(first)
        // In the phase of timers, so that what the peer does is read before anything is sent.
        await pause(1)
        giveUp(first.socket)
        assert.equal(await text(one.post(origin, 'x', {})), '2')
        assert.equal(seen.length, 2)
      })
    }

    it('do not end what is fetched, which is asked for once more', async () => {
      const { origin } = await resetting(2)
      const one = rig.poster()
      await one.get(origin)
      assert.equal(await text(one.get(origin)), '3')
    })

    it('are no excuse once a byte of the reply has come', async () => {
      let calls = 0
      const origin = await rig.serve((request, response) => {
        if (++calls === 1) response.end('fine')
        else request.socket.write('HTTP/1.1 100 C', () => request.socket.destroy())
      })
      const one = rig.poster()
      await one.post(origin, 'x', {})
      await failsWith(one.post(origin, 'x', {}), 'PEER_CLOSED')
      assert.equal(calls, 2)
    })

    it('are another matter than fresh ones, of which nothing is sent again either', async () => {
      const { origin, seen } = await resetting(1)
      await failsWith(rig.poster().post(origin, 'x', {}), 'PEER_CLOSED')
      assert.equal(seen.length, 1)
    })
  })

  describe('that are idle', () => {
    it('are given up before the peer does it', async () => {
      const sockets: net.Socket[] = []
      const origin = await rig.serve((request, response) => {
        sockets.push(request.socket)
        response.setHeader('keep-alive', 'timeout=3').end('x')
      })
      const one = rig.poster()
      await one.post(origin, 'x', {})
      const [first] = sockets
      assert.ok(first)
      await once(first, 'close')
      await one.post(origin, 'x', {})
      assert.equal(new Set(sockets).size, 2)
    })

    it('are given up after a few seconds where the peer says nothing', async () => {
      const sockets: net.Socket[] = []
      const port = await rig.listen(
        net.createServer((socket) => {
          sockets.push(socket)
          socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
        }),
      )
      await rig.poster().post(`http://127.0.0.1:${port}/`, 'x', {})
      const [first] = sockets
      assert.ok(first)
      await once(first, 'close')
    })

    it('are not kept where the peer keeps them for hardly any time', async () => {
      const sockets: net.Socket[] = []
      const origin = await rig.serve((request, response) => {
        sockets.push(request.socket)
        response.setHeader('keep-alive', 'timeout=1').end('x')
      })
      const one = rig.poster()
      await one.post(origin, 'x', {})
      await one.post(origin, 'x', {})
      assert.equal(new Set(sockets).size, 2)
    })

    it('do not keep the process from ending', async () => {
      const { origin } = await resetting()
      const script =
        'const [, door, url] = process.argv; const { Poster } = require(door);' +
        "new Poster().post(url, 'x', {}).then(({ bytes }) => process.stdout.write(bytes))"
      const door = require.resolve('../../../src/http/calling/index.js')
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, door, origin])
      assert.equal(stdout, '1')
    })
  })

  describe('at a time', () => {
    /** A server that answers when it is told to. */
    async function holding() {
      const held: http.ServerResponse[] = []
      let arrived = Promise.withResolvers<void>()
      const origin = await rig.serve((_request, response) => {
        held.push(response)
        arrived.resolve()
      })
      const until = async (count: number) => {
        while (held.length < count) {
          arrived = Promise.withResolvers()
          await arrived.promise
        }
      }
      return { origin, held, until }
    }

    const posts = (one: Poster, origin: string, count: number) =>
      Array.from({ length: count }, () => one.post(origin, 'x', {}))

    it('are as many as are allowed, and no more', async () => {
      const { origin, held, until } = await holding()
      const calls = posts(rig.poster({ maxSockets: 24 }), origin, 30)
      await until(24)
      assert.equal(rig.open, 24)
      for (let n = 0; n < 30; n++) {
        await until(n + 1)
        held[n]?.end('x')
        await calls[n]
      }
      assert.equal(rig.open, 24)
    })

    it('have their time counted from when they are there', async () => {
      const { origin, held, until } = await holding()
      const one = rig.poster({ maxSockets: 1, deadlineMs: 300 })
      const [first, second] = posts(one, origin, 2)
      assert.ok(first && second)
      await failsWith(first, 'PEER_DEADLINE')
      await until(2)
      held[1]?.end('x')
      assert.equal(await text(second), 'x')
    })

    it('are waited for so long and no longer, and nothing is sent then', async () => {
      const { origin, held } = await holding()
      const one = rig.poster({ maxSockets: 1, deadlineMs: 150 })
      const [first, second, third] = posts(one, origin, 3)
      assert.ok(first && second && third)
      await Promise.all([
        failsWith(first, 'PEER_DEADLINE'),
        failsWith(second, 'PEER_DEADLINE'),
        failsWith(third, 'PEER_BUSY'),
      ])
      assert.equal(held.length, 2)
    })

    it('are free again after a call, whatever became of it', async () => {
      const origin = await rig.serve((request, response) => {
        if (request.url === '/') response.end('x')
      })
      const one = rig.poster({ maxSockets: 1, deadlineMs: 100 })
      for (let n = 0; n < 3; n++) {
        await one.post(origin, 'x', {})
        await failsWith(one.post(`${origin}/silent`, 'x', {}), 'PEER_DEADLINE')
        await rig.untilNoneIsOpen()
      }
    })

    it('are not taken by a call that was cancelled while it waited', async () => {
      const { origin, held, until } = await holding()
      const one = rig.poster({ maxSockets: 1 })
      const controller = new AbortController()
      const first = one.post(origin, 'x', {})
      const second = one.post(origin, 'y', {}, controller.signal)
      const third = one.post(origin, 'z', {})
      await until(1)
      controller.abort()
      await failsWith(second, 'ABORTED')
      held[0]?.end('1')
      await until(2)
      held[1]?.end('2')
      assert.deepEqual([await text(first), await text(third)], ['1', '2'])
    })

    it('end all at once with close, those that wait too', async () => {
      const { origin, held, until } = await holding()
      const one = rig.poster({ maxSockets: 2 })
      const calls = posts(one, origin, 4)
      await until(2)
      one.close()
      await Promise.all(calls.map((call) => failsWith(call, 'POSTER_CLOSED')))
      await pause(20)
      await rig.untilNoneIsOpen()
      assert.equal(held.length, 2)
      assert.equal(rig.made, 2, 'no connection was made for those that waited')
    })
  })

  it('leave the global fetch as it is', async () => {
    const { origin } = await resetting()
    const script =
      'const [, door, url] = process.argv; const { Poster } = require(door);' +
      "const set = () => typeof globalThis[Symbol.for('undici.globalDispatcher.1')];" +
      'new Poster().get(url).then(() => process.stdout.write(set()))'
    const door = require.resolve('../../../src/http/calling/index.js')
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, door, origin])
    assert.equal(stdout, 'undefined')
  })
})

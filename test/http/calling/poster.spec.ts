import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { getEventListeners } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import net from 'node:net'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { HttpError } from '../../../src/http/index.js'
import type { PosterOptions } from '../../../src/http/calling/index.js'
import { failsWith, PosterRig, type Handler } from './poster-rig.js'

describe('Poster', () => {
  const rig = new PosterRig()
  const poster = (options?: PosterOptions) => rig.poster(options)
  const serve = (handler: Handler) => rig.serve(handler)

  afterEach(() => rig.close())

  it('posts exactly the bytes and the headers, and hands over status, headers and bytes', async () => {
    let seen: { method: string | undefined; headers: IncomingHttpHeaders; body: Buffer } | undefined
    const origin = await serve(({ method, headers }, response, body) => {
      seen = { method, headers, body }
      response.writeHead(500, { 'x-answer': 'yes' }).end('答')
    })
    const sent = Buffer.from([0, 1, 0xff, 0xfe])
    const reply = await poster().post(`${origin}/a?b=1`, sent, { soapaction: '"x"' })
    assert.equal(seen?.method, 'POST')
    assert.deepEqual(seen?.body, sent)
    assert.equal(seen?.headers['soapaction'], '"x"')
    assert.equal(seen?.headers['content-length'], '4')
    assert.equal(reply.status, 500)
    assert.equal(reply.headers['x-answer'], 'yes')
    assert.equal(reply.bytes.toString(), '答')
    await poster().post(origin, '危急', {})
    assert.equal(seen?.body.toString('utf8'), '危急')
  })

  it('names what is not there', async () => {
    await failsWith(poster().post(await rig.nobody(), 'x', {}), 'PEER_UNREACHABLE')
  })

  it('gives up connecting', async () => {
    // A TLS handshake that the other side never begins is a connection that is not made.
    const port = await rig.listen(net.createServer(() => {}))
    const call = poster({ connectTimeoutMs: 50 }).get(`https://127.0.0.1:${port}/`)
    await failsWith(call, 'PEER_CONNECT_TIMEOUT')
  })

  it('bounds a peer that never answers, and one that trickles', async () => {
    const silent = await serve(() => {})
    await failsWith(poster({ deadlineMs: 100 }).post(silent, 'x', {}), 'PEER_DEADLINE')
    const trickling = await serve((_request, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(timer))
    })
    await failsWith(poster({ deadlineMs: 100 }).post(trickling, 'x', {}), 'PEER_DEADLINE')
  })

  it('refuses what is too big, announced, sent or inflated', async () => {
    const announced = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 5_000 }).write('x')
    })
    await failsWith(poster({ maxBytes: 1_000 }).get(announced), 'PEER_TOO_BIG')
    const sent = await serve((_request, response) => {
      response.write('x'.repeat(600))
      response.end('x'.repeat(600))
    })
    await failsWith(poster({ maxBytes: 1_000 }).get(sent), 'PEER_TOO_BIG')
    const inflated = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync('x'.repeat(5_000)))
    })
    await failsWith(poster({ maxBytes: 1_000 }).get(inflated), 'PEER_TOO_BIG')
    assert.equal((await poster({ maxBytes: 5_000 }).get(inflated)).bytes.length, 5_000)
  })

  it('refuses damaged and unknown compression', async () => {
    for (const [encoding, content] of [
      ['gzip', Buffer.from('not gzip')],
      ['gzip', zlib.gzipSync('x'.repeat(5_000)).subarray(0, 20)],
      ['br', zlib.brotliCompressSync('x')],
    ] as const) {
      const origin = await serve((_request, response) => {
        response.writeHead(200, { 'content-encoding': encoding }).end(content)
      })
      await failsWith(poster().get(origin), 'PEER_ENCODING')
    }
  })

  it('takes the root part of a multipart reply, and refuses one that is cut', async () => {
    const type = 'multipart/related; type="application/xop+xml"; start="<root>"; boundary="b-1"'
    const part = (id: string, content: string) =>
      `--b-1\r\nContent-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: ${id}\r\n\r\n${content}\r\n`
    const whole = `${part('<other>', 'picture')}${part('<root>', '<危急/>')}--b-1--\r\n`
    let content = zlib.gzipSync(whole)
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(content)
    })
    const reply = await poster().get(origin)
    assert.equal(reply.bytes.toString(), '<危急/>')
    assert.equal(reply.headers['content-type'], 'application/xop+xml; charset=UTF-8')
    content = zlib.gzipSync(part('<root>', '<危急/>').slice(0, -6))
    await failsWith(poster().get(origin), 'PEER_ENCODING')
  })

  it('notices a body that is cut short', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => response.destroy())
    })
    await failsWith(poster().get(origin), 'PEER_CLOSED')
  })

  it('notices what is no HTTP', async () => {
    const port = await rig.listen(
      net.createServer((socket) => {
        socket.on('error', () => {})
        socket.end('SSH-2.0-x\r\n')
      }),
    )
    await failsWith(poster().get(`http://127.0.0.1:${port}/`), 'PEER_NOT_HTTP')
  })

  it('follows no redirect', async () => {
    let calls = 0
    const origin = await serve((_request, response) => {
      calls++
      response.writeHead(307, { location: '/b' }).end()
    })
    await assert.rejects(poster().post(origin, 'x', {}), { code: 'PEER_REDIRECT', status: 307 })
    assert.equal(calls, 1)
  })

  it('takes no proxy from the environment', async () => {
    const names = ['http_proxy', 'HTTP_PROXY', 'all_proxy']
    const saved = names.map((name) => process.env[name])
    for (const name of names) process.env[name] = 'http://127.0.0.1:9'
    try {
      const origin = await serve((request, response) => response.end(request.url))
      assert.equal((await poster().get(`${origin}/direct`)).bytes.toString(), '/direct')
    } finally {
      names.forEach((name, index) => {
        const value = saved[index]
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      })
    }
  })

  it('takes none either when Node itself was told to', async () => {
    const origin = await serve((request, response) => response.end(request.url))
    const script =
      'const [, door, url] = process.argv; const { Poster } = require(door);' +
      'new Poster().get(url).then(({ bytes }) => process.stdout.write(bytes))'
    const proxy = 'http://127.0.0.1:9'
    const env = { ...process.env, NODE_USE_ENV_PROXY: '1', http_proxy: proxy, HTTP_PROXY: proxy }
    const door = require.resolve('../../../src/http/calling/index.js')
    const args = ['-e', script, door, `${origin}/direct`]
    const { stdout } = await promisify(execFile)(process.execPath, args, { env })
    assert.equal(stdout, '/direct')
  })

  it('fetches with user and password only from the origins that are named', async () => {
    const origin = await serve((request, response) => response.end(request.headers.authorization))
    for (const [origins, sent] of [
      [[origin], true],
      [['http://127.0.0.1:9'], false],
      [[], false],
    ] as const) {
      const client = poster({ login: { kind: 'basic', username: 'u', password: 'p', origins } })
      assert.equal((await client.get(`${origin}/x`)).bytes.length > 0, sent)
      assert.ok((await client.post(`${origin}/x`, 'x', {})).bytes.length > 0)
    }
  })

  it('sends user and password when there are any', async () => {
    const origin = await serve((request, response) => response.end(request.headers.authorization))
    const login = { kind: 'basic', username: '用户', password: 'p:w' } as const
    const { bytes } = await poster({ login }).get(origin)
    assert.equal(
      Buffer.from(bytes.toString().replace('Basic ', ''), 'base64').toString('utf8'),
      '用户:p:w',
    )
  })

  it('is cancelled by its signal', async () => {
    const silent = await serve(() => controller.abort(new Error('enough')))
    const controller = new AbortController()
    await failsWith(poster().post(silent, 'x', {}, controller.signal), 'ABORTED')
    await failsWith(poster().post(silent, 'x', {}, controller.signal), 'ABORTED')
  })

  it('leaves nothing at the signal of a call that is over', async () => {
    const { signal } = new AbortController()
    const origin = await serve((_request, response) => response.end('x'))
    await poster().post(origin, 'x', {}, signal)
    await failsWith(poster().post(await rig.nobody(), 'x', {}, signal), 'PEER_UNREACHABLE')
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('sends user and password that stand in the address, unless there are others', async () => {
    const origin = await serve((request, response) => response.end(request.headers.authorization))
    const address = origin.replace('//', '//caf%C3%A9:p%3Aw@')
    const sent = async (options?: PosterOptions) => {
      const { bytes } = await poster(options).post(address, 'x', {})
      return Buffer.from(bytes.toString().replace('Basic ', ''), 'base64').toString('utf8')
    }
    assert.equal(await sent(), 'café:p:w')
    assert.equal(await sent({ login: { kind: 'basic', username: 'u', password: 'p' } }), 'u:p')
  })

  it('closes at once, as often as asked, and ends what is in flight', async () => {
    const arrived = Promise.withResolvers<void>()
    const silent = await serve(() => arrived.resolve())
    const one = poster()
    const call = failsWith(one.post(silent, 'x', {}), 'POSTER_CLOSED')
    await arrived.promise
    one.close()
    one.close()
    await call
    await failsWith(one.post(silent, 'x', {}), 'POSTER_CLOSED')
  })

  it('refuses addresses and headers that cannot be called', async () => {
    for (const address of ['', 'pacs', 'ftp://127.0.0.1/', 'file:///etc/hosts', 'http://']) {
      await failsWith(poster().get(address), 'PEER_ADDRESS')
    }
    const call = poster().post('http://127.0.0.1:9/', 'x', { soapaction: 'a\r\nb: c' })
    await failsWith(call, 'PEER_ADDRESS')
  })

  it('shows neither credentials nor path nor query of an address', async () => {
    const { port } = new URL(await rig.nobody())
    const address = `http://user:secret@127.0.0.1:${port}/hidden?license=0000001`
    await assert.rejects(poster().get(address), (error) => {
      assert.ok(error instanceof HttpError)
      const text = JSON.stringify([error.message, error.reason])
      assert.ok(text.includes(`127.0.0.1:${port}`))
      assert.doesNotMatch(text, /user|secret|hidden|license/)
      return true
    })
  })
})

// How servers answer that do not quite speak HTTP: the poster must read them as node:http does, whose parser it had
// in version 0.1.0, or differ where it is written down here; its lenient mode takes more.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { inspect, promisify } from 'node:util'
import { HttpError } from '../../../src/http/index.js'
import { Poster } from '../../../src/http/calling/index.js'

/** Bytes as one character each; END closes, RESET resets, and PAUSE lets what was written arrive by itself. */
type Step = string | typeof END | typeof RESET | typeof PAUSE
const END = Symbol('end')
const RESET = Symbol('reset')
const PAUSE = Symbol('pause')

/** `status body`, or the code of a failure. */
type Result = string

interface Dialect {
  readonly name: string
  readonly reply: readonly Step[]
  readonly nodeHttp: Result
  /** Default is as node:http. */
  readonly poster?: Result
  /** Of the lenient mode; default is as the poster. */
  readonly lenient?: Result
}

const OK = '200 ok'
const NOT_HTTP = 'PEER_NOT_HTTP'
const CLOSED = 'PEER_CLOSED'
const head = (...lines: readonly string[]): string =>
  ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n')
const LENGTH = 'Content-Length: 2'
const CHUNKED = 'Transfer-Encoding: chunked'
const CHUNKS = '2\r\nok\r\n0\r\n\r\n'
const long = (bytes: number): string => `X: ${'a'.repeat(bytes)}`

const taken = (name: string, ...reply: readonly Step[]): Dialect => ({ name, reply, nodeHttp: OK })
const cut = (name: string, ...reply: readonly Step[]): Dialect => ({
  name,
  reply,
  nodeHttp: CLOSED,
})
const refused = (name: string, ...reply: readonly Step[]): Dialect => ({
  name,
  reply,
  nodeHttp: NOT_HTTP,
})
const refusedUnlessLenient = (name: string, ...reply: readonly Step[]): Dialect => ({
  name,
  reply,
  nodeHttp: NOT_HTTP,
  lenient: OK,
})

const DIALECTS: readonly Dialect[] = [
  taken('HTTP/1.0 with a length', `HTTP/1.0 200 OK\r\n${LENGTH}\r\n\r\nok`),
  taken('HTTP/1.0 that ends with the connection', 'HTTP/1.0 200 OK\r\n\r\nok', END),
  taken('HTTP/1.0 with chunks', `HTTP/1.0 200 OK\r\n${CHUNKED}\r\n\r\n${CHUNKS}`, END),
  taken('a reply that ends with the connection', `${head()}ok`, END),
  taken('the same with Connection: close', `${head('Connection: close')}ok`, END),
  taken('the same with Connection: keep-alive', `${head('Connection: keep-alive')}ok`, END),
  taken('a body that arrives by itself', head(LENGTH), PAUSE, 'o', PAUSE, 'k'),
  taken('chunks', head(CHUNKED) + CHUNKS),
  taken('chunks with an extension', `${head(CHUNKED)}2;a=b\r\nok\r\n0\r\n\r\n`),
  taken('chunks with leading zeros', `${head(CHUNKED)}0002\r\nok\r\n0\r\n\r\n`),
  taken('chunks in capitals', head('TRANSFER-ENCODING: Chunked') + CHUNKS),
  taken('chunks with trailers', `${head(CHUNKED, 'Trailer: X')}2\r\nok\r\n0\r\nX: 1\r\n\r\n`),
  taken('Transfer-Encoding: identity', `${head('Transfer-Encoding: identity')}ok`, END),
  taken('a status without a reason', `HTTP/1.1 200\r\n${LENGTH}\r\n\r\nok`),
  taken('a status with a space and no reason', `HTTP/1.1 200 \r\n${LENGTH}\r\n\r\nok`),
  taken('a reason in GBK', `HTTP/1.1 200 \xb3\xc9\xb9\xa6\r\n${LENGTH}\r\n\r\nok`),
  taken('a header in Latin-1 or GBK', `${head('X: \xe9\xd6\xd0', LENGTH)}ok`),
  taken('empty lines before the status', `\r\n\r\n${head(LENGTH)}ok`),
  taken('a length with zeros and spaces', `${head('Content-Length: 002  ')}ok`),
  taken('HTTP/2.0 as the version', `HTTP/2.0 200 OK\r\n${LENGTH}\r\n\r\nok`),
  taken('an offer to upgrade', `${head('Upgrade: h2c', 'Connection: Upgrade', LENGTH)}ok`),
  taken('102 before it', `HTTP/1.1 102 Processing\r\n\r\n${head(LENGTH)}ok`),
  taken('103 before it', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${head(LENGTH)}ok`),
  taken('100 that nobody asked for', `HTTP/1.1 100 Continue\r\n\r\n${head(LENGTH)}ok`),
  taken(
    '100 with headers, long before it',
    'HTTP/1.1 100 Continue\r\nServer: IIS\r\n\r\n',
    PAUSE,
    `${head(LENGTH)}ok`,
  ),
  taken(
    '100 twice and in pieces',
    'HTT',
    PAUSE,
    'P/1.1 10',
    PAUSE,
    '0\r\n\r',
    PAUSE,
    '\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1',
    PAUSE,
    `${head(LENGTH).slice('HTTP/1'.length)}ok`,
  ),
  taken('an empty line after it', `${head(LENGTH)}ok\r\n`),
  taken('headers of 15 000 bytes', `${head(long(15_000), LENGTH)}ok`),
  { name: 'status 999', reply: [`HTTP/1.1 999 ?\r\n${LENGTH}\r\n\r\nok`], nodeHttp: '999 ok' },
  { name: 'no content', reply: ['HTTP/1.1 204 No Content\r\n\r\n'], nodeHttp: '204 ' },

  cut('nothing but the end', END),
  cut('nothing but a reset', RESET),
  cut('half a head', 'HTTP/1.1 200 O', PAUSE, END),
  cut('half of a 100', 'HTTP/1.1 10', PAUSE, END),
  cut('a body shorter than its length', `${head('Content-Length: 5')}ok`, PAUSE, END),
  cut(
    'the same with Connection: close',
    `${head('Connection: close', 'Content-Length: 5')}ok`,
    END,
  ),
  cut('the same, reset', `${head('Content-Length: 5')}ok`, PAUSE, RESET),
  cut('chunks without the last', `${head(CHUNKED)}2\r\nok\r\n`, PAUSE, END),
  cut('the same with Connection: close', `${head('Connection: close', CHUNKED)}2\r\nok\r\n`, END),
  cut('chunks without the last line', `${head(CHUNKED)}2\r\nok\r\n0\r\n`, PAUSE, END),
  // Whether all of it had come cannot be known.
  cut('a body without a length, reset', `${head('Connection: close')}ok`, PAUSE, RESET),

  refusedUnlessLenient('line ends without CR', `HTTP/1.1 200 OK\n${LENGTH}\n\nok`),
  refusedUnlessLenient('one line end without CR', `HTTP/1.1 200 OK\r\n${LENGTH}\nX: y\r\n\r\nok`),
  refusedUnlessLenient('a folded header', `${head('X: a\r\n b', LENGTH)}ok`),
  refusedUnlessLenient('a space before the colon of the length', `${head('Content-Length : 2')}ok`),
  refusedUnlessLenient('a control character in a header', `${head('X: a\x01b', LENGTH)}ok`),
  refusedUnlessLenient('NUL in a header', `${head('X: a\0b', LENGTH)}ok`),
  refusedUnlessLenient('a length and chunks', head('Content-Length: 12', CHUNKED) + CHUNKS),
  refusedUnlessLenient('chunks and a length', head(CHUNKED, 'Content-Length: 12') + CHUNKS),
  refusedUnlessLenient(
    'spaces after the size of a chunk',
    `${head(CHUNKED)}2  \r\nok\r\n0\r\n\r\n`,
  ),
  refusedUnlessLenient('HTTP/1.2', `HTTP/1.2 200 OK\r\n${LENGTH}\r\n\r\nok`),
  refused('a space before another colon', `${head('X : a', LENGTH)}ok`),
  refused('a line without a colon', `${head('Server', LENGTH)}ok`),
  refused('a name in Latin-1', `${head('X-\xc4: a', LENGTH)}ok`),
  refused('CR alone in a header', `${head('X: a\rb', LENGTH)}ok`),
  refused('the length twice', `${head(LENGTH, LENGTH)}ok`),
  refused('two lengths', `${head(LENGTH, 'Content-Length: 3')}ok`),
  refused('a length that is two', `${head('Content-Length: 2, 2')}ok`),
  refused('an empty length', `${head('Content-Length: ')}ok`),
  refused('a length with a sign', `${head('Content-Length: +2')}ok`),
  refused('http in small letters', `http/1.1 200 OK\r\n${LENGTH}\r\n\r\nok`),
  refused('two spaces before the status', `HTTP/1.1  200 OK\r\n${LENGTH}\r\n\r\nok`),
  refused('a status of two digits', `HTTP/1.1 20 OK\r\n${LENGTH}\r\n\r\nok`),
  refused('headers of 17 000 bytes', `${head(long(17_000), LENGTH)}ok`),
  refused('a 100 that does not end', `HTTP/1.1 100 Continue\r\n${long(17_000)}`),
  refused('no HTTP', 'SSH-2.0-x\r\n', END),
  refused('HTTP/0.9', 'ok', END),
]

/** Here undici takes or ends what node:http does not; each is safe, and stands in docs/decisions.md. */
const DIFFERENT: readonly Dialect[] = [
  {
    // The reply is complete by its own length; what follows never becomes the next reply.
    name: 'more than its length',
    reply: [`${head('Content-Length: 1')}ok`],
    nodeHttp: NOT_HTTP,
    poster: '200 o',
    lenient: NOT_HTTP,
  },
  {
    name: 'something after Connection: close',
    reply: [`${head('Connection: close', LENGTH)}ok?`, END],
    nodeHttp: NOT_HTTP,
    poster: OK,
    lenient: NOT_HTTP,
  },
  {
    // node:http waits for somebody who wants the other protocol.
    name: 'an upgrade that nobody asked for',
    reply: ['HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    nodeHttp: 'waits',
    poster: CLOSED,
    lenient: 'PEER_DEADLINE',
  },
]

describe('the dialects of HTTP that old servers speak', () => {
  let server: net.Server
  let port: number
  let reply: readonly Step[] = []
  let poster: Poster
  let lenient: Poster

  before(async () => {
    server = net.createServer((socket) => {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('data', () => void answer(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  after(() => server.close())
  beforeEach(() => {
    poster = new Poster({ deadlineMs: 2_000 })
    lenient = new Poster({ deadlineMs: 500, lenient: true })
  })
  afterEach(() => {
    poster.close()
    lenient.close()
  })

  async function answer(socket: net.Socket): Promise<void> {
    for (const step of reply) {
      if (step === PAUSE) await pause(15)
      else if (step === END) socket.end()
      else if (step === RESET) socket.resetAndDestroy()
      else socket.write(step, 'latin1')
    }
  }

  const byNodeHttp = (): Promise<Result> =>
    new Promise((resolve) => {
      const request = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false })
      const failed = ({ code = '' }: NodeJS.ErrnoException) =>
        resolve(code.startsWith('HPE_') ? NOT_HTTP : code === 'ECONNRESET' ? CLOSED : code)
      request.on('error', failed)
      request.on('response', (response) => {
        let text = ''
        response.setEncoding('latin1')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('error', failed)
        response.on('end', () => resolve(`${response.statusCode} ${text}`))
      })
      setTimeout(() => {
        resolve('waits')
        request.destroy()
      }, 500)
      request.end('x')
    })

  async function by(client: Poster): Promise<Result> {
    try {
      const { status, bytes } = await client.post(`http://127.0.0.1:${port}/`, 'x', {})
      return `${status} ${bytes.toString('latin1')}`
    } catch (error) {
      return error instanceof HttpError ? error.code : String(error)
    }
  }

  const check = (dialect: Dialect) =>
    it(`${dialect.name}: ${dialect.poster ?? dialect.nodeHttp}`, async () => {
      ;({ reply } = dialect)
      const expected = dialect.poster ?? dialect.nodeHttp
      const results = {
        nodeHttp: await byNodeHttp(),
        poster: await by(poster),
        lenient: await by(lenient),
      }
      assert.deepEqual(results, {
        nodeHttp: dialect.nodeHttp,
        poster: expected,
        lenient: dialect.lenient ?? expected,
      })
      // And nothing of it is left for the next call.
      reply = [`${head(LENGTH)}ok`]
      assert.equal(await by(poster), OK)
    })

  describe('are read as node:http reads them', () => DIALECTS.forEach(check))
  describe('or differently', () => DIFFERENT.forEach(check))

  it('hands over headers as node:http does', async () => {
    const headers = ['X: \xe9\xd6\xd0', 'Y: 1', 'Y: 2', 'Content-Type: a/b', 'Content-Type: c/d']
    reply = [`${head(...headers, LENGTH)}ok`]
    for (const client of [poster, lenient]) {
      const { headers: got } = await client.post(`http://127.0.0.1:${port}/`, 'x', {})
      const { x, y, 'content-type': type } = got
      assert.deepEqual({ x, y, type }, { x: 'é\u00d6\u00d0', y: '1, 2', type: 'a/b' })
    }
  })

  it('are taken in a Node that was started for them', async () => {
    reply = [`HTTP/1.1 200 OK\n${LENGTH}\n\nok`]
    const script =
      'const [, door, url] = process.argv; const { Poster } = require(door);' +
      "new Poster().post(url, 'x', {}).then(({ bytes }) => process.stdout.write(bytes))"
    const args = ['-e', script, require.resolve('../../../src/http/calling/index.js')]
    const url = `http://127.0.0.1:${port}/`
    const run = promisify(execFile)
    const flag = '--insecure-http-parser'
    assert.equal((await run(process.execPath, [flag, ...args, url])).stdout, 'ok')
    const env = { ...process.env, NODE_OPTIONS: flag }
    assert.equal((await run(process.execPath, [...args, url], { env })).stdout, 'ok')
  })

  it('leave no bytes of a reply in what is logged', async () => {
    reply = [`${head('X : secret', LENGTH)}secret`]
    for (const client of [poster, lenient]) {
      const error: unknown = await client.post(`http://127.0.0.1:${port}/`, 'x', {}).catch((e) => e)
      assert.ok(error instanceof HttpError)
      assert.equal(error.code, NOT_HTTP)
      const shown = inspect(error, { depth: Infinity, showHidden: true, maxArrayLength: null })
      assert.doesNotMatch(shown, /secret|73 65 63 72 65 74/)
    }
  })

  it('takes 100 wherever its pieces are cut', async () => {
    const whole = `HTTP/1.1 100 Continue\r\nServer: x\r\n\r\n${head(LENGTH)}ok`
    for (let at = 1; at < whole.length; at += 3) {
      reply = [whole.slice(0, at), PAUSE, whole.slice(at)]
      assert.equal(await by(poster), OK, `cut at ${at}`)
    }
  })
})

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { DEFAULTS } from '../../nodes/lib/settings.js'
import { answerOf, callWith, crisisXml, envelope, envelopeOf, post } from '../support/calls.js'
import { Comms } from '../support/comms.js'
import type { FlowNode } from '../support/flow-node.js'
import { freePort, type RunningNodeRed } from '../support/node-red.js'
import { CELLS, errorsIn, startCell, stopCell } from './cells.js'

/** A call that the ledger does not know yet: a re-send would not wait for the flow. */
const callOf = (exam: string): string => envelopeOf('SynCrisisInfo', crisisXml({ ExamNo: exam }))

const GOOD = envelopeOf('SynCrisisInfo', crisisXml())

function request(path: string, body: string | Buffer, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(body)
  const given = (name: RegExp): boolean => headers.some((line) => name.test(line))
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: close',
    ...(given(/^content-type:/i) ? [] : ['Content-Type: text/xml; charset=utf-8']),
    ...(given(/^(?:content-length|transfer-encoding):/i)
      ? []
      : [`Content-Length: ${bytes.length}`]),
    ...headers,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
}

const GZIP = 'Content-Encoding: gzip'
const CHUNKED = 'Transfer-Encoding: chunked'

/** Bytes that have ended or fooled some server, each sent on a connection of its own. */
const hostile = (path: string): Readonly<Record<string, Buffer>> => ({
  'POST //': request('//', GOOD),
  'a path of slashes': request(`//${path}//`, GOOD),
  'a path that is no percent encoding': request(`${path}%zz%00`, GOOD),
  'a path that climbs': request(`${path}/../..%2f..%2fetc/passwd`, GOOD),
  'a whole URL as target': request(`http://127.0.0.1:1${path}`, GOOD),
  'a very long path': request(`${path}${'a'.repeat(100_000)}`, GOOD),
  'no HTTP': Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'),
  'another protocol': Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  'a head without end': Buffer.from(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX: `),
  'too many headers': request(path, GOOD, Array<string>(3000).fill('X-Long: and-nothing-in-it')),
  'gzip that is none': request(path, GOOD, [GZIP]),
  'gzip cut short': request(path, gzipSync(GOOD).subarray(0, 40), [GZIP]),
  'gzip with garbage behind': request(path, Buffer.concat([gzipSync(GOOD), Buffer.alloc(9, 7)]), [
    GZIP,
  ]),
  'a gzip bomb': request(path, gzipSync(Buffer.alloc(64 << 20, ' ')), [GZIP]),
  'a body shorter than it says': request(path, GOOD, ['Content-Length: 100000']),
  'a chunk that is none': request(path, 'zz\r\nabc\r\n', [CHUNKED]),
  'two lengths': request(path, GOOD, ['Content-Length: 5', 'Content-Length: 6']),
  'a length that is none': request(path, GOOD, ['Content-Length: -1']),
  'nothing but zeros': request(path, Buffer.alloc(100_000)),
  'deep XML': request(path, envelope('SynCrisisInfo', '<a>'.repeat(200_000))),
  'deep XML in the document': request(
    path,
    envelopeOf('SynCrisisInfo', '<a>'.repeat(100_000) + '</a>'.repeat(100_000)),
  ),
  'a million attributes': request(
    path,
    GOOD.replace(
      '<s:Body>',
      `<s:Body ${Array.from({ length: 50_000 }, (_, i) => `a${i}=""`).join(' ')}>`,
    ),
  ),
  'an entity bomb': request(
    path,
    `<!DOCTYPE a [<!ENTITY x "${'y'.repeat(1000)}"><!ENTITY z "${'&x;'.repeat(1000)}">]><a>&z;</a>`,
  ),
  'names that would spoil every object': request(
    path,
    envelopeOf(
      'SynCrisisInfo',
      '<XmlDocument><Crisis id="__proto__"><__proto__><polluted>1</polluted></__proto__><constructor><prototype/></constructor><ExamNo>1</ExamNo></Crisis></XmlDocument>',
    ).replace('<req>', '<req id="__proto__" href="#__proto__">'),
  ),
  'an operation that would': request(path, envelope('__proto__', '<a>1</a>')),
  'another that would': request(path, envelope('constructor', '<a>1</a>')),
  'bytes that are no text': request(path, Buffer.from([0xff, 0xfe, 0xfd, 0x00, 0xd8])),
  'a charset that nobody knows': request(path, GOOD, ['Content-Type: text/xml; charset=x-evil']),
  'a multipart body without parts': request(path, '--x', [
    'Content-Type: multipart/related; boundary=x',
  ]),
})

/** Those that are only odd: a whole call stands in them. */
const WHOLE: ReadonlySet<string> = new Set([
  'a path of slashes',
  'a whole URL as target',
  'a million attributes',
  'a charset that nobody knows',
  'names that would spoil every object',
])

const ACCEPTED = /&lt;code&gt;0&lt;/

/** Those that a server would wait for: nothing more comes. */
const UNFINISHED: ReadonlySet<string> = new Set([
  'a head without end',
  'a body shorter than it says',
])

/** Sends bytes and collects what comes back until the other side hangs up. */
function exchange(port: number, bytes: Buffer, unfinished: boolean): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => {
      if (unfinished) socket.end(bytes)
      else socket.write(bytes)
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    // Being hung up on is one of the right answers.
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')))
  })
}

for (const cell of CELLS) {
  describe(`hostile bytes in ${cell.name}`, function () {
    this.timeout(60_000)
    let running: RunningNodeRed
    let comms: Comms
    let ownPort: number

    before(async function () {
      if (cell.skip) {
        console.log(`      skipped: ${cell.skip}`)
        this.skip()
      }
      this.timeout(120_000)
      running = await startCell(cell)
      comms = await Comms.open(running.url)
      ownPort = await freePort()
      await running.deploy(flows())
      for (const id of ['own-in', 'red-in', 'slow-in']) await comms.shows(id, 'green listening')
    })

    after(async () => {
      comms?.close()
      await stopCell(running)
    })

    const PATH = '/crisis'
    const flows = (): FlowNode[] => {
      const place = { z: 'tab', x: 0, y: 0 }
      const service = { ...DEFAULTS.service, type: 'crisis service', allow: '127.0.0.1' }
      const crisisIn = { ...DEFAULTS.in, ...place, type: 'crisis in' }
      return [
        { id: 'tab', type: 'tab' },
        {
          ...service,
          id: 'own',
          mount: 'port',
          host: '127.0.0.1',
          port: String(ownPort),
          path: PATH,
        },
        { ...service, id: 'red', mount: 'node-red', path: PATH },
        { ...service, id: 'slow', mount: 'node-red', path: '/slow' },
        { ...crisisIn, id: 'own-in', service: 'own', wires: [['response']] },
        { ...crisisIn, id: 'red-in', service: 'red', wires: [['response']] },
        // Nobody answers this one.
        { ...crisisIn, id: 'slow-in', service: 'slow', answer: 'flow', wires: [['shown']] },
        { ...DEFAULTS.response, ...place, id: 'response', type: 'generic response', wires: [[]] },
        { ...place, id: 'shown', type: 'debug', active: true, tosidebar: true, complete: 'true' },
        { ...place, id: 'catch', type: 'catch', wires: [['shown']] },
      ] as FlowNode[]
    }
    const url = (port: number, path = PATH): string => `http://127.0.0.1:${port}${path}`

    for (const mount of ['a port of its own', 'Node-RED’s port']) {
      it(`leave ${mount} serving`, async () => {
        const port = mount.startsWith('a') ? ownPort : running.port
        for (const [name, bytes] of Object.entries(hostile(PATH))) {
          const answer = await exchange(port, bytes, UNFINISHED.has(name))
          // Only what carries a whole call may be told that its critical value was taken over.
          if (!WHOLE.has(name)) assert.doesNotMatch(answer, ACCEPTED, name)
          assert.doesNotMatch(answer, /node_modules|\n\s+at /, `${name}: no stack`)
          assert.equal(running.process.exitCode, null, name)
          const good = await callWith(url(port), 'SynCrisisInfo', crisisXml())
          assert.deepEqual(good, { status: 200, code: '0', desc: '成功' }, `after ${name}`)
        }
      })
    }

    it('reach no other node of the same port', async () => {
      assert.equal((await fetch(`${running.url}/flows`)).status, 200)
      assert.equal((await post(url(running.port, '/nobody'), GOOD)).status, 404)
    })

    it('print no error of Node’s or of Node-RED’s', () => {
      assert.deepEqual(errorsIn(running.log()), [])
    })

    it('cannot come between a deploy and a call that is under way', async () => {
      comms.clear()
      const waiting = post(url(running.port, '/slow'), callOf('deploy'))
      await comms.shows('slow-in', 'blue waiting')
      await running.deploy(flows())
      const { code, desc } = answerOf(await waiting)
      assert.equal(code, '503')
      assert.match(desc, /重新部署/)
      await comms.shows('own-in', 'green listening')
      assert.equal((await callWith(url(ownPort), 'SynCrisisInfo', crisisXml())).code, '0')
    })

    it('cannot keep it from ending within 10 s, with calls and connections open', async () => {
      const idle = [ownPort, running.port].map((port) => connect(port, '127.0.0.1'))
      for (const socket of idle) socket.on('error', () => {})
      comms.clear()
      const waiting = post(url(running.port, '/slow'), callOf('end')).then(
        (reply) => answerOf(reply).code,
        () => 'hung up',
      )
      await comms.shows('slow-in', 'blue waiting')
      await running.stop()
      assert.equal(running.process.signalCode, null, 'not killed')
      assert.notEqual(await waiting, '0')
      for (const socket of idle) socket.destroy()
    })
  })
}

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { MAX_IN_FLIGHT } from '../../src/http/hosting/load.js'
import type { Caller } from '../../src/ledger/index.js'
import { callWith, crisisXml, envelopeOf, post } from '../support/calls.js'
import { Flow, inNode, register, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const HOST = '127.0.0.1'
const HEAD = 'POST /crisis HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n'

/** A PACS that leaks connections, or a proxy before all: the crowd and the honest call come from one address. */
describe('a service in a crowd of one address', function () {
  this.timeout(60_000)
  let flow: Flow
  let port: number
  let sockets: Socket[]

  beforeEach(async () => {
    sockets = []
    port = await freePort()
    flow = await Flow.load([service({ port: String(port), path: '/crisis' }), inNode()])
    await flow.shows('in', 'listening')
  })

  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await flow.unload()
  })

  const url = (): string => `http://${HOST}:${port}/crisis`
  async function open(count: number, text = ''): Promise<void> {
    for (let i = 0; i < count; i++) {
      const socket = connect(port, HOST).on('error', () => {})
      sockets.push(socket)
      await once(socket, 'connect')
      socket.write(text)
    }
  }
  async function isServed(): Promise<void> {
    const ExamNo = `honest-${Math.random()}`
    const { code } = await callWith(url(), 'SynCrisisInfo', crisisXml({ ExamNo }))
    assert.equal(code, '0')
    let msg = await flow.inbox('one').next()
    while ((msg.payload as { ExamNo: string }).ExamNo !== ExamNo)
      msg = await flow.inbox('one').next()
  }

  it('stores and hands out an honest call among slow heads, idle connections and slow bodies', async () => {
    await open(200, HEAD)
    await isServed()
    await open(800)
    await isServed()
    await open(300, `${HEAD}Content-Length: 1000\r\n\r\n<`)
    await isServed()
    assert.deepEqual(flow.status('in'), 'green listening')
  })

  it('answers each of 200 calls at once, and hands out each that it said 0 to', async () => {
    await open(800)
    const calls = Array.from({ length: 200 }, (_, i) =>
      post(url(), envelopeOf('SynCrisisInfo', crisisXml({ ExamNo: `E-${i}` }))),
    )
    const [replies] = await Promise.all([Promise.all(calls), isServed()])
    const accepted = replies.flatMap(({ status, headers, text }, i) => {
      if (/code&gt;0&lt;/.test(text)) return [`E-${i}`]
      assert.deepEqual([status, headers['retry-after']], [503, '1'])
      return []
    })
    assert.ok(accepted.length > 0)
    const missing = (): readonly string[] => {
      const given = flow
        .inbox('one')
        .all.map(({ payload }) => (payload as { ExamNo: string }).ExamNo)
      return accepted.filter((exam) => !given.includes(exam))
    }
    while (missing().length > 0) await flow.settle()
  })

  it('counts for each caller the calls that it turned away unread, which have no number', async () => {
    await flow.deploy([
      service({ port: String(port), path: '/crisis' }),
      inNode({ answer: 'flow' }),
      register('callers'),
      register('refused', { id: 'refused', wires: [['refusals']] }),
    ])
    await flow.shows('in', 'listening')
    const turnedAway: number[] = []
    const calls = Array.from({ length: MAX_IN_FLIGHT + 20 }, async (_, i) => {
      const ExamNo = `E-${i}`
      const reply = await post(url(), envelopeOf('SynCrisisInfo', crisisXml({ ExamNo })))
      if (reply.status === 503) turnedAway.push(i)
    })
    while (turnedAway.length < 20) await flow.settle()
    flow.send('register', {})
    const { payload } = await flow.inbox('found').next()
    const rows = (payload as readonly Caller[]).map(
      ({ remoteAddress, operation, form, calls: n }) => ({
        remoteAddress,
        operation,
        turnedAway: (form as { turnedAway?: string }).turnedAway,
        calls: n,
      }),
    )
    assert.deepEqual(
      rows.filter((row) => row.turnedAway !== undefined),
      [{ remoteAddress: HOST, operation: '', turnedAway: 'FRONT_BUSY', calls: 20 }],
    )
    assert.equal(rows.find((row) => row.operation === 'SynCrisisInfo')?.calls, MAX_IN_FLIGHT)
    flow.send('refused', {})
    assert.deepEqual((await flow.inbox('refusals').next()).payload, [])
    // Those that wait for the flow are told to come again.
    await flow.deploy([])
    await Promise.all(calls)
  })
})

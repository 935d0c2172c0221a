import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import type { FlowMessage } from '../../nodes/face/message.js'
import { succeeding, TestPeer, type Answer as PeerAnswer } from '../soap/remote-peer.js'
import {
  answerOf,
  callWith,
  CRISIS,
  crisisXml,
  envelopeOf,
  post,
  type Answer,
} from '../support/calls.js'
import {
  Flow,
  inNode,
  out,
  peer,
  response,
  service,
  settle,
  type FlowNode,
} from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const REDEPLOYS = 20

interface Called extends Answer {
  readonly number: string
}

/** Calls again and again, each time with another ExamNo, until it is told to stop. */
class Caller {
  readonly answers: Called[] = []
  /** What a call met that was no HTTP answer. */
  problem: unknown
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 })
  readonly #url: string
  #stopped = false
  #running: Promise<unknown> = Promise.resolve()

  constructor(url: string) {
    this.#url = url
  }

  start(): void {
    const lines = [0, 1, 2, 3].map((line) => this.#call(line))
    this.#running = Promise.all(lines).catch((error: unknown) => {
      this.problem = error
      this.#stopped = true
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
    this.#agent.destroy()
  }

  async #call(line: number): Promise<void> {
    for (let place = 0; !this.#stopped; place++) {
      const number = `${line}-${place}`
      const envelope = envelopeOf('SynCrisisInfo', crisisXml({ ExamNo: number }))
      const reply = await post(this.#url, envelope, { agent: this.#agent })
      assert.notEqual(reply.status, 404)
      this.answers.push({ number, ...answerOf(reply) })
      // Lets the deploy have its turn as well.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

const examOf = (msg: FlowMessage): string => (msg.payload as { ExamNo: string }).ExamNo

describe('deploying anew', () => {
  let flow: Flow

  afterEach(() => flow.unload())

  for (const mount of ['port', 'node-red'] as const) {
    it(`${REDEPLOYS} times under calls over keep-alive loses and doubles none: ${mount}`, async function () {
      this.timeout(60_000)
      const port = await freePort()
      const nodes: readonly FlowNode[] = [
        service({ mount, port: String(port) }),
        // What counts as given at once is not handed out again by a deploy.
        inNode({ wires: [['response', 'one']], graceSeconds: '0' }),
        response(),
      ]
      flow = await Flow.load(nodes)
      const origin = mount === 'port' ? `http://127.0.0.1:${port}` : await flow.httpNode()
      await flow.shows('in', 'listening')
      const routes = (): number =>
        (flow.RED.httpNode as unknown as { _router: { stack: unknown[] } })._router.stack.length
      const servers = (): number =>
        process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length
      const before = { routes: routes(), servers: servers() }

      const caller = new Caller(`${origin}/crisis`)
      caller.start()
      const handled: string[] = []
      for (let deploy = 0; deploy < REDEPLOYS; deploy++) {
        // Some calls are answered between any two deploys.
        const wanted = caller.answers.length + 8
        while (caller.answers.length < wanted && caller.problem === undefined) await settle()
        const inbox = flow.inbox('one')
        await flow.deploy(nodes)
        handled.push(...inbox.all.map(examOf))
      }
      await flow.shows('in', 'listening')
      await caller.stop()
      assert.equal(caller.problem, undefined, 'no connection refused or broken')

      const accepted = caller.answers.filter(({ code }) => code === '0')
      const last = flow.inbox('one')
      const missing = (): readonly string[] => {
        const all = new Set([...handled, ...last.all.map(examOf)])
        return accepted.map(({ number }) => number).filter((number) => !all.has(number))
      }
      // What came in between two flows is handed out by the second one.
      for (let looks = 0; looks < 100 && missing().length > 0; looks++) await flow.settle()
      await flow.settle()
      assert.deepEqual(missing(), [], 'each that was accepted was handed out')
      handled.push(...last.all.map(examOf))
      const busy = caller.answers.filter(({ code }) => code === '503')
      assert.equal(accepted.length + busy.length, caller.answers.length, 'a success or 503')
      assert.ok(accepted.length >= REDEPLOYS)
      for (const { desc } of busy) assert.match(desc, /重新部署/)
      assert.equal(new Set(handled).size, handled.length, 'no call is handled twice')
      assert.deepEqual({ routes: routes(), servers: servers() }, before, 'nothing is left behind')
      assert.equal(flow.inbox('caught').all.length, 0, 'nothing fails once it runs again')
    })
  }

  it('answers a call that waits for its flow at once, and a late answer is CALL_ENDED', async () => {
    const port = await freePort()
    const nodes = [service({ port: String(port) }), inNode({ answer: 'flow' }), response()]
    flow = await Flow.load(nodes)
    await flow.shows('in', 'listening')
    const reply = callWith(`http://127.0.0.1:${port}/crisis`, 'SynCrisisInfo', crisisXml())
    const msg = await flow.inbox('one').next()
    await flow.deploy(nodes)
    const { code, desc } = await reply
    assert.equal(code, '503')
    assert.match(desc, /重新部署/)
    flow.send('response', msg)
    assert.equal((await flow.caught()).code, 'CALL_ENDED')
  })

  it('answers 503 while the node is away for good, and 404 only where it was deleted', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/crisis`
    const other = inNode({ id: 'in2', type: 'crisis feedback in', wires: [['two']] })
    flow = await Flow.load([service({ port: String(port) }), inNode(), other, response()])
    await flow.shows('in2', 'listening')
    await flow.deploy([service({ port: String(port) }), other, response()])
    await flow.shows('in2', 'listening')
    assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml())).code, '405')
    await flow.deploy([response()])
    await assert.rejects(post(url, 'x'), { code: 'ECONNREFUSED' })
  })

  it('of one changed node only keeps the others, and its errors still reach Catch', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/crisis`
    const nodes = (name: string): readonly FlowNode[] => [
      service({ port: String(port) }),
      inNode({ name, wires: [['response']] }),
      response(),
    ]
    flow = await Flow.load(nodes('before'))
    await flow.shows('in', 'listening')
    await flow.deploy(nodes('after'), 'nodes')
    await flow.shows('in', 'listening')
    assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml())).code, '0')
    assert.equal((await callWith(url, 'SynCrisisInfo', '<a/>')).code, '400')
    const caught = await flow.caught()
    assert.equal(caught.code, 'DOCUMENT_UNKNOWN')
    assert.equal((caught.source as { name?: string }).name, 'after')
  })

  it('moves to another port and path', async () => {
    const [first, second] = [await freePort(), await freePort()]
    const at = (port: number, path: string): readonly FlowNode[] => [
      service({ port: String(port), path }),
      inNode({ wires: [['response']] }),
      response(),
    ]
    flow = await Flow.load(at(first, '/a'))
    await flow.shows('in', 'listening')
    await flow.deploy(at(second, '/b'))
    await flow.shows('in', 'listening')
    const answer = await callWith(`http://127.0.0.1:${second}/b`, 'SynCrisisInfo', crisisXml())
    assert.equal(answer.code, '0')
    // Whoever still calls the old address is told to try again, not that nobody was ever there.
    const old = await callWith(`http://127.0.0.1:${first}/a`, 'SynCrisisInfo', crisisXml())
    assert.equal(old.code, '503')
  })

  it('hands out what became of a document that was delivered meanwhile, once', async () => {
    const remote = await TestPeer.open()
    let answerHeld = (): void => {}
    const arrived = new Promise<void>((resolve) => {
      const hold: PeerAnswer = (received, res) => {
        answerHeld = () => succeeding(received, res)
        resolve()
      }
      remote.answer = hold
    })
    const nodes = [peer({ address: `${remote.origin}/pacs` }), out()]
    flow = await Flow.load(nodes)
    // All of one exam, so that the others wait for the first one.
    const memos = ['1', '2', '3']
    for (const CrisisMemo of memos) flow.send('out', { payload: { ...CRISIS, CrisisMemo } })
    await arrived
    const before = flow.inbox('one')
    const deployed = flow.deploy(nodes)
    await settle()
    remote.answer = succeeding
    answerHeld()
    await deployed
    const after = flow.inbox('one')
    while (before.all.length + after.all.length < memos.length) await flow.settle()
    await flow.settle()
    const told = [...before.all, ...after.all].map(
      ({ payload }) => (payload as { CrisisMemo: string }).CrisisMemo,
    )
    assert.deepEqual(told.toSorted(), memos)
    const sent = remote.posts.map(({ body }) => /CrisisMemo&gt;(\d)/.exec(body)?.[1])
    assert.deepEqual(sent, memos, 'in order, and none of them twice')
    await remote.close()
  })

  it('leaves a document on its way to its end, which the next flow hears of', async () => {
    const remote = await TestPeer.open()
    const arrived = Promise.withResolvers<() => void>()
    remote.answer = (received, res) => {
      remote.answer = succeeding
      arrived.resolve(() => succeeding(received, res))
    }
    const nodes = [peer({ address: `${remote.origin}/pacs` }), out()]
    flow = await Flow.load(nodes)
    // Of one exam, so that the second one waits for the first one.
    for (const CrisisMemo of ['1', '2']) flow.send('out', { payload: { ...CRISIS, CrisisMemo } })
    const answerHeld = await arrived.promise
    // Longer than the time that a deploy has for it.
    await flow.deploy(nodes)
    await flow.settle()
    assert.equal(remote.posts.length, 1)
    answerHeld()
    const told = [await flow.inbox('one').next(), await flow.inbox('one').next()]
    assert.deepEqual(
      told.map(({ payload }) => (payload as { CrisisMemo: string }).CrisisMemo),
      ['1', '2'],
    )
    assert.equal(remote.posts.length, 2, 'each once')
    await remote.close()
  })
})

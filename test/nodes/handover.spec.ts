import assert from 'node:assert/strict'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import type { FlowMessage } from '../../nodes/face/message.js'
import { SqliteEngine } from '../../src/ledger/index.js'
import { ledgerError } from '../../src/store/errors.js'
import { alertKey, contentHash, feedbackKey, findingKey } from '../../src/loop/index.js'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, CRISIS, crisisXml, feedbackXml } from '../support/calls.js'
import {
  coreNode,
  Flow,
  inNode,
  out,
  peer,
  response,
  service,
  settle,
  type FlowNode,
  type Settings,
} from '../support/flow.js'
import { freePort } from '../support/node-red.js'

/** A core node that keeps a message for longer than any test lasts. */
const DELAY: FlowNode = {
  id: 'delay',
  type: 'delay',
  pauseType: 'delay',
  timeout: '1',
  timeoutUnits: 'hours',
  rate: '1',
  nbRateUnits: '1',
  rateUnits: 'second',
  outputs: 1,
  wires: [['out']],
}

const FUNCTION: FlowNode = {
  id: 'make',
  type: 'function',
  func: '',
  outputs: 1,
  timeout: 0,
  noerr: 0,
  initialize: '',
  finalize: '',
  libs: [],
  wires: [['out']],
}
const SEVERAL = `
  const second = RED.util.cloneMessage(msg)
  second.payload.ExamNo = 'second'
  return [[msg, second]]`

const OWED = "select target from owed where kind <> 'outcome'"

/** Has the ledger fail so often at what `crisis out` wants to store; returns how to mend it. */
function failCommits(code: 'LEDGER_FULL' | 'LEDGER_REFUSED', times: number): () => void {
  const real = Object.getOwnPropertyDescriptor(SqliteEngine.prototype, 'run')!
  const run = real.value as SqliteEngine['run']
  let left = times
  SqliteEngine.prototype.run = function (name, ...more) {
    if (name !== 'sendCrisis' || left-- <= 0) return run.call(this, name, ...more)
    return Promise.reject(ledgerError(code))
  }
  return () => Object.defineProperty(SqliteEngine.prototype, 'run', real)
}

const flagsOf = ({ crisis }: FlowMessage): readonly string[] => crisis?.flags ?? []

describe('a message that a flow has been given', () => {
  let flow: Flow
  let remote: TestPeer
  let port: number

  beforeEach(async () => {
    remote = await TestPeer.open()
    remote.answer = succeeding
    port = await freePort()
  })

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  const nodes = (settings: Settings, ...more: readonly FlowNode[]): readonly FlowNode[] => [
    service({ port: String(port) }),
    peer({ address: remote.origin }),
    inNode(settings),
    out({ wires: [['delivered'], ['unsent']] }),
    ...more,
  ]
  const load = async (all: readonly FlowNode[]): Promise<void> => {
    flow = await Flow.load(all, {
      core: [coreNode('function/89-delay'), coreNode('function/10-function')],
    })
    await flow.shows('in', 'listening')
  }
  const send = (changes = {}): ReturnType<typeof callWith> =>
    callWith(`http://127.0.0.1:${port}/crisis`, 'SynCrisisInfo', crisisXml(changes))
  const owed = (): number => query(flow, OWED).length
  const untilOwed = async (count: number): Promise<void> => {
    while (owed() !== count) await settle()
  }

  it('and loses in a deploy comes again, says so, and is sent once', async () => {
    await load(nodes({ wires: [['delay', 'one']] }, DELAY))
    assert.equal((await send()).code, '0')
    assert.deepEqual(flagsOf(await flow.inbox('one').next()), [])
    await flow.deploy(nodes({ wires: [['out', 'one']] }))
    assert.deepEqual(flagsOf(await flow.inbox('one').next()), ['redelivered'])
    await flow.inbox('delivered').next()
    // Once more, although it was sent: the other branch may not have come to its end.
    await flow.deploy(nodes({ wires: [['out', 'one']] }))
    assert.deepEqual(flagsOf(await flow.inbox('one').next()), ['redelivered'])
    await flow.settle()
    assert.equal(remote.posts.length, 1)
  })

  it('and that an out node has taken over is settled with that', async () => {
    await load(nodes({ wires: [['out']] }))
    assert.equal((await send()).code, '0')
    await flow.inbox('delivered').next()
    assert.equal(owed(), 0)
    await flow.deploy(nodes({ wires: [['out', 'one']] }))
    await flow.settle()
    assert.equal(flow.inbox('one').all.length, 0)
    assert.equal(remote.posts.length, 1)
  })

  for (const [what, wires] of [
    ['goes straight to it', [['out']]],
    ['goes to others as well', [['out', 'one']]],
  ] as const) {
    it(`and that the ledger does not take from an out node comes again until it does: ${what}`, async () => {
      await load(nodes({ wires }))
      const mend = failCommits('LEDGER_FULL', 2)
      try {
        assert.equal((await send()).code, '0')
        for (let n = 0; n < 2; n++) {
          const { crisis } = await flow.inbox('unsent').next()
          assert.equal(crisis?.outcome?.code, 'LEDGER_FULL')
          assert.equal((await flow.caught()).code, 'LEDGER_FULL')
          assert.equal(owed(), 1)
        }
        const delivered = await flow.inbox('delivered').next()
        assert.deepEqual(flagsOf(delivered), ['redelivered'])
      } finally {
        mend()
      }
      assert.equal(remote.posts.length, 1)
    })
  }

  it('and that the ledger would never take is told, and does not come again', async () => {
    await load(nodes({ wires: [['out']] }))
    const mend = failCommits('LEDGER_REFUSED', Infinity)
    try {
      assert.equal((await send()).code, '0')
      assert.equal((await flow.inbox('unsent').next()).crisis?.outcome?.code, 'LEDGER_REFUSED')
      await pause(4_000)
      assert.equal(flow.inbox('unsent').all.length, 1)
    } finally {
      mend()
    }
  })

  for (const [what, func, left] of [
    ['is still owed when the first of several made of it is taken over', SEVERAL, 1],
    ['is settled when the one that a function makes of it is', 'msg.topic = "one"\nreturn msg;', 0],
  ] as const) {
    it(what, async () => {
      await load(nodes({ wires: [['make']] }, { ...FUNCTION, func }))
      assert.equal((await send()).code, '0')
      await flow.inbox('delivered').next()
      assert.equal(owed(), left)
    })
  }

  it('and that waits before the out node comes again after a deploy of other nodes', async () => {
    await load(nodes({ wires: [['delay']] }, DELAY))
    assert.equal((await send()).code, '0')
    await flow.settle()
    await flow.deploy(
      nodes({ wires: [['delay']] }, { ...DELAY, timeoutUnits: 'milliseconds' }),
      'nodes',
    )
    const delivered = await flow.inbox('delivered').next()
    assert.deepEqual(flagsOf(delivered), ['redelivered'])
    await untilOwed(0)
    assert.equal(remote.posts.length, 1)
  })

  it('and that was fed back comes again after a deploy, and is fed back once', async () => {
    const wires = [['back', 'two']]
    const all = nodes(
      {},
      inNode({ id: 'in2', type: 'crisis feedback in', wires }),
      out({ id: 'back', type: 'crisis feedback out', wires: [['fedBack'], ['notFedBack']] }),
    )
    await load(all)
    await flow.shows('in2', 'listening')
    await send()
    const url = `http://127.0.0.1:${port}/crisis`
    const answer = callWith(url, 'SynCrisisResponseInfo', feedbackXml(''))
    assert.equal((await answer).code, '0')
    await flow.inbox('fedBack').next()
    await flow.deploy(all)
    assert.ok(flagsOf(await flow.inbox('two').next()).includes('redelivered'))
    await flow.shows('back', 'ready')
    await flow.settle()
    assert.equal(remote.posts.length, 1)
    assert.equal(flow.inbox('notFedBack').all.length, 0)
  })

  it('and whose correction was sent meanwhile is not sent after it, and says so', async () => {
    await load(nodes({ wires: [['delay', 'one']] }, DELAY))
    await send()
    await send({ CrisisMemo: '更正' })
    await flow.inbox('one').next()
    const correction = await flow.inbox('one').next()
    flow.send('out', correction)
    await flow.inbox('delivered').next()
    await flow.deploy(nodes({ wires: [['out', 'one']] }))
    const unsent = await flow.inbox('unsent').next()
    assert.deepEqual(
      [unsent.crisis?.revision, unsent.crisis?.outcome?.code],
      [1, 'EARLIER_CONTENT'],
    )
    assert.equal((await flow.caught()).code, 'EARLIER_CONTENT')
    await flow.settle()
    assert.equal(remote.posts.length, 1)
    assert.match(String(remote.posts[0]?.body), /更正/)
  })

  it('counts as given when its grace is over', async () => {
    await load(nodes({ wires: [['one']], graceSeconds: '0.2' }))
    assert.equal((await send()).code, '0')
    await flow.inbox('one').next()
    await untilOwed(0)
    await flow.deploy(nodes({ wires: [['one']] }))
    await flow.settle()
    assert.equal(flow.inbox('one').all.length, 0)
  })

  it('counts as given when the flow has answered', async () => {
    const answering = { wires: [['response', 'one']], answer: 'flow' }
    await load(nodes(answering, response()))
    assert.equal((await send()).code, '0')
    await untilOwed(0)
    await flow.deploy(nodes(answering, response()))
    await flow.settle()
    assert.equal(flow.inbox('one').all.length, 0)
  })

  it('is asked about again when its feedback is sent again', async () => {
    const feedback = { id: 'in2', type: 'crisis feedback in', answer: 'flow' }
    await load(
      nodes(
        {},
        inNode({ ...feedback, wires: [['response', 'two']] }),
        response({ outcome: 'failure' }),
      ),
    )
    await flow.shows('in2', 'listening')
    await send()
    // Whoever has set it has received it, in this sample (A25).
    for (const flags of [['selfAck'], ['resend']]) {
      const url = `http://127.0.0.1:${port}/crisis`
      const answer = callWith(url, 'SynCrisisResponseInfo', feedbackXml(''))
      assert.deepEqual(flagsOf(await flow.inbox('two').next()), flags)
      assert.equal((await answer).code, '500', 'as the flow says')
    }
  })

  it('is answered by the flow when it had to wait for an earlier one of its alert', async () => {
    await load(nodes({ wires: [['one', 'response']], answer: 'flow' }, response()))
    const lease = 'another-instance/1'
    await flow.ledger(async (ledger) => {
      const [first] = await ledger.run('storeCrises', {
        actor: { chain: 'other', actor: 'other' },
        origin: { service: '', system: '', remoteAddress: '', raw: Buffer.of(), charset: '' },
        crises: [
          {
            crisis: CRISIS,
            extra: [],
            flags: [],
            key: alertKey('', CRISIS),
            content: contentHash('', CRISIS),
            documentHash: contentHash('', CRISIS),
            examKey: feedbackKey('', CRISIS),
            finding: findingKey(CRISIS),
            setAt: null,
          },
        ],
        emitResends: false,
        target: 'in',
        lease: { lease, leaseMs: 60_000 },
      })
      const answer = send({ CrisisMemo: '更正' })
      while (owed() < 2) await settle()
      await flow.settle()
      assert.equal(flow.inbox('one').all.length, 0, 'a correction overtakes nothing')
      await ledger.run('giveBackHandouts', { ids: [first!.owed!.id], lease, unseen: false })
      ledger.hint('owed/in')
      assert.equal((await answer).code, '0')
    })
    const came = flow.inbox('one').all.map(({ crisis }) => [crisis?.revision, crisis?.call])
    assert.deepEqual(came[0], [1, undefined])
    assert.equal(came[1]?.[0], 2)
    assert.ok(came[1]?.[1])
  })

  it('has a grace that is a number of seconds, or the node says that its setting is bad', async () => {
    flow = await Flow.load(nodes({ wires: [], graceSeconds: '601' }))
    assert.deepEqual(flow.statuses('in'), ['red badSetting'])
    assert.equal((await flow.caught()).code, 'SETTING_INVALID')
  })
})

/** Reads the ledger beside its owner, as an ordinary tool would. */
function query(flow: Flow, sql: string): readonly Record<string, unknown>[] {
  const database = new DatabaseSync(path.join(flow.folder, 'crisis', 'ledger.db'), {
    readOnly: true,
  })
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}

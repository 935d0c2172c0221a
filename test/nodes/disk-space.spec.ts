import assert from 'node:assert/strict'
import { SqliteEngine } from '../../src/ledger/index.js'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, CRISIS, crisisXml, FEEDBACK } from '../support/calls.js'
import { Flow, inNode, out, peer, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const MEGABYTE = 1024 * 1024

describe('nodes on a disk that fills up', function () {
  this.timeout(20_000)
  const real = Object.getOwnPropertyDescriptor(SqliteEngine.prototype, 'freeSpace')!
  let free = 0
  let flow: Flow
  let remote: TestPeer

  before(() => {
    SqliteEngine.prototype.freeSpace = () =>
      Promise.resolve({ freeBytes: free * MEGABYTE, totalBytes: 1, ballast: true })
  })
  after(() => {
    Object.defineProperty(SqliteEngine.prototype, 'freeSpace', real)
  })
  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  /** Until it has been measured anew. */
  async function measured(megabytes: number, space: string): Promise<void> {
    free = megabytes
    while ((await flow.ledger(async (ledger) => ledger.space?.look())) !== space)
      await new Promise((resolve) => setTimeout(resolve, 50))
  }

  it('warn, then refuse what is new and end what is old, and tell of each once', async () => {
    free = 5_000
    remote = await TestPeer.open()
    remote.answer = succeeding
    const port = await freePort()
    flow = await Flow.load([
      peer({ address: `${remote.origin}/pacs` }),
      service({ port: String(port) }),
      inNode({ wires: [['came']] }),
      out({ id: 'back', type: 'crisis feedback out' }),
      out({ id: 'on', wires: [['onOne'], ['onTwo']] }),
    ])
    await flow.shows('in', 'listening')
    const url = `http://127.0.0.1:${port}/crisis`
    const call = (ExamNo: string) => callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo }))
    assert.equal((await call('first')).code, '0')

    await measured(1_000, 'low')
    assert.equal(flow.status('in'), 'yellow storeLow')
    assert.equal((await flow.caught()).code, 'LEDGER_LOW')
    assert.equal((await call('second')).code, '0')
    await flow.inbox('came').next()
    const second = await flow.inbox('came').next()

    await measured(200, 'spent')
    assert.equal(flow.status('in'), 'red storeFull')
    const { code, message } = await flow.caught()
    assert.equal(code, 'LEDGER_NEARLY_FULL')
    assert.match(message, /\[LEDGER_NEARLY_FULL\]$/)
    for (const exam of ['third', 'fourth', 'fifth']) {
      const answer = await call(exam)
      assert.equal(answer.code, '500')
      assert.match(answer.desc, /磁盘/)
    }
    flow.send('on', { payload: { ...CRISIS, ExamNo: 'sixth' } })
    const refused = await flow.inbox('onTwo').next()
    assert.equal(refused.crisis?.outcome?.code, 'LEDGER_NEARLY_FULL')
    assert.equal((await flow.caught()).code, 'LEDGER_NEARLY_FULL')
    // What was accepted before is none of it, although it goes on only now.
    flow.send('on', { ...second })
    assert.equal((await flow.inbox('onOne').next()).crisis?.outcome?.class, 'delivered')
    flow.send('back', { payload: { ...FEEDBACK, ExamNo: 'first' } })
    assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')

    await measured(5_000, 'enough')
    assert.equal(flow.status('in'), 'green listening')
    assert.equal((await flow.caught()).code, 'LEDGER_RECOVERED')
    assert.equal((await call('third')).code, '0')
    await flow.settle()
    assert.deepEqual(
      flow.inbox('caught').all.map(({ error }) => (error as { code: string }).code),
      ['LEDGER_LOW', 'LEDGER_NEARLY_FULL', 'LEDGER_NEARLY_FULL', 'LEDGER_RECOVERED'],
    )
    assert.equal(flow.inbox('came').all.length, 3)
  })
})

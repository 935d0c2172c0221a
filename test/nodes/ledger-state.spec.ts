import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import { DEFAULTS, type LedgerState, type SeenLedger } from '../../nodes/settings/index.js'
import { body, escape, returning, SUCCESS, TestPeer } from '../soap/remote-peer.js'
import { CRISIS } from '../support/calls.js'
import { Flow, out, peer } from '../support/flow.js'

const BEGIN = Date.now()

/** Does something at a moment of our own, however slow the machine is. */
async function at<T>(ms: number, act: () => Promise<T>): Promise<T> {
  const real = Date.now
  Date.now = () => BEGIN + ms
  try {
    return await act()
  } finally {
    Date.now = real
  }
}

describe('the state of the ledgers beside the flow', function () {
  this.timeout(10_000)

  const ask = async (): Promise<readonly LedgerState[]> => {
    const reply = await helper.request().post('/hospital-flows-crisis/state').send({})
    assert.equal(reply.status, 200)
    for (const told of [CRISIS.ExamNo, CRISIS.SickNo, CRISIS.CrisisName]) {
      assert.ok(!JSON.stringify(reply.body).includes(told ?? '?'), told)
    }
    return (reply.body as { ledgers: readonly LedgerState[] }).ledgers
  }
  const seenIn = (all: readonly LedgerState[], store: string): SeenLedger => {
    const found = all.find((one) => one.store === store)
    assert.equal(found?.state, 'works')
    assert.ok(found.seen)
    return found.seen
  }

  it('says what is owed, what is stuck and what went wrong last, ledger by ledger', async () => {
    const remote = await TestPeer.open()
    remote.answer = body('', {}, 503)
    const unused = { ...DEFAULTS.store, id: 'unused', type: 'crisis store', file: 'other.db' }
    const nodes = [peer({ address: remote.origin }), out(), unused]
    const flow = await Flow.load(nodes)
    try {
      flow.send('out', { payload: CRISIS })
      await flow.completed()
      while (remote.posts.length === 0) await flow.settle()
      const first = await at(0, ask)
      assert.deepEqual(
        first.find(({ store }) => store === 'unused'),
        { store: 'unused', state: 'unused', reason: null, seen: null },
      )
      // Nodes without a store have the file in the user directory.
      const own = ''
      const waiting = seenIn(first, own)
      assert.deepEqual(
        waiting.owed.map(({ peer: id, count }) => [id, count]),
        [['peer', 1]],
      )
      assert.deepEqual(waiting.stuck, [])
      assert.equal(waiting.open, 1)

      const refusal = SUCCESS.replace('<code>0', '<code>409').replace('成功', '失败')
      remote.answer = body(returning(`<return>${escape(refusal)}</return>`))
      await flow.hasten()
      await flow.inbox('two').next()
      // What was told a moment ago is told once more, whoever asks.
      assert.deepEqual(seenIn(await at(1_000, ask), own), waiting)
      const stuck = seenIn(await at(3_000, ask), own)
      assert.deepEqual(stuck.owed, [])
      assert.deepEqual(stuck.stuck, [{ kind: 'dead', node: 'peer', count: 1 }])
      assert.equal(stuck.lastTrouble?.node, 'peer')
      assert.match(stuck.lastTrouble.reason.zh, /[\u4e00-\u9fff]/)
    } finally {
      await flow.unload()
      await remote.close()
    }
  })
})

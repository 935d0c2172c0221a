import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import type { Trace } from '../../src/ledger/index.js'
import { succeeding, TestPeer, type Received } from '../soap/remote-peer.js'
import { CRISIS } from '../support/calls.js'
import { Flow, out, peer } from '../support/flow.js'

describe('crisis peer and its connections', () => {
  let flow: Flow
  let remote: TestPeer

  beforeEach(async () => {
    remote = await TestPeer.open()
  })
  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  it('has as many of them as documents may be on their way', async () => {
    const held: [Received, ServerResponse][] = []
    const all = Promise.withResolvers<void>()
    remote.answer = (received, response) => {
      held.push([received, response])
      if (held.length === 24) all.resolve()
    }
    flow = await Flow.load([peer({ address: remote.origin, parallel: '24' }), out()])
    for (let n = 0; n < 24; n++) flow.send('out', { payload: { ...CRISIS, ExamNo: `E${n}` } })
    await all.promise
    const connections = promisify(remote.server.getConnections.bind(remote.server))
    assert.equal(await connections(), 24)
    for (const [received, response] of held) succeeding(received, response)
    for (let n = 0; n < 24; n++) {
      const { crisis } = await flow.inbox('one').next()
      assert.equal(crisis?.outcome?.attempts, 1)
    }
  })

  it('records each post that a peer has seen as an attempt', async () => {
    remote.answer = (received, response) => {
      if (remote.posts.length === 2) response.socket?.resetAndDestroy()
      else succeeding(received, response)
    }
    flow = await Flow.load([peer({ address: remote.origin }), out()])
    for (const ExamNo of ['E1', 'E2']) {
      flow.send('out', { payload: { ...CRISIS, ExamNo } })
      await flow.inbox('one').next()
    }
    assert.equal(remote.posts.length, 3)
    const [trace] = await flow.ledger((ledger) => ledger.run('trace', { ExamNo: 'E2' }))
    const attempts = (trace as Trace).attempts as readonly { readonly code: string }[]
    assert.deepEqual(
      attempts.map(({ code }) => code),
      ['PEER_STALE', 'DELIVERED'],
    )
    assert.ok(!flow.statuses('out').some((status) => status.startsWith('red')))
  })
})

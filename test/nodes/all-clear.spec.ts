import assert from 'node:assert/strict'
import { body, succeeding, TestPeer } from '../soap/remote-peer.js'
import { CRISIS } from '../support/calls.js'
import { Flow, out, peer } from '../support/flow.js'

describe('a peer that is back', () => {
  let flow: Flow
  let remote: TestPeer

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  it('is told where its failure was, by a code of its own, and is logged as no error', async () => {
    remote = await TestPeer.open()
    remote.answer = body('', {}, 500)
    flow = await Flow.load([peer({ address: remote.origin }), out()])
    // One failure each: the third in a row raises the alarm.
    for (const ExamNo of ['1', '2', '3']) flow.send('out', { payload: { ...CRISIS, ExamNo } })
    const failing = await flow.caught()
    assert.equal(failing.code, 'HTTP_STATUS')
    assert.equal(failing.source.id, 'peer')

    remote.answer = succeeding
    await flow.hasten()
    const { code, message, source } = await flow.caught()
    assert.deepEqual([code, source.id], ['PEER_RECOVERED', 'peer'])
    assert.equal(flow.logged('peer', 'error').length, 1, 'the failure')
    assert.deepEqual(flow.logged('peer', 'log'), [message.replace('NodeError: ', '')])
  })
})

import assert from 'node:assert/strict'
import { splitInstant } from '../../src/messages/index.js'
import { readCall } from '../../src/soap/index.js'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, crisisXml, FEEDBACK } from '../support/calls.js'
import { Flow, inNode, out, peer, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

describe('crisis feedback out for one finding of an exam with two', () => {
  let flow: Flow
  let remote: TestPeer

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  for (const perAlert of [true, false]) {
    it(perAlert ? 'sends it where that is set' : 'waits for the other one by default', async () => {
      remote = await TestPeer.open()
      remote.answer = succeeding
      const port = await freePort()
      flow = await Flow.load([
        service({ port: String(port) }),
        inNode({ wires: [['came']] }),
        peer({ address: remote.origin }),
        out({ type: 'crisis feedback out', perAlert }),
      ])
      await flow.shows('in', 'listening')
      for (const finding of [{}, { CrisisCode: '2', CrisisName: '脑出血' }]) {
        const url = `http://127.0.0.1:${port}/crisis`
        assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml(finding))).code, '0')
      }
      const first = await flow.inbox('came').next()
      const { date, time } = splitInstant(Date.now() + 1000, '+08:00')
      flow.send('out', {
        crisis: { id: first.crisis?.id },
        payload: {
          ExamNo: FEEDBACK.ExamNo,
          ApplyNo: FEEDBACK.ApplyNo,
          CrisisReceiver: FEEDBACK.CrisisReceiver,
          CrisisReceiveDate: date,
          CrisisReceiveTime: time,
        },
      })
      await flow.completed()
      if (perAlert) {
        assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')
        assert.match(readCall(remote.posts[0]!.body).argument ?? '', /管理员|040002/)
      }
      await flow.settle()
      assert.equal(remote.posts.length, perAlert ? 1 : 0)
    })
  }
})

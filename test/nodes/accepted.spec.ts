import assert from 'node:assert/strict'
import { callWith, crisisXml, feedbackXml } from '../support/calls.js'
import { Flow, inNode, register, service, type FlowNode } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const LICENCES = {
  service: { licences: JSON.stringify([{ application: 'HIS', licence: '0000001' }]) },
}

/** What was answered 0 is known to somebody. */
describe('what the receiving nodes have accepted', () => {
  let flow: Flow
  let url: string

  afterEach(() => flow.unload())

  const load = async (...nodes: readonly FlowNode[]): Promise<void> => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load([service({ port: String(port) }), ...nodes], { credentials: LICENCES })
    for (const { id, type } of nodes) {
      if (type === 'crisis in' || type === 'crisis feedback in') await flow.shows(id, 'listening')
    }
  }
  const send = (changes = {}) => callWith(url, 'SynCrisisInfo', crisisXml(changes))
  const feedBack = () => callWith(url, 'SynCrisisResponseInfo', feedbackXml('0000001'))
  const flags = async (id: string) => (await flow.inbox(id).next()).crisis?.flags

  it('is handed out by the node that receives it again, where the one that had it is gone', async () => {
    await load(inNode({ wires: [] }))
    assert.equal((await send()).code, '0')
    const anew = (wires: readonly (readonly string[])[]) => [
      service({ port: new URL(url).port }),
      inNode({ id: 'anew', wires }),
    ]
    await flow.deploy(anew([['one']]))
    await flow.shows('anew', 'listening')
    assert.equal((await send()).code, '0')
    assert.deepEqual(await flags('one'), ['resend'])
    assert.equal((await send()).code, '0')
    await flow.settle()
    assert.equal(flow.inbox('one').all.length, 1, 'now the flow has had it')
  })

  it('is feedback of an unknown exam, where the setting says so', async () => {
    await load(
      inNode({
        id: 'feedback',
        type: 'crisis feedback in',
        unknownExams: 'accept',
        wires: [['one']],
      }),
    )
    assert.equal((await feedBack()).code, '0')
    assert.deepEqual(await flags('one'), ['unknownExam'])
    assert.equal((await feedBack()).code, '0')
    await flow.settle()
    assert.equal(flow.inbox('one').all.length, 1, 'once')
  })

  it('is not feedback of an unknown exam by default', async () => {
    await load(inNode({ id: 'feedback', type: 'crisis feedback in', wires: [['one']] }))
    assert.equal((await feedBack()).code, '404')
    assert.equal(flow.inbox('one').all.length, 0)
  })

  it('says so when it counts for nothing', async () => {
    await load(
      inNode({ wires: [] }),
      inNode({ id: 'feedback', type: 'crisis feedback in', wires: [['one']] }),
    )
    await send()
    await send({ CrisisMemo: '更正' })
    assert.equal((await feedBack()).code, '0')
    assert.ok((await flags('one'))?.includes('beforeRevision'))
    assert.equal((await flow.caught()).code, 'FEEDBACK_EARLIER')
  })

  it('has both patients on its message', async () => {
    await load(inNode({ wires: [['one']] }))
    await send({ SickNo: 'OLD' })
    await flow.inbox('one').next()
    await send({ SickNo: 'NEW' })
    const { payload, crisis } = await flow.inbox('one').next()
    assert.equal((payload as { SickNo: string }).SickNo, 'NEW')
    assert.deepEqual(
      crisis?.otherPatients?.map(({ SickNo, id }) => [SickNo, id]),
      [['OLD', crisis?.id]],
    )
  })

  it('is decided on by people, where an earlier content came later', async () => {
    await load(
      inNode({ wires: [['one']] }),
      register('chooseContent', { id: 'choose', wires: [['chosen']] }),
    )
    await send()
    await send({ CrisisSetTime: '15:00:00' })
    const first = await flow.inbox('one').next()
    assert.deepEqual(await flags('one'), ['outOfOrder'])
    const decision = { id: first.crisis?.id, by: '张三', second: '李四', reason: '已电话核实' }
    flow.send('choose', { payload: decision })
    assert.equal((await flow.caught()).code, 'REGISTER_REVISION')
    flow.send('choose', { payload: { ...decision, revision: 2 } })
    const { payload } = await flow.inbox('chosen').next()
    assert.deepEqual(payload, { id: first.crisis?.id, revision: 2, told: ['in'] })
    assert.deepEqual(await flags('one'), ['revision'])
  })
})

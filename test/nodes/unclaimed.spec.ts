import assert from 'node:assert/strict'
import { callWith, crisisXml } from '../support/calls.js'
import { Flow, inNode, register, service, type FlowNode } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

interface Depth {
  readonly owed: readonly { node: string; messages: number; inFlow: boolean }[]
}

describe('what is owed to a node that was deleted', () => {
  let flow: Flow
  let port: number

  const nodes = (...own: readonly FlowNode[]): readonly FlowNode[] => [
    service({ port: String(port) }),
    ...own,
    ...(['depth', 'passOn', 'giveUp'] as const).map((query) => register(query, { id: query })),
  ]
  const heir = inNode({ id: 'heir', wires: [['heard']] })
  const ask = async (query: string, payload: object = {}): Promise<unknown> => {
    flow.send(query, { payload })
    return (await flow.inbox('found').next()).payload
  }

  beforeEach(async () => {
    port = await freePort()
    flow = await Flow.load(nodes(inNode({ wires: [['one']] })))
    await flow.shows('in', 'listening')
    const url = `http://127.0.0.1:${port}/crisis`
    assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml())).code, '0')
  })

  afterEach(() => flow.unload())

  it('is told once, and another node can have it', async () => {
    await flow.deploy(nodes(heir))
    const { code, message } = await flow.caught()
    assert.equal(code, 'OWED_STRAY')
    assert.match(message, /\b1 messages .*\(in\)/)
    assert.doesNotMatch(message, /00000001|胎盘/)
    await flow.deploy(nodes(heir))
    const { owed } = (await ask('depth')) as Depth
    assert.deepEqual(
      owed.map(({ node, messages, inFlow }) => [node, messages, inFlow]),
      [['in', 1, false]],
    )
    assert.equal(flow.inbox('caught').all.length, 0, 'not told twice')

    for (const payload of [
      { node: 'in' },
      { node: 'in', to: 'depth' },
      { node: 'heir', to: 'heir' },
    ]) {
      flow.send('passOn', { payload })
      assert.equal((await flow.caught()).code, 'REGISTER_NODE')
    }
    assert.equal(await ask('passOn', { node: 'in', to: 'heir' }), 1)
    const msg = await flow.inbox('heard').next()
    assert.deepEqual(msg.crisis?.flags, ['redelivered'])
  })

  it('can be given up, for a reason', async () => {
    await flow.deploy(nodes(heir))
    assert.equal((await flow.caught()).code, 'OWED_STRAY')
    flow.send('giveUp', { payload: { node: 'in' } })
    assert.equal((await flow.caught()).code, 'REGISTER_REASON')
    assert.equal(await ask('giveUp', { node: 'in', reason: '流程已停用' }), 1)
    assert.deepEqual(((await ask('depth')) as Depth).owed, [])
  })

  it('is no trouble while the node is only disabled', async () => {
    await flow.deploy(nodes(heir, inNode({ wires: [['one']], d: true })))
    const { owed } = (await ask('depth')) as Depth
    assert.deepEqual(
      owed.map(({ node, inFlow }) => [node, inFlow]),
      [['in', true]],
    )
    assert.equal(flow.inbox('caught').all.length, 0)
  })
})

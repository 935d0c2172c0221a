import assert from 'node:assert/strict'
import { body, escape, returning, succeeding, TestPeer } from '../soap/remote-peer.js'
import { CRISIS, FEEDBACK, callWith, crisisXml } from '../support/calls.js'
import { Flow, inNode, out, parser, peer, register, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const refusing = body(
  returning(
    `<return>${escape('<response><code>404</code><desc>无此检查</desc></response>')}</return>`,
  ),
)

describe('what a node shows', () => {
  let flow: Flow
  let remote: TestPeer

  beforeEach(async () => {
    remote = await TestPeer.open()
  })

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  it('is a peer that cannot be reached, at once, with count and age, until it works', async () => {
    remote.answer = (_received, response) => void response.socket?.destroy()
    const nodes = [peer({ address: `${remote.origin}/pacs` }), out()]
    flow = await Flow.load(nodes)
    await flow.becomes('out', 'green ready')
    for (const ExamNo of ['1', '2']) flow.send('out', { payload: { ...CRISIS, ExamNo } })
    await flow.shows('out', 'unreachable')
    assert.match(flow.status('out') ?? '', /^red unreachable [12] · \d+s$/)
    // Another node of the peer shows it too, and a deploy hides nothing of it, not even for a moment.
    for (const [id, type] of [
      ['other', 'full'],
      ['third', 'nodes'],
    ] as const) {
      await flow.deploy([...nodes, out({ id })], type)
      await flow.shows(id, 'unreachable')
      for (const status of flow.statuses(id)) assert.match(status, /^red unreachable 2 · /)
    }
    await flow.deploy(nodes)
    remote.answer = succeeding
    await flow.hasten()
    await flow.becomes('out', 'green delivered')
  })

  it('is a dead letter until a person has dealt with it, after a deploy too', async () => {
    remote.answer = refusing
    const nodes = [peer({ address: `${remote.origin}/pacs` }), out(), register('cancel')]
    flow = await Flow.load(nodes)
    flow.send('out', { payload: CRISIS })
    const outbox = (await flow.inbox('two').next()).crisis?.outbox
    await flow.becomes('out', 'red held 1')
    assert.equal(flow.statusTexts('out').at(-1), 'held for a person 1: rejected by peer')
    remote.answer = succeeding
    flow.send('out', { payload: { ...CRISIS, ExamNo: '2' } })
    await flow.inbox('one').next()
    await flow.becomes('out', 'red held 1')
    await flow.deploy([peer({ address: `${remote.origin}/pacs` }), out(), register('cancel')])
    await flow.becomes('out', 'red held 1')
    assert.ok(!flow.statuses('out').includes('green ready'))
    flow.send('register', { payload: { id: outbox, reason: '电话告知' } })
    await flow.inbox('found').next()
    await flow.becomes('out', 'green ready')
  })

  it('is the dead letters of its own operation, and those that no other node shows', async () => {
    remote.answer = refusing
    const feedbackOut = out({ id: 'feedback', type: 'crisis feedback out' })
    const nodes = [peer({ address: `${remote.origin}/pacs` }), out(), feedbackOut]
    flow = await Flow.load(nodes)
    flow.send('out', { payload: CRISIS })
    for (const ExamNo of ['1', '2']) flow.send('feedback', { payload: { ...FEEDBACK, ExamNo } })
    await flow.becomes('out', 'red held 1')
    await flow.becomes('feedback', 'red held 2')
    assert.equal(flow.statusTexts('feedback').at(-1), 'held for a person 2: rejected by peer')
    await flow.deploy([peer({ address: `${remote.origin}/pacs` }), out()])
    await flow.becomes('out', 'red held 1')
    const text = 'held for a person 1: rejected by peer, unclaimed 2: rejected by peer'
    while (flow.statusTexts('out').at(-1) !== text) await flow.settle()
  })

  it('is its own dead letters beside another node of its kind, and those of one that is gone at one node', async () => {
    remote.answer = refusing
    const at = peer({ address: `${remote.origin}/pacs` })
    flow = await Flow.load([at, out(), out({ id: 'other' }), out({ id: 'third' })])
    flow.send('out', { payload: CRISIS })
    for (const ExamNo of ['1', '2']) flow.send('other', { payload: { ...CRISIS, ExamNo } })
    await flow.becomes('out', 'red held 1')
    await flow.becomes('other', 'red held 2')
    assert.equal(flow.status('third'), 'green ready')
    const rest = [at, out(), out({ id: 'third' }), register('depth')]
    await flow.deploy(rest)
    await flow.becomes('out', 'red held 1')
    const text = 'held for a person 1: rejected by peer, unclaimed 2: rejected by peer'
    while (flow.statusTexts('out').at(-1) !== text) await flow.settle()
    assert.equal(flow.status('third'), 'green ready')
    flow.send('register', { payload: {} })
    const { payload } = await flow.inbox('found').next()
    const { deadBy } = payload as { deadBy: { nodeId: string; count: number; inFlow: boolean }[] }
    assert.deepEqual(
      deadBy.map(({ nodeId, count, inFlow }) => [nodeId, count, inFlow]),
      [
        ['out', 1, true],
        ['other', 2, false],
      ],
    )
    await flow.deploy([...rest, out({ id: 'other' })])
    await flow.becomes('other', 'red held 2')
    assert.equal(flow.status('out'), 'red held 1')
  })

  it('is the first words of the reason, in Chinese unless a store says otherwise', async () => {
    const port = String(await freePort())
    flow = await Flow.load([service({ port }), inNode(), parser()], { language: 'zh-CN' })
    await flow.shows('in', 'listening')
    assert.ok(flow.statusTexts('in').includes('监听中'))
    const cut = crisisXml().slice(0, -9)
    assert.equal(
      (await callWith(`http://127.0.0.1:${port}/crisis`, 'SynCrisisInfo', cut)).code,
      '400',
    )
    assert.match((await flow.caught()).message, /XML 格式错误或不完整/)
    assert.equal(flow.statusTexts('in').at(-1), '已拒收：XML 格式错误或不完整')
    flow.send('parser', { payload: 7 })
    await flow.caught()
    assert.equal(flow.statusTexts('parser').at(-1), '要转换的内容应为一个文档对象')
  })

  it('is in the language of the store, from the deploy on that sets it', async () => {
    flow = await Flow.load([parser()])
    const failed = async (): Promise<string> => {
      flow.send('parser', { payload: 7 })
      return (await flow.caught()).message
    }
    assert.match(await failed(), /What is to be translated/)
    await flow.deploy([parser()], 'full', 'zh-CN')
    assert.match(await failed(), /要转换的内容/)
  })

  it('is a text in a subflow too, where the editor finds no words', async () => {
    const inside = [
      {
        id: 'sub',
        type: 'subflow',
        name: 'sub',
        in: [],
        out: [],
        status: { x: 0, y: 0, wires: [{ id: 'watch', port: 0 }] },
      },
      { ...inNode({ id: 'inside', wires: [] }), z: 'sub', x: 0, y: 0 },
      { id: 'watch', type: 'status', z: 'sub', scope: null, wires: [[]], x: 0, y: 0 },
    ]
    const port = String(await freePort())
    flow = await Flow.load([
      service({ port }),
      ...inside,
      { id: 'instance', type: 'subflow:sub', wires: [] },
    ])
    const texts = (): readonly string[] => flow.allStatusTexts()
    while (!texts().includes('listening')) await flow.settle()
    assert.ok(!texts().some((text) => text.startsWith('status.')))
  })
})

import assert from 'node:assert/strict'
import { Client } from 'pg'
import { Runtime } from '../../nodes/face/index.js'
import { DEFAULTS } from '../../nodes/settings/index.js'
import { useStore } from '../../nodes/store/store.js'
import { readFeedbackDocument } from '../../src/messages/index.js'
import { readCall } from '../../src/soap/index.js'
import { body, escape, returning, succeeding, TestPeer } from '../soap/remote-peer.js'
import { FEEDBACK } from '../support/calls.js'
import { Flow, out, peer, register, type FlowNode } from '../support/flow.js'
import { startPostgres, type TestPostgres } from '../support/postgres.js'

interface Depth {
  readonly peers: readonly {
    readonly peer: string
    readonly waiting: number
    readonly dead: number
    readonly inFlow: boolean
  }[]
}

describe('what is undelivered to a peer that was deleted', function () {
  this.timeout(10_000)
  let flow: Flow
  let remote: TestPeer

  const nodes = (...own: readonly FlowNode[]): readonly FlowNode[] => [
    ...own,
    ...(['depth', 'passOn', 'giveUp'] as const).map((query) => register(query, { id: query })),
  ]
  const old = () => peer({ id: 'old', address: remote.origin, application: 'OLD' })
  const heir = (settings = {}) =>
    peer({ id: 'heir', address: remote.origin, application: 'NEW', ...settings })
  const sender = out({ id: 'back', type: 'crisis feedback out', peer: 'old' })
  const changed = { ...sender, peer: 'heir' }
  const ask = async (query: string, payload: object = {}): Promise<unknown> => {
    flow.send(query, { payload })
    return (await flow.inbox('found').next()).payload
  }
  const refused = async (query: string, payload: object): Promise<string> => {
    flow.send(query, { payload })
    return (await flow.caught()).code
  }

  beforeEach(async () => {
    remote = await TestPeer.open()
    remote.answer = body('', {}, 503)
    flow = await Flow.load(nodes(old(), sender), { credentials: { heir: { licence: 'NEW-1' } } })
    flow.send('back', { topic: 'kept', payload: FEEDBACK })
    await flow.completed()
    while (remote.posts.length === 0) await flow.settle()
  })

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  it('is told once, and another peer sends it, as itself', async () => {
    await flow.deploy(nodes(heir(), changed))
    const { code, message } = await flow.caught()
    assert.equal(code, 'PEER_GONE')
    assert.match(message, /\b1 undelivered documents .*\(old\)/)
    assert.doesNotMatch(message, /00000001|NEW-1/)
    await flow.deploy(nodes(heir(), changed))
    const { peers } = (await ask('depth')) as Depth
    assert.deepEqual(
      peers.map((one) => [one.peer, one.waiting, one.dead, one.inFlow]),
      [['old', 1, 0, false]],
    )
    assert.deepEqual(((await ask('depth', { peer: 'heir' })) as Depth).peers, [])
    assert.equal(flow.inbox('caught').all.length, 0, 'not told twice')

    for (const payload of [
      { peer: 'old' },
      { peer: 'old', to: 'back' },
      { peer: 'heir', to: 'heir' },
    ]) {
      assert.equal(await refused('passOn', payload), 'REGISTER_PEER')
    }
    remote.answer = succeeding
    const before = remote.posts.length
    assert.deepEqual(await ask('passOn', { peer: 'old', to: 'heir' }), {
      documents: 1,
      overtaken: 0,
    })
    const msg = await flow.inbox('one').next()
    assert.deepEqual([msg['topic'], msg.crisis?.outcome?.class], ['kept', 'delivered'])
    const sent = readFeedbackDocument(readCall(remote.posts[before]!.body).argument ?? '')
    assert.deepEqual(sent.header, { Application: 'NEW', License: 'NEW-1' })
    assert.deepEqual(((await ask('depth')) as Depth).peers, [])
  })

  it('can be given up, for a reason, of which its flow hears', async () => {
    await flow.deploy(nodes(heir(), changed))
    assert.equal((await flow.caught()).code, 'PEER_GONE')
    assert.equal(await refused('giveUp', { peer: 'old' }), 'REGISTER_REASON')
    assert.equal(await refused('giveUp', { peer: 'heir', reason: '停用' }), 'REGISTER_PEER')
    assert.equal(await ask('giveUp', { peer: 'old', reason: '系统已停用', by: '值班' }), 1)
    const msg = await flow.inbox('two').next()
    assert.deepEqual([msg['topic'], msg.crisis?.outcome?.code], ['kept', 'CANCELLED'])
    assert.equal((await flow.caught()).code, 'CANCELLED')
    assert.deepEqual(((await ask('depth')) as Depth).peers, [])
  })

  it('is given up for the reason of a person, and not for that of a row', async () => {
    remote.answer = body(
      returning(
        `<return>${escape('<response><code>404</code><desc>无此检查</desc></response>')}</return>`,
      ),
    )
    await flow.hasten('old')
    await flow.inbox('two').next()
    await flow.caught()
    await flow.deploy(nodes(heir(), changed, register('dead', { id: 'dead' })))
    // Its outcome is handed out again, since the deploy may have lost it.
    assert.equal((await flow.caught()).code, 'REPLY_REJECTED')
    const [row] = (await ask('dead')) as readonly { reason: string }[]
    assert.ok(row?.reason)
    assert.equal(await refused('giveUp', { ...row, by: '值班' }), 'REGISTER_REASON')
    assert.equal(((await ask('dead')) as readonly object[]).length, 1)
    assert.equal(await ask('giveUp', { ...row, by: '值班', reason: '系统已停用' }), 1)
  })

  it('is told where nothing but the register uses the ledger', async () => {
    await flow.deploy(nodes())
    const { code, source } = await flow.caught()
    assert.deepEqual([code, source.id], ['PEER_GONE', 'giveUp'])
  })

  it('is no trouble while the peer is only disabled, and waits for it', async () => {
    await flow.deploy(nodes({ ...old(), d: true }, heir(), changed))
    const { peers } = (await ask('depth')) as Depth
    assert.deepEqual(
      peers.map((one) => [one.peer, one.inFlow]),
      [['old', true]],
    )
    assert.equal(flow.inbox('caught').all.length, 0)
    remote.answer = succeeding
    await flow.deploy(nodes(old(), heir(), sender))
    await flow.hasten('old')
    assert.equal((await flow.inbox('one').next())['topic'], 'kept')
  })

  it('is told as well of one that has another ledger now, and can be had by its heir', async () => {
    const store: FlowNode = { id: 'other', type: 'crisis store', engine: 'file', file: 'other.db' }
    const moved = peer({ id: 'old', address: remote.origin, store: 'other' })
    await flow.deploy(nodes(store, moved, sender, heir()))
    assert.equal((await flow.caught()).code, 'PEER_GONE')
    const { peers } = (await ask('depth')) as Depth
    assert.deepEqual(
      peers.map((one) => [one.peer, one.inFlow]),
      [['old', false]],
    )
    assert.equal(await refused('passOn', { peer: 'old', to: 'old' }), 'REGISTER_PEER')
    remote.answer = succeeding
    await ask('passOn', { peer: 'old', to: 'heir' })
    while (((await ask('depth')) as Depth).peers.length > 0) await flow.settle()
  })

  it('is not sent by a peer that has another ledger', async () => {
    const store: FlowNode = { id: 'other', type: 'crisis store', engine: 'file', file: 'other.db' }
    await flow.deploy(nodes(store, heir({ store: 'other' }), changed))
    assert.equal((await flow.caught()).code, 'PEER_GONE')
    assert.equal(await refused('passOn', { peer: 'old', to: 'heir' }), 'REGISTER_PEER')
  })
})

describe('what is undelivered to a peer that only another instance has', function () {
  this.timeout(30_000)
  let server: TestPostgres | undefined
  let flow: Flow | undefined

  after(async () => {
    await flow?.unload()
    await server?.stop()
  })

  it('is no trouble for as long as that one looks after it', async function () {
    const started = await startPostgres()
    if ('reason' in started) {
      console.log(`    skipped: ${started.reason}`)
      return this.skip()
    }
    server = started
    const { host, port, database, user, password } = server.address
    const place = { engine: 'postgres', host, port: String(port), database, user }
    const nodes: readonly FlowNode[] = [
      { ...DEFAULTS.store, id: 'store', type: 'crisis store', ...place },
      register('depth', { store: 'store' }),
    ]
    flow = await Flow.load(nodes, { credentials: { store: { password } } })
    const { store, release } = useStore(Runtime.of(flow.RED), 'store')
    const { ledger } = store
    const actor = { chain: 'other', actor: 'other' }
    const item = { operation: 'SynCrisisInfo', lane: 'a', document: '<a/>', alert: null } as const
    for (const to of ['elsewhere', 'gone']) {
      await ledger.run('enqueue', {
        actor,
        item: { ...item, peer: to, node: '', message: '{}', expiresAfterMs: null },
      })
    }
    await flow.deploy(nodes)
    await flow.settle()
    assert.equal(flow.inbox('caught').all.length, 0, 'another instance may begin with it soon')
    const client = new Client({ ...server.address, options: '-c search_path=crisis' })
    await client.connect()
    await client.query('update outbox set at = at - 300000')
    await client.end()
    await ledger.run('tend', { peer: 'elsewhere' })
    await flow.deploy(nodes)
    const { code, message } = await flow.caught()
    assert.equal(code, 'PEER_GONE')
    assert.match(message, / 1 undelivered documents .*\(gone\)/)
    await release()
  })
})

import assert from 'node:assert/strict'
import type { Act, OpenView, RosterView, StuckView } from '../../src/board/api.js'
import type { SessionFacts } from '../../src/board/index.js'
import { openReads, type OpenedReads } from '../../nodes/board/reads.js'
import { Runtime, type Face } from '../../nodes/face/index.js'
import { useStore, type UsedStore } from '../../nodes/store/index.js'
import { callWith, crisisXml } from '../support/calls.js'
import {
  acknowledge,
  board as boardNode,
  Flow,
  inNode,
  peer,
  roster,
  service,
} from '../support/flow.js'
import { BoardVisitor } from '../support/board-visitor.js'
import { freePort } from '../support/node-red.js'

const FACTS: SessionFacts = {
  person: { code: '040007', name: '李医生' },
  role: 'act',
  seesPatients: true,
  language: 'zh-CN',
}
const PASSWORD = 'first-password'
const NURSE = { code: '040008', name: '王护士' }

describe('the board beside the other nodes', function () {
  this.timeout(20_000)
  let flow: Flow
  let used: UsedStore
  let board: OpenedReads
  let url: string

  before(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    const nodes = [
      service({ port: String(port) }),
      inNode({ wires: [['one']] }),
      peer({ name: 'PACS 一', address: 'http://127.0.0.1:9/pacs' }),
      roster({
        name: '值班',
        channels: '短信',
        rows: [{ role: '值班医师', ...NURSE, addresses: { 短信: '13800000002' } }],
      }),
      acknowledge({ wires: [['counted'], ['other']] }),
      boardNode(),
    ]
    flow = await Flow.load(nodes, { credentials: { board: { password: PASSWORD } } })
    await flow.shows('in', 'listening')
    await flow.shows('board', 'listening')
    const runtime = Runtime.of(flow.RED)
    used = useStore(runtime, '')
    const face = { id: 'board', runtime } as Face
    board = openReads(face, used.store, { zone: '+08:00' })
  })
  after(async () => {
    board.close()
    await used.release()
    await flow.unload()
  })

  const view = <T>(name: keyof OpenedReads['reads']['views']) =>
    board.reads.views[name](FACTS, new URLSearchParams()) as Promise<T>
  const act = (done: Act) => board.acts.act(FACTS, done)

  it('tells the flow of crisis acknowledge what was done on it', async () => {
    await callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo: '1' }))
    await flow.inbox('one').next()
    const [row] = (await view<OpenView>('open')).rows
    assert.ok(row)
    const { alert } = row
    assert.deepEqual(await act({ kind: 'received', alert }), { isDone: true, reason: null })
    const counted = await flow.inbox('counted').next()
    assert.deepEqual([counted.crisis?.stage, counted.crisis?.id], ['received', row.id])
    assert.equal((await view<OpenView>('open')).rows[0]?.owner?.code, '040007')
  })

  it('is what a browser is shown, with each change as it comes', async () => {
    const visitor = new BoardVisitor(`${await flow.httpNode()}/crisis-board`)
    await visitor.signIn('admin', PASSWORD)
    const stream = (await visitor.fetch('/api/events')).body!.getReader()
    const heard = async (wanted: string): Promise<void> => {
      for (let text = ''; !text.includes(wanted);) {
        const { value = new Uint8Array(), done } = await stream.read()
        assert.ok(!done, text)
        text += Buffer.from(value).toString()
      }
    }
    await heard('"isWhole":true')
    await callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo: '17' }))
    await flow.inbox('one').next()
    await heard('"ExamNo":"17"')
    const { body } = await visitor.get('/api/open')
    const { alert } = (body as unknown as OpenView).rows.find(({ ExamNo }) => ExamNo === '17')!
    const done = await visitor.act({ kind: 'processed', alert, fields: { result: '已处理' } })
    assert.deepEqual([done.status, done.body.isDone], [200, true])
    await heard(`"gone":[${alert}]`)
    await stream.cancel()
    assert.equal((await flow.inbox('counted').next()).crisis?.stage, 'processed')
    for (const [path, status] of [
      [`exam?alert=${alert}`, 200],
      ['exam?alert=99', 404],
      ['search?from=x', 400],
      ['register.csv', 200],
    ] as const) {
      assert.equal((await visitor.fetch(`/api/${path}`)).status, status, path)
    }
  })

  it('names rosters, and who may take over what a deleted node has left', async () => {
    const [found] = (await view<RosterView>('roster')).rosters
    assert.deepEqual([found?.name, found?.problem, found?.readAt], ['值班', null, null])
    assert.deepEqual(found?.duties[0]?.people, [{ ...NURSE, channels: ['短信'] }])
    await used.store.ledger.run('enqueue', {
      actor: used.store.actor({ id: 'x' }),
      item: {
        ...{ peer: 'gone', operation: 'SynCrisisInfo', lane: 'x', document: '<a/>', alert: null },
        ...{ node: '', message: '{}', expiresAfterMs: null },
      },
    })
    const unclaimed = async () =>
      (await view<StuckView>('stuck')).rows.filter(({ kind }) => kind === 'unclaimed')
    const [row] = await unclaimed()
    assert.deepEqual([row?.id, row?.targets], ['peer:gone', [{ id: 'peer', name: 'PACS 一' }]])
    const passOn = { kind: 'passOn', reason: 'x', fields: { target: 'peer' } } as const
    await assert.rejects(act({ ...passOn, id: 'node:in' }), { code: 'BOARD_NODE' })
    await assert.rejects(act({ ...passOn, id: 'peer:peer' }), { code: 'REGISTER_PEER' })
    assert.equal((await act({ ...passOn, id: 'peer:gone' })).isDone, true)
    assert.deepEqual(await unclaimed(), [])
  })

  it('records what is done where no such node is left, and says that no flow hears of it', async () => {
    const [row] = (await view<OpenView>('open')).rows
    const { alert } = row!
    await flow.deploy([])
    const done = await act({ kind: 'processed', alert, fields: { result: '已处理' } })
    assert.ok(done.isDone && done.reason?.en.includes('No crisis acknowledge node'))
    assert.deepEqual((await view<OpenView>('open')).rows, [])
  })
})

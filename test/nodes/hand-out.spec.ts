import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Node, NodeAPI } from 'node-red'
import { Face } from '../../nodes/face/index.js'
import { HandingOut } from '../../nodes/handout/handouts.js'
import { INSTANCE, type Store } from '../../nodes/store/store.js'
import type { Owed } from '../../src/ledger/index.js'
import { Site } from '../ledger/site.js'
import { MemoryEngine } from '../support/memory-engine.js'

const START = Date.UTC(2026, 0, 1)

/** As much of Node-RED and of a store as handing out needs. */
function openStore() {
  const clock = { now: START }
  const engine = new MemoryEngine(clock)
  const site = new Site(engine, 'site')
  const events = new EventEmitter()
  const RED = {
    events,
    nodes: { eachNode: () => undefined, getNode: () => null },
    _: (key: string) => key,
    log: { error: () => undefined },
  } as unknown as NodeAPI
  const errors: unknown[] = []
  const node = {
    id: site.target,
    error: (error: unknown) => errors.push(error),
  } as unknown as Node
  let leases = 0
  const store = {
    ledger: site.ledger,
    key: 'k',
    lease: () => `${INSTANCE}/${++leases}`,
    actor: () => site.actor,
  } as unknown as Store
  const owed = async (): Promise<number> =>
    Number(engine.query('select count(*) as n from owed')[0]?.['n'])
  const looks = (times: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = engine.onRan((name) => {
        if (name !== 'takeHandouts' || --times > 0) return
        stop()
        setImmediate(resolve)
      })
    })
  const face = new Face(RED, node)
  return { clock, engine, site, events, face, errors, store, owed, looks }
}

describe('handing out', () => {
  it('leaves owed what throws, tells it once, and goes on with the others', async () => {
    const { clock, site, events, face, errors, store, owed, looks } = openStore()
    const given: unknown[] = []
    const handing = new HandingOut(face, store, 0, ({ content }: Owed) => {
      const { crisis } = content as { crisis: { ExamNo: string } }
      given.push(crisis.ExamNo)
      if (crisis.ExamNo === 'bad') throw new TypeError('flags is not iterable')
    })
    await site.send({ ExamNo: 'bad' })
    await site.send({ ExamNo: 'good' })
    events.emit('flows:started')
    while (!given.includes('good')) await looks(1)
    assert.deepEqual(given, ['bad', 'good'])
    clock.now += 60_000
    events.emit('flows:started')
    while (given.filter((exam) => exam === 'bad').length < 2) await looks(1)
    assert.equal(errors.length, 1)
    await handing.close()
    assert.ok((await owed()) >= 1)
    clock.now += 60_000
    const left = await site.emitted()
    assert.ok(left.some(({ content }) => content.crisis.ExamNo === 'bad'))
  })

  it('has at once what a call left whose commit was not known', async () => {
    const { engine, site, events, face, store, looks } = openStore()
    const given: unknown[] = []
    const handing = new HandingOut(face, store, 30_000, ({ content }: Owed) => {
      given.push((content as { kind: string }).kind)
    })
    events.emit('flows:started')
    await looks(1)
    engine.failing = (name) => (name === 'storeCrises' ? 'after' : undefined)
    await assert.rejects(site.send({}, { leaseMs: 45_000 }), /the commit is unknown/)
    engine.failing = () => undefined
    const looked = looks(1)
    handing.free('first/1')
    await looked
    assert.deepEqual(given, ['new'])
    assert.equal((await site.send({}, { leaseMs: 45_000 })).kind, 'resend')
    await handing.close()
  })
})

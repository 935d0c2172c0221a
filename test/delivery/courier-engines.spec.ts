import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Courier } from '../../src/delivery/index.js'
import { Poster } from '../../src/http/calling/index.js'
import { DEFINITION_MODULE, Ledger, SqliteEngine, type Engine } from '../../src/ledger/index.js'
import { PostgresEngine } from '../../src/store/index.js'
import { definition } from '../../src/ledger/operations/index.js'
import { openRemote, readCall } from '../../src/soap/index.js'
import { actor, attempt, refused, RETRY, toDeliver } from '../ledger/outbox-rig.js'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { postgresOrSkip } from '../support/postgres.js'

interface Maker {
  /** An engine of another instance where the database allows it, else the same one. */
  instance(): Engine
  end(): Promise<void>
}

function sqlite(): Promise<Maker> {
  const folder = mkdtempSync(join(tmpdir(), 'crisis-courier-'))
  const engine = new SqliteEngine({
    file: join(folder, 'ledger.db'),
    definition: DEFINITION_MODULE,
    ballastBytes: 0,
  })
  return Promise.resolve({
    instance: () => engine,
    async end() {
      await engine.close()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

async function postgres(this: Mocha.Context): Promise<Maker> {
  const server = await postgresOrSkip(this)
  const engines: Engine[] = []
  return {
    instance() {
      const engine = new PostgresEngine({ address: server.address, definition })
      engines.push(engine)
      return engine
    },
    async end() {
      await Promise.all(engines.map((engine) => engine.close()))
      await server.stop()
    },
  }
}

const LANES = ['A', 'B', 'C', 'D', 'E']
const EACH = 12

for (const [name, start] of [
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
] as const) {
  describe(`the courier on ${name}`, () => {
    let maker: Maker
    let peer: TestPeer

    before(async function () {
      this.timeout(20_000)
      maker = await start.call(this)
      peer = await TestPeer.open()
    })
    after(async () => {
      await maker?.end()
      await peer?.close()
    })

    it('delivers with two instances, each document once and each lane in order', async () => {
      const documents: string[] = []
      let onTheirWay = 0
      let most = 0
      const { promise: all, resolve } = Promise.withResolvers<void>()
      peer.answer = (received, response) => {
        documents.push(readCall(received.body).argument ?? '')
        most = Math.max(most, ++onTheirWay)
        // Long enough for the other instance to have its turn.
        setTimeout(() => {
          onTheirWay--
          succeeding(received, response)
        }, 5)
        if (documents.length >= LANES.length * EACH) resolve()
      }
      const poster = new Poster()
      const ledgers = [new Ledger(maker.instance()), new Ledger(maker.instance())]
      const [ledger] = ledgers
      assert.ok(ledger)
      for (let n = 0; n < EACH; n++) {
        await Promise.all(
          LANES.map((lane) =>
            ledger.run('enqueue', {
              actor,
              item: toDeliver({ peer: 'both', lane, document: `<d>${lane}${n}</d>`, node: '' }),
            }),
          ),
        )
      }
      const couriers = ledgers.map((own, index) => {
        const courier = new Courier({
          ledger: own,
          peer: 'both',
          instance: `instance ${index}`,
          chain: `chain ${index}`,
          parallel: 2,
          perMinute: 1_000,
          open: (operation, signal) =>
            openRemote({ operation, signal, transport: poster, address: peer.origin }),
          seal: (document) => document,
          onTrouble: ({ code }) => assert.fail(code),
        })
        courier.start()
        return courier
      })
      await all
      await Promise.all(couriers.map((courier) => courier.close()))
      poster.close()
      assert.equal(documents.length, LANES.length * EACH)
      assert.equal(most, 2, 'in parallel, but not twice as much for two of them')
      for (const lane of LANES) {
        const own = documents.filter((document) => document.includes(lane))
        const expected = Array.from({ length: EACH }, (_, n) => `<d>${lane}${n}</d>`)
        assert.deepEqual(own, expected)
      }
      assert.equal((await ledger.run('depth', { peer: 'both' })).waiting, 0)
      assert.deepEqual((await ledger.verifyAudit()).broken, [])
    })

    it('finds every operation of the outbox to work', async () => {
      const ledger = new Ledger(maker.instance())
      const id = await ledger.run('enqueue', { actor, item: toDeliver() })
      const claim = async (lease: string) => {
        const limits = { limit: 4, parallel: 4, perMinute: 10 }
        const args = { actor, peer: 'his', lease, leaseMs: 30_000, ...limits }
        return (await ledger.run('claim', args)).documents
      }
      assert.deepEqual(
        (await claim('1')).map((one) => [one.id, one.attempts, one.ambiguous]),
        [[id, 1, 0]],
      )
      await ledger.run('release', { id, lease: '1' })
      const [one] = await claim('2')
      assert.ok(one)
      const verdict = (lease: string) => ({
        actor,
        id,
        lease,
        attempt: attempt({ reply: { code: 's:Server', desc: '出错' } }),
        verdict: RETRY,
      })
      assert.equal((await ledger.run('conclude', verdict('1'))).owned, false)
      assert.equal((await ledger.run('conclude', verdict('2'))).owned, true)
      // As if the commit had not been reported.
      assert.equal((await ledger.run('conclude', verdict('2'))).owned, true)
      const waitMs = await ledger.run('nextDue', { peer: 'his' })
      assert.ok(waitMs !== null && waitMs > 0 && waitMs <= 4_000)
      assert.equal(await ledger.run('hastenPeer', { peer: 'his' }), 1)
      assert.equal(await ledger.run('nextDue', { peer: 'his' }), null)
      const [again] = await claim('3')
      assert.equal(again?.attempts, 2)
      const dead = await ledger.run('conclude', {
        actor,
        id,
        lease: '3',
        attempt: refused,
        verdict: { state: 'dead' },
      })
      assert.deepEqual(dead, { owned: true, expired: false })
      const replayed = await ledger.run('replay', { actor, id, document: '<b/>' })
      const [fresh] = replayed.documents
      assert.ok(fresh !== undefined)
      assert.deepEqual(await ledger.run('noteOld', { actor, peer: 'his', ageMs: 0 }), {
        documents: 1,
        outbox: fresh,
      })
      assert.equal(await ledger.run('noteOld', { actor, peer: 'his', ageMs: 0 }), null)
      const expired = await ledger.run('expireDocuments', { actor, peer: 'his', expiresAfterMs: 0 })
      assert.deepEqual(
        expired.map(({ outbox }) => outbox),
        [fresh],
      )
      assert.deepEqual(await ledger.run('depth', { peer: 'his' }), {
        waiting: 0,
        oldestAt: null,
        failing: null,
        dead: 1,
        deadOf: {
          SynCrisisInfo: { count: 1, last: { class: 'unreachable', code: 'EXPIRED' } },
          SynCrisisResponseInfo: { count: 0, last: null },
        },
        deadBy: [
          {
            node: 'node',
            operation: 'SynCrisisInfo',
            count: 1,
            last: { class: 'unreachable', code: 'EXPIRED' },
          },
        ],
        parked: 0,
        parkedFor: { otherFinding: 0, process: 0, wrongPatient: 0 },
        parkedOldestAt: null,
      })
      const all = { actor, id: null, peer: null, document: null } as const
      const [last] = (await ledger.run('replay', all)).documents
      assert.ok(last !== undefined)
      assert.equal(await ledger.run('cancel', { actor, id: last, reason: '已电话通知' }), true)
      assert.equal((await ledger.run('deadLetters', { limit: 10 })).length, 0)
      const bad = { actor, peer: 'his', ok: false, alarmAfter: 1 }
      assert.equal((await ledger.run('notePeer', bad)).alarm, true)
      assert.equal((await ledger.run('notePeer', { ...bad, ok: true })).recovered, true)
    })
  })
}

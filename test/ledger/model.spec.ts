import assert from 'node:assert/strict'
import { PostgresEngine } from '../../src/ledger/engine/index.js'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'
import { definition } from './definition.js'
import type { Tally } from './model-run.js'
import { EmptyLedgers, tryTraces } from './model-tries.js'

/*
 * Traces of what may happen to an exam, in any order, on the ledger and on the model of test/ledger/model.ts, which are
 * compared after each event. Another part of them is tried with CRISIS_SEED, more of them by `npm run fuzz -- --traces`.
 */

const FIRST = Number(process.env['CRISIS_SEED'] ?? 1)
const COUNT = Number(process.env['CRISIS_TRACES'] ?? 10_000)
const COUNT_ON_POSTGRES = 60

const seeds = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => FIRST + n)

/** What must have happened, and at least how often in a thousand traces. */
const HAPPENED: Readonly<Record<string, number>> = {
  'event crisis': 1_000,
  'event heard': 400,
  'event tell': 800,
  'event retell': 40,
  'event send': 400,
  'event claim': 2_000,
  'event conclude': 600,
  'event release': 10,
  'event redeploy': 100,
  'event crash': 50,
  'event prune': 150,
  'event expire': 100,
  'event replay': 50,
  'event giveUp': 25,
  'event cancel': 100,
  'event lift': 150,
  'event choose': 100,
  'arrived: new': 1_000,
  'arrived: revision': 250,
  'arrived: outOfOrder': 40,
  'arrived: resend': 100,
  'arrived: late': 20,
  'arrived: earlier': 15,
  'arrived: wrong patient': 150,
  'heard: new': 200,
  'heard: duplicate': 10,
  'heard: orphan': 100,
  'heard: rematched': 70,
  'told: goes': 300,
  'told: waits, otherFinding': 40,
  'told: waits, process': 10,
  'told: waits, wrongPatient': 40,
  'told: known': 20,
  'told: revised': 50,
  'told: cancelled': 20,
  'told: unknownAlert': 50,
  'sent: goes': 300,
  'sent: known': 30,
  'sent: overtaken': 1,
  'sent: cancelled': 10,
  'taken: his': 250,
  'taken: his again': 5,
  'taken: pacs': 300,
  'taken: pacs again': 10,
  'concluded: his done': 250,
  'concluded: pacs done': 300,
  'concluded: pacs ready': 5,
  'concluded: too late': 5,
  'outcome: done': 300,
  'outcome: dead': 40,
  'outcome: held': 3,
  'outcome: cancelled CANCELLED': 10,
  'outcome: cancelled FEEDBACK_CANCELLED': 15,
  'outcome: cancelled FEEDBACK_REVISED': 20,
  'replayed: his sent': 15,
  'replayed: pacs sent': 20,
  'replayed: pacs overtaken': 3,
  'decided: cancelled': 100,
  'decided: chosen': 20,
  'decided: lifted': 80,
  'given up: his': 5,
  'given up: pacs': 10,
  'handed out again': 60,
  'unknown commit': 80,
  pruned: 40,
}

function assertHappened(tally: Tally, traces: number): void {
  const rare = Object.entries(HAPPENED).filter(
    ([what, often]) => (tally.get(what) ?? 0) < (often * traces) / 1_000,
  )
  const shown = rare.map(([what, often]) => `${what}: ${tally.get(what) ?? 0}, not ${often}`)
  assert.deepEqual(shown, [], `of a thousand, in ${traces} traces`)
}

describe('an exam, whatever happens to it and in whatever order', () => {
  it(`is what the model says (SQLite in memory, ${COUNT} traces from seed ${FIRST})`, async function () {
    this.timeout(600_000)
    const ledgers = new EmptyLedgers()
    const tally = await tryTraces(seeds(COUNT), () => ledgers.next())
    assertHappened(tally, COUNT)
  })

  it('fails where the ledger does otherwise, with the shortest trace that shows it', async function () {
    this.timeout(60_000)
    const ledgers = new EmptyLedgers()
    const next = () => {
      const ground = ledgers.next()
      // A ledger that takes every other finding of an exam for a re-send.
      const { engine } = ground
      const run = async (name: string, args: unknown) => {
        const result = await engine.run(name, args)
        if (name !== 'storeCrises') return result
        return (result as readonly { alert: number }[]).map((one) =>
          one.alert === 2 ? { ...one, kind: 'resend' } : one,
        )
      }
      return { ...ground, engine: Object.assign(Object.create(engine) as typeof engine, { run }) }
    }
    await assert.rejects(tryTraces(seeds(100), next), (error: Error) => {
      const [, , ...events] = error.message.split('\n').filter((line) => line.startsWith('exam '))
      assert.deepEqual(events, [], 'two critical values are enough')
      return true
    })
  })

  describe('on two machines', () => {
    let server: TestPostgres | undefined
    let engine: PostgresEngine | undefined
    before(async function () {
      server = await postgresOrSkip(this)
      engine = new PostgresEngine({ address: server.address, definition, schema: 'model' })
      await engine.ready()
    })
    after(async () => {
      await engine?.close()
      await server?.stop()
    })

    it(`is what the model says (PostgreSQL, ${COUNT_ON_POSTGRES} traces)`, async function () {
      this.timeout(240_000)
      let tries = 0
      const tally = await tryTraces(seeds(COUNT_ON_POSTGRES), () => ({
        engine: engine!,
        system: `try ${++tries}`,
        isAlone: false,
        now: () => Date.now(),
        wait: () => false,
      }))
      for (const what of ['taken: his', 'taken: pacs', 'outcome: done', 'decided: lifted']) {
        assert.ok((tally.get(what) ?? 0) > 0, what)
      }
    })
  })
})

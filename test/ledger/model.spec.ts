import assert from 'node:assert/strict'
import { PostgresEngine } from '../../src/store/index.js'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'
import { definition } from './definition.js'
import type { Tally } from './model-run.js'
import { EmptyLedgers, tryTraces } from './model-tries.js'

/*
 * Traces of what may happen to an exam, in any order, on the ledger and on the model of test/ledger/model.ts, which are
 * compared after each event. Another part of them is tried with CRISIS_SEED, more of them by `npm run fuzz -- --traces`.
 */

const FIRST = Number(process.env['CRISIS_SEED'] ?? 1)
const COUNT = Number(process.env['CRISIS_TRACES'] ?? 250)
const COUNT_ON_POSTGRES = 60

const seeds = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => FIRST + n)

/** What must have happened, and at least how often in a thousand traces. */
const HAPPENED: Readonly<Record<string, number>> = {
  'event crisis': 200,
  'event heard': 80,
  'event tell': 160,
  'event retell': 8,
  'event send': 80,
  'event claim': 400,
  'event conclude': 120,
  'event release': 2,
  'event redeploy': 20,
  'event crash': 10,
  'event prune': 30,
  'event expire': 20,
  'event replay': 10,
  'event giveUp': 5,
  'event cancel': 20,
  'event lift': 30,
  'event choose': 20,
  'arrived: new': 200,
  'arrived: revision': 50,
  'arrived: outOfOrder': 8,
  'arrived: resend': 20,
  'arrived: late': 4,
  'arrived: earlier': 3,
  'arrived: wrong patient': 30,
  'heard: new': 40,
  'heard: duplicate': 2,
  'heard: orphan': 20,
  'heard: rematched': 14,
  'told: goes': 60,
  'told: waits, otherFinding': 8,
  'told: waits, process': 2,
  'told: waits, wrongPatient': 8,
  'told: known': 4,
  'told: revised': 10,
  'told: cancelled': 4,
  'told: unknownAlert': 10,
  'sent: goes': 60,
  'sent: known': 6,
  'sent: overtaken': 1,
  'sent: cancelled': 2,
  'taken: his': 50,
  'taken: his again': 1,
  'taken: pacs': 60,
  'taken: pacs again': 2,
  'concluded: his done': 50,
  'concluded: pacs done': 60,
  'concluded: pacs ready': 1,
  'concluded: too late': 1,
  'outcome: done': 60,
  'outcome: dead': 8,
  'outcome: held': 1,
  'outcome: cancelled CANCELLED': 2,
  'outcome: cancelled FEEDBACK_CANCELLED': 3,
  'outcome: cancelled FEEDBACK_REVISED': 4,
  'replayed: his sent': 3,
  'replayed: pacs sent': 4,
  'replayed: pacs overtaken': 1,
  'decided: cancelled': 20,
  'decided: chosen': 4,
  'decided: lifted': 16,
  'given up: his': 1,
  'given up: pacs': 2,
  'handed out again': 12,
  'unknown commit': 16,
  pruned: 2,
}

function assertHappened(tally: Tally, traces: number): void {
  const rare = Object.entries(HAPPENED).filter(
    ([what, often]) => (tally.get(what) ?? 0) < Math.floor((often * traces) / 1_000),
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

import assert from 'node:assert/strict'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'
import { TwoInstances } from './races-rig.js'
import type { Site } from './site.js'

/* Rows that two instances share and that belong to no exam, wherever the first of them is interrupted. */

const MOST_STATEMENTS = 12

describe('what two instances count at the same moment (PostgreSQL)', function () {
  this.timeout(60_000)
  let server: TestPostgres
  let two: TwoInstances

  before(async function () {
    server = await postgresOrSkip(this)
    two = await TwoInstances.open(server, 'counts')
  })
  after(async () => {
    await two?.close()
    await server?.stop()
  })

  /** What each act of the two comes to, once for each statement before which the first one stands still. */
  async function* met<T>(
    one: (site: Site) => Promise<T>,
    other = one,
    prepare?: (site: Site) => Promise<unknown>,
  ): AsyncGenerator<readonly [T, T, Site]> {
    let stands = 0
    for (let statement = 0; statement < MOST_STATEMENTS; statement++) {
      const [first, second] = two.pair()
      await prepare?.(second)
      const { stood, results } = await two.interleave(
        () => one(first),
        () => other(second),
        statement,
      )
      if (!stood) break
      stands++
      const values = results.map((result) => {
        if (result.status === 'rejected') throw result.reason
        return result.value as T
      })
      yield [values[0]!, values[1]!, second]
    }
    assert.ok(stands > 2, 'it is interrupted')
  }

  it('raise one alarm for a peer that fails', async () => {
    const note = ({ ledger, actor, system }: Site, ok: boolean) =>
      ledger.run('notePeer', { actor, peer: system, ok, alarmAfter: 1 })
    const fails = (site: Site) => note(site, false)
    for await (const [one, other] of met(fails, fails, (site) => note(site, true))) {
      assert.equal(one.failures + other.failures, 1 + 2)
      assert.equal(Number(one.alarm) + Number(other.alarm), 1)
    }
  })

  it('note the same callers in any order without a deadlock', async () => {
    const note = ({ ledger, actor, system }: Site) => {
      const seen = ['a', 'b'].map((form) => ({
        service: system,
        remoteAddress: '',
        operation: '',
        form,
        calls: 1,
        firstAgoMs: 0,
        lastAgoMs: 0,
      }))
      return ledger.run('noteCallers', {
        seen: actor.chain.endsWith('a') ? seen : seen.toReversed(),
      })
    }
    for await (const [, , site] of met(note)) {
      const rows = await site.rows('select calls from caller where service = $1', site.system)
      assert.deepEqual(rows, [{ calls: 2 }, { calls: 2 }])
      assert.equal(two.repeated, 0)
    }
  })

  it('trust the clock no more once one of them has seen it jump', async () => {
    const steadyMs = 1_000_000
    const look = async ({ ledger, actor }: Site, jumpMs: number) => {
      const before = { at: Date.now() - 1_000 - jumpMs, elapsedMs: 1_000 }
      await ledger.run('lookAtClock', { actor, before })
    }
    const [site] = two.pair()
    await look(site, 0)
    const trusted = () => site.rows('update clock set steady_ms = $1', steadyMs)
    await trusted()
    for await (const _ of met(
      (first) => look(first, 0),
      (second) => look(second, 3_600_000),
    )) {
      const [row] = await site.rows('select steady_ms from clock')
      assert.ok(Number(row?.['steady_ms']) < steadyMs)
      await trusted()
    }
  })
})

import assert from 'node:assert/strict'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'
import { claimForGone, claimOne, expire, sayLater, takeHandouts } from './race-acts.js'
import { RACES_BESIDE } from './races-beside.js'
import { RACES } from './races.js'
import { snapshot, TwoInstances, type Act } from './races-rig.js'

/*
 * Whatever two instances do to one exam at the same moment, it comes to the same as if one had done it after the other,
 * wherever the first of them is interrupted. Taking any one lock away makes one of these fail.
 */

/** These pass over what they would have to wait for, and so may come to what the other order comes to. */
const SKIPPING: ReadonlySet<Act> = new Set([claimOne, claimForGone, expire, takeHandouts])

describe('two instances at the same moment (PostgreSQL)', function () {
  this.timeout(120_000)
  let server: TestPostgres
  let two: TwoInstances

  before(async function () {
    server = await postgresOrSkip(this)
    two = await TwoInstances.open(server, 'races')
  })
  beforeEach(() => {
    sayLater()
    two.repeated = 0
  })
  after(async () => {
    await two?.close()
    await server?.stop()
  })

  /** What the one after the other comes to. */
  async function inTurn(before: Act, first: 0 | 1, one: Act, other: Act): Promise<string> {
    const sites = two.pair()
    await before(sites[0])
    await (first === 0 ? one(sites[0]) : other(sites[1]))
    await (first === 0 ? other(sites[1]) : one(sites[0]))
    return snapshot(sites[1])
  }

  for (const { what, before: prepare, one, other } of [...RACES, ...RACES_BESIDE]) {
    it(`come to what one after the other comes to: ${what}`, async () => {
      const oneFirst = await inTurn(prepare, 0, one, other)
      const otherFirst = await inTurn(prepare, 1, one, other)
      let stood = true
      let stands = 0
      for (let statement = 0; stood; statement++) {
        const [first, second] = two.pair()
        await prepare(first)
        const { results, ...met } = await two.interleave(
          () => one(first),
          () => other(second),
          statement,
        )
        stood = met.stood
        if (!stood) break
        stands++
        for (const result of results) if (result.status === 'rejected') throw result.reason
        const came = await snapshot(second)
        assert.equal(two.repeated, 0, `no deadlock, interrupted before statement ${statement}`)
        const about = `interrupted before statement ${statement}, ${met.passed ? 'passed' : 'waited'}`
        if (SKIPPING.has(other)) assert.ok(met.passed, about)
        // What was done while the other one stood still was committed first.
        const wanted = met.passed && !SKIPPING.has(other) ? [otherFirst] : [oneFirst, otherFirst]
        if (!wanted.includes(came)) assert.equal(came, wanted[0], about)
      }
      assert.ok(stands > 1, 'it is interrupted')
    })
  }
})

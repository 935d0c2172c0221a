import assert from 'node:assert/strict'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'
import { claimOne, RACES, sayLater } from './races.js'
import { snapshot, TwoInstances, type Act } from './races-rig.js'

/*
 * Whatever two instances do to one exam at the same moment, it comes to the same as if one had done it after the other,
 * wherever the first of them is interrupted. Taking any one lock away makes one of these fail.
 */

describe('two instances at the same moment (PostgreSQL)', function () {
  this.timeout(120_000)
  let server: TestPostgres
  let two: TwoInstances

  before(async function () {
    server = await postgresOrSkip(this)
    two = await TwoInstances.open(server, 'races')
  })
  beforeEach(sayLater)
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

  for (const { what, before: prepare, one, other } of RACES) {
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
        // What was done while the other one stood still was committed first.
        // A claim passes over what it would have to wait for.
        const skips = other === claimOne
        const wanted = met.passed && !skips ? [otherFirst] : [oneFirst, otherFirst]
        const about = `interrupted before statement ${statement}, ${met.passed ? 'passed' : 'waited'}`
        if (!wanted.includes(came)) assert.equal(came, wanted[0], about)
      }
      assert.ok(stands > 1, 'it is interrupted')
    })
  }
})

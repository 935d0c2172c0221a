import assert from 'node:assert/strict'
import { runLoopKills } from './kills.js'

const KILLS = 6

describe('the closed loop, whose processes are killed at each of its steps', function () {
  this.timeout(240_000)

  for (const [engine, who] of [
    ['sqlite', 'one on a file'],
    ['postgres', 'two on PostgreSQL'],
  ] as const) {
    it(`loses no step, no page and no acknowledgement: ${who}`, async () => {
      const { faults, audit, counted, atTheLastStep, killed } = await runLoopKills({
        kills: KILLS,
        engine,
        seed: 3,
      })
      assert.deepEqual(faults, [])
      assert.equal(audit.broken, 0)
      // It has been at work.
      assert.ok(counted > KILLS && atTheLastStep > KILLS && killed.size > 0)
    })
  }
})

import assert from 'node:assert/strict'
import { packPackage } from '../support/node-red.js'
import { runCrashes } from './crash.js'

const KILLS = 6

describe('a Node-RED that is killed while critical values come in', function () {
  this.timeout(900_000)

  for (const engine of ['sqlite', 'postgres'] as const) {
    it(`loses nothing that was answered 0, on ${engine}`, async () => {
      const result = await runCrashes({ tarball: packPackage(), kills: KILLS, engine, seed: 7 })
      const { notStored, notDelivered, overtaken, audit } = result
      assert.deepEqual(
        { notStored, notDelivered, overtaken },
        { notStored: [], notDelivered: [], overtaken: [] },
      )
      assert.equal(audit.broken, 0)
      // It has been at work.
      assert.ok(result.acknowledged > KILLS, `only ${result.acknowledged} were acknowledged`)
    })
  }
})

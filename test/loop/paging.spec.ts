import assert from 'node:assert/strict'
import { seeded } from '../crash/random.js'
import { PagingSite, type Seen } from './paging-run.js'

const SITES = 50
const ALERTS = 100

describe('the pages of thousands of critical values, by rosters with gaps and channels that fail', function () {
  this.timeout(60_000)

  it('reach the last step of whatever nobody has acknowledged, and none goes afterwards', () => {
    const seen: Seen = {}
    for (let seed = 1; seed <= SITES; seed++) {
      const site = new PagingSite(seeded(seed))
      for (let alert = 0; alert < ALERTS; alert++) {
        try {
          site.play()
        } catch (error) {
          throw new Error(`site ${seed}, alert ${alert}`, { cause: error })
        }
      }
      for (const [what, times] of Object.entries(site.seen) as [keyof Seen, number][]) {
        seen[what] = (seen[what] ?? 0) + times
      }
    }
    const all = [
      ...(['received', 'processed', 'refused', 'passedOn', 'cancel', 'stop', 'gap'] as const),
      ...(['standIn', 'accepted', 'retry', 'unknown', 'failed', 'superseded'] as const),
      'atTheEnd' as const,
    ]
    for (const what of all) assert.ok((seen[what] ?? 0) > 100, `${what} ${seen[what]}`)
  })
})

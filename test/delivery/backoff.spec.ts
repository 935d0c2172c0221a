import assert from 'node:assert/strict'
import { backoffMs } from '../../src/delivery/index.js'

describe('the back-off', () => {
  const least = (failures: number) => backoffMs(failures, () => 0)
  const most = (failures: number) => backoffMs(failures, () => 0.999_999)

  it('doubles from 2 s and stays at 5 min', () => {
    assert.deepEqual([1, 2, 3, 7, 8].map(most), [4_000, 8_000, 16_000, 256_000, 300_000])
    assert.equal(most(10_000), 300_000)
  })

  it('leaves half to chance, and never comes at once', () => {
    for (const failures of [1, 2, 8, 2_000]) {
      assert.equal(least(failures), Math.round(most(failures) / 2))
      assert.ok(least(failures) >= 2_000)
    }
  })

  it('takes another range', () => {
    const range = { baseMs: 250, maxMs: 10_000 }
    assert.equal(
      backoffMs(0, () => 0, range),
      125,
    )
    assert.equal(
      backoffMs(50, () => 0, range),
      5_000,
    )
    assert.equal(
      backoffMs(-3, () => 0, range),
      125,
    )
  })
})

import assert from 'node:assert/strict'
import { attempt, Outbox, RETRY } from './outbox-rig.js'

const AMBIGUOUS = { class: 'ambiguous', code: 'REPLY_AMBIGUOUS' }

describe('the attempts of a document that nobody takes', () => {
  let box: Outbox
  let id: number

  beforeEach(async () => {
    box = new Outbox()
    id = await box.enqueue()
  })

  const tryOnce = async (record: Parameters<typeof attempt>[0] = {}) => {
    box.clock.now += 600_000
    const one = await box.claimOne()
    await box.conclude(one, RETRY, attempt({ ...record, startedAt: box.clock.now }))
    return one
  }

  const kept = () =>
    box.engine
      .query('select n, code, alike from attempt where outbox = $1 order by n', id)
      .map((row) => [row['n'], row['code'], row['alike']])

  it('are kept where what they come to changes, and the first and the last; the rest is counted', async () => {
    for (let n = 1; n <= 5; n++) await tryOnce()
    assert.deepEqual(kept(), [
      [1, 'PEER_DEADLINE', 0],
      [5, 'PEER_DEADLINE', 3],
    ])
    await tryOnce({ code: 'PEER_REFUSED' })
    await tryOnce({ code: 'PEER_REFUSED' })
    await tryOnce()
    assert.deepEqual(kept(), [
      [1, 'PEER_DEADLINE', 0],
      [5, 'PEER_DEADLINE', 3],
      [6, 'PEER_REFUSED', 0],
      [7, 'PEER_REFUSED', 0],
      [8, 'PEER_DEADLINE', 0],
    ])
    assert.equal(box.rowOf(id)['attempts'], 8)
  })

  it('count as ambiguous, kept or not', async () => {
    await tryOnce()
    for (let n = 1; n <= 6; n++) await tryOnce(AMBIGUOUS)
    assert.equal((await tryOnce()).ambiguous, 6)
  })

  it('are recorded once when the commit was not known', async () => {
    for (let n = 1; n <= 3; n++) await tryOnce()
    box.clock.now += 600_000
    const one = await box.claimOne()
    const record = attempt({ startedAt: box.clock.now })
    await box.conclude(one, RETRY, record)
    assert.deepEqual(await box.conclude(one, RETRY, record), { owned: true, expired: false })
    assert.deepEqual(kept(), [
      [1, 'PEER_DEADLINE', 0],
      [4, 'PEER_DEADLINE', 2],
    ])
  })
})

import assert from 'node:assert/strict'
import { undisturbed } from './cpu.js'

const TRIES = 4
/** Far more than any burst can have left to others, in µs; and half of that. */
const MUCH = 1e12
const LESS = 1e6

/** Runs bursts of which each is disturbed by so much, in µs, and tells which of them counted and which were done with. */
async function run(disturbed: readonly number[]): Promise<{ counted: number; done: number[] }> {
  const done: number[] = []
  let used = 0
  let bursts = 0
  const counted = await undisturbed(
    TRIES,
    () => {
      used += disturbed[bursts] ?? Number.NaN
      return Promise.resolve(++bursts)
    },
    (burst) => {
      done.push(burst)
      return Promise.resolve()
    },
    () => used,
  )
  return { counted, done }
}

describe('a burst of the bench', () => {
  it('counts at once when nobody disturbs it', async () => {
    assert.deepEqual(await run([0]), { counted: 1, done: [1] })
  })

  it('is run again until nobody disturbs it', async () => {
    assert.deepEqual(await run([MUCH, LESS, 0]), { counted: 3, done: [1, 2, 3] })
  })

  it('counts as it went when it was disturbed least, when it always is', async () => {
    assert.deepEqual(await run([MUCH, LESS, MUCH, MUCH]), { counted: 2, done: [1, 2, 3, 4] })
  })

  it('is run once where nothing is known of other programs', async () => {
    assert.deepEqual(await run([Number.NaN]), { counted: 1, done: [1] })
  })
})

import { setTimeout } from 'node:timers/promises'
import type { Store } from './store.js'

/** Most time that is spent on counting what has come in since the last count, in ms. */
const COUNTING_MS = 2_000

/**
 * Has what has come in counted for the figures. Counting may fail, or take long in a ledger from before the tally: then
 * the figures say how many are missing.
 */
export async function countSoon(store: Pick<Store, 'count'>): Promise<void> {
  const stop = new AbortController()
  const { signal } = stop
  await Promise.race([store.count(), setTimeout(COUNTING_MS, undefined, { signal })])
  stop.abort()
}

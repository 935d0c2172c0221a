import { EmptyLedgers, tryTraces } from '../ledger/model-tries.js'
import type { Tally } from '../ledger/model-run.js'

const SHOW_MS = 5_000

/** Compares the ledger with its model in so many traces. Says whether they agree. */
export async function fuzzTraces(count: number, first: number): Promise<boolean> {
  console.log(`${count} traces from seed ${first}`)
  const ledgers = new EmptyLedgers()
  const tally: Tally = new Map()
  const startedAt = Date.now()
  let shownAt = startedAt
  for (let seed = first; seed < first + count; seed++) {
    try {
      await tryTraces([seed], () => ledgers.next(), tally)
    } catch (error) {
      console.error((error as Error).message)
      return false
    }
    if (Date.now() - shownAt < SHOW_MS) continue
    shownAt = Date.now()
    console.log(`${seed - first + 1} traces`)
  }
  for (const [what, often] of [...tally].toSorted(([a], [b]) => a.localeCompare(b)))
    console.log(`${what}: ${often}`)
  const seconds = (Date.now() - startedAt) / 1_000
  console.log(`No difference in ${count} traces, ${seconds.toFixed(0)} s`)
  return true
}

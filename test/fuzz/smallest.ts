import { runCase } from './engine.js'
import type { Case } from './corpus.js'
import { Coverage } from './coverage.js'

/** A corpus is read by people and replayed by everybody: what is larger is not kept. */
const LARGEST_BYTES = 3000

/** Those of many inputs that together reach every block the others reach; small ones before large ones. */
export async function smallest(inputs: readonly Case[]): Promise<readonly Case[]> {
  const coverage = new Coverage()
  coverage.start()
  const kept: Case[] = []
  const small = inputs.filter(({ bytes }) => bytes.length <= LARGEST_BYTES)
  for (const one of small.toSorted((a, b) => a.bytes.length - b.bytes.length)) {
    const message = await runCase(one)
    if (coverage.take().length > 0 && message === undefined) kept.push(one)
  }
  coverage.stop()
  return kept
}

import assert from 'node:assert/strict'
import { readCorpus } from '../corpus.js'
import type { Finding } from '../engine.js'
import { fuzz } from '../run.js'

const FIXED_SEED = 20_140_616
const CASES = 4000
/** On a machine that is busy there are fewer cases, and the tests are no longer for it. */
const LONGEST_MS = 12_000

/** Whatever is found can be had again from what is printed: the input itself, in Base64. */
const tell = ({ target, message, bytes }: Finding): string =>
  `${target}: ${message}\n${JSON.stringify(bytes.toString())}\n` +
  `mkdir -p test/fuzz/corpus/${target} && base64 -d > test/fuzz/corpus/${target}/found <<< ${bytes.toString('base64')}`

describe('inputs that are made up', () => {
  for (const seed of [FIXED_SEED, Math.floor(Math.random() * 1_000_000)]) {
    it(`break nothing that must hold (seed ${seed})`, async function () {
      this.timeout(4 * LONGEST_MS)
      const { findings, cases, blocks } = await fuzz({
        seed,
        start: readCorpus(),
        guided: true,
        cases: CASES,
        milliseconds: LONGEST_MS,
      })
      assert.deepEqual(findings.map(tell), [])
      // Something was run, and it reached the code.
      assert.ok(cases > 200 && blocks > 800, `${cases} cases, ${blocks} blocks`)
    })
  }
})

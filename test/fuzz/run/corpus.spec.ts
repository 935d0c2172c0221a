import assert from 'node:assert/strict'
import { readCorpus } from '../corpus.js'
import { runCase } from '../engine.js'
import { TARGETS } from '../targets/index.js'

describe('what was kept of earlier fuzzing', () => {
  const corpus = readCorpus()

  it('has inputs for each reader', () => {
    for (const { name } of TARGETS)
      assert.ok(
        corpus.some(({ target }) => target === name),
        name,
      )
  })

  it('is small', () => {
    const bytes = corpus.reduce((sum, one) => sum + one.bytes.length, 0)
    assert.ok(bytes < 300_000, String(bytes))
  })

  for (const { name } of TARGETS) {
    it(`holds for ${name}`, async function () {
      this.timeout(60_000)
      for (const one of corpus.filter(({ target }) => target === name)) {
        assert.equal(await runCase(one), undefined, JSON.stringify(one.bytes.toString()))
      }
    })
  }
})

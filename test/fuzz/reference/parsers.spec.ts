import assert from 'node:assert/strict'
import { seeded } from '../../messages/support.js'
import { Choices, dice } from '../choices.js'
import { readCorpus } from '../corpus.js'
import { mutate } from '../mutate.js'
import { readReference } from '../reference-xml.js'
import {
  canBeAsked,
  differenceFromParsers,
  isSame,
  ofReference,
  SystemParsers,
  type Opinion,
} from '../system-parsers.js'
import { targetOf } from '../targets/index.js'

const DOCUMENTS = 6000

/** Honest documents and envelopes, most of them damaged, and what was kept. */
function makeDocuments(seed: number): readonly string[] {
  const draw = dice(seeded(seed))
  const kept = readCorpus().filter(({ target }) =>
    ['gate', 'documents', 'envelope'].includes(target),
  )
  const made = Array.from({ length: DOCUMENTS }, (_, index) => {
    const fresh = (): Buffer =>
      targetOf(index % 4 === 0 ? 'envelope' : 'gate').fresh(
        new Choices(draw.bytes(64 + draw.below(256))),
      )
    return index % 8 === 1 ? fresh() : mutate(fresh(), fresh(), draw)
  })
  return [...kept.map(({ bytes }) => bytes), ...made]
    .map((bytes) => bytes.toString())
    .filter(canBeAsked)
}

describe('the gate beside expat and libxml2', () => {
  let documents: readonly string[]
  let opinions: readonly Opinion[]

  before(async function () {
    this.timeout(120_000)
    documents = makeDocuments(20_140_616)
    const parsers = new SystemParsers()
    const answer = await parsers.ask(documents)
    parsers.close()
    if (!answer) {
      const reason = 'expat and libxml2 cannot be asked (Debian: python3 libxml2)'
      if (process.env['CRISIS_CI'] === '1') throw new Error(reason)
      console.log(`      skipped: ${reason}`)
      return this.skip()
    }
    opinions = answer
    assert.equal(opinions.length, documents.length)
  })

  it('has documents of both kinds', () => {
    const good = opinions.filter(([, libxml2]) => libxml2).length
    assert.ok(good > DOCUMENTS / 10 && good < DOCUMENTS * 0.9, `${good} are well-formed`)
  })

  it('accepts what both accept, nothing that one of them refuses, and reads what expat reads', () => {
    const differing = documents.filter(
      (xml, index) => differenceFromParsers(xml, opinions[index]!) !== undefined,
    )
    assert.deepEqual(differing, [])
  })

  it('is compared in `npm test` with a reference that they agree with', () => {
    for (const [index, xml] of documents.entries()) {
      const [expat, libxml2] = opinions[index]!
      const reference = readReference(xml, { colonsAnywhere: true })
      if (/<!DOCTYPE/.test(xml)) continue
      assert.equal(reference !== undefined, libxml2, JSON.stringify(xml))
      if (reference && expat) assert.ok(isSame(ofReference(reference), expat), JSON.stringify(xml))
    }
  })
})

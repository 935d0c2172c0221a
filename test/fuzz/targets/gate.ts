import assert from 'node:assert/strict'
import { readXml, scanXml } from '../../../src/messages/index.js'
import { attempt } from '../checks.js'
import { crisisDocument } from '../documents.js'
import { differenceIn } from '../oracles.js'
import type { Target } from './target.js'

/** The strict gate, the one of version 0.1.0, and the reference must accept and read the same. */
export const gate: Target = {
  name: 'gate',
  fresh: (choices) => Buffer.from(crisisDocument(choices).xml),
  run(bytes) {
    const xml = bytes.toString()
    const { error } = attempt(xml, () => readXml(xml))
    assert.equal(differenceIn(xml), undefined)
    checkDrain(xml, error)
  },
}

/** A document that is no XML is refused for that, also where its reader has a refusal of its own before. */
export function checkDrain(xml: string, refusal: Error | undefined): void {
  const own = new Error('of the reader')
  const read = (): never =>
    scanXml(xml, {}, (scanner) => {
      scanner.next()
      // Another document that is scanned meanwhile changes nothing.
      assert.equal(readXml('<a>x</a>').text, 'x')
      throw own
    })
  assert.throws(read, refusal ?? own)
}

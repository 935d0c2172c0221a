import assert from 'node:assert/strict'
import { readXml, type XmlElement } from '../../../src/messages/index.js'
import { assertSame, attempt } from '../checks.js'
import { crisisDocument } from '../documents.js'
import { readReference, type ReferenceElement } from '../reference-xml.js'
import type { Target } from './target.js'

/** Refused for other reasons than that it is not well-formed. */
const LIMITS: ReadonlySet<string> = new Set(['XML_TOO_DEEP', 'XML_TOO_BIG', 'CHARSET_REPLACEMENT'])

/** The strict gate: it and the reference must accept the same documents and read the same from them. */
export const gate: Target = {
  name: 'gate',
  fresh: (choices) => Buffer.from(crisisDocument(choices).xml),
  run(bytes) {
    const xml = bytes.toString()
    const { value, error } = attempt(xml, () => readXml(xml))
    const reference = readReference(xml)
    if (error) {
      assert.ok(!reference || LIMITS.has(error.code), `refused what is well-formed: ${error.code}`)
      return
    }
    assert.ok(reference, 'accepted what is not well-formed')
    assertSame(treeOf(value), referenceTree(reference), 'read something else than the reference')
  },
}

const treeOf = ({ name, prefix, attributes, children, text }: XmlElement): unknown => [
  prefix === '' ? name : `${prefix}:${name}`,
  attributes,
  children.map(treeOf),
  text,
]

const referenceTree = ({ name, attributes, children, text }: ReferenceElement): unknown => [
  name,
  Object.fromEntries(attributes),
  children.map(referenceTree),
  text,
]

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { CrisisError, readXml } from '../../../src/messages/index.js'
import { seeded } from '../../messages/support.js'
import { assertSame } from '../checks.js'
import { Choices, dice } from '../choices.js'
import { readCorpus } from '../corpus.js'
import { mutate } from '../mutate.js'
import { readReference, type ReferenceElement } from '../reference-xml.js'
import { targetOf } from '../targets/index.js'

const SCRIPT = resolve(__dirname, '../../../../test/fuzz/reference/parsers.py')
const DOCUMENTS = 6000

/** What a parser of the system says: the tree that expat reads, and whether libxml2 reads one. */
type Opinion = readonly [expat: unknown, libxml2: boolean]

/** Not refused for how it is written. */
const OTHER: ReadonlySet<string> = new Set([
  'XML_DOCTYPE',
  'XML_TOO_DEEP',
  'XML_TOO_BIG',
  'CHARSET_REPLACEMENT',
])

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
  // libxml2 takes a NUL for the end, and what was no UTF-8 any more is none of their business.
  const texts = [...kept.map(({ bytes }) => bytes), ...made].map((bytes) => bytes.toString())
  return texts.filter((text) => !text.includes('\0'))
}

const treeOf = ({ name, attributes, children, text }: ReferenceElement): unknown => [
  name,
  Object.fromEntries(attributes),
  children.map(treeOf),
  text,
]

function refusalOf(xml: string): string | undefined {
  try {
    readXml(xml)
    return undefined
  } catch (error) {
    assert.ok(error instanceof CrisisError)
    return error.code
  }
}

/** expat has the names of the fourth edition of XML 1.0, which were fewer, and takes any version for 1.0. */
const FOURTH_EDITION = /<[?/]?[^\s>=]*[^\0-\x7f]|\s[^\s=<>"']*[^\0-\x7f][^\s=<>"']*\s*=/
const OTHER_VERSION = /^\ufeff?<\?xml\s+version\s*=\s*["'](?!1\.[0-9]+["'])/

describe('the gate beside expat and libxml2', () => {
  let documents: readonly string[]
  let opinions: readonly Opinion[]

  before(function () {
    this.timeout(120_000)
    documents = makeDocuments(20_140_616)
    const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [SCRIPT], {
      input: JSON.stringify(documents),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    if (status !== 0) {
      const reason = `expat and libxml2 cannot be asked (Debian: python3 libxml2) ${stderr ?? ''}`
      if (process.env['CRISIS_CI'] === '1') throw new Error(reason)
      console.log(`      skipped: ${reason}`)
      this.skip()
    }
    opinions = JSON.parse(stdout) as readonly Opinion[]
    assert.equal(opinions.length, documents.length)
  })

  it('has documents of both kinds', () => {
    const good = opinions.filter(([, libxml2]) => libxml2).length
    assert.ok(good > DOCUMENTS / 10 && good < DOCUMENTS * 0.9, `${good} are well-formed`)
  })

  it('accepts what both accept, and nothing that one of them refuses', () => {
    const differing = documents.filter((xml, index) => {
      const [expat, libxml2] = opinions[index]!
      const refusal = refusalOf(xml)
      if (refusal !== undefined && OTHER.has(refusal)) return false
      // Neither of the two minds stray colons as we ask them.
      const hasStrayColons = !readReference(xml) && readReference(xml, { colonsAnywhere: true })
      if (hasStrayColons) return refusal === undefined
      const isRead = refusal === undefined
      if (isRead !== libxml2) return true
      return isRead !== (expat !== null) && !FOURTH_EDITION.test(xml) && !OTHER_VERSION.test(xml)
    })
    assert.deepEqual(differing, [])
  })

  it('is compared in `npm test` with a reference that they agree with', () => {
    for (const [index, xml] of documents.entries()) {
      const [expat, libxml2] = opinions[index]!
      const reference = readReference(xml, { colonsAnywhere: true })
      if (/<!DOCTYPE/.test(xml)) continue
      assert.equal(reference !== undefined, libxml2, JSON.stringify(xml))
      if (reference && expat !== null) assertSame(treeOf(reference), expat, JSON.stringify(xml))
    }
  })
})

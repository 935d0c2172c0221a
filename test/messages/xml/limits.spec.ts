import assert from 'node:assert/strict'
import { readXml, refuseStops } from '../../../src/messages/index.js'
import { refused } from '../support.js'

const attributes = (count: number, nameOf = (i: number) => `a${i}`): string =>
  Array.from({ length: count }, (_, i) => ` ${nameOf(i)}="${i}"`).join('')

describe('the limits of the scanner', () => {
  it('take 128 attributes of an element and not one more', () => {
    const { attributes: read } = readXml(`<a${attributes(128)}/>`)
    assert.equal(Object.keys(read).length, 128)
    assert.equal(read['a127'], '127')
    refused(() => readXml(`<a${attributes(129)}/>`), 'XML_TOO_BIG')
    // Of a pair that fills a document to its limits each has as many.
    assert.equal(readXml(`<r><a${attributes(128)}/><a${attributes(128)}/></r>`).children.length, 2)
  })

  it('take names of 256 characters and no longer ones, wherever they stand', () => {
    for (const named of [
      (name: string) => `<${name}/>`,
      (name: string) => `<${name}></${name}>`,
      (name: string) => `<a ${name}="1"/>`,
    ]) {
      readXml(named('n'.repeat(256)))
      readXml(named(`p:${'n'.repeat(254)}`))
      refused(() => readXml(named('n'.repeat(257))), 'XML_TOO_BIG')
      refused(() => readXml(named(`p:${'n'.repeat(255)}`)), 'XML_TOO_BIG')
    }
    // The target of an instruction is nobody's to keep.
    readXml(`<?${'p'.repeat(1000)}?><a/>`)
  })

  it('find an attribute that stands twice, among few and among many', () => {
    for (const count of [2, 7, 8, 9, 10, 11, 128]) {
      for (const twice of [0, (count - 1) >> 1, count - 2]) {
        const names = Array.from({ length: count }, (_, i) => (i === count - 1 ? twice : i))
        const tag = attributes(count, (i) => `a${names[i]}`)
        refused(() => readXml(`<a${tag}/>`), 'XML_NOT_WELL_FORMED', `${count} ${twice}`)
      }
      // What stood in another tag does not count.
      const tag = attributes(count)
      assert.equal(readXml(`<r><a${tag}/><b${tag}/><c${tag}></c></r>`).children.length, 3)
    }
  })

  it('take 32 levels, or as many as is asked', () => {
    const nested = (depth: number, inside = '') =>
      '<a>'.repeat(depth) + inside + '</a>'.repeat(depth)
    readXml(nested(31, '<b/><c></c>'))
    refused(() => readXml(nested(32, '<b/>')), 'XML_TOO_DEEP')
    readXml(nested(2), { maxDepth: 2 })
    const { reason } = refused(() => readXml(nested(3), { maxDepth: 2 }), 'XML_TOO_DEEP')
    assert.match(reason.en, /more than 2 levels/)
  })

  it('count what may stop a reader, each kind of it, wherever it stands', () => {
    for (const stop of '<&=-?]\r\n\t') {
      refuseStops(`x${stop}y${stop}`, { maxStops: 2 })
      refused(() => refuseStops(`x${stop}y${stop}z${stop}`, { maxStops: 2 }), 'XML_TOO_BIG')
    }
    for (const other of ' >/!;"\'[a胎😀\x7f') refuseStops(other.repeat(10), { maxStops: 0 })
    refuseStops('\n'.repeat(20_000))
    refused(() => refuseStops('\n'.repeat(20_001)), 'XML_TOO_BIG')
  })
})

import assert from 'node:assert/strict'
import { readXml } from '../../../src/messages/index.js'
import { everyDocument } from '../../fuzz/every-document.js'
import { differenceFromReference, differenceIn } from '../../fuzz/oracles.js'
import { readReference } from '../../fuzz/reference-xml.js'

type Place = (character: string) => string

const assertAlike = (xml: string): void =>
  assert.equal(differenceFromReference(xml), undefined, JSON.stringify(xml))

/** Characters that are tried in one document where all of them may stand. */
const GROUP = 64

/**
 * Compares all characters in some places. A document that has some characters in all of them and is well-formed shows
 * that each may stand in each place; one that is not tells nothing of the others, so that they are tried alone.
 */
function compareIn(places: readonly Place[], characters: readonly string[]): void {
  const documentOf = (some: readonly string[], where: readonly Place[]): string =>
    `<r>${some.flatMap((character) => where.map((place) => place(character))).join('')}</r>`
  for (let at = 0; at < characters.length; at += GROUP) {
    const group = characters.slice(at, at + GROUP)
    const all = documentOf(group, places)
    assertAlike(all)
    if (readReference(all)) continue
    for (const character of group) {
      const one = documentOf([character], places)
      assertAlike(one)
      if (readReference(one)) continue
      for (const place of places) assertAlike(documentOf([character], [place]))
    }
  }
}

const everyUnit = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit))

/** The ends of what names may hold and documents must not, those of planes, and what stands beside each. */
const BORDERS = [
  ...[
    0x0, 0x9, 0xd, 0x20, 0x2d, 0x30, 0x39, 0x3a, 0x41, 0x5a, 0x5f, 0x61, 0x7a, 0x80, 0xb7, 0xc0,
    0xd7,
  ],
  ...[
    0xf7, 0x2ff, 0x300, 0x36f, 0x370, 0x37e, 0x1fff, 0x200c, 0x200d, 0x203f, 0x2040, 0x2070, 0x218f,
  ],
  ...[
    0x2c00, 0x2fef, 0x3001, 0xd7ff, 0xe000, 0xf900, 0xfdcf, 0xfdf0, 0xfffc, 0xfffd, 0xffff, 0x10000,
  ],
  ...[0x1ffff, 0x20bb7, 0x2ffff, 0xeffff, 0xf0000, 0x10fffe],
]
  .flatMap((point) => [point - 1, point, point + 1])
  .filter((point) => point >= 0)
  .map((point) => String.fromCodePoint(point))

describe('the scanner beside the reference', function () {
  this.timeout(300_000)
  const { stackTraceLimit } = Error
  // Most documents are refused, and nobody reads where.
  before(() => (Error.stackTraceLimit = 0))
  after(() => (Error.stackTraceLimit = stackTraceLimit))

  const texts: readonly Place[] = [
    (character) => character,
    (character) => `x${character}y&amp;${character}`,
    (character) => `<a b="${character}" c='x${character}&lt;${character}'/>`,
    (character) => `<![CDATA[${character}x\r${character}]]>`,
    (character) => `<!--${character}x${character}--><?p ${character}x${character}?>`,
  ]
  const nameStarts: readonly Place[] = [
    (character) => `<${character}/>`,
    (character) => `<p:${character}></p:${character}>`,
    (character) => `<a ${character}='' p:${character}=""/>`,
    (character) => `<?${character}?><?:${character}?>`,
  ]
  const namesLater: readonly Place[] = [
    (character) => `<a${character}></a${character}>`,
    (character) => `<p${character}:a${character}b/>`,
    (character) => `<a b${character}='' b${character}c=''/>`,
    (character) => `<?p${character}?><?p:${character}q ?>`,
  ]
  const spaces: readonly Place[] = [
    (character) => `<a${character}b${character}=${character}""${character}/>`,
    (character) => `<a></a${character}>`,
    (character) => `<?p${character}x?>`,
  ]
  // Each is read with every one of its characters changed or left out, and with another one before it.
  const NEIGHBOURHOODS = [
    `<?xml version="1.0" encoding='a-Z0.9_' standalone="no" ?><a/>`,
    `\ufeff<?xml\tversion = '1.0'\r\nencoding="UTF-8"?><a/>`,
    '<?xml version="1.0" encoding="UTF-8"?><a/>',
    '<?XML a?><a/>',
    '<a><?xmL?></a>',
    '<a>&lt;&gt;&amp;&apos;&quot;</a>',
    '<a b="&lt;&gt;&amp;&apos;&quot;"/>',
    '<a>&#x10FFFF;&#1114111;&#x9aF;</a>',
    '<a><![CDATA[x]]></a>',
    '<a><!--x--></a>',
    `<p:ab c="1" d='2'\n>x<e /></p:ab>`,
  ]
  it('reads documents that differ from good ones in a character', () => {
    for (const xml of NEIGHBOURHOODS) {
      for (let at = 0; at <= xml.length; at++) {
        const [before, after] = [xml.slice(0, at), xml.slice(at)]
        for (let unit = 0; unit <= 0x80; unit++) {
          for (const gone of [0, 1]) {
            const changed = before + String.fromCharCode(unit) + after.slice(gone)
            assertAlike(changed)
          }
        }
        assertAlike(before + after.slice(1))
      }
    }
  })

  it('tells a DOCTYPE from whatever is written nearly so', () => {
    const xml = '<!DOCTYPE a><a/>'
    for (let at = 0; at <= xml.length; at++) {
      for (const changed of ['', 'x', ' ', '<', 'D', xml[at]?.toLowerCase() ?? '']) {
        const nearly = xml.slice(0, at) + changed + xml.slice(at + 1)
        assert.equal(differenceIn(nearly), undefined, JSON.stringify(nearly))
      }
    }
  })

  const kinds = Object.entries({ texts, nameStarts, namesLater })
  for (const [about, places] of kinds) {
    it(`reads the borders of what may stand in ${about}`, () => compareIn(places, BORDERS))
  }

  it('reads units side by side at the borders of what makes a pair', () => {
    const borders = [0xd7ff, 0xd800, 0xdb7f, 0xdb80, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffc].map(
      (unit) => String.fromCharCode(unit),
    )
    const pairs = borders.flatMap((one) => borders.map((other) => one + other))
    for (const places of [texts, nameStarts, namesLater]) compareIn(places, pairs)
  })

  it('reads every reference to a character', () => {
    const isReferred = (point: number): boolean =>
      !/^[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffd-\uffff]$/.test(String.fromCodePoint(point))
    let xml = ''
    let text = ''
    const readAll = (): void => {
      const { attributes, text: content } = readXml(`<a b="${xml}">${xml}</a>`)
      assert.equal(content, text)
      assert.equal(attributes['b'], text)
      xml = text = ''
    }
    for (let point = 0; point <= 0x10ffff; point++) {
      if (isReferred(point)) {
        xml += `&#${point};&#x${point.toString(16)};`
        text += String.fromCodePoint(point, point)
        if (point % 2048 === 2047) readAll()
      } else {
        assertAlike(`<a>&#${point};</a>`)
        assertAlike(`<a b="&#x${point.toString(16)};"/>`)
      }
    }
    readAll()
    for (let beyond = 0x110000; beyond < 0x110100; beyond++) assertAlike(`<a>&#${beyond};</a>`)
    for (const zeros of ['0', '0'.repeat(200)]) {
      assert.equal(readXml(`<a>&#${zeros}65;&#x${zeros}4a;&#x${zeros}4A;</a>`).text, 'AJJ')
    }
    for (const digits of ['9'.repeat(400), 'f'.repeat(400)]) assertAlike(`<a>&#x${digits};</a>`)
  })

  it('reads all short strings of what means something, wherever they stand', () => {
    let documents = 0
    for (const xml of everyDocument(3)) {
      assertAlike(xml)
      documents++
    }
    assert.ok(documents > 60_000)
  })

  for (const [about, places] of kinds) {
    it(`reads every UTF-16 unit in ${about}`, () => compareIn(places, everyUnit))
  }

  it('reads every UTF-16 unit where white space may stand', () => {
    for (const unit of everyUnit) {
      // All that lies between is refused there in the same branch.
      if (unit > '\u3001' && unit < '\ufdd0') continue
      for (const place of spaces) assertAlike(`<r>${place(unit)}</r>`)
      assertAlike(`${unit}<a/>`)
      assertAlike(`<a/>${unit}`)
    }
  })
})

import assert from 'node:assert/strict'
import {
  knowNames,
  ownText,
  readElement,
  readXml,
  scanXml,
  Token,
  type XmlElement,
  type XmlScanner,
} from '../../../src/messages/index.js'
import { UnitBuffer } from '../../../src/messages/xml/units.js'
import { refused } from '../support.js'

const TOKENS: Readonly<Record<Token, string>> = {
  [Token.End]: 'end',
  [Token.Open]: 'open',
  [Token.Close]: 'close',
  [Token.Text]: 'text',
  [Token.Cdata]: 'cdata',
}

/** What a scanner says of a document, token by token. */
const tokensOf = (xml: string): readonly unknown[] =>
  scanXml(xml, {}, (scanner) => {
    const said: unknown[] = []
    for (;;) {
      const token = scanner.next()
      const place = [TOKENS[token], scanner.depth, scanner.position]
      if (token === Token.Open) {
        const { attributeCount, attributeNames, attributeValues } = scanner
        const attributes = attributeNames
          .slice(0, attributeCount)
          .map((name, index) => `${name}=${attributeValues[index]}`)
        said.push([...place, scanner.from, scanner.prefix(), scanner.localName(), ...attributes])
      } else if (token === Token.Text || token === Token.Cdata)
        said.push([...place, scanner.text()])
      else said.push(place)
      if (token === Token.End) return said
    }
  })

describe('the tokens of a document', () => {
  it('come in order, with their places', () => {
    assert.deepEqual(tokensOf('<a b="1" p:c=\'\'><!--x-->y<q:d /> <![CDATA[z]]></a >\n'), [
      ['open', 1, 16, 0, '', 'a', 'b=1', 'p:c='],
      ['text', 1, 25, 'y'],
      ['open', 2, 32, 25, 'q', 'd'],
      ['close', 1, 32],
      ['text', 1, 33, ' '],
      ['cdata', 1, 46, 'z'],
      ['close', 0, 51],
      ['end', 0, 52],
    ])
  })

  it('have the attributes of their own tag only', () => {
    const [, second] = tokensOf('<a b="1" c="2"><d e="3"/></a>')
    assert.deepEqual(second, ['open', 2, 25, 15, '', 'd', 'e=3'])
    scanXml('<a b="1"><c/></a>', {}, (scanner) => {
      const counts: number[] = []
      for (let token = scanner.next(); token !== Token.End; token = scanner.next()) {
        if (token === Token.Open) counts.push(scanner.attributeCount)
      }
      assert.deepEqual(counts, [1, 0])
    })
  })

  it('say that a document is over as often as they are asked', () => {
    scanXml('<a/> ', {}, (scanner) => {
      while (scanner.next() !== Token.End);
      assert.equal(scanner.next(), Token.End)
    })
  })
})

describe('the scanner and who reads from it', () => {
  const own = new Error('a refusal of the reader')
  const refusing =
    (tokens: number) =>
    (scanner: XmlScanner): never => {
      for (let i = 0; i < tokens; i++) scanner.next()
      throw own
    }

  it('refuse a document that is no XML for that, although the reader refuses it before', () => {
    for (const tokens of [0, 1, 2]) {
      assert.throws(() => scanXml('<a>x<b/></a>', {}, refusing(tokens)), own)
      refused(() => scanXml('<a>x<b/>', {}, refusing(tokens)), 'XML_NOT_WELL_FORMED')
      refused(() => scanXml('<a>x</a><b/>', {}, refusing(tokens)), 'XML_NOT_WELL_FORMED')
      refused(() => scanXml('<a>x&#xFFFD;</a>', {}, refusing(tokens)), 'CHARSET_REPLACEMENT')
      refused(
        () => scanXml('<a>x<b><c/></b></a>', { maxDepth: 2 }, refusing(tokens)),
        'XML_TOO_DEEP',
      )
    }
  })

  it('read another document in the middle of one', () => {
    const inner = () => ownText(readXml('<b c="2">y&amp;<d/>z</b>'))
    const read = scanXml('<a c="1">x&lt;</a>', {}, (scanner) => {
      scanner.next()
      const texts = [inner(), scanner.localName(), scanner.attributeValues[0]]
      scanner.next()
      texts.push(inner(), scanner.text())
      while (scanner.next() !== Token.End);
      return texts
    })
    assert.deepEqual(read, ['y&z', 'a', '1', 'y&z', 'x<'])
  })

  it('are as good as new after a refusal', () => {
    for (const broken of ['<a b="1"', '<a><b>', '<a b="&x;"/>', `<a${' '.repeat(70_000)}`, '<a/']) {
      refused(() => readXml(broken), 'XML_NOT_WELL_FORMED')
      assert.deepEqual(tokensOf('<c>d</c>'), [
        ['open', 1, 3, 0, '', 'c'],
        ['text', 1, 4, 'd'],
        ['close', 0, 8],
        ['end', 0, 8],
      ])
    }
  })

  it('keep nothing of a document that was read', () => {
    let kept: XmlScanner | undefined
    scanXml('<a b="SECRET">SECRET</a>', {}, (scanner) => {
      kept = scanner
      while (scanner.next() !== Token.End);
    })
    assert.equal(kept?.attributeNames.join(''), '')
    assert.equal(kept?.attributeValues.join(''), '')
    assert.equal(kept?.text(), '')
  })
})

describe('known names', () => {
  it('are told from those that differ in a character, in length, or by a prefix', () => {
    knowNames(['Crisis', 'ExamNo'])
    for (const name of [
      'Crisis',
      'Crasis',
      'crisis',
      'Crisys',
      'Crisi',
      'Crisiss',
      'ExamNo',
      'ExbmNo',
      'Exa',
      'Ex',
      'E',
    ]) {
      assert.equal(readXml(`<${name}/>`).name, name)
      assert.equal(readXml(`<p:${name}/>`).name, name)
      assert.equal(readXml(`<${name}:p/>`).prefix, name)
    }
  })

  it('are not taken for names that they begin with', () => {
    // Both have the same place among the known names.
    knowNames(['bxxxxaxx'])
    assert.equal(readXml('<bxx></bxx>').name, 'bxx')
  })

  it('may share a place', () => {
    // The same length, first character and last but two.
    knowNames(['abcde', 'axcye'])
    for (const name of ['abcde', 'axcye']) assert.equal(readXml(`<${name}></${name}>`).name, name)
  })
})

describe('an element', () => {
  const element = (xml: string): XmlElement => readXml(`<r>${xml}</r>`).children[0]!

  it('keeps text and children in their order', () => {
    const { text, children } = element(
      '<a>右肺<b>未<i>见</i></b>气胸<![CDATA[<1>]]><b/><!-- x -->。</a>',
    )
    assert.equal(text, '右肺')
    assert.deepEqual(
      children.map(({ name, text, tail }) => [name, text, tail]),
      [
        ['b', '未', '气胸<1>'],
        ['b', '', '。'],
      ],
    )
    assert.equal(children[0]?.children[0]?.text, '见')
  })

  it('has a tail only where text follows', () => {
    const [first, second] = element('<a><b/><!-- x --><![CDATA[]]><c/></a>').children
    assert.ok(first && second && !('tail' in first) && !('tail' in second))
  })

  it('joins the text that stands directly in it', () => {
    assert.equal(ownText(element('<a>1<b>2</b>3<b/><b/>4</a>')), '134')
    assert.equal(ownText(element('<a/>')), '')
  })

  it('is read up to its end tag and leaves the rest', () => {
    const read = scanXml('<r><a>1</a>2<b/></r>', {}, (scanner) => {
      scanner.next()
      scanner.next()
      const first = readElement(scanner)
      const rest = [scanner.next(), scanner.text(), scanner.next(), scanner.localName()]
      while (scanner.next() !== Token.End);
      return [first.name, first.text, first.tail, ...rest]
    })
    assert.deepEqual(read, ['a', '1', undefined, Token.Text, '2', Token.Open, 'b'])
  })
})

describe('the units of a text', () => {
  const TEXTS = [
    '',
    'a',
    '胎盘早剥𠮷\ud800',
    'x'.repeat(65_535),
    '胎'.repeat(65_536),
    'y'.repeat(70_000),
  ]

  for (const isLittleEndian of [true, false]) {
    // One of the two is how this machine has them; the other one writes unit by unit.
    it(`come back as they were, ${isLittleEndian ? 'low' : 'high'} byte first`, () => {
      if (isLittleEndian && new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) return
      const buffer = new UnitBuffer(isLittleEndian)
      for (const text of TEXTS) {
        buffer.fill(text)
        assert.equal(buffer.text(0, text.length), text)
        assert.equal(buffer.text(1, text.length), text.slice(1))
        assert.equal(buffer.array[text.length], 0)
        for (const at of [0, text.length >> 1, text.length - 1]) {
          if (at >= 0 && text !== '') assert.equal(buffer.array[at], text.charCodeAt(at))
        }
        buffer.clear()
        assert.ok(buffer.array.every((unit) => unit === 0) && buffer.array.length === 65_536)
      }
    })
  }
})

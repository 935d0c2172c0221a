import assert from 'node:assert/strict'
import {
  CrisisError,
  DEFAULT_MAX_DOCUMENT_LENGTH,
  DEFAULT_MAX_STOPS,
  prepareDocument,
  readCrisisDocument,
  readFeedbackDocument,
  readXml,
  type MessageErrorCode,
} from '../../src/messages/index.js'
import { refused, sample } from './support.js'

const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
const BILLION_LAUGHS =
  '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'

const MALFORMED: Partial<Record<MessageErrorCode, readonly string[]>> = {
  XML_NOT_WELL_FORMED: [
    '',
    ' \n',
    'hello',
    '{"a":1}',
    // tags
    '<a>',
    '<a',
    '<',
    '</a>',
    '<a><b></a></b>',
    '<a></A>',
    '<a></a></a>',
    '<a/><b/>',
    '<a/ >',
    '<a></ a>',
    '< a/>',
    '<1a/>',
    '<-a/>',
    '<a\u0000/>',
    // around the root
    '<a/>x',
    'x<a/>',
    '<a/>&#32;',
    '<![CDATA[ ]]><a/>',
    '<a/><![CDATA[ ]]>',
    // attributes
    '<a b="1" b="2"/>',
    '<a b="1" b="1"/>',
    '<a __proto__="1" __proto__="1"/>',
    '<a b="1"c="2"/>',
    '<a b=1/>',
    '<a b/>',
    '<a b="<"/>',
    '<a b="&"/>',
    `<a b="1'/>`,
    // references
    '<a>&</a>',
    '<a>a & b</a>',
    '<a>&lt</a>',
    '<a>&nbsp;</a>',
    '<a>&constructor;</a>',
    '<a>&__proto__;</a>',
    '<a>&toString;</a>',
    '<a>&#;</a>',
    '<a>&#x;</a>',
    '<a>&#X41;</a>',
    '<a>&#-1;</a>',
    '<a>&#0;</a>',
    '<a>&#8;</a>',
    '<a>&#x1F;</a>',
    '<a b="&#11;"/>',
    '<a>&#xFFFE;</a>',
    '<a>&#xD800;</a>',
    '<a>&#xD842;&#xDFB7;</a>',
    '<a>&#x110000;</a>',
    '<a>&#99999999999999999999;</a>',
    // characters
    '<a>\u0000</a>',
    '<a>\u0008</a>',
    '<a>\u000b</a>',
    '<a b="\u001f"/>',
    '<a>\ufffe</a>',
    '<a>\uffff</a>',
    '<a><![CDATA[\u0001]]></a>',
    '<a><!-- \u0001 --></a>',
    // CDATA, comments, instructions
    '<a>]]></a>',
    '<a><![CDATA[x]]</a>',
    '<a><![cdata[x]]></a>',
    '<a><!-- -- --></a>',
    '<a><!-- x --->',
    '<a><!--></a>',
    '<a><!ELEMENT b EMPTY></a>',
    '<a><??></a>',
    '<a><?p?x?></a>',
    // names with colons where they part nothing
    '<:/>',
    '<:a/>',
    '<a:/>',
    '<a:1b/>',
    '<a:b:c/>',
    '<a :b=""/>',
    '<a b:="" />',
    '<?p??><a/>',
    '<a><?xml version="1.0"?></a>',
    // declaration
    '\n<?xml version="1.0"?><a/>',
    '<!-- x --><?xml version="1.0"?><a/>',
    '<?xml version="1.0"?><?xml version="1.0"?><a/>',
    '<?XML version="1.0"?><a/>',
    '<?xml?><a/>',
    '<?xml encoding="UTF-8" version="1.0"?><a/>',
    '<?xml version="2.0"?><a/>',
    '<?xml version="1.0" encoding="!"?><a/>',
    '<?xml version="1.0" standalone="perhaps"?><a/>',
    '<?xml version="1.0"><a/>',
    // Read by the rules of 1.0 whatever it says: 1.1 would let this reference in.
    '<?xml version="1.1"?><a>&#1;</a>',
    // a DOCTYPE behind the root is none
    '<a/><!DOCTYPE a>',
  ],
  XML_DOCTYPE: [
    '<!DOCTYPE a><a/>',
    '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;]><a/>',
    BILLION_LAUGHS,
  ],
  XML_TOO_DEEP: [nested(33), '<a>'.repeat(10_000)],
  XML_TOO_BIG: [`<a>${'x'.repeat(DEFAULT_MAX_DOCUMENT_LENGTH + 1 - 7)}</a>`],
  CHARSET_REPLACEMENT: [
    '<a>\ufffd</a>',
    '<a b="\ufffd"/>',
    '<a>&#xFFFD;</a>',
    '<a b="&#65533;"/>',
    '<a>\ud842</a>',
    '<a>\udfb7\ud842</a>',
    '<a><!-- \ud800 --></a>',
  ],
}

const ODD: readonly (readonly [xml: string, text: string])[] = [
  ['<a/>', ''],
  ['<a\n/>', ''],
  ['<a></a >', ''],
  ['\ufeff<a>x</a>', 'x'],
  ['<a><![CDATA[x]]></a>', 'x'],
  ['<a>1<![CDATA[<2>]]>3</a>', '1<2>3'],
  ['<a><![CDATA[]]></a>', ''],
  ['<a><![CDATA[]]]]><![CDATA[>]]></a>', ']]>'],
  ['<!-- a --><a>x<!-- <b> & --></a><!-- z -->', 'x'],
  ['<a>1<!-- , -->2</a>', '12'],
  ['<?p q?><a>x<?p <b>?></a><?p?>', 'x'],
  ['<a><!-- <?p?x?> --><?p ?x <?q?y?><![CDATA[<?p??>]]></a><?p ??>', '<?p??>'],
  ['<?xml-stylesheet href="x"?><a/>', ''],
  [`<a b='"' c="'">x</a>`, 'x'],
  ['<a b=">" c="]]>"/>', ''],
  ['<a b = "1"\n c\t=\t"2" />', ''],
  ['<姓名>王</姓名>', '王'],
  ['<\u{20000}>x</\u{20000}>', 'x'],
  ['<a.b-c_d·>x</a.b-c_d·>', 'x'],
  ['<_/>', ''],
  ['<p:a xmlns:p="urn:x">x</p:a>', 'x'],
  ['<p:a>x</p:a>', 'x'],
  ["<?xml version='1.0'?><a>x</a>", 'x'],
  ['<?xml version="1.0" encoding="GB2312" standalone="yes" ?>\n\n<a>x</a>', 'x'],
  ['<?xml version="1.0" encoding="no-such-encoding"?><a>x</a>', 'x'],
  ['<?xml version="1.1"?><a>x</a>', 'x'],
  ['<a>&#x20BB7;&#134071;&#9;&#10;&#13;</a>', '𠮷𠮷\t\n\r'],
  ['<a>\r\n\r</a>', '\n\n'],
  ['<a>]]&gt; ]] > ></a>', ']]> ]] > >'],
  ['<a>\u0085\u007f\u2028\u{10ffff}</a>', '\u0085\u007f\u2028\u{10ffff}'],
  [nested(32), ''],
  [
    `<a>${'x'.repeat(DEFAULT_MAX_DOCUMENT_LENGTH - 7)}</a>`,
    'x'.repeat(DEFAULT_MAX_DOCUMENT_LENGTH - 7),
  ],
]

const shown = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

describe('the gate', () => {
  for (const [code, documents] of Object.entries(MALFORMED)) {
    it(`refuses ${documents.length} documents with ${code}`, () => {
      for (const xml of documents) refused(() => readXml(xml), code as MessageErrorCode, shown(xml))
    })
  }

  it('accepts what is well-formed, however odd', () => {
    for (const [xml, text] of ODD) assert.equal(readXml(xml).text, text, shown(xml))
  })

  it('accepts blank lines and a BOM before the declaration once they are prepared away', () => {
    for (const before of ['\n', '\ufeff', '\ufeff\r\n ', '\u3000']) {
      const { xml } = prepareDocument(`${before}<?xml version="1.0"?><a>x</a>\n`)
      assert.equal(readXml(xml).text, 'x')
    }
  })

  it('answers too big and too deep with 413 and keeps to the limits it is given', () => {
    assert.equal(refused(() => readXml(nested(33)), 'XML_TOO_DEEP').answer, '413')
    assert.equal(refused(() => readXml('<a/>', { maxLength: 3 }), 'XML_TOO_BIG').answer, '413')
    assert.equal(readXml('<a/>', { maxLength: 4 }).name, 'a')
    refused(() => readXml('<a><b/></a>', { maxDepth: 1 }), 'XML_TOO_DEEP')
  })

  it('refuses more markup than a document has, of every kind, before it is parsed', () => {
    const most = DEFAULT_MAX_STOPS
    for (const unit of ['<a/>', '&lt;', '&#65;', '\r', '\n', '\t', '- ', '? ', '] ', ' a=""']) {
      const { answer, reason } = refused(() => readXml(`<a>${unit.repeat(most)}`), 'XML_TOO_BIG')
      assert.equal(answer, '413')
      assert.match(reason.zh, /标签、转义和换行/)
      assert.match(reason.en, /tags, references, line breaks/)
    }
    assert.equal(readXml('<a>\n</a>', { maxStops: 3 }).text, '\n')
    refused(() => readXml('<a>\n\n</a>', { maxStops: 3 }), 'XML_TOO_BIG')
  })

  it('reads thirty findings, printed as the sample is and each Chinese character a reference', () => {
    const text = '双肺多发磨玻璃影，'.repeat(30).replace(/./gu, (c) => `&#${c.codePointAt(0)};`)
    const one = sample('crisis.xml')
      .replace(/[^]*(<Crisis>[^]*<\/Crisis>)[^]*/, '$1')
      .replace(/<CrisisMemo>[^<]*/, `<CrisisMemo>${text}`)
    const { crises } = readCrisisDocument(`<XmlDocument>\r\n${one.repeat(30)}</XmlDocument>`)
    assert.equal(crises.length, 30)
    assert.equal(crises[29]?.crisis.CrisisMemo?.length, 270)
  })

  it('reads no prefix of the samples', () => {
    const cut = (text: string, read: (xml: string) => unknown) => {
      const whole = text.trimEnd()
      for (let end = 0; end < whole.length; end++) {
        assert.throws(() => read(whole.slice(0, end)), CrisisError, `cut at ${end}`)
      }
      read(whole)
    }
    cut(sample('crisis.xml'), readCrisisDocument)
    cut(sample('crisis-response.xml'), readFeedbackDocument)
    cut(sample('crisis.xml').replace(/</g, '&lt;'), readCrisisDocument)
  })

  it('says where the fault is and never what stands there', () => {
    const { reason } = refused(
      () => readXml('<a>\n<b>张三</b>\n<c>SECRET</d></a>'),
      'XML_NOT_WELL_FORMED',
    )
    assert.match(reason.zh, /第 3 行第 \d+ 列/)
    assert.match(reason.en, /line 3, column \d+/)
    assert.doesNotMatch(reason.zh + reason.en, /SECRET|张三/)
  })
})

describe('names that JavaScript knows', () => {
  const NAMES = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf']

  it('are names like any other', () => {
    for (const name of NAMES) {
      const root = readXml(`<${name} ${name}="1"><polluted>x</polluted><${name}/></${name}>`)
      assert.equal(root.name, name)
      assert.deepEqual(Object.entries(root.attributes), [[name, '1']])
      assert.equal(root.children.length, 2)
    }
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })

  it('are kept as unknown elements of the documents', () => {
    for (const name of NAMES) {
      const inside = `<ExamNo>1</ExamNo><${name} polluted="1"><polluted>1</polluted></${name}>`
      const read = readCrisisDocument(
        `<XmlDocument><Crisis ${name}="x">${inside}<CrisisSettor ${name}="y">王</CrisisSettor></Crisis></XmlDocument>`,
      ).crises[0]
      assert.deepEqual(read?.crisis, { ExamNo: '1', CrisisSettor: { code: '', name: '王' } })
      assert.deepEqual(
        read.extra.map((element) => element.name),
        [name],
      )
    }
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })
})

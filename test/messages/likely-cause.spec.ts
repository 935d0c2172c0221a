import assert from 'node:assert/strict'
import { CrisisError, readXml } from '../../src/messages/index.js'

const CASES: readonly (readonly [name: string, xml: string, zh: RegExp, en: RegExp])[] = [
  [
    'a second declaration',
    '<a><?xml version="1.0"?><b/></a>',
    /第 1 行第 4 列.*又出现 XML 声明/,
    /second XML declaration/,
  ],
  [
    'a section of CDATA in another one',
    '<a><![CDATA[<b><c><![CDATA[>50%]]></c></b>]]></a>',
    /嵌套了 CDATA/,
    /inside another one/,
  ],
  ['the end of a section without a beginning', '<a>x]]>y</a>', /嵌套了 CDATA/, /CDATA/],
  [
    'a bare < before a number',
    '<a>\n<b>血钾<2.5mmol/L</b></a>',
    /第 2 行第 6 列的 < 没有转义，应写成 &lt;/,
    /the < in line 2, column 6/,
  ],
  ['a bare < before a letter', '<a>Ca<K 2.5</a>', /第 1 行第 6 列的 < 没有转义/, /column 6/],
  ['a bare < before a space', '<a>1 < 2</a>', /第 1 行第 6 列的 < 没有转义/, /column 6/],
  ['a bare &', '<a>\n头&颈</a>', /第 2 行第 2 列的 & 没有转义，应写成 &amp;/, /the & in line 2/],
  ['a bare & with a name behind it', '<a>A&nbsp;B</a>', /第 1 行第 5 列的 & 没有转义/, /the & in/],
  ['a document that is cut short', '<a><b>x</b>', /被截断/, /cut short/],
  [
    'Chinese that is cut short, as by a length in characters',
    '<a><b>胎盘</b>',
    /Content-Length/,
    /Content-Length/,
  ],
  ['a document that is cut short in a tag', '<a><b>x</b', /被截断/, /cut short/],
  ['another end tag', '<a><b>x</c></a>', /结束标签与开始标签不一致/, /does not fit/],
  ['a second root', '<a/><b/>', /根节点之后/, /behind the root/],
  ['text in URL encoding', '%3C%3Fxml%20version%3D%221.0%22', /URL 编码/, /URL-encoded/],
  ['a form field', 'inputString=%3CXmlDocument%3E', /表单字段/, /form field/],
  ['Base64', Buffer.from('<?xml version="1.0"?><a/>').toString('base64'), /Base64/, /Base64/],
  ['JSON', '{"ExamNo":"1"}', /JSON/, /JSON/],
]

describe('the reason of a refusal', () => {
  for (const [name, xml, zh, en] of CASES) {
    it(`names ${name}`, () => {
      assert.throws(
        () => readXml(xml),
        (error) => {
          assert.ok(error instanceof CrisisError)
          assert.equal(error.code, 'XML_NOT_WELL_FORMED')
          assert.match(error.reason.zh, zh)
          assert.match(error.reason.en, en)
          return true
        },
      )
    })
  }

  it('names the character that XML does not allow, by itself or by its number', () => {
    for (const [xml, name] of [
      ['<a>\u0001</a>', 'U+0001'],
      ['<a b="&#x1F;"/>', 'U+001F'],
      ['<a>&#0;</a>', 'U+0000'],
      ['<a><![CDATA[\uffff]]></a>', 'U+FFFF'],
    ] as const) {
      assert.throws(
        () => readXml(xml),
        (error) => error instanceof CrisisError && error.reason.zh.includes(name),
      )
    }
  })

  it('names no cause where none shows, and quotes nothing', () => {
    for (const xml of ['患者张三', 'null', '<a b="1" b="2"/>', '']) {
      assert.throws(
        () => readXml(xml),
        (error) => {
          assert.ok(error instanceof CrisisError)
          assert.match(error.reason.zh, /^XML 格式错误或不完整（第 1 行第 \d+ 列）$/)
          return true
        },
      )
    }
  })
})

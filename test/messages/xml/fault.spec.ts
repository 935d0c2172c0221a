import assert from 'node:assert/strict'
import { readXml } from '../../../src/messages/index.js'
import { refused } from '../support.js'

/** Documents that are not well-formed, each with the column in which a person is told to look. */
const FAULTS: readonly (readonly [xml: string, column: number])[] = [
  // nothing, or not all of it
  ['', 1],
  ['x', 1],
  ['<', 2],
  ['<a', 3],
  ['<a>', 4],
  ['<a><!--', 8],
  ['<a><?p ', 8],
  ['<a><![CDATA[x]]</a>', 20],
  // around the root
  ['<a/>x', 5],
  ['<a/><b/>', 5],
  ['</a>', 1],
  ['<a></a></a>', 8],
  ['<![CDATA[]]>', 1],
  ['<a/><![CDATA[]]>', 5],
  ['<a/><!DOCTYPE a>', 5],
  // the start tag
  ['< a/>', 2],
  ['<:a/>', 2],
  ['<a:/>', 4],
  ['<a:1/>', 4],
  ['<a:b:c/>', 5],
  ['<a\u0001/>', 3],
  ['<a/ >', 4],
  ['<a b=""/ >', 9],
  // its attributes
  ['<a 1=""/>', 4],
  ['<a x:=""/>', 6],
  ['<a b/>', 5],
  ['<a b c="1"/>', 6],
  ['<a b=1/>', 6],
  ['<a b = /b/>', 8],
  ['<a b="1"c=""/>', 9],
  ['<a b="" c="" b=""/>', 14],
  ['<a b="<"/>', 7],
  ['<a b="x\u0001"/>', 8],
  ['<a b="x\ufffe"/>', 8],
  ['<a b="x&y;"/>', 8],
  // the end tag, at its beginning whatever is wrong in it
  ['<a></b>', 4],
  ['<a></ab>', 4],
  ['<ab></a>', 5],
  ['<a></a b>', 4],
  // text
  ['<a>x]]></a>', 5],
  ['<a>x\u0001</a>', 5],
  ['<a>x\ufffe</a>', 5],
  ['<a>x&y;</a>', 5],
  ['<a>x&lt</a>', 5],
  ['<a>x&#;</a>', 5],
  ['<a>x&#x;</a>', 5],
  ['<a>x&#65</a>', 5],
  ['<a>x&#0;</a>', 5],
  ['<a>x&#xFFFFF1;</a>', 5],
  ['<a><![CDATA[x\u0001]]></a>', 14],
  ['<a><![CDATA[x\uffff]]></a>', 14],
  ['<a><!x></a>', 4],
  ['<a><![CDATB[]]></a>', 4],
  // comments, instructions and the declaration
  ['<a><!-x></a>', 4],
  ['<a><!-- -- --></a>', 9],
  ['<a><!-- \u0001 --></a>', 9],
  ['<a><!-- \uffff --></a>', 9],
  ['<a><? ?></a>', 4],
  ['<a><?xml ?></a>', 4],
  ['<a><?p?x?></a>', 7],
  ['<a><?p \u0001?></a>', 8],
  ['<?xml version="2.0"?><a/>', 1],
  ['\ufeff<?xml?><a/>', 2],
]

describe('where a document is not well-formed', () => {
  it('is told by line and column', () => {
    for (const [xml, column] of FAULTS) {
      const about = JSON.stringify(xml)
      const { reason } = refused(() => readXml(xml), 'XML_NOT_WELL_FORMED', about)
      assert.match(reason.en, new RegExp(`\\(line 1, column ${column}\\)(?::|$)`), about)
      assert.match(reason.zh, new RegExp(`第 1 行第 ${column} 列`), about)
    }
  })

  it('counts lines and begins each with column 1', () => {
    const { reason } = refused(() => readXml('<a>\n<b>\r\n</c></a>'), 'XML_NOT_WELL_FORMED')
    assert.match(reason.en, /\(line 3, column 1\)/)
  })

  it('is not told where a character was lost, which counts for more', () => {
    refused(() => readXml('<a><b>\ufffd</a>'), 'CHARSET_REPLACEMENT')
    refused(() => readXml('<a b=""b="">\ud800'), 'CHARSET_REPLACEMENT')
    refused(() => readXml('<a>&#xFFFD;</b>'), 'CHARSET_REPLACEMENT')
    refused(() => readXml('<a></b>&#xFFFD;'), 'XML_NOT_WELL_FORMED')
  })
})

import assert from 'node:assert/strict'
import {
  CrisisError,
  DEFAULT_MAX_STOPS,
  prepareDocument,
  readCrisisDocument,
  readFeedbackDocument,
  readXml,
  type MessageErrorCode,
} from '../../src/messages/index.js'
import { MALFORMED, nested, ODD } from '../support/malformed.js'
import { refused, sample } from './support.js'

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
        ['Crisis', name, 'CrisisSettor'],
      )
    }
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })
})

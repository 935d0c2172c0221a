import assert from 'node:assert/strict'
import { readXml, withoutControlCharacters, type XmlElement } from '../../src/messages/index.js'
import { readTemplate } from '../../src/soap/template.js'
import { readRequestForm } from '../../src/soap/request-form.js'
import { requestWriter } from '../../src/soap/remote-request.js'
import { seeded } from '../messages/support.js'
import { readCall, type Dialect } from '../../src/soap/index.js'

/** Texts that are awkward for one of the forms, among any characters that XML has. */
const AWKWARD = [
  ']]>',
  '\r',
  '\r\n',
  '&#13;',
  '&',
  '{{document}}',
  '"',
  "'",
  '<',
  '\t',
  '\n',
  '\\',
  '𠮷',
  '\u00a0',
]

function* texts(count: number): Generator<string> {
  const random = seeded(15)
  for (let n = 0; n < count; n++) {
    const parts = Array.from({ length: 1 + random() * 12 }, () =>
      random() < 0.5
        ? AWKWARD[Math.floor(random() * AWKWARD.length)]!
        : String.fromCodePoint(0x20 + Math.floor(random() * 0xd7e0)),
    )
    yield withoutControlCharacters(parts.join(''))
  }
}

const filled = (template: string, document: string): string => {
  const read = readTemplate(template, { constants: () => undefined })
  assert.ok('template' in read, 'reason' in read ? read.reason.en : '')
  const { template: ready } = read
  const values = {
    document: () => document,
    base64: () => Buffer.from(document).toString('base64'),
    text: () => document,
  }
  const { fill } = ready
  return fill(values)
}

const WAYS: Readonly<Record<string, readonly [string, (filled: string) => string | undefined]>> = {
  text: ['<a><b/>{{document}}</a>', (xml) => readXml(xml).children[0]?.tail],
  cdata: ['<a>{{document:cdata}}</a>', (xml) => readXml(xml).text],
  'cdata of its own': ['<a><![CDATA[{{document}}]]></a>', (xml) => readXml(xml).text],
  attribute: ['<a b="{{document}}"/>', (xml) => readXml(xml).attributes['b']],
  'attribute in apostrophes': ["<a b='{{id}}'/>", (xml) => readXml(xml).attributes['b']],
  base64: [
    '<a>{{document:base64}}</a>',
    (xml) => Buffer.from(readXml(xml).text, 'base64').toString(),
  ],
  'JSON string': ['{"a": "{{document}}"}', (json) => (JSON.parse(json) as { a: string }).a],
  'JSON value': ['{"a": [{{document}}]}', (json) => (JSON.parse(json) as { a: string[] }).a[0]],
  'JSON base64': [
    '{"a": {{document:base64}}}',
    (json) => Buffer.from((JSON.parse(json) as { a: string }).a, 'base64').toString(),
  ],
}

describe('a wrapper', () => {
  it('and its inverse give any text back exactly', () => {
    for (const [name, [template, inverse]] of Object.entries(WAYS)) {
      for (const document of texts(200)) {
        assert.equal(inverse(filled(template, document)), document, name)
      }
    }
  })

  it('comes through the whole request in every charset, for any text of a document', () => {
    const dialect: Dialect = {
      ...{ soapVersion: '1.1', style: 'qualified', operation: 'Call', namespace: 'urn:a' },
      ...{ parameter: 'input', parameterNamespace: 'urn:a', soapAction: '' },
    }
    const wrapper = '<r><h>{{field:No}}</h>{{document:cdata}}</r>'
    const parameters = [
      { name: 'code', from: 'template', value: '{{field:No}}' },
      { name: 'input', from: 'document', value: '' },
    ] as const
    for (const charset of ['UTF-8', 'GB18030'] as const) {
      for (const cdata of [false, true]) {
        const { form } = readRequestForm({ wrapper, parameters }, () => undefined, charset)
        const write = requestWriter(dialect, {
          ...{ operation: 'SynCrisisInfo', zone: '+08:00', now: () => 0, to: '' },
          ...{ charset, packing: { cdata }, header: undefined, form },
        })
        for (const said of texts(60)) {
          const escaped = said.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
          const document = `<x><No>${escaped.replaceAll('\r', '&#13;').replaceAll('>', '&gt;')}</No></x>`
          const bytes = write(document, {}).body
          const sent = new TextDecoder(charset).decode(bytes)
          const operation = below(readXml(sent), 'Call')
          const whole = readXml(below(operation, 'input').text)
          assert.equal(below(operation, 'code').text, said)
          assert.equal(below(whole, 'h').text, said)
          assert.equal(readXml(whole.children[0]?.tail ?? '').children[0]?.text, said)
        }
      }
    }
  })

  it('refuses a field that is there twice, and takes one by its path', () => {
    const { form } = readRequestForm(
      { wrapper: '<r>{{field:a/b}}|{{field:a/@c}}|{{field:none}}|{{field:b}}</r>' },
      () => undefined,
      'UTF-8',
    )
    const write = requestWriter(
      {
        ...{ soapVersion: '1.1', style: 'wrapped', operation: 'o', namespace: '' },
        ...{ parameter: 'p', parameterNamespace: '', soapAction: '' },
      },
      {
        ...{ operation: 'SynCrisisInfo', zone: '+08:00', now: () => 0, to: '' },
        ...{ charset: 'UTF-8', packing: {}, header: undefined, form },
      },
    )
    const sent = Buffer.from(write('<x><a c="2"><b>1</b></a></x>', {}).body).toString()
    assert.equal(readCall(sent).argument, '<r>1|2||1</r>')
    assert.throws(() => write('<x><a><b>1</b></a><b>2</b></x>', {}), { code: 'DOCUMENT_AMBIGUOUS' })
  })
})

function below(element: XmlElement, name: string): XmlElement {
  const find = (one: XmlElement): XmlElement | undefined =>
    one.name === name ? one : one.children.map(find).find((found) => found !== undefined)
  const found = find(element)
  assert.ok(found, name)
  return found
}

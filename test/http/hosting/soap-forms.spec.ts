import assert from 'node:assert/strict'
import {
  OwnPorts,
  Switchboard,
  type HostedCall,
  type Trouble,
} from '../../../src/http/hosting/index.js'
import {
  escapeText,
  readGenericResponse,
  success,
  type GenericResponse,
} from '../../../src/messages/index.js'
import { OPERATIONS, readReply, SOAP_CONTENT_TYPES } from '../../../src/soap/index.js'
import { freePort } from '../../support/node-red.js'
import { exchange } from '../../support/raw-http.js'
import { gb18030 } from '../../support/charsets.js'
import {
  body,
  canonical,
  MEDIA_TYPES,
  type Asked,
  type Request,
  type SoapForm,
} from '../../support/soap-form.js'
import { ENVELOPE_FORMS } from '../../support/soap-forms.js'
import { HTTP_FORMS } from '../../support/soap-forms-http.js'

const PATH = '/pushService/services/pacs'

// Every character that a layer could spoil, a declaration that lies, and the end of a CDATA section.
const DOCUMENT =
  '<?xml version="1.0" encoding="GBK"?>\n<XmlDocument>\n<Crisis><ExamNo>00000001</ExamNo>' +
  '<CrisisName>胎盘早剥 𠮷😀 ]]&gt; &lt;&amp;&amp;lt; "\'\t模</CrisisName>' +
  '<CrisisMemo><![CDATA[<b>&amp; 37℃]]></CrisisMemo></Crisis></XmlDocument>\n'

describe('every form in which a stack sends', () => {
  const ports = new OwnPorts(new Switchboard())
  let calls: HostedCall[] = []
  let troubles: Trouble[] = []

  /** A service on a port of its own for the time of one question. */
  async function served<T>(
    options: { strict?: boolean; allowGbk?: boolean },
    ask: (port: number) => Promise<T>,
  ): Promise<T> {
    calls = []
    troubles = []
    const onTrouble = (trouble: Trouble): void => void troubles.push(trouble)
    const open = []
    const port = await freePort()
    for (const operation of OPERATIONS) {
      const registration = await ports.register(
        { host: '127.0.0.1', port },
        PATH,
        operation,
        (call) => {
          calls.push(call)
          return Promise.resolve(success())
        },
        { ...options, onTrouble },
      )
      open.push(registration)
    }
    try {
      return await ask(port)
    } finally {
      for (const registration of open) await registration.release(true)
    }
  }

  async function answerTo(port: number, row: SoapForm, asked: Asked): Promise<GenericResponse> {
    const reply = await exchange(port, PATH, row.make(asked), {
      'Content-Type': `${MEDIA_TYPES[asked.version]}; charset=utf-8`,
      SOAPAction: '""',
    })
    assert.equal(reply.status, 200, reply.text)
    assert.ok(reply.head.includes(`Content-Type: ${SOAP_CONTENT_TYPES[asked.version]}`))
    const read = readReply(reply.text)
    assert.equal(read.version, asked.version)
    return readGenericResponse(read.kind === 'value' ? (read.value ?? '') : '')
  }

  for (const row of [...ENVELOPE_FORMS, ...HTTP_FORMS]) {
    it(`${row.about}: is understood exactly`, () =>
      served({ allowGbk: row.allowGbk ?? false }, async (port) => {
        for (const version of ['1.1', '1.2'] as const) {
          for (const operation of OPERATIONS) {
            const about = `${operation}, SOAP ${version}`
            const { code } = await answerTo(port, row, { operation, version, document: DOCUMENT })
            assert.equal(code, '0', about)
            const call = calls.pop()
            assert.ok(call)
            assert.equal(call.document, (row.arrives ?? ((text) => text))(DOCUMENT), about)
            assert.equal(call.operation.toLowerCase(), operation.toLowerCase())
            assert.deepEqual(call.flags, row.flags ?? [], about)
            const expected = { version, ...row.form, deviations: row.deviations }
            assert.deepEqual({ ...call.form, ...expected }, call.form, about)
          }
        }
        assert.deepEqual(troubles, [])
      }))

    it(`${row.about}: is ${row.deviations.length === 0 ? 'taken' : 'refused'} in strict mode`, () =>
      served({ strict: true, allowGbk: row.allowGbk ?? false }, async (port) => {
        for (const operation of OPERATIONS) {
          const asked = { operation, version: '1.1', document: DOCUMENT } as const
          const { code, desc } = await answerTo(port, row, asked)
          const taken = row.deviations.length === 0
          assert.equal(code, taken ? '0' : '400')
          assert.equal(calls.length > 0, taken)
          if (!taken) assert.match(desc, /^严格模式：请求与 WSDL 不符：./)
          calls = []
        }
        const codes = row.deviations.length === 0 ? [] : ['FORM_REFUSED', 'FORM_REFUSED']
        assert.deepEqual(
          troubles.map((trouble) => trouble.code),
          codes,
        )
        // A refusal is told in both languages and keeps what came in for a person.
        for (const { reason, raw } of troubles) {
          assert.equal(reason.en.split('; ').length, row.deviations.length)
          assert.equal(reason.zh.split('；').length, row.deviations.length)
          assert.ok(raw)
        }
      }))
  }

  // What two readers could understand in two ways is refused, and nothing of it is lost unseen.
  const escaped = escapeText(DOCUMENT)
  const refused: readonly (readonly [string, (asked: Asked) => Request, string, string])[] = [
    [
      'two documents in one call',
      (asked) => ({
        body: canonical(asked, { parameter: 'req', wrapped: `${escaped}</req><req>${escaped}` }),
      }),
      'ARGUMENT_AMBIGUOUS',
      '400',
    ],
    [
      'two inline documents in one call',
      (asked) => ({
        body: canonical(asked, {
          parameter: 'a',
          wrapped: '<XmlDocument/></a><p:xmldocument xmlns:p="urn:p"/><a>',
        }),
      }),
      'ARGUMENT_AMBIGUOUS',
      '400',
    ],
    [
      'two operations in one call',
      (asked) => {
        const { operation } = asked
        const one = `<${operation}><a>${escaped}</a></${operation}>`
        return { body: body(asked, one + one) }
      },
      'ARGUMENT_AMBIGUOUS',
      '400',
    ],
    [
      'more parameters than any operation has',
      (asked) => ({ body: canonical(asked, { parameter: 'a', wrapped: '</a><a>'.repeat(8) }) }),
      'ARGUMENT_AMBIGUOUS',
      '400',
    ],
    [
      'a reference to nothing',
      (asked) => ({
        body: body(asked, `<${asked.operation}><a href="#b"/></${asked.operation}>`),
      }),
      'ARGUMENT_MISSING',
      '400',
    ],
    [
      'nil',
      (asked) => ({
        body: body(
          asked,
          `<${asked.operation}><a x:nil="1" xmlns:x="urn:x">${escaped}</a></${asked.operation}>`,
        ),
      }),
      'ARGUMENT_MISSING',
      '400',
    ],
    [
      'GBK that calls itself UTF-8',
      (asked) => ({ body: gb18030(canonical(asked)) }),
      'CHARSET_UNREADABLE',
      'Fault',
    ],
    [
      'GBK told by nobody',
      (asked) => ({
        body: gb18030(canonical(asked, { before: '' })),
        headers: { 'Content-Type': 'text/xml' },
      }),
      'CHARSET_UNREADABLE',
      'Fault',
    ],
    [
      'a character cut in half',
      (asked) => ({ body: canonical(asked).replace('𠮷', '&#xD842;') }),
      'ENVELOPE_UNREADABLE',
      'Fault',
    ],
    [
      'a character that was lost on the way',
      (asked) => ({ body: canonical(asked).replace('𠮷', '\ufffd') }),
      'CHARSET_REPLACEMENT',
      'Fault',
    ],
    [
      'an MTOM body without its root part',
      (asked) => ({
        body: canonical(asked),
        headers: { 'Content-Type': 'multipart/related; boundary=b' },
      }),
      'BODY_UNREADABLE',
      'Fault',
    ],
  ]
  for (const [about, make, trouble, expected] of refused) {
    it(`${about}: is refused and told`, () =>
      served({}, async (port) => {
        for (const operation of OPERATIONS) {
          const asked = { operation, version: '1.1', document: DOCUMENT } as const
          const reply = await exchange(port, PATH, make(asked), {
            'Content-Type': 'text/xml; charset=utf-8',
          })
          const read = readReply(reply.text)
          const isFault = read.kind === 'fault'
          assert.equal(isFault ? 'Fault' : readGenericResponse(read.value ?? '').code, expected)
          assert.equal(reply.status, isFault ? 500 : 200)
          assert.doesNotMatch(reply.text, /胎盘|00000001/)
        }
        assert.deepEqual(
          troubles.map(({ code }) => code),
          [trouble, trouble],
        )
        assert.deepEqual(calls, [])
      }))
  }
})

import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { answerOf, callWith, crisisXml, envelope, envelopeOf, post } from '../support/calls.js'
import { Flow, inNode, response, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const GOOD = envelopeOf('SynCrisisInfo', crisisXml())
const operation = (document: string): string => envelopeOf('SynCrisisInfo', document)
// 胎盘 in GBK, which is no UTF-8.
const GBK = Buffer.from([0xcc, 0xa5, 0xc5, 0xcc])
const inGbk = (text: string): Buffer => {
  const [before = '', after = ''] = text.split('胎盘')
  return Buffer.concat([Buffer.from(before), GBK, Buffer.from(after)])
}

interface BadCall {
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** The HTTP status and the code that the caller gets. */
  readonly answer: readonly [status: number, code: string]
  /** The code that Catch gets. */
  readonly code: string
}

const BAD_CALLS: Readonly<Record<string, BadCall>> = {
  'no body': { body: '', answer: [500, 'Fault'], code: 'ENVELOPE_UNREADABLE' },
  'no XML': { body: 'hello', answer: [500, 'Fault'], code: 'ENVELOPE_UNREADABLE' },
  'a document without an envelope': {
    body: crisisXml(),
    answer: [500, 'Fault'],
    code: 'ENVELOPE_VERSION',
  },
  'an envelope cut short': {
    body: GOOD.slice(0, -20),
    answer: [500, 'Fault'],
    code: 'ENVELOPE_UNREADABLE',
  },
  'an envelope with a DOCTYPE': {
    body: `<!DOCTYPE x [<!ENTITY a "b">]>${GOOD.replace(/^<\?.*?\?>/, '')}`,
    answer: [500, 'Fault'],
    code: 'ENVELOPE_DOCTYPE',
  },
  'an envelope that is too deep': {
    body: envelope('SynCrisisInfo', '<a>'.repeat(300) + '</a>'.repeat(300)),
    answer: [500, 'Fault'],
    code: 'ENVELOPE_TOO_DEEP',
  },
  'an envelope without an operation': {
    body: GOOD.replace(/<q:.*<\/q:\w+>/, ''),
    answer: [500, 'Fault'],
    code: 'ENVELOPE_NO_OPERATION',
  },
  'bytes that are not the UTF-8 they say': {
    body: inGbk(GOOD),
    answer: [500, 'Fault'],
    code: 'CHARSET_UNREADABLE',
  },
  'text that was decoded wrongly': {
    body: GOOD.replace('胎盘', '\ufffd\ufffd'),
    answer: [500, 'Fault'],
    code: 'CHARSET_REPLACEMENT',
  },
  'more than the limit': {
    body: operation(crisisXml({ CrisisMemo: '急'.repeat(4000) })),
    answer: [413, 'Fault'],
    code: 'BODY_TOO_BIG',
  },
  'a little that inflates to more than the limit': {
    body: gzipSync(Buffer.alloc(1 << 20, ' ')),
    headers: { 'Content-Encoding': 'gzip' },
    answer: [413, 'Fault'],
    code: 'BODY_TOO_BIG',
  },
  'gzip that is none': {
    body: GOOD,
    headers: { 'Content-Encoding': 'gzip' },
    answer: [500, 'Fault'],
    code: 'BODY_UNREADABLE',
  },
  'a compression that nobody knows': {
    body: GOOD,
    headers: { 'Content-Encoding': 'br' },
    answer: [415, 'Fault'],
    code: 'BODY_ENCODING',
  },
  'an operation of another interface': {
    body: envelopeOf('DeletePatient', crisisXml()),
    answer: [200, '405'],
    code: 'OPERATION_UNKNOWN',
  },
  'the other operation, which is not hosted here': {
    body: envelopeOf('SynCrisisResponseInfo', crisisXml()),
    answer: [200, '405'],
    code: 'OPERATION_UNKNOWN',
  },
  'no argument': {
    body: envelope('SynCrisisInfo', ''),
    answer: [200, '400'],
    code: 'ARGUMENT_MISSING',
  },
  'an empty argument': { body: operation(''), answer: [200, '400'], code: 'DOCUMENT_EMPTY' },
  'a document that is no XML': {
    body: operation('{"ExamNo":"1"}'),
    answer: [200, '400'],
    code: 'XML_NOT_WELL_FORMED',
  },
  'a document cut short': {
    body: operation(crisisXml().slice(0, -9)),
    answer: [200, '400'],
    code: 'XML_NOT_WELL_FORMED',
  },
  'a document with a DOCTYPE': {
    body: operation(crisisXml().replace('<XmlDocument>', '<!DOCTYPE a SYSTEM "x"><XmlDocument>')),
    answer: [200, '400'],
    code: 'XML_DOCTYPE',
  },
  'a document that is too deep': {
    body: operation(`<XmlDocument>${'<a>'.repeat(60)}${'</a>'.repeat(60)}</XmlDocument>`),
    answer: [200, '413'],
    code: 'XML_TOO_DEEP',
  },
  'another document': {
    body: operation('<Order><No>1</No></Order>'),
    answer: [200, '400'],
    code: 'DOCUMENT_UNKNOWN',
  },
  'a document without a Crisis': {
    body: operation('<XmlDocument><Header/></XmlDocument>'),
    answer: [200, '400'],
    code: 'DOCUMENT_UNKNOWN',
  },
  'a field twice with different content': {
    body: operation(crisisXml().replace('</ExamNo>', '</ExamNo><ExamNo>2</ExamNo>')),
    answer: [200, '400'],
    code: 'DOCUMENT_AMBIGUOUS',
  },
  'a document without both numbers': {
    body: operation(crisisXml({ ExamNo: ' ', ApplyNo: '\u3000' })),
    answer: [200, '422'],
    code: 'KEY_MISSING',
  },
  'a name that would spoil every object': {
    body: operation('<XmlDocument><__proto__><ExamNo>1</ExamNo></__proto__></XmlDocument>'),
    answer: [200, '400'],
    code: 'DOCUMENT_UNKNOWN',
  },
}

for (const mount of ['port', 'node-red'] as const) {
  describe(`crisis in on ${mount === 'port' ? 'a port of its own' : 'Node-RED’s port'}`, () => {
    let flow: Flow
    let url: string

    before(async () => {
      const port = await freePort()
      flow = await Flow.load([
        service({ mount, port: String(port), maxKilobytes: '8' }),
        inNode({ wires: [['response', 'one']] }),
        response(),
      ])
      const origin = mount === 'port' ? `http://127.0.0.1:${port}` : await flow.httpNode()
      url = `${origin}/crisis`
      await flow.shows('in', 'listening')
    })

    beforeEach(() => flow.inbox('caught').clear())

    after(() => flow.unload())

    for (const [name, bad] of Object.entries(BAD_CALLS)) {
      it(`answers ${name} by ${bad.answer.join(' ')} and tells Catch ${bad.code}, once`, async () => {
        const reply = await post(url, bad.body, bad.headers ? { headers: bad.headers } : {})
        const { status, code, desc } = answerOf(reply)
        assert.deepEqual([status, code], bad.answer)
        assert.ok(desc.length > 0 && Buffer.byteLength(desc) <= (code === 'Fault' ? 1000 : 300))
        // Nothing of the message and no stack goes back to whoever sent it.
        assert.doesNotMatch(reply.text, /\bat .*\.js|node_modules|00000001|胎盘/)
        const caught = await flow.caught()
        assert.equal(caught.code, bad.code)
        assert.equal(caught.source.id, 'in')
        assert.doesNotMatch(caught.message, /00000001|胎盘/)
        await flow.settle()
        assert.equal(flow.inbox('one').all.length, 0, 'nothing reaches the flow')
        assert.equal(flow.inbox('caught').all.length, 1)
        assert.equal(({} as { ExamNo?: string }).ExamNo, undefined)
      })
    }

    it('goes on as if nothing had been', async () => {
      assert.deepEqual(await callWith(url, 'SynCrisisInfo', crisisXml()), {
        status: 200,
        code: '0',
        desc: '成功',
      })
      assert.equal(flow.inbox('one').all.length, 1)
      assert.equal(flow.status('in'), 'green listening')
    })
  })
}

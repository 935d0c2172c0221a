import assert from 'node:assert/strict'
import {
  OwnPorts,
  Switchboard,
  type Answer,
  type HostedCall,
  type PortRegistration,
  type Trouble,
} from '../../src/http/hosting/index.js'
import { classifyReply, writeGenericResponse } from '../../src/messages/index.js'
import { OPERATIONS, type SoapVersion } from '../../src/soap/index.js'
import {
  CALLING,
  callWith,
  DOT_NET_PATH,
  DOT_NET_RESULT,
  remarkOf,
  titleOf,
  type CallingToolkit,
  type ToolkitCall,
} from './support/callers.js'
import { prove } from './support/proofs.js'
import { call, HARD_DOCUMENTS, HARD_TEXT, SAMPLES, withCrLf } from './support/texts.js'
import { need, SUDS } from './support/toolkits.js'

const PATH = '/pushService/services/pacs'
const MAX_BYTES = 1 << 20

describe('toolkits that read our WSDL and call an own port', function () {
  this.timeout(60_000)

  let registrations: PortRegistration[] = []
  let origin = ''
  let calls: HostedCall[] = []
  let troubles: Trouble[] = []
  let answer: Answer = { code: '0', desc: '成功' }

  before(async () => {
    const ports = new OwnPorts(new Switchboard())
    const options = {
      body: { maxBytes: MAX_BYTES },
      onTrouble: (trouble: Trouble) => void troubles.push(trouble),
    }
    for (const [more, names] of [
      ['', {}],
      [DOT_NET_PATH, { result: DOT_NET_RESULT }],
    ] as const) {
      for (const operation of OPERATIONS) {
        const registration = await ports.register(
          { host: '127.0.0.1', port: 0 },
          PATH + more,
          operation,
          async (hosted) => {
            calls.push(hosted)
            return answer
          },
          { ...options, names },
        )
        registrations.push(registration)
      }
    }
    origin = `http://127.0.0.1:${registrations[0]?.port}`
  })

  const wsdlFor = ({ dotNet }: CallingToolkit): string =>
    `${origin}${PATH}${dotNet ? DOT_NET_PATH : ''}?wsdl`

  after(async () => {
    for (const registration of registrations) await registration.release(true)
    registrations = []
  })

  beforeEach(() => {
    calls = []
    troubles = []
    answer = { code: '0', desc: '成功' }
  })

  for (const calling of CALLING) {
    describe(titleOf(calling), () => {
      before(function () {
        need(this, calling.toolkit)
        wsdl = wsdlFor(calling)
      })
      let wsdl = ''

      for (const version of calling.versions) {
        const texts: ToolkitCall[] = [
          ...OPERATIONS.map((operation) => call(operation, SAMPLES[operation])),
          ...OPERATIONS.map((operation) => call(operation, withCrLf(SAMPLES[operation]))),
          ...OPERATIONS.map((operation) => call(operation, HARD_DOCUMENTS[operation])),
          ...OPERATIONS.map((operation) => call(operation, HARD_TEXT)),
          call('SynCrisisInfo', `\n \t${HARD_TEXT}\r\n\r\n `),
          // Axis 1.4 writes each of these as a reference, or as two, and there is a limit to those.
          call('SynCrisisInfo', '汉字𠮷😀'.repeat(2_500)),
          call('SynCrisisInfo', ''),
        ]

        it(`hands over every text exactly, SOAP ${version}`, async () => {
          await callWith(calling, wsdl, version, texts)
          assert.deepEqual(calls.map(received), texts.map(sent(calling, version)))
          assert.deepEqual(troubles, [])
          prove('in', [titleOf(calling), version], {
            Charset: 'UTF-8',
            'Own port': 'alone',
            Remarks: remarkOf(calling),
          })
        })

        it(`gets the generic response back exactly, SOAP ${version}`, async () => {
          const wanted = [call('SynCrisisInfo', SAMPLES.SynCrisisInfo)]
          for (const code of ['0', '422']) {
            answer = { code, desc: HARD_TEXT }
            const [got] = await callWith(calling, wsdl, version, wanted)
            const value = writeGenericResponse(answer)
            assert.deepEqual(got, { value })
            const verdict = classifyReply(value)
            assert.equal(verdict.class, code === '0' ? 'delivered' : 'rejected')
            assert.equal(verdict.reply?.desc, HARD_TEXT)
          }
        })

        it(`gets a Fault for what cannot be read, SOAP ${version}`, async () => {
          const [got] = await callWith(calling, wsdl, version, [
            call('SynCrisisInfo', SAMPLES.SynCrisisInfo.replace('胎盘早剥', '胎盘\ufffd剥')),
          ])
          assert.ok(got && 'fault' in got, JSON.stringify(got))
          assert.match(got.fault.code, version === '1.1' ? /(?:^|:)Client$/ : /(?:^|:)Sender$/)
          assert.match(got.fault.text, /U\+FFFD/)
          assert.match(codesOf(troubles).join(), /^(?:CHARSET_REPLACEMENT|ENVELOPE_CHARSET)$/)
          assert.deepEqual(calls, [])
        })

        it(`takes no message over the limit for accepted, SOAP ${version}`, async () => {
          const [got] = await callWith(calling, wsdl, version, [
            call('SynCrisisInfo', 'x'.repeat(MAX_BYTES)),
          ])
          assert.ok(got && 'fault' in got, JSON.stringify(got))
          assert.deepEqual(codesOf(troubles), ['BODY_TOO_BIG'])
          assert.deepEqual(calls, [])
        })
      }
    })
  }

  describe('Python suds left to itself', () => {
    before(function () {
      need(this, SUDS)
    })

    it('unescapes a document on its way, which reaches us as it was sent', async () => {
      const suds = CALLING.find(({ toolkit }) => toolkit === SUDS)
      assert.ok(suds)
      const text = { ...call('SynCrisisInfo', '<a>1 &lt; 2\r\n&amp;</a>'), plain: true }
      await callWith(suds, wsdlFor(suds), '1.1', [text])
      assert.match(calls[0]?.raw.toString() ?? '', /&lt;a&gt;1 &lt; 2\r\n&amp;&lt;\/a&gt;/)
      assert.equal(calls[0]?.document, '<a>1 < 2\n&</a>')
    })
  })
})

const codesOf = (troubles: readonly Trouble[]): string[] => troubles.map(({ code }) => code)

const received = ({ operation, document, version, charset, flags }: HostedCall) => ({
  operation,
  document,
  version,
  charset,
  flags,
})

const sent =
  ({ bareReturns, surrogates }: CallingToolkit, version: SoapVersion) =>
  ({ operation, argument }: ToolkitCall) => ({
    operation,
    document: bareReturns ? argument.replace(/\r\n?/g, '\n') : argument,
    version,
    charset: 'utf-8',
    flags: surrogates && /[\u{10000}-\u{10ffff}]/u.test(argument) ? ['surrogateReferences'] : [],
  })

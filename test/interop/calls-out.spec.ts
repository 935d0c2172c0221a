import assert from 'node:assert/strict'
import { outcomeOfError, outcomeOfReply } from '../../src/delivery/index.js'
import { Poster } from '../../src/http/calling/index.js'
import { OUT_CHARSETS, writeGenericResponse } from '../../src/messages/index.js'
import {
  OPERATIONS,
  openRemote,
  type BodyStyle,
  type Operation,
  type RemoteOptions,
} from '../../src/soap/index.js'
import { host, type HostingToolkit } from './support/servers.js'
import { prove } from './support/proofs.js'
import { HARD_DOCUMENTS, HARD_TEXT, SAMPLES, withCrLf } from './support/texts.js'
import {
  AXIS,
  GSOAP,
  JAXWS,
  LITE,
  MONO,
  need,
  PHP,
  SOAP4R,
  SPYNE,
  type Toolkit,
} from './support/toolkits.js'

type Settings = Omit<RemoteOptions, 'operation' | 'transport'>

interface Hosted {
  readonly path: string
  /** How it is to be called. */
  readonly namespace: string
  readonly parameters: Readonly<Record<Operation, string>>
  readonly soapVersion?: '1.2'
  readonly style?: BodyStyle
  readonly soapAction?: (operation: Operation) => string
  /** Whether it publishes a WSDL; `elsewhere` is one whose address nobody reaches, as behind NAT. */
  readonly wsdl: boolean | 'elsewhere'
}

const OWN_NAMES = { SynCrisisInfo: 'arg0', SynCrisisResponseInfo: 'arg0' }
const DOCUMENT_NAMES = { SynCrisisInfo: 'inputString', SynCrisisResponseInfo: 'req' }

const document = { namespace: 'http://pacs.example/document', parameters: OWN_NAMES, wsdl: true }
const rpc = { namespace: 'urn:rpc-body', parameters: DOCUMENT_NAMES, wsdl: true }
const spyne = { namespace: 'http://pacs.example/spyne', parameters: DOCUMENT_NAMES, wsdl: true }
// Without a WSDL of theirs, requests follow ours.
const bundled = { namespace: 'urn:hospital-flows:crisis', parameters: DOCUMENT_NAMES, wsdl: false }

const jaxws = { namespace: 'http://pacs.example/jaxws', parameters: OWN_NAMES, wsdl: true }
const AXIS_NAMES = { SynCrisisInfo: 'in0', SynCrisisResponseInfo: 'in0' }
const axis = { namespace: 'http://pacs.example/axis', parameters: AXIS_NAMES } as const

interface Hosting {
  readonly toolkit: Toolkit
  readonly hosted: readonly Hosted[]
  /** Its parser knows UTF-8 only. */
  readonly onlyUtf8?: true
  /** It writes a carriage return as it is, which any XML parser reads as a line feed. */
  readonly bareReturns?: true
  /** It puts more into a Fault than its reason. */
  readonly wordy?: true
  /** For the table. */
  readonly remark?: string
}

const HOSTING: readonly Hosting[] = [
  {
    toolkit: PHP,
    hosted: [
      { ...document, path: 'document' },
      { ...document, path: 'document-1.2', soapVersion: '1.2' },
      { ...document, path: 'document-qualified' },
      { ...rpc, path: 'rpc-encoded' },
      { ...rpc, path: 'rpc-literal' },
      { ...bundled, path: 'no-wsdl' },
    ],
  },
  {
    toolkit: SPYNE,
    hosted: [
      { ...spyne, path: 'spyne' },
      { ...spyne, path: 'spyne-1.2', soapVersion: '1.2' },
    ],
  },
  { toolkit: LITE, hosted: [{ ...bundled, path: 'lite' }], onlyUtf8: true },
  {
    toolkit: JAXWS,
    hosted: [
      { ...jaxws, path: 'jaxws' },
      { ...jaxws, path: 'jaxws-1.2', soapVersion: '1.2' },
      { ...jaxws, path: 'jaxws-rpc' },
    ],
  },
  {
    toolkit: AXIS,
    hosted: [
      { ...axis, path: 'axis/services/encoded', style: 'encoded', wsdl: 'elsewhere' },
      { ...axis, path: 'axis/services/wrapped', style: 'qualified', wsdl: 'elsewhere' },
    ],
    bareReturns: true,
    remark: 'its WSDL names the machine by a name of its own',
  },
  {
    toolkit: GSOAP,
    hosted: [
      {
        path: 'gsoap',
        namespace: 'http://pacs.example/gsoap',
        parameters: DOCUMENT_NAMES,
        wsdl: 'elsewhere',
      },
    ],
    remark: 'its WSDL names a host that nobody reaches',
    onlyUtf8: true,
  },
  {
    toolkit: MONO,
    hosted: [
      {
        path: 'Pacs.asmx',
        namespace: 'http://pacs.example/asmx',
        parameters: DOCUMENT_NAMES,
        style: 'qualified',
        soapAction: (operation) => `http://pacs.example/asmx/${operation}`,
        wsdl: true,
      },
    ],
    bareReturns: true,
    wordy: true,
    remark: 'ASMX in an ASP.NET of Mono',
  },
  {
    toolkit: SOAP4R,
    hosted: [{ ...bundled, path: 'soap4r', namespace: 'http://pacs.example/soap4r' }],
    onlyUtf8: true,
  },
]

describe('toolkits that host a service we call', function () {
  this.timeout(60_000)

  for (const hosting of HOSTING) {
    const { toolkit, hosted, onlyUtf8, bareReturns, wordy } = hosting
    const remark = [
      hosting.remark,
      bareReturns && 'CR and CRLF of its replies arrive as LF',
      wordy && 'its Faults hold a stack trace, of which we keep the beginning',
    ]
      .filter(Boolean)
      .join('; ')
    describe(toolkit.name, () => {
      let server: HostingToolkit
      let poster: Poster

      before(async function () {
        need(this, toolkit)
        server = await host(toolkit)
        poster = new Poster()
      })

      after(async () => {
        poster?.close()
        await server?.stop()
      })

      for (const service of hosted) {
        describe(service.path, () => {
          const row = [toolkit.name, service.path, service.soapVersion ?? '1.1']
          const calledBy =
            service.wsdl === 'elsewhere' ? 'its WSDL with another address' : 'its WSDL'
          const address = (): string => `${server.url}/${service.path}`

          if (service.wsdl) {
            it('is called by its own WSDL', async () => {
              await callEach(known(), 'wsdl')
            })
          } else {
            it('is not called in our own form while a WSDL is set that it does not have', async () => {
              server.received()
              const settings = { wsdl: `${address()}?wsdl`, address: address() }
              await assert.rejects(async () => {
                const remote = await openRemote(optionsFor('SynCrisisInfo', settings))
                await remote.call(SAMPLES.SynCrisisInfo)
              }, /WSDL/)
              assert.deepEqual(server.received(), [])
            })
          }

          it('is called by its address and settings, with our WSDL', async () => {
            await callEach({ address: address() }, 'bundled')
          })

          it('reads the document in CDATA, and in GBK where its parser knows that', async () => {
            server.reply({ value: 'ok' })
            server.received()
            const charsets = onlyUtf8 ? (['UTF-8'] as const) : OUT_CHARSETS
            for (const charset of charsets) {
              for (const cdata of [false, true]) {
                const settings = { ...known(), charset, packing: { cdata } }
                const remote = await openRemote(optionsFor('SynCrisisInfo', settings))
                await remote.call(SAMPLES.SynCrisisInfo)
                const argument = SAMPLES.SynCrisisInfo.replace('UTF-8', charset)
                const operation = 'SynCrisisInfo'
                assert.deepEqual(server.received(), [{ path: service.path, operation, argument }])
                prove('out', row, { Charset: charset, ...(cdata && { CDATA: 'yes' }) })
              }
            }
          })

          it('gives every text back exactly', async () => {
            const remote = await openRemote(optionsFor('SynCrisisInfo', known()))
            for (const value of [HARD_TEXT, ` \n${HARD_TEXT}\r\n `, '汉字𠮷😀'.repeat(2_500)]) {
              server.reply({ value })
              const reply = await remote.call(SAMPLES.SynCrisisInfo)
              assert.equal(reply.value, bareReturns ? value.replace(/\r\n?/g, '\n') : value)
              assert.deepEqual(reply.flags, [])
            }
          })

          it('is believed only when it says 0', async () => {
            const remote = await openRemote(optionsFor('SynCrisisResponseInfo', known()))
            const submit = async (reply: Parameters<typeof server.reply>[0]) => {
              server.reply(reply)
              const outcome = await remote
                .call(HARD_DOCUMENTS.SynCrisisResponseInfo)
                .then(({ value }) => outcomeOfReply(value), outcomeOfError)
              return { class: outcome.class, code: outcome.code, reply: outcome.reply }
            }
            const desc = '不可用 < & ]]> 😀'
            assert.deepEqual(await submit({ value: writeGenericResponse({ code: '0', desc }) }), {
              class: 'delivered',
              code: 'DELIVERED',
              reply: { code: '0', desc },
            })
            const refused = await submit({ value: writeGenericResponse({ code: '422', desc }) })
            assert.equal(refused.class, 'rejected')
            assert.deepEqual(refused.reply, { code: '422', desc })
            const one = await submit({ value: writeGenericResponse({ code: '1', desc: '成功' }) })
            assert.notEqual(one.class, 'delivered')
            const empty = await submit({ value: '' })
            assert.deepEqual(empty, { class: 'unreachable', code: 'REPLY_EMPTY', reply: undefined })
            const fault = await submit({ fault: { code: 'Server', text: desc } })
            assert.equal(fault.class, 'unreachable')
            assert.equal(fault.code, 'SOAP_FAULT')
            assert.match(fault.reply?.code ?? '', /:(?:Server|Receiver)$/)
            if (wordy) assert.ok(fault.reply?.desc?.includes(desc))
            else assert.equal(fault.reply?.desc, desc)
          })

          /** The way that the service itself would have it. */
          const known = (): Settings =>
            service.wsdl
              ? {
                  wsdl: `${address()}?wsdl`,
                  ...(service.wsdl === 'elsewhere' && { address: address() }),
                }
              : { address: address() }

          const optionsFor = (operation: Operation, settings: Settings): RemoteOptions => ({
            operation,
            transport: poster,
            ...settings,
            ...((settings.wsdl === undefined || !service.wsdl) && {
              namespace: service.namespace,
              parameter: service.parameters[operation],
              soapVersion: service.soapVersion,
              style: service.style,
              soapAction: service.soapAction?.(operation),
            }),
          })

          async function callEach(settings: Settings, source: 'wsdl' | 'bundled'): Promise<void> {
            server.reply({ value: 'ok' })
            server.received()
            for (const operation of OPERATIONS) {
              const remote = await openRemote(optionsFor(operation, settings))
              const { description } = remote
              assert.equal(description.source, source)
              assert.equal(description.operation, operation)
              assert.equal(description.namespace, service.namespace)
              assert.equal(description.parameter, service.parameters[operation])
              assert.equal(description.soapVersion, service.soapVersion ?? '1.1')
              assert.equal(description.address, address())
              const sample = SAMPLES[operation]
              const texts = [sample, withCrLf(sample), HARD_DOCUMENTS[operation], ` ${HARD_TEXT}\n`]
              for (const argument of texts) {
                await remote.call(argument)
                assert.deepEqual(server.received(), [{ path: service.path, operation, argument }])
              }
              prove('out', row, {
                Style: description.style,
                'Called by': source === 'bundled' ? 'settings' : calledBy,
                Remarks: remark,
              })
            }
          }
        })
      }
    })
  }
})

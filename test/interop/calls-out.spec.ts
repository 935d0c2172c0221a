import assert from 'node:assert/strict'
import { outcomeOfError, outcomeOfReply } from '../../src/delivery/index.js'
import { Poster } from '../../src/http/index.js'
import { OUT_CHARSETS, writeGenericResponse } from '../../src/messages/index.js'
import { OPERATIONS, openRemote, type Operation, type RemoteOptions } from '../../src/soap/index.js'
import { host, type HostingToolkit } from './support/servers.js'
import { HARD_DOCUMENTS, HARD_TEXT, SAMPLES, withCrLf } from './support/texts.js'
import { LITE, need, PHP, SPYNE, type Toolkit } from './support/toolkits.js'

type Settings = Omit<RemoteOptions, 'operation' | 'transport'>

interface Hosted {
  readonly path: string
  /** How it is to be called. */
  readonly namespace: string
  readonly parameters: Readonly<Record<Operation, string>>
  readonly soapVersion?: '1.2'
  /** Whether it publishes a WSDL. */
  readonly wsdl: boolean
}

const OWN_NAMES = { SynCrisisInfo: 'arg0', SynCrisisResponseInfo: 'arg0' }
const DOCUMENT_NAMES = { SynCrisisInfo: 'inputString', SynCrisisResponseInfo: 'req' }

const document = { namespace: 'http://pacs.example/document', parameters: OWN_NAMES, wsdl: true }
const rpc = { namespace: 'urn:rpc-body', parameters: DOCUMENT_NAMES, wsdl: true }
const spyne = { namespace: 'http://pacs.example/spyne', parameters: DOCUMENT_NAMES, wsdl: true }
// Without a WSDL of theirs, requests follow ours.
const bundled = { namespace: 'urn:hospital-flows:crisis', parameters: DOCUMENT_NAMES, wsdl: false }

const HOSTING: readonly { readonly toolkit: Toolkit; readonly hosted: readonly Hosted[] }[] = [
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
  { toolkit: LITE, hosted: [{ ...bundled, path: 'lite' }] },
]

describe('toolkits that host a service we call', function () {
  this.timeout(60_000)

  for (const { toolkit, hosted } of HOSTING) {
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
          const address = (): string => `${server.url}/${service.path}`

          if (service.wsdl) {
            it('is called by its own WSDL', async () => {
              await callEach({ wsdl: `${address()}?wsdl` }, 'wsdl')
            })
          } else {
            it('is called by its address although it is asked for a WSDL', async () => {
              await callEach({ wsdl: `${address()}?wsdl`, address: address() }, 'bundled')
            })
          }

          it('is called by its address and settings, with our WSDL', async () => {
            await callEach({ address: address() }, 'bundled')
          })

          it('reads the document in CDATA, and in GBK where its parser knows that', async () => {
            server.reply({ value: 'ok' })
            server.received()
            const charsets = toolkit === LITE ? (['UTF-8'] as const) : OUT_CHARSETS
            for (const charset of charsets) {
              for (const cdata of [false, true]) {
                const settings = { ...known(), charset, packing: { cdata } }
                const remote = await openRemote(optionsFor('SynCrisisInfo', settings))
                await remote.call(SAMPLES.SynCrisisInfo)
                const argument = SAMPLES.SynCrisisInfo.replace('UTF-8', charset)
                const operation = 'SynCrisisInfo'
                assert.deepEqual(server.received(), [{ path: service.path, operation, argument }])
              }
            }
          })

          it('gives every text back exactly', async () => {
            const remote = await openRemote(optionsFor('SynCrisisInfo', known()))
            for (const value of [HARD_TEXT, ` \n${HARD_TEXT}\r\n `, '汉字𠮷😀'.repeat(10_000)]) {
              server.reply({ value })
              const reply = await remote.call(SAMPLES.SynCrisisInfo)
              assert.equal(reply.value, value)
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
            assert.equal(fault.reply?.desc, desc)
          })

          /** The way that the service itself would have it. */
          const known = (): Settings =>
            service.wsdl ? { wsdl: `${address()}?wsdl` } : { address: address() }

          const optionsFor = (operation: Operation, settings: Settings): RemoteOptions => ({
            operation,
            transport: poster,
            ...settings,
            ...(settings.wsdl === undefined && {
              namespace: service.namespace,
              parameter: service.parameters[operation],
              soapVersion: service.soapVersion,
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
            }
          }
        })
      }
    })
  }
})

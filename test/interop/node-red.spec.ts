import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Outcome } from '../../src/delivery/index.js'
import {
  readGenericResponse,
  success,
  writeCrisisDocument,
  writeFeedbackDocument,
  writeGenericResponse,
} from '../../src/messages/index.js'
import { OPERATIONS } from '../../src/soap/index.js'
import {
  freePort,
  makeUserDir,
  packPackage,
  removeFolder,
  startNodeRed,
  type NodeRedPackage,
  type RunningNodeRed,
} from '../support/node-red.js'
import { PATH, receivingFlows, sendingFlows, type Noted } from './support/flows.js'
import { host, type HostingToolkit } from './support/servers.js'
import {
  call,
  HARD_CRISIS,
  HARD_DOCUMENTS,
  HARD_FEEDBACK,
  HARD_TEXT,
  HEADER,
  sampleCrisis,
  sampleFeedback,
  SAMPLES,
  withCrLf,
} from './support/texts.js'
import { CALLING, callWith, LITE, need, PHP, SPYNE, type Toolkit } from './support/toolkits.js'

const VERSIONS: readonly (readonly [title: string, nodeRed: NodeRedPackage])[] = [
  ['Node-RED 5', 'node-red'],
  ['Node-RED 4.1', 'node-red-4'],
]
const SERVICES = ['port', 'node-red'] as const

let tarball: string | undefined

for (const [title, nodeRed] of VERSIONS) {
  describe(`toolkits and the nodes in ${title}`, function () {
    this.timeout(120_000)

    let userDir: string | undefined
    let running: RunningNodeRed
    let notes: string
    const addresses = { port: '', 'node-red': '' }

    before(async () => {
      tarball ??= packPackage()
      userDir = makeUserDir(tarball, 'interop-')
      notes = path.join(userDir, 'notes.jsonl')
      writeFileSync(notes, '')
      const port = await freePort()
      running = await startNodeRed({ nodeRed, userDir })
      addresses.port = `http://127.0.0.1:${port}${PATH}`
      addresses['node-red'] = `${running.url}${PATH}`
      await running.deploy(receivingFlows(port, notes))
      await Promise.all(Object.values(addresses).map(untilHosted))
    })

    after(async () => {
      await running?.stop()
      if (userDir !== undefined) removeFolder(userDir)
    })

    /** What the flows were given since this was asked last. */
    function noted(): Noted[] {
      const lines = readFileSync(notes, 'utf8').split('\n').filter(Boolean)
      writeFileSync(notes, '')
      return lines.map((line) => JSON.parse(line) as Noted)
    }

    for (const calling of CALLING) {
      describe(`${calling.toolkit.name} calls`, () => {
        before(function () {
          need(this, calling.toolkit)
        })

        for (const service of SERVICES) {
          for (const version of calling.versions) {
            const where = service === 'port' ? 'an own port' : 'Node-RED’s port'

            it(`${where}, and the flow has each document exactly, SOAP ${version}`, async () => {
              const calls = [
                ...OPERATIONS.map((operation) => call(operation, SAMPLES[operation])),
                ...OPERATIONS.map((operation) => call(operation, withCrLf(SAMPLES[operation]))),
                ...OPERATIONS.map((operation) => call(operation, HARD_DOCUMENTS[operation])),
              ]
              noted()
              const answers = await callWith(calling, `${addresses[service]}?wsdl`, version, calls)
              const value = writeGenericResponse(success())
              assert.deepEqual(
                answers,
                calls.map(() => ({ value })),
              )
              const payloads = [
                sampleCrisis(),
                sampleFeedback(),
                sampleCrisis(),
                sampleFeedback(),
                HARD_CRISIS,
                HARD_FEEDBACK,
              ]
              assert.deepEqual(
                noted(),
                payloads.map((payload, index) => ({
                  service,
                  operation: calls[index]?.operation,
                  payload,
                })),
              )
            })

            it(`${where}, and gets a failure code for what is refused, SOAP ${version}`, async () => {
              const wrong = { ...HEADER, License: '0000002' }
              const calls = [
                call('SynCrisisResponseInfo', writeFeedbackDocument(wrong, sampleFeedback())),
                call('SynCrisisInfo', HARD_TEXT),
                call('SynCrisisInfo', ''),
                call('SynCrisisInfo', SAMPLES.SynCrisisInfo.replaceAll('00000001', ' ')),
                call('SynCrisisInfo', SAMPLES.SynCrisisInfo.slice(0, -5)),
              ]
              noted()
              const answers = await callWith(calling, `${addresses[service]}?wsdl`, version, calls)
              const codes = answers.map((answer) =>
                'value' in answer ? readGenericResponse(answer.value ?? '').code : answer,
              )
              assert.deepEqual(codes, ['401', '400', '400', '422', '400'])
              assert.deepEqual(noted(), [])
            })
          }
        }
      })
    }

    const hosting: readonly (readonly [Toolkit, path: string, way: 'wsdl' | 'address'])[] = [
      [PHP, 'document', 'wsdl'],
      [PHP, 'rpc-encoded', 'wsdl'],
      [PHP, 'no-wsdl', 'address'],
      [SPYNE, 'spyne', 'wsdl'],
      [SPYNE, 'spyne-1.2', 'wsdl'],
      [LITE, 'lite', 'address'],
    ]
    for (const toolkit of [PHP, SPYNE, LITE]) {
      describe(`${toolkit.name} is called`, () => {
        let server: HostingToolkit
        const paths = hosting.filter(([one]) => one === toolkit)

        before(async function () {
          need(this, toolkit)
          server = await host(toolkit)
          const peers = paths.map(([, name, way]) => {
            const address = `${server.url}/${name}`
            return [name, way === 'wsdl' ? { wsdl: `${address}?wsdl` } : { address }] as const
          })
          await running.deploy(sendingFlows(Object.fromEntries(peers)))
        })

        after(() => server?.stop())

        async function send(name: string, what: 'crisis' | 'feedback', payload: object) {
          const url = `${running.url}/send/${name}/${what}`
          // Deploying answers before the flow listens, and a flow that does not listen yet has sent nothing.
          const response = await until(async () => {
            const one = await fetch(url, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(payload),
            })
            return one.status === 404 ? undefined : one
          })
          return (await response.json()) as { output: string; outcome: Outcome }
        }

        for (const [, name, way] of paths) {
          it(`by crisis out and crisis feedback out at ${name}, by its ${way}`, async () => {
            server.reply({ value: writeGenericResponse(success(HARD_TEXT)) })
            server.received()
            for (const crisis of [sampleCrisis(), HARD_CRISIS]) {
              const { output, outcome } = await send(name, 'crisis', crisis)
              assert.equal(output, 'delivered', JSON.stringify(outcome))
              assert.deepEqual(outcome.reply, { code: '0', desc: HARD_TEXT })
            }
            for (const feedback of [sampleFeedback(), HARD_FEEDBACK]) {
              const { output, outcome } = await send(name, 'feedback', feedback)
              assert.equal(output, 'delivered', JSON.stringify(outcome))
            }
            assert.deepEqual(server.received(), [
              {
                path: name,
                operation: 'SynCrisisInfo',
                argument: writeCrisisDocument(sampleCrisis()),
              },
              {
                path: name,
                operation: 'SynCrisisInfo',
                argument: HARD_DOCUMENTS.SynCrisisInfo,
              },
              {
                path: name,
                operation: 'SynCrisisResponseInfo',
                argument: writeFeedbackDocument(HEADER, sampleFeedback()),
              },
              {
                path: name,
                operation: 'SynCrisisResponseInfo',
                argument: HARD_DOCUMENTS.SynCrisisResponseInfo,
              },
            ])
          })

          it(`at ${name}, and a refusal or a Fault is for a person`, async () => {
            const desc = '患者不存在 < & 😀'
            server.reply({ value: writeGenericResponse({ code: '404', desc }) })
            const refused = await send(name, 'crisis', sampleCrisis())
            assert.equal(refused.output, 'person')
            assert.equal(refused.outcome.class, 'rejected')
            assert.deepEqual(refused.outcome.reply, { code: '404', desc })

            server.reply({ fault: { code: 'Server', text: desc } })
            const fault = await send(name, 'crisis', sampleCrisis())
            assert.equal(fault.output, 'person')
            assert.equal(fault.outcome.class, 'unreachable')
            assert.equal(fault.outcome.code, 'SOAP_FAULT')
            assert.equal(fault.outcome.reply?.desc, desc)
          })
        }
      })
    }
  })
}

/** Deploying answers before the nodes listen. */
async function untilHosted(address: string): Promise<void> {
  await until(async () => {
    const wsdl = await fetch(`${address}?wsdl`).then(
      (response) => response.text(),
      () => '',
    )
    return OPERATIONS.every((name) => wsdl.includes(`<wsdl:operation name="${name}">`)) || undefined
  })
}

const UNTIL_LIMIT_MS = 15_000

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + UNTIL_LIMIT_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error('Node-RED does not host what was deployed')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { CrisisContext } from '../../nodes/face/message.js'
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
import { CALLING, callWith, DOT_NET_PATH, titleOf, type ToolkitCall } from './support/callers.js'
import { prove } from './support/proofs.js'
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
import {
  AXIS,
  GSOAP,
  JAXWS,
  LITE,
  MONO,
  need,
  PHP,
  SPYNE,
  type Toolkit,
} from './support/toolkits.js'

const VERSIONS: readonly (readonly [title: string, nodeRed: NodeRedPackage])[] = [
  ['Node-RED 5', 'node-red'],
  ['Node-RED 4.1', 'node-red-4'],
]
const SERVICES = ['port', 'node-red'] as const

type FlowOutcome = NonNullable<CrisisContext['outcome']>

let tarball: string | undefined
let exams = 0

/** The ledger knows a critical value again, so each has an exam of its own. */
const examNumber = (): string => `9${String(++exams).padStart(7, '0')}`
const renumbered = (text: string, number: string): string => text.replaceAll('00000001', number)
const ofExam = <T extends object>(document: T, number: string): T =>
  JSON.parse(renumbered(JSON.stringify(document), number)) as T

for (const [title, nodeRed] of VERSIONS) {
  describe(`toolkits and the nodes in ${title}`, function () {
    this.timeout(120_000)

    let userDir: string | undefined
    let running: RunningNodeRed
    let notes: string
    let outcomes: string
    const addresses = { port: '', 'node-red': '' }

    before(async () => {
      tarball ??= packPackage()
      userDir = makeUserDir(tarball, 'interop-')
      notes = path.join(userDir, 'notes.jsonl')
      outcomes = path.join(userDir, 'outcomes.jsonl')
      writeFileSync(notes, '')
      const port = await freePort()
      running = await startNodeRed({ nodeRed, userDir })
      addresses.port = `http://127.0.0.1:${port}${PATH}`
      addresses['node-red'] = `${running.url}${PATH}`
      await running.deploy(receivingFlows(port, notes))
      for (const address of Object.values(addresses)) {
        await untilHosted(address)
        await untilHosted(address + DOT_NET_PATH)
      }
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
      describe(`${titleOf(calling)} calls`, () => {
        before(function () {
          need(this, calling.toolkit)
        })

        for (const service of SERVICES) {
          const wsdl = (): string =>
            `${addresses[service]}${calling.dotNet ? DOT_NET_PATH : ''}?wsdl`
          for (const version of calling.versions) {
            const where = service === 'port' ? 'an own port' : 'Node-RED’s port'

            it(`${where}, and the flow has each document exactly, SOAP ${version}`, async () => {
              const numbers = [examNumber(), examNumber(), examNumber()]
              const numbered = ({ operation, ...rest }: ToolkitCall, index: number) => {
                const number = numbers[Math.floor(index / OPERATIONS.length)] ?? ''
                return { ...rest, operation, argument: renumbered(rest.argument, number) }
              }
              const calls = [
                ...OPERATIONS.map((operation) => call(operation, SAMPLES[operation])),
                ...OPERATIONS.map((operation) => call(operation, withCrLf(SAMPLES[operation]))),
                ...OPERATIONS.map((operation) => call(operation, HARD_DOCUMENTS[operation])),
              ].map(numbered)
              noted()
              const answers = await callWith(calling, wsdl(), version, calls)
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
                  payload: ofExam(payload, numbers[Math.floor(index / OPERATIONS.length)] ?? ''),
                })),
              )
              prove('in', [titleOf(calling), version], {
                [service === 'port' ? 'Own port' : "Node-RED's port"]: title.slice(9),
              })
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
              const answers = await callWith(calling, wsdl(), version, calls)
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

    const hosting: readonly (readonly [
      Toolkit,
      path: string,
      way: 'wsdl' | 'address' | 'wsdl with another address',
      soapVersion?: '1.2',
    ])[] = [
      [PHP, 'document', 'wsdl'],
      [PHP, 'rpc-encoded', 'wsdl'],
      [PHP, 'no-wsdl', 'address'],
      [SPYNE, 'spyne', 'wsdl'],
      [SPYNE, 'spyne-1.2', 'wsdl', '1.2'],
      [LITE, 'lite', 'address'],
      [JAXWS, 'jaxws', 'wsdl'],
      [JAXWS, 'jaxws-1.2', 'wsdl', '1.2'],
      [AXIS, 'axis/services/encoded', 'wsdl with another address'],
      [GSOAP, 'gsoap', 'wsdl with another address'],
      [MONO, 'Pacs.asmx', 'wsdl'],
    ]
    for (const toolkit of [PHP, SPYNE, LITE, JAXWS, AXIS, GSOAP, MONO]) {
      describe(`${toolkit.name} is called`, () => {
        let server: HostingToolkit
        const paths = hosting.filter(([one]) => one === toolkit)

        before(async function () {
          need(this, toolkit)
          server = await host(toolkit)
          const peers = paths.map(([, name, way]) => {
            const address = `${server.url}/${name}`
            const wsdl = `${address}?wsdl`
            if (way === 'wsdl') return [name, { wsdl }] as const
            return [name, way === 'address' ? { address } : { wsdl, address }] as const
          })
          writeFileSync(outcomes, '')
          await running.deploy(sendingFlows(Object.fromEntries(peers), outcomes))
        })

        after(() => server?.stop())

        async function send(name: string, what: 'crisis' | 'feedback', payload: object) {
          const url = `${running.url}/send/${name}/${what}`
          // Deploying answers before the flow listens, and a flow that does not listen yet has sent nothing.
          await until(async () => {
            const one = await fetch(url, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(payload),
            })
            return one.status === 404 ? undefined : one
          })
        }

        async function outcome(): Promise<{ output: string; outcome: FlowOutcome }> {
          const line = await until(async () => {
            const [first] = readFileSync(outcomes, 'utf8').split('\n')
            return first || undefined
          })
          writeFileSync(outcomes, '')
          return JSON.parse(line) as { output: string; outcome: FlowOutcome }
        }

        for (const [index, [, name, way, soapVersion]] of paths.entries()) {
          it(`by crisis out and crisis feedback out at ${name}, by its ${way}`, async () => {
            server.reply({ value: writeGenericResponse(success(HARD_TEXT)) })
            server.received()
            const [plain, hard] = [examNumber(), examNumber()]
            for (const crisis of [ofExam(sampleCrisis(), plain), ofExam(HARD_CRISIS, hard)]) {
              await send(name, 'crisis', crisis)
              const { output, outcome: told } = await outcome()
              assert.equal(output, 'delivered', JSON.stringify(told))
              assert.deepEqual(told.reply, { code: '0', desc: HARD_TEXT })
            }
            for (const feedback of [ofExam(sampleFeedback(), plain), ofExam(HARD_FEEDBACK, hard)]) {
              await send(name, 'feedback', feedback)
              const { output, outcome: told } = await outcome()
              assert.equal(output, 'delivered', JSON.stringify(told))
            }
            // What is blank was not told.
            const told = { ...sampleFeedback(), ProcessSuggest: '' }
            const documents = [
              ['SynCrisisInfo', writeCrisisDocument(sampleCrisis())],
              ['SynCrisisInfo', HARD_DOCUMENTS.SynCrisisInfo],
              ['SynCrisisResponseInfo', writeFeedbackDocument(HEADER, told)],
              ['SynCrisisResponseInfo', HARD_DOCUMENTS.SynCrisisResponseInfo],
            ] as const
            assert.deepEqual(
              server.received(),
              documents.map(([operation, document], place) => ({
                path: name,
                operation,
                argument: renumbered(document, place % 2 === 0 ? plain : hard),
              })),
            )
            const row = [toolkit.name, name, soapVersion ?? '1.1']
            prove('out', row, { 'From Node-RED': title.slice(9) })
          })

          it(`at ${name}, and a refusal is for a person`, async () => {
            const desc = '患者不存在 < & 😀'
            server.reply({ value: writeGenericResponse({ code: '404', desc }) })
            await send(name, 'crisis', ofExam(sampleCrisis(), examNumber()))
            const refused = await outcome()
            assert.equal(refused.output, 'person')
            assert.equal(refused.outcome.class, 'rejected')
            assert.deepEqual(refused.outcome.reply, { code: '404', desc })
          })

          // One of each toolkit is enough, for each takes its pause.
          if (index > 0) continue
          it(`at ${name}, and after a Fault it is sent again, the same`, async () => {
            server.received()
            server.reply({ fault: { code: 'Server', text: '系统忙 < & 😀' } })
            await send(name, 'crisis', ofExam(sampleCrisis(), examNumber()))
            const [first] = await until(async () => {
              const received = server.received()
              return received.length > 0 ? received : undefined
            })
            server.reply({ value: writeGenericResponse(success()) })
            const { output, outcome: told } = await outcome()
            assert.equal(output, 'delivered')
            assert.equal(told.attempts, 2)
            assert.deepEqual(server.received(), [first])
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

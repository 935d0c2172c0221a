// The servers that are compared, one a process: `servers.js bare | ours | handmade | soap-listen [awake]`.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listen } from 'soap'
import { Licences, OwnPorts, Switchboard, type Handler } from '../../src/http/hosting/index.js'
import { readFeedbackStage, requireStage } from '../../src/loop/index.js'
import { readFeedbackDocument, requireKey, success } from '../../src/messages/index.js'
import { ourWsdl } from '../../src/soap/index.js'
import { answerParent, stayAwake } from './children.js'
import { FEEDBACK_REPLY, LICENCE, SERVICE_PATH, SUCCESS } from './samples.js'
import { tunedParser } from './tuned-fxp.js'

export type ServerKind = 'bare' | 'ours' | 'handmade' | 'soap-listen'

export interface ServerState {
  readonly port: number
  readonly cpuUs: number
  readonly residentMb: number
}

const STARTS: Readonly<Record<ServerKind, () => Promise<number>>> = {
  bare: startBare,
  ours: startOurs,
  handmade: startHandmade,
  'soap-listen': startSoapListen,
}

if (process.argv[3] === 'awake') stayAwake()
const started = STARTS[process.argv[2] as ServerKind]()

answerParent(async (): Promise<ServerState> => {
  const { user, system } = process.cpuUsage()
  return {
    port: await started,
    cpuUs: user + system,
    residentMb: process.memoryUsage.rss() / (1 << 20),
  }
})

/** Reads the same bytes and answers the same bytes: what HTTP itself costs. */
function startBare(): Promise<number> {
  return startAnswering((bytes) => {
    if (bytes.length === 0) throw new Error('a request without a body')
  })
}

/** The least code that still knows what was said: no limits, no well-formedness, one dialect, one charset. */
function startHandmade(): Promise<number> {
  return startAnswering((bytes) => {
    const envelope = tunedParser.parse(bytes.toString()) as TunedEnvelope
    readTuned(envelope['soap:Envelope']['soap:Body']['m:SynCrisisResponseInfo'].req)
  })
}

function startAnswering(look: (bytes: Buffer) => void): Promise<number> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      look(Buffer.concat(chunks))
      res.writeHead(200, {
        'Content-Type': 'text/xml; charset=utf-8',
        'Content-Length': FEEDBACK_REPLY.length,
      })
      res.end(FEEDBACK_REPLY)
    })
  })
  return listening(server)
}

/** What `crisis feedback in` does with an immediate answer, without Node-RED around it. */
async function startOurs(): Promise<number> {
  const licences = new Licences([LICENCE])
  const handler: Handler = (call) => {
    const { header, feedbacks } = readFeedbackDocument(call.document)
    if (!licences.accepts(header)) throw new Error('the licence of the sample is not accepted')
    for (const { feedback } of feedbacks) {
      requireKey(feedback)
      requireStage(readFeedbackStage(feedback))
    }
    return success()
  }
  const ports = new OwnPorts(new Switchboard())
  const { port } = await ports.register(
    { host: '127.0.0.1', port: 0 },
    SERVICE_PATH,
    'SynCrisisResponseInfo',
    handler,
  )
  return port
}

interface TunedEnvelope {
  readonly 'soap:Envelope': {
    readonly 'soap:Body': { readonly 'm:SynCrisisResponseInfo': { readonly req: string } }
  }
}

interface TunedFeedback {
  readonly XmlDocument: {
    readonly Header: Readonly<Record<string, string>>
    readonly CrisisResponse: Readonly<Record<string, unknown>>
  }
}

function readTuned(document: string): void {
  const { Header, CrisisResponse } = (tunedParser.parse(document) as TunedFeedback).XmlDocument
  if (Header['Application'] !== LICENCE.application || Header['License'] !== LICENCE.licence) {
    throw new Error('the licence of the sample is not accepted')
  }
  if (CrisisResponse['ExamNo'] === undefined) throw new Error('the sample has its key')
}

/** The usual way: node-soap hosts, and the document is read by fast-xml-parser. */
async function startSoapListen(): Promise<number> {
  const service = async ({ req }: { req: string }): Promise<{ return: string }> => {
    readTuned(req)
    return { return: SUCCESS }
  }
  const server = createServer()
  const port = await listening(server)
  const wsdl = ourWsdl({
    operations: ['SynCrisisResponseInfo'],
    address: `http://127.0.0.1:${port}${SERVICE_PATH}`,
  })
  const operations = { SynCrisisResponseInfo: service }
  await new Promise<void>((resolve, reject) => {
    listen(server, {
      path: SERVICE_PATH,
      services: { CrisisService: { CrisisSoap: operations, CrisisSoap12: operations } },
      xml: wsdl,
      callback: (error: unknown) => (error ? reject(error as Error) : resolve()),
    })
  })
  return port
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

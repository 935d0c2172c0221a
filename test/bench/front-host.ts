// The servers that `front` compares, one a process:
// `front-host.js bare | reading | front | unrecorded [plain | tls | mutual]`.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  AddressList,
  Guard,
  OwnPorts,
  Switchboard,
  type PortTls,
} from '../../src/http/hosting/index.js'
import { CallerTally } from '../../src/ledger/index.js'
import {
  decodeBytes,
  readCrisisDocument,
  requireKey,
  success,
  writeGenericResponse,
} from '../../src/messages/index.js'
import { KnownFrames, readCall, writeReply } from '../../src/soap/index.js'
import { selfSigned } from '../http/self-signed.js'
import { answerParent } from './children.js'
import type { ClientTls } from './load.js'
import { CRISIS_REPLY, SERVICE_PATH, TOKEN } from './samples.js'
import type { ServerState } from './servers.js'

/**
 * `reading`: bare, but reads envelope and document strictly and writes the answer; nobody who does can be faster.
 * `unrecorded`: the front without telling who calls how.
 */
type FrontKind = 'bare' | 'reading' | 'front' | 'unrecorded'
export type Cover = 'plain' | 'tls' | 'mutual'

export interface FrontState extends ServerState {
  /** What a caller needs to come in. */
  readonly tls?: ClientTls
}

const CONTENT_TYPE = 'text/xml; charset=utf-8'

const [, , kind = 'bare', cover = 'plain'] = process.argv as [string, string, FrontKind?, Cover?]
const certificates = certificatesFor(cover)
const started = start(kind)

answerParent(async (): Promise<FrontState> => {
  const port = await started
  const { user, system } = process.cpuUsage()
  const residentMb = process.memoryUsage.rss() / (1 << 20)
  const state = { port, cpuUs: user + system, residentMb }
  return certificates ? { ...state, tls: certificates.caller } : state
})

function start(kind: FrontKind): Promise<number> {
  switch (kind) {
    case 'bare':
      return startBare(() => CRISIS_REPLY)
    case 'reading':
      return startReading()
    default:
      return startFront(kind, certificates?.port)
  }
}

function startReading(): Promise<number> {
  const frames = new KnownFrames()
  return startBare((body) => {
    const { text } = decodeBytes(body, { contentType: CONTENT_TYPE })
    const call = readCall(text, undefined, frames)
    for (const { crisis } of readCrisisDocument(call.argument ?? '').crises) requireKey(crisis)
    return writeReply(call, writeGenericResponse(success()))
  })
}

/** Reads the whole body and answers, by a constant as long as the real answer: what HTTP itself costs. */
function startBare(answer: (body: Buffer) => Buffer | string): Promise<number> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const reply = answer(Buffer.concat(chunks))
      res.writeHead(200, {
        'Content-Type': CONTENT_TYPE,
        'Content-Length': CRISIS_REPLY.length,
      })
      res.end(reply)
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** What stands before the ledger in `crisis in`: own port, guard, limits, envelope, document, answer. */
async function startFront(kind: FrontKind, tls: PortTls | undefined): Promise<number> {
  // Stored nowhere: the tally writes to the ledger about once a minute, whatever the traffic.
  const tally = new CallerTally({ write: () => Promise.resolve() })
  const { port } = await new OwnPorts(new Switchboard()).register(
    { host: '127.0.0.1', port: 0, tls },
    SERVICE_PATH,
    'SynCrisisInfo',
    (call) => {
      for (const { crisis } of readCrisisDocument(call.document).crises) requireKey(crisis)
      return success()
    },
    {
      guard: new Guard({
        allow: new AddressList('127.0.0.0/8, 10.0.0.0/8'),
        credential: { scheme: 'bearer', token: TOKEN },
      }),
      allowGbk: true,
      ...(kind === 'front' && { onForm: (met) => tally.note({ service: 'bench', ...met }) }),
    },
  )
  return port
}

/** Made anew for each run; nobody keeps the keys. */
function certificatesFor(cover: Cover): { port: PortTls; caller: ClientTls } | undefined {
  if (cover === 'plain') return undefined
  const server = selfSigned()
  if (cover === 'tls') return { port: server, caller: { ca: server.cert } }
  const caller = selfSigned()
  return {
    port: { ...server, ca: caller.cert, requestCert: true, rejectUnauthorized: true },
    caller: { ...caller, ca: server.cert },
  }
}

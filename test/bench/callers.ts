// The ways of calling that are compared, in one process: each question is a burst of one of them.
import http from 'node:http'
import { createClientAsync, type Client } from 'soap'
import { Poster } from '../../src/http/calling/index.js'
import {
  openRemote,
  ourWsdl,
  readRequestForm,
  SOAP_CONTENT_TYPES,
  type RequestForm,
} from '../../src/soap/index.js'
import { answerParent } from './children.js'
import {
  FEEDBACK_DOCUMENT,
  FEEDBACK_REQUEST,
  SERVICE_PATH,
  SUCCESS,
  SUCCESS_MARK,
} from './samples.js'
import { openVersion010 } from './version-0-1-0/caller.js'

export type CallerKind = 'plain' | 'ours' | 'wrapped' | '0.1.0' | 'node-soap'

export interface CallBurst {
  readonly kind: CallerKind
  readonly port: number
  readonly inFlight: number
  readonly durationMs: number
}

export interface CallBurstResult {
  readonly calls: number
  readonly elapsedMs: number
  readonly cpuUs: number
}

type Call = () => Promise<void>

const MAX_SOCKETS = 16
const OPENS: Readonly<Record<CallerKind, (port: number) => Promise<Call>>> = {
  plain: openPlain,
  ours: (port) => openOurs(port),
  wrapped: (port) => openOurs(port, WRAPPED),
  '0.1.0': (port) => openVersion010(port, MAX_SOCKETS),
  'node-soap': openNodeSoap,
}
const opened = new Map<CallerKind, Promise<Call>>()

answerParent(async ({ kind, port, inFlight, durationMs }: CallBurst): Promise<CallBurstResult> => {
  const opening = opened.get(kind) ?? OPENS[kind](port)
  opened.set(kind, opening)
  const call = await opening
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const until = startedAt + durationMs
  let calls = 0
  const callUntil = async (): Promise<void> => {
    do {
      await call()
      calls++
    } while (performance.now() < until)
  }
  await Promise.all(Array.from({ length: inFlight }, callUntil))
  const { user, system } = process.cpuUsage(cpuBefore)
  return { calls, elapsedMs: performance.now() - startedAt, cpuUs: (user + system) / calls }
})

/** The same bytes with keep-alive, the reply only collected: what HTTP itself costs. */
async function openPlain(port: number): Promise<Call> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS })
  const options = {
    host: '127.0.0.1',
    port,
    path: SERVICE_PATH,
    method: 'POST',
    agent,
    headers: {
      'content-type': SOAP_CONTENT_TYPES['1.1'],
      soapaction: '""',
      'content-length': FEEDBACK_REQUEST.length,
    },
  }
  return () =>
    new Promise((resolve, reject) => {
      const request = http.request(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          if (Buffer.concat(chunks).includes(SUCCESS_MARK)) resolve()
          else reject(new Error('not answered with a success'))
        })
      })
      request.on('error', reject)
      request.end(FEEDBACK_REQUEST)
    })
}

/** As an integration platform may want it. */
const WRAPPED: RequestForm = {
  parameters: [
    { name: 'action', from: 'template', value: '{{operation}}' },
    { name: 'req', from: 'document', value: '' },
  ],
  wrapper:
    '<Entry><Header><Id>{{id}}</Id><Time>{{time:yyyyMMddHHmmss}}</Time></Header><Msg>{{document:cdata}}</Msg></Entry>',
}

async function openOurs(port: number, form?: RequestForm): Promise<Call> {
  const remote = await openRemote({
    ...(form && { form: readRequestForm(form, () => undefined, 'UTF-8').form }),
    operation: 'SynCrisisResponseInfo',
    transport: new Poster({ maxSockets: MAX_SOCKETS }),
    address: `http://127.0.0.1:${port}${SERVICE_PATH}`,
  })
  return async () => {
    const { value } = await remote.call(FEEDBACK_DOCUMENT)
    if (value !== SUCCESS) throw new Error('not answered with a success')
  }
}

/** node-soap with its own HTTP client, as most flows would use it. */
async function openNodeSoap(port: number): Promise<Call> {
  const address = `http://127.0.0.1:${port}${SERVICE_PATH}`
  const wsdl = ourWsdl({ operations: ['SynCrisisResponseInfo'], address })
  const client = await createClientAsync(wsdl, { endpoint: address, disableCache: true })
  const agent = new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS })
  const method = (
    client as Client & { SynCrisisResponseInfoAsync: Client['SynCrisisResponseInfo'] }
  ).SynCrisisResponseInfoAsync as (args: object, options: object) => Promise<unknown>
  return async () => {
    await method({ req: FEEDBACK_DOCUMENT }, { httpAgent: agent })
  }
}

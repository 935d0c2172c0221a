import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  Agent,
  createServer,
  request,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createFront,
  type Address,
  type Handler,
  type HostedCall,
  type Trouble,
} from '../../../src/http/hosting/index.js'
import {
  escapeText,
  readGenericResponse,
  success,
  type GenericResponse,
} from '../../../src/messages/index.js'
import {
  OPERATIONS,
  SOAP_NAMESPACES,
  readReply,
  type Operation,
  type SoapVersion,
} from '../../../src/soap/index.js'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
  readonly agent?: Agent
}

/** A real server on a free port of this machine. */
export async function listen(listener: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

export async function stop(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

export function send(port: number, sent: Sent = {}): Promise<Reply> {
  // A connection of its own, kept alive: a shared one might be left over from a server that is gone.
  const { agent = new Agent({ keepAlive: true }) } = sent
  const { method = 'POST', path = '/', headers = {}, body } = sent
  return new Promise((resolve, reject) => {
    const req = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: { 'Content-Type': 'text/xml; charset=utf-8', ...headers },
        agent,
      },
      (res) => {
        const chunks: Buffer[] = []
        res.on('data', (chunk: Buffer) => chunks.push(chunk))
        res.on('error', reject)
        res.on('end', () =>
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    req.on('error', reject)
    req.end(body)
  })
}

export function envelopeOf(
  operation: string,
  inside: string,
  version: SoapVersion = '1.1',
): string {
  return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NAMESPACES[version]}"><s:Body><q:${operation} xmlns:q="urn:x">${inside}</q:${operation}></s:Body></s:Envelope>`
}

export const callOf = (operation: string, argument: string, version: SoapVersion = '1.1'): string =>
  envelopeOf(operation, `<in0>${escapeText(argument)}</in0>`, version)

/** The generic response inside the envelope; undefined for a Fault. */
export function answerIn(reply: Reply): GenericResponse | undefined {
  const read = readReply(reply.text)
  if (read.kind === 'fault' || read.value === null) return undefined
  const { code, desc } = readGenericResponse(read.value)
  return { code, desc }
}

export function addressWith(
  handlers: Partial<Record<Operation, Handler | 'busy'>>,
  options: Address['options'] = {},
): Address {
  const known = new Map<string, Handler | 'busy'>(Object.entries(handlers))
  return {
    options,
    handler: (operation) => known.get(operation),
    operations: () => OPERATIONS.filter((operation) => known.has(operation)),
    troubleListener: () => options.onTrouble,
  }
}

/** A front under test, with what it handed over and what it complained of; stopped after each test. */
export class HostedFront {
  port = 0
  calls: HostedCall[] = []
  troubles: Trouble[] = []
  #server: Server | undefined

  readonly record: Handler = (call) => {
    this.calls.push(call)
    return Promise.resolve(success())
  }

  get troubleCodes(): readonly string[] {
    return this.troubles.map((trouble) => trouble.code)
  }

  async host(
    handlers: Parameters<typeof addressWith>[0] = {
      SynCrisisInfo: this.record,
      SynCrisisResponseInfo: this.record,
    },
    options: Address['options'] = {},
    wrap: (front: RequestListener) => RequestListener = (front) => front,
  ): Promise<void> {
    await this.stop()
    this.calls = []
    this.troubles = []
    const onTrouble = (trouble: Trouble) => void this.troubles.push(trouble)
    const front = createFront(addressWith(handlers, { onTrouble, ...options }))
    const { server, port } = await listen(wrap(front))
    this.#server = server
    this.port = port
  }

  async stop(): Promise<void> {
    if (this.#server) await stop(this.#server)
    this.#server = undefined
  }

  /** The process and the address must be as good as before. */
  async assertStillServing(): Promise<void> {
    const reply = await send(this.port, { body: callOf('SynCrisisInfo', '<a/>') })
    assert.equal(answerIn(reply)?.code, '0')
    assert.equal(({} as Record<string, unknown>)['obj'], undefined)
  }
}

/** Every character that some layer could spoil. */
export const AWKWARD = '< & ]]> " \' 汉字 𠮷 😀\ttab\nLF\r\nCRLF\rCR  '
export const DOCUMENT = '<XmlDocument><Crisis><ExamNo>00000001</ExamNo></Crisis></XmlDocument>'
export const CONTENT_TYPES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8; action="urn:wrong"',
}

// The load generator, a process of its own: raw sockets, because an HTTP client would cost more than the
// server that is measured. One request at a time on each connection.
import { connect, type Socket } from 'node:net'
import { answerParent, stayAwake } from './children.js'
import { crisisRequest, FEEDBACK_REQUEST, SUCCESS_MARK } from './samples.js'
import { quantile } from './statistics.js'

/** The same feedback again and again, or a critical value that is new each time. */
export type RequestKind = 'feedback' | 'crisis'

export interface Burst {
  readonly port: number
  readonly path: string
  readonly request: RequestKind
  /** Whether this process keeps a core to itself meanwhile; not where the other side needs both. */
  readonly awake: boolean
  readonly connections: number
  readonly durationMs: number
}

export interface BurstResult {
  readonly calls: number
  readonly elapsedMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

answerParent(burst)

/** Exam numbers of this process: none that another run on the same ledger has used. */
let examNo = Date.now() * 1_000

const BODIES: Readonly<Record<RequestKind, () => Buffer>> = {
  feedback: () => FEEDBACK_REQUEST,
  crisis: () => crisisRequest(examNo++),
}

async function burst(asked: Burst): Promise<BurstResult> {
  const { port, path, connections, durationMs } = asked
  const body = BODIES[asked.request]
  const head = Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: keep-alive\r\n` +
      `Content-Type: text/xml; charset=utf-8\r\nSOAPAction: ""\r\n` +
      `Content-Length: ${body().length}\r\n\r\n`,
  )
  const request = (): Buffer => Buffer.concat([head, body()])
  const sockets = await Promise.all(Array.from({ length: connections }, () => opened(port)))
  const latencies: number[] = []
  const startedAt = performance.now()
  const until = startedAt + durationMs
  const sleep = asked.awake ? stayAwake() : undefined
  await Promise.all(sockets.map((socket) => callUntil(socket, request, until, latencies)))
  const elapsedMs = performance.now() - startedAt
  sleep?.()
  for (const socket of sockets) socket.destroy()
  return {
    calls: latencies.length,
    elapsedMs,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  }
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.setEncoding('latin1')
    socket.once('error', reject)
  })
}

function callUntil(
  socket: Socket,
  request: () => Buffer,
  until: number,
  latencies: number[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = ''
    let sentAt = performance.now()
    socket.on('data', (text: string) => {
      received += text
      if (!isWhole(received)) return
      if (!received.startsWith('HTTP/1.1 200') || !received.includes(SUCCESS_MARK)) {
        reject(new Error(`not answered with a success:\n${received}`))
        return
      }
      const now = performance.now()
      latencies.push(now - sentAt)
      received = ''
      if (now >= until) return resolve()
      sentAt = now
      socket.write(request())
    })
    socket.on('close', () => reject(new Error('the server closed a connection')))
    socket.write(request())
  })
}

function isWhole(received: string): boolean {
  const head = received.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, head))?.[1]
  if (length === undefined) return received.endsWith('\r\n0\r\n\r\n')
  return received.length >= head + 4 + Number(length)
}

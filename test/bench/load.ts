// The load generator, a process of its own: raw sockets, because an HTTP client would cost more than the
// server that is measured. One request at a time on each connection.
import { connect, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type ConnectionOptions } from 'node:tls'
import { answerParent, stayAwake } from './children.js'
import { crisisRequest, DESCRIBED_REQUEST, FEEDBACK_REQUEST, SUCCESS_MARK } from './samples.js'
import { quantile } from './statistics.js'

/** The same feedback or the same long critical value again and again, or a short one that is new each time. */
export type RequestKind = 'feedback' | 'described' | 'crisis'

/** Whom the caller trusts and, for mutual TLS, what it shows; PEM. */
export interface ClientTls {
  readonly ca: string
  readonly key?: string
  readonly cert?: string
}

export interface Burst {
  readonly port: number
  readonly path: string
  readonly request: RequestKind
  /** Whether this process keeps a core to itself meanwhile; not where the other side needs both. */
  readonly awake: boolean
  readonly connections: number
  readonly durationMs: number
  /** The whole `Authorization` header. */
  readonly authorization?: string
  readonly tls?: ClientTls
  /** Whether each call has a connection of its own; the time to connect is part of the call then. */
  readonly fresh?: boolean
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
  described: () => DESCRIBED_REQUEST,
  crisis: () => crisisRequest(examNo++),
}

async function burst(asked: Burst): Promise<BurstResult> {
  const { port, path, connections, durationMs, authorization, tls, fresh } = asked
  const body = BODIES[asked.request]
  const head = Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: keep-alive\r\n` +
      `Content-Type: text/xml; charset=utf-8\r\nSOAPAction: ""\r\n` +
      'User-Agent: Apache CXF 3.5.0\r\n' +
      (authorization === undefined ? '' : `Authorization: ${authorization}\r\n`) +
      `Content-Length: ${body().length}\r\n\r\n`,
  )
  const request = (): Buffer => Buffer.concat([head, body()])
  const secure = tls && { servername: 'localhost', secureContext: createSecureContext(tls) }
  const open = (): Promise<Socket> => opened(port, secure)
  const sockets = fresh ? [] : await Promise.all(Array.from({ length: connections }, open))
  const latencies: number[] = []
  const startedAt = performance.now()
  const until = startedAt + durationMs
  const sleep = asked.awake ? stayAwake() : undefined
  await Promise.all(
    fresh
      ? Array.from({ length: connections }, () => connectUntil(open, request, until, latencies))
      : sockets.map((socket) => keepCalling(socket, open, request, until, latencies)),
  )
  const elapsedMs = performance.now() - startedAt
  sleep?.()
  return {
    calls: latencies.length,
    elapsedMs,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  }
}

/** @param secure what a connection by TLS needs; undefined = a plain one */
function opened(port: number, secure: ConnectionOptions | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', noDelay: true }
    const ready = (): void => resolve(socket)
    const socket: Socket = secure
      ? connectTls({ ...options, ...secure }, ready)
      : connect(options, ready)
    socket.setEncoding('latin1')
    socket.once('error', reject)
  })
}

async function connectUntil(
  open: () => Promise<Socket>,
  request: () => Buffer,
  until: number,
  latencies: number[],
): Promise<void> {
  do {
    const startedAt = performance.now()
    const socket = await open()
    await callUntil(socket, request, 0, latencies, startedAt)
    socket.destroy()
  } while (performance.now() < until)
}

/** Calls on one connection, and on a new one where the server has said that it ends the last. */
async function keepCalling(
  first: Socket,
  open: () => Promise<Socket>,
  request: () => Buffer,
  until: number,
  latencies: number[],
): Promise<void> {
  let socket = first
  while ((await callUntil(socket, request, until, latencies)) === 'closing') {
    socket.destroy()
    socket = await open()
  }
  socket.destroy()
}

function callUntil(
  socket: Socket,
  request: () => Buffer,
  until: number,
  latencies: number[],
  startedAt = performance.now(),
): Promise<'over' | 'closing'> {
  return new Promise((resolve, reject) => {
    let received = ''
    let sentAt = startedAt
    socket.on('data', (text: string) => {
      received += text
      if (!isWhole(received)) return
      if (!received.startsWith('HTTP/1.1 200') || !received.includes(SUCCESS_MARK)) {
        reject(new Error(`not answered with a success:\n${received}`))
        return
      }
      const now = performance.now()
      latencies.push(now - sentAt)
      const isClosing = /\r\nconnection: close\r\n/i.test(received)
      received = ''
      if (now >= until) return resolve('over')
      if (isClosing) return resolve('closing')
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

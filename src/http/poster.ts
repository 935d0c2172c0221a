import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { urlToHttpOptions } from 'node:url'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { Transport, TransportReply } from '../soap/index.js'
import { rootPart } from './body-part.js'
import type { HttpError } from './errors.js'
import {
  aborted,
  badAddress,
  badEncoding,
  connectTimeout,
  deadlineExceeded,
  posterClosed,
  posterError,
  redirected,
  tooBig,
  type CallState,
} from './poster-errors.js'

export interface PosterOptions {
  /** TLS settings for https addresses (ca, cert, key, servername, …). Default is Node's. */
  readonly tls?: https.AgentOptions
  /** User and password for HTTP Basic (RFC 7617, UTF-8). Default is none. */
  readonly basic?: Basic
  /** Longest wait for the connection and its TLS handshake, in ms. Default is 5 000 (reading A30). */
  readonly connectTimeoutMs?: number
  /** Longest time from the call to the last byte of the reply, in ms. Default is 15 000 (reading A30). */
  readonly deadlineMs?: number
  /** Most bytes of a reply, as sent and inflated. Default is 4 MiB. */
  readonly maxBytes?: number
  /** Most connections at a time; further calls wait for one within their deadline. Default is 8. */
  readonly maxSockets?: number
}

export interface Basic {
  readonly username: string
  readonly password: string
  /** Files are fetched with it from these origins only: a description may import from anywhere. Default is all. */
  readonly origins?: readonly string[]
}

export const DEFAULT_CONNECT_TIMEOUT_MS = 5_000
export const DEFAULT_DEADLINE_MS = 15_000
export const DEFAULT_MAX_REPLY_BYTES = 4 << 20
export const DEFAULT_MAX_SOCKETS = 8
// Firewalls forget idle connections without telling; a call on such a one would only end at its deadline.
const IDLE_SOCKET_MS = 30_000

interface Target {
  readonly host: string
  readonly origin: string
  readonly secure: boolean
  readonly options: RequestOptions
}

/**
 * Our HTTP client, one for each peer: connections kept alive, every wait and every size bounded, no redirect
 * followed, no proxy taken from the environment. A reply is handed over complete and inflated, whatever its
 * status, or the call rejects with a HttpError. Nothing is tried again but a request that met a connection
 * which the peer had already given up.
 */
export class Poster implements Transport {
  readonly #connectTimeoutMs: number
  readonly #deadlineMs: number
  readonly #maxBytes: number
  readonly #tls: https.AgentOptions
  readonly #basic: Basic | undefined
  readonly #authorization: string | undefined
  readonly #plain: http.Agent
  readonly #secure: https.Agent
  readonly #connected = new WeakSet<Socket>()
  readonly #inFlight = new Set<(error: HttpError) => void>()
  /** The address called last; a peer has one or two. */
  #last: { readonly address: string; readonly target: Target } | undefined
  #closed = false

  constructor(options: PosterOptions = {}) {
    this.#connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS
    this.#deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_REPLY_BYTES
    this.#tls = { ...options.tls }
    this.#basic = options.basic
    this.#authorization = options.basic && basicAuthorization(options.basic)
    const agent: http.AgentOptions = {
      keepAlive: true,
      maxSockets: options.maxSockets ?? DEFAULT_MAX_SOCKETS,
      timeout: Math.max(IDLE_SOCKET_MS, this.#deadlineMs),
    }
    this.#plain = new http.Agent(agent)
    this.#secure = new https.Agent({ ...this.#tls, ...agent })
  }

  /** @throws HttpError PEER_…, ABORTED, POSTER_CLOSED */
  post(
    url: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<TransportReply> {
    return this.#call('POST', url, body, headers, signal)
  }

  /** @throws HttpError PEER_…, ABORTED, POSTER_CLOSED */
  get(url: string, signal?: AbortSignal): Promise<TransportReply> {
    return this.#call('GET', url, undefined, {}, signal)
  }

  /** Ends all calls with POSTER_CLOSED and gives up all connections, at once. May be called again. */
  close(): void {
    this.#closed = true
    for (const fail of this.#inFlight) fail(posterClosed())
    this.#plain.destroy()
    this.#secure.destroy()
  }

  async #call(
    method: string,
    address: string,
    body: Uint8Array | string | undefined,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<TransportReply> {
    if (this.#closed) throw posterClosed()
    if (signal?.aborted) throw aborted(signal.reason)
    const target = this.#targetOf(address)
    const all: Record<string, string | number> = { ...headers, 'accept-encoding': 'gzip, deflate' }
    // A text stays one, which node:http writes together with the headers in one go.
    if (body !== undefined) all['content-length'] = Buffer.byteLength(body)
    const trusted = body !== undefined || (this.#basic?.origins?.includes(target.origin) ?? true)
    if (this.#authorization !== undefined && trusted) all['authorization'] = this.#authorization
    const reply = await this.#exchange(target, { method, headers: all }, body, signal)
    return this.#unwrap(reply, target.host)
  }

  /** What the peer meant to say: inflated, and without the multipart that toolkits with MTOM put around it. */
  async #unwrap(reply: TransportReply, host: string): Promise<TransportReply> {
    const encoding = reply.headers['content-encoding']
    const type = reply.headers['content-type']
    const multipart = type !== undefined && /^\s*multipart\//i.test(type)
    if (encoding === undefined && !multipart) return reply
    const bytes =
      encoding === undefined ? reply.bytes : await this.#inflate(reply.bytes, encoding, host)
    if (!multipart) return { ...reply, bytes }
    try {
      const root = rootPart(bytes, type)
      return {
        ...reply,
        headers: { ...reply.headers, 'content-type': root.contentType },
        bytes: root.bytes,
      }
    } catch (error) {
      throw badEncoding(host, error)
    }
  }

  #targetOf(address: string): Target {
    if (this.#last?.address === address) return this.#last.target
    let url: URL
    try {
      url = new URL(address)
    } catch {
      // The error of URL quotes the whole address, so it is not kept.
      throw badAddress()
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw badAddress()
    // The whole result has twenty properties, and each call would copy them.
    const { protocol, hostname, port, path, auth } = urlToHttpOptions(url)
    const target = {
      host: url.host,
      origin: url.origin,
      secure: url.protocol === 'https:',
      options: { protocol, hostname, port, path, auth },
    }
    this.#last = { address, target }
    return target
  }

  #exchange(
    target: Target,
    options: RequestOptions,
    body: Uint8Array | string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<TransportReply> {
    return new Promise((resolve, reject) => {
      let request: ClientRequest | undefined
      let connecting: NodeJS.Timeout | undefined
      let ended = false
      const end = () => {
        ended = true
        clearTimeout(deadline)
        clearTimeout(connecting)
        signal?.removeEventListener('abort', onAbort)
        this.#inFlight.delete(fail)
      }
      const fail = (error: HttpError) => {
        if (ended) return
        end()
        reject(error)
        request?.destroy()
      }
      const onAbort = () => fail(aborted(signal?.reason))
      const deadline = setTimeout(
        () => fail(deadlineExceeded(target.host, this.#deadlineMs)),
        this.#deadlineMs,
      )
      signal?.addEventListener('abort', onAbort)
      this.#inFlight.add(fail)

      const attempt = (agent: http.Agent | false) => {
        const state = { host: target.host, connected: false, reused: false, bytesBefore: 0 }
        try {
          request = this.#open(target, { ...options, agent })
        } catch (error) {
          // node:http refuses what cannot be a header or a path before anything is sent.
          fail(badAddress(error))
          return
        }
        let used: Socket | undefined
        request.on('socket', (socket) => {
          used = socket
          state.bytesBefore = socket.bytesRead
          state.reused = state.connected = this.#connected.has(socket)
          if (state.connected) return
          connecting = setTimeout(() => fail(connectTimeout(target.host)), this.#connectTimeoutMs)
          socket.once(target.secure ? 'secureConnect' : 'connect', () => {
            clearTimeout(connecting)
            state.connected = true
            this.#connected.add(socket)
          })
        })
        request.on('response', (response) => {
          this.#collect(response, state, fail, (reply) => {
            if (ended) return
            end()
            resolve(reply)
          })
        })
        request.on('error', (error) => {
          if (ended) return
          clearTimeout(connecting)
          const untouched = used === undefined || used.bytesRead === state.bytesBefore
          if (state.reused && untouched && isReset(error)) attempt(false)
          else fail(posterError(error, state))
        })
        request.end(body)
      }
      attempt(target.secure ? this.#secure : this.#plain)
    })
  }

  #open(target: Target, options: RequestOptions): ClientRequest {
    return target.secure
      ? https.request({ ...target.options, ...(options.agent ? {} : this.#tls), ...options })
      : http.request({ ...target.options, ...options })
  }

  #collect(
    response: IncomingMessage,
    state: CallState,
    fail: (error: HttpError) => void,
    done: (reply: TransportReply) => void,
  ): void {
    response.on('error', (error) => fail(posterError(error, state)))
    const status = response.statusCode ?? 0
    if (status >= 300 && status < 400) return fail(redirected(state.host, status))
    if (Number(response.headers['content-length']) > this.#maxBytes) {
      return fail(tooBig(state.host, this.#maxBytes))
    }
    const chunks: Buffer[] = []
    let length = 0
    response.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > this.#maxBytes) fail(tooBig(state.host, this.#maxBytes))
      else chunks.push(chunk)
    })
    response.on('end', () => {
      const [only] = chunks
      const bytes = chunks.length === 1 && only ? only : Buffer.concat(chunks, length)
      done({ status, headers: response.headers, bytes })
    })
  }

  async #inflate(bytes: Buffer, encoding: string, host: string): Promise<Buffer> {
    const inflate = inflaterOf(encoding.trim().toLowerCase(), bytes)
    if (inflate === 'none') return bytes
    if (inflate === undefined) throw badEncoding(host)
    try {
      return await inflate(bytes, { maxOutputLength: this.#maxBytes })
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
        throw tooBig(host, this.#maxBytes)
      }
      throw badEncoding(host, error)
    }
  }
}

type Inflate = (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>
const gunzip: Inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)
const inflateZlib: Inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate)
const inflateRaw: Inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw)

function inflaterOf(encoding: string, bytes: Buffer): Inflate | 'none' | undefined {
  // An empty body may carry the label all the same.
  if (bytes.length === 0 || encoding === 'identity' || encoding === 'none') return 'none'
  if (encoding === 'gzip' || encoding === 'x-gzip') return gunzip
  // Some servers send the bare stream under this name; the zlib format begins with method 8 (RFC 1950, 2.2).
  if (encoding === 'deflate') return ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateZlib : inflateRaw
  return undefined
}

/** The header that HTTP Basic sends. */
export function basicAuthorization(basic: Pick<Basic, 'username' | 'password'>): string {
  return `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`
}

const isReset = (error: Error & { code?: string }) =>
  error.code === 'ECONNRESET' || error.code === 'EPIPE'

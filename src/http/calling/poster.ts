import type { ConnectionOptions } from 'node:tls'
import { urlToHttpOptions } from 'node:url'
import type { Transport, TransportReply } from '../../soap/index.js'
import { HttpError } from '../errors.js'
import type { Authorizer } from './authorizer.js'
import { authorizerOf, type HttpLogin } from './login.js'
import { Connector, type Origin } from './poster-connect.js'
import { KeptConnection, type Outgoing } from './poster-connection.js'
import { Connections } from './poster-connections.js'
import { aborted, badAddress, posterClosed } from './poster-errors.js'
import { Exchange } from './poster-exchange.js'
import { LenientConnection } from './poster-lenient.js'
import { unwrapped } from './poster-reply.js'

export interface PosterOptions {
  /** TLS settings for https addresses (ca, cert, key, servername, …). Default is Node's. */
  readonly tls?: ConnectionOptions
  /** The login of HTTP. Default is none. */
  readonly login?: HttpLogin
  /** Longest wait for the connection and its TLS handshake, in ms. Default is 5 000 (reading A30). */
  readonly connectTimeoutMs?: number
  /**
   * Longest time from when the call has its connection, made or still to be made, to the last byte of the reply,
   * in ms; and longest wait for a connection to become free. Default is 15 000 (reading A30).
   */
  readonly deadlineMs?: number
  /** Most bytes of a reply, as sent and inflated. Default is 4 MiB. */
  readonly maxBytes?: number
  /** Most connections to an origin at a time; further calls wait for one. Default is 8. */
  readonly maxSockets?: number
  /**
   * Takes replies that break HTTP as `insecureHTTPParser` of node:http does, each over a connection of its own.
   * Default is false, and true in a Node that was started with `--insecure-http-parser`.
   */
  readonly lenient?: boolean
}

export const DEFAULT_CONNECT_TIMEOUT_MS = 5_000
export const DEFAULT_DEADLINE_MS = 15_000
export const DEFAULT_MAX_REPLY_BYTES = 4 << 20
export const DEFAULT_MAX_SOCKETS = 8

/** A first challenge, and one that a stale nonce is answered with. */
const MOST_CHALLENGES = 2

interface Target {
  readonly origin: Origin
  readonly path: string
  /** User and password that stand in the address itself. */
  readonly authorization: string | undefined
  readonly connections: Connections
}

/**
 * Our HTTP client, one for each peer: connections kept alive, every wait and every size bounded, no redirect
 * followed, no proxy taken from the environment. A reply is handed over complete and inflated, whatever its
 * status, or the call rejects with a HttpError. A post is sent once at the most, but for
 * one that was refused with a challenge of the login that is set.
 */
export class Poster implements Transport {
  readonly #connectTimeoutMs: number
  readonly #deadlineMs: number
  readonly #maxBytes: number
  readonly #maxSockets: number
  readonly #lenient: boolean
  readonly #tls: ConnectionOptions
  readonly #login: HttpLogin | undefined
  readonly #authorizer: Authorizer | undefined
  readonly #origins = new Map<string, Connections>()
  readonly #inFlight = new Set<Exchange>()
  /** The address called last; a peer has one or two. */
  #last: { readonly address: string; readonly target: Target } | undefined
  #closed = false

  constructor(options: PosterOptions = {}) {
    this.#connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS
    this.#deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_REPLY_BYTES
    this.#maxSockets = options.maxSockets ?? DEFAULT_MAX_SOCKETS
    this.#lenient = options.lenient ?? isNodeLenient()
    this.#tls = { ...options.tls }
    this.#login = options.login
    this.#authorizer = options.login && authorizerOf(options.login)
  }

  /** @throws HttpError PEER_…, ABORTED, POSTER_CLOSED */
  post(
    url: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<TransportReply> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    return this.#call('POST', url, bytes, headers, signal)
  }

  /**
   * Sent once more when the connection turned out to be stale: to fetch something twice does no harm.
   * @throws HttpError PEER_…, ABORTED, POSTER_CLOSED
   */
  async get(url: string, signal?: AbortSignal): Promise<TransportReply> {
    try {
      return await this.#call('GET', url, undefined, {}, signal)
    } catch (error) {
      if (!(error instanceof HttpError && error.code === 'PEER_STALE')) throw error
      return this.#call('GET', url, undefined, {}, signal)
    }
  }

  /** Ends all calls with POSTER_CLOSED and gives up all connections, at once. May be called again. */
  close(): void {
    this.#closed = true
    for (const exchange of this.#inFlight) exchange.fail(posterClosed())
    for (const connections of this.#origins.values()) connections.dropIdle()
  }

  async #call(
    method: Outgoing['method'],
    address: string,
    body: Uint8Array | undefined,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<TransportReply> {
    if (this.#closed) throw posterClosed()
    if (signal?.aborted) throw aborted(signal.reason)
    const target = this.#targetOf(address)
    const isTrusted =
      body !== undefined || (this.#login?.origins?.includes(target.origin.origin) ?? true)
    const authorizer = isTrusted ? this.#authorizer : undefined
    const startedAt = performance.now()
    const send = (deadlineMs: number, authorization: string | undefined) =>
      this.#exchange({ method, path: target.path, headers, body }, target, {
        authorization: authorization ?? (authorizer ? undefined : target.authorization),
        deadlineMs,
        signal,
      })
    let authorization = authorizer?.authorization(method, target.path)
    let reply = await send(this.#deadlineMs, authorization)
    // A peer that challenges has refused the request before it read it; a nonce may be stale once more.
    for (let again = 0; again < MOST_CHALLENGES && reply.status === 401; again++) {
      if (!authorizer?.challenged(reply.headers['www-authenticate'], authorization)) break
      const leftMs = this.#deadlineMs - (performance.now() - startedAt)
      if (leftMs <= 0) break
      authorization = authorizer.authorization(method, target.path)
      reply = await send(leftMs, authorization)
    }
    return reply
  }

  async #exchange(
    request: Outgoing,
    { origin, connections }: Target,
    options: {
      readonly authorization: string | undefined
      readonly deadlineMs: number
      readonly signal: AbortSignal | undefined
    },
  ): Promise<TransportReply> {
    const { host } = origin
    const { authorization, deadlineMs, signal } = options
    const headers = {
      ...request.headers,
      'Accept-Encoding': 'gzip, deflate',
      ...(authorization !== undefined && { Authorization: authorization }),
    }
    const exchange = new Exchange(
      { ...request, headers },
      { host, connections, deadlineMs, maxBytes: this.#maxBytes, signal },
    )
    this.#inFlight.add(exchange)
    try {
      exchange.start()
      return await unwrapped(await exchange.reply, host, this.#maxBytes)
    } finally {
      this.#inFlight.delete(exchange)
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
    const { hostname, path, auth } = urlToHttpOptions(url)
    const secure = url.protocol === 'https:'
    const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
    const { host } = url
    const origin = { host, origin: url.origin, secure, hostname: hostname ?? '', port }
    const target = {
      origin,
      path: path ?? '/',
      authorization: auth ? `Basic ${Buffer.from(auth).toString('base64')}` : undefined,
      connections: this.#connectionsTo(origin),
    }
    this.#last = { address, target }
    return target
  }

  #connectionsTo(origin: Origin): Connections {
    const known = this.#origins.get(origin.origin)
    if (known) return known
    const connectTimeoutMs = this.#connectTimeoutMs
    const connector = new Connector(origin, { tls: this.#tls, connectTimeoutMs })
    const Kind = this.#lenient ? LenientConnection : KeptConnection
    const made = new Connections(() => new Kind(origin, connector), this.#maxSockets)
    this.#origins.set(origin.origin, made)
    return made
  }
}

/** Sites start Node so for old servers that core nodes call; undici does not know of it. */
const isNodeLenient = (): boolean =>
  [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)].includes(
    '--insecure-http-parser',
  )

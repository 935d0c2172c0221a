import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Client, Dispatcher } from 'undici'
import type { Connector, Origin } from './poster-connect.js'
import type { Failing } from './poster-errors.js'
import { withoutContinue } from './poster-interim.js'

/** A request as it is sent; the connection adds Host, Connection and Content-Length. */
export interface Outgoing {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

/** Is told what becomes of a request; `completed` or `failed` comes last. */
export interface Receiver {
  head(status: number, headers: IncomingHttpHeaders): void
  data(chunk: Buffer): void
  completed(): void
  failed(error: Error, failing: Failing): void
}

/** Carries one request at a time. On one that has failed nothing more is sent. */
export interface Connection {
  send(request: Outgoing, receiver: Receiver): void
  /** Breaks off at once; what was under way fails. */
  destroy(): void
}

// Servers give up idle connections after 5 s and more (Node and Apache 5, Tomcat 20), and a request that
// crosses with that is lost: so we are the first. What a peer says by Keep-Alive goes before, less a margin.
const IDLE_MS = 4_000
const HINT_MARGIN_MS = 2_000
// Firewalls forget idle connections without telling; a call on such a one would only end at its deadline.
const MAX_IDLE_MS = 30_000

/**
 * The class alone: the whole of undici costs 15 MB more, and replaces the dispatcher of the global `fetch`, which
 * belongs to others in this process. Loaded with the first call, as most of it is for those who make one.
 */
const loadClient = () => require('undici/lib/dispatcher/client.js') as typeof Client

/** A connection that is kept alive, and made anew when the peer has closed it between two calls. */
export class KeptConnection implements Connection, Dispatcher.DispatchHandler {
  readonly #client: Client
  #socket: Socket | undefined
  #stopConnecting = (): void => {}
  #awaitReply = (): void => {}
  #ended = false
  /** The first error of the socket; undici may report its end in place of it. */
  #broke: Error | undefined
  #reused = false
  #sent = false
  #bytesBefore = 0
  #receiver: Receiver | undefined

  constructor({ origin }: Origin, connector: Connector) {
    this.#client = new (loadClient())(origin, {
      connect: (_options, done) => {
        this.#socket = undefined
        this.#reused = this.#ended = false
        this.#broke = undefined
        this.#stopConnecting = connector.connect((error, socket) => {
          if (socket) this.#made(socket)
          // Two calls, because it takes one of two pairs.
          if (socket) done(null, socket)
          else done(error ?? new Error('no socket'), null)
        })
      },
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: MAX_IDLE_MS,
      keepAliveTimeoutThreshold: HINT_MARGIN_MS,
    })
  }

  send(request: Outgoing, receiver: Receiver): void {
    this.#receiver = receiver
    this.#sent = false
    const { method, path, headers, body = null } = request
    this.#client.dispatch({ method, path, headers, body }, this)
  }

  destroy(): void {
    this.#stopConnecting()
    void this.#client.destroy()
  }

  #made(socket: Socket): void {
    this.#socket = socket
    this.#stopConnecting = () => {}
    this.#awaitReply = withoutContinue(socket)
    socket.once('end', () => (this.#ended = true))
    socket.once('error', (error) => {
      this.#broke = error
      // Only errors of the system: undici destroys the socket with the parser's complaint.
      if ('syscall' in error) this.#ended = true
    })
  }

  onRequestStart(): void {
    // undici sends again what had not failed when a connection broke; an attempt is one post.
    if (this.#sent) throw new Error('a request would have been sent twice')
    this.#sent = true
    this.#bytesBefore = this.#socket?.bytesRead ?? 0
    this.#awaitReply()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status >= 200) this.#receiver?.head(status, joined(headers))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#receiver?.data(chunk)
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    // A body without a length ends with the connection; one that was reset may have been cut short.
    if (this.#broke) return this.onResponseError(controller, this.#broke)
    this.#reused = true
    this.#receiver?.completed()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#receiver?.failed(this.#broke ?? error, {
      connected: this.#socket !== undefined,
      sent: this.#sent,
      reused: this.#reused,
      untouched: !this.#sent || this.#socket?.bytesRead === this.#bytesBefore,
      ended: this.#ended,
    })
  }
}

/** Headers that came several times, as node:http hands them over: the first, or joined by commas. */
function joined(headers: Record<string, string | string[] | undefined>): IncomingHttpHeaders {
  for (const [name, value] of Object.entries(headers)) {
    if (!Array.isArray(value) || name === 'set-cookie') continue
    headers[name] = name === 'content-type' ? value[0] : value.join(', ')
  }
  return headers
}

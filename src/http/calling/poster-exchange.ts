import type { IncomingHttpHeaders } from 'node:http'
import type { TransportReply } from '../../soap/index.js'
import type { HttpError } from '../errors.js'
import type { Connection, Outgoing, Receiver } from './poster-connection.js'
import type { Connections } from './poster-connections.js'
import {
  aborted,
  deadlineExceeded,
  isStale,
  noConnectionFree,
  posterError,
  redirected,
  tooBig,
  type Failing,
} from './poster-errors.js'

export interface ExchangeOptions {
  /** Host and port, for errors. */
  readonly host: string
  readonly connections: Connections
  /** Longest time in ms from when there is a connection, and longest wait for one. */
  readonly deadlineMs: number
  readonly maxBytes: number
  readonly signal: AbortSignal | undefined
}

/** One request and its reply: waits for a connection, sends once, collects what comes, and ends in time. */
export class Exchange implements Receiver {
  /** The complete reply, of any status but a redirect; rejects with a HttpError. */
  readonly reply: Promise<TransportReply>
  readonly #resolve: (reply: TransportReply) => void
  readonly #reject: (error: HttpError) => void
  readonly #request: Outgoing
  readonly #options: ExchangeOptions
  readonly #chunks: Buffer[] = []
  #length = 0
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #connection: Connection | undefined
  #stopWaiting: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor(request: Outgoing, options: ExchangeOptions) {
    this.#request = request
    this.#options = options
    const { promise, resolve, reject } = Promise.withResolvers<TransportReply>()
    this.reply = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { connections, signal } = this.#options
    signal?.addEventListener('abort', this.#onAbort)
    const connection = connections.take()
    if (connection) this.#use(connection)
    else this.#wait()
  }

  /** Ends it now, whatever has been sent. May be called again. */
  fail(error: HttpError): void {
    if (this.#ended) return
    this.#end()
    this.#reject(error)
    if (this.#connection) this.#options.connections.giveUp(this.#connection)
  }

  #wait(): void {
    const { connections, host, deadlineMs } = this.#options
    this.#stopWaiting = connections.wait((connection) => {
      clearTimeout(this.#timer)
      this.#use(connection)
    })
    this.#timer = setTimeout(() => this.fail(noConnectionFree(host, deadlineMs)), deadlineMs)
  }

  #use(connection: Connection): void {
    const { host, deadlineMs } = this.#options
    this.#timer = setTimeout(() => this.fail(deadlineExceeded(host, deadlineMs)), deadlineMs)
    this.#connection = connection
    connection.send(this.#request, this)
  }

  head(status: number, headers: IncomingHttpHeaders): void {
    if (this.#ended) return
    const { host, maxBytes } = this.#options
    if (status >= 300 && status < 400) this.fail(redirected(host, status))
    else if (Number(headers['content-length']) > maxBytes) this.fail(tooBig(host, maxBytes))
    this.#status = status
    this.#headers = headers
  }

  data(chunk: Buffer): void {
    if (this.#ended) return
    this.#length += chunk.length
    const { host, maxBytes } = this.#options
    if (this.#length > maxBytes) this.fail(tooBig(host, maxBytes))
    else this.#chunks.push(chunk)
  }

  completed(): void {
    if (this.#ended || !this.#connection) return
    this.#end()
    const [only] = this.#chunks
    const bytes =
      this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#length)
    this.#resolve({ status: this.#status, headers: this.#headers, bytes })
    this.#options.connections.give(this.#connection)
  }

  failed(error: Error, failing: Failing): void {
    if (this.#ended || !this.#connection) return
    const { connections, host } = this.#options
    if (isStale(error, failing)) {
      connections.dropIdle()
      // Nothing of it was sent, so this is still the first time.
      if (!failing.sent) {
        this.#connection = connections.replace(this.#connection)
        return this.#connection.send(this.#request, this)
      }
    }
    this.fail(posterError(error, host, failing))
  }

  readonly #onAbort = (): void => this.fail(aborted(this.#options.signal?.reason))

  #end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#stopWaiting?.()
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
  }
}

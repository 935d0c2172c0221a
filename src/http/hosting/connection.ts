import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { plainAddress } from './address-list.js'

/** Requests that may stand in one connection without an answer that was sent: no honest caller sends more ahead. */
export const MAX_PIPELINED = 16
/** Requests that one connection may carry before its caller has to open another. */
export const MAX_REQUESTS_PER_CONNECTION = 1_000
/** Longest time for which an answer may wait for its caller to read it. */
export const MAX_UNSENT_MS = 30_000

/** The state of a connection, by what its caller still has to do: only a call that has come in whole is `working`. */
export type ConnectionState = 'idle' | 'receiving' | 'working' | 'sending'

const connections = new WeakMap<Socket, Connection>()

/** One connection of a caller, on whatever port. */
export class Connection {
  /** The other end; kept, because a socket forgets it when it is closed. */
  readonly address: string
  /** When the caller began what it has not finished, or was last seen to begin something; on `performance.now`. */
  since = performance.now()
  #socket: Socket
  #req: IncomingMessage | undefined
  #res: ServerResponse | undefined
  /** Answers before the last one that may still be open; nearly always none. */
  #ahead: ServerResponse[] = []
  #requests = 0
  #isFull = false
  #unsentSince: number | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    this.address = plainAddress(socket.remoteAddress ?? '')
    connections.set(socket, this)
  }

  static of(socket: Socket): Connection | undefined {
    return connections.get(socket)
  }

  get socket(): Socket {
    return this.#socket
  }

  /** Goes on as the TLS connection that was made of it. */
  wrapIn(socket: Socket): void {
    this.#socket = socket
    connections.set(socket, this)
  }

  get hasAsked(): boolean {
    return this.#requests > 0
  }

  get state(): ConnectionState {
    const res = this.#res
    if (!res || res.writableFinished || res.destroyed) return 'idle'
    if (res.writableEnded) return 'sending'
    return this.#req?.complete === true ? 'working' : 'receiving'
  }

  /**
   * Takes a request on. `tooMany`: too many are unanswered, so that this one is to be refused and ends the connection;
   * `ignored`: one that came behind that.
   */
  begin(req: IncomingMessage, res: ServerResponse): 'taken' | 'tooMany' | 'ignored' {
    if (this.#isFull) return 'ignored'
    if (++this.#requests >= MAX_REQUESTS_PER_CONNECTION) res.shouldKeepAlive = false
    if (this.#res && !this.#res.writableFinished) {
      this.#ahead.push(this.#res)
      this.#ahead = this.#ahead.filter((one) => !one.writableFinished)
    } else if (this.#ahead.length > 0) {
      // Answers end in the order of their requests.
      this.#ahead = []
    }
    this.#req = req
    this.#res = res
    this.since = performance.now()
    if (this.#ahead.length < MAX_PIPELINED) return 'taken'
    this.#isFull = true
    return 'tooMany'
  }

  /** True when an answer has waited longer than this to be read. */
  isStuck(now: number, unsentMs: number): boolean {
    if (this.#socket.writableLength === 0) this.#unsentSince = undefined
    else this.#unsentSince ??= now
    return this.#unsentSince !== undefined && now - this.#unsentSince > unsentMs
  }
}

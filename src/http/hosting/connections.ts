import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Connection, MAX_UNSENT_MS, type ConnectionState } from './connection.js'
import { frontBusy } from './front-errors.js'
import { refuse } from './replies.js'

/** More than can be under way, so that a call too many is told so and not hung up on. */
export const MAX_CONNECTIONS = 1_024
const SWEEP_MS = 5_000

export interface ConnectionsOptions {
  /** Longest time for which an answer may wait for its caller to read it, in ms. Default is 30 000. */
  readonly unsentMs?: number
  /** Interval at which such answers are looked for, in ms. Default is 5 000. */
  readonly sweepMs?: number
}

/** Those whose caller has still to do something; a call that has come in whole is never given up for another. */
const MAY_GO: ReadonlySet<ConnectionState> = new Set(['idle', 'receiving', 'sending'])

/**
 * The connections of a port. When there are too many, one of the address that has the most of them goes, and of these
 * the one that has been idle or unfinished for longest: so neither connections that a caller has forgotten nor slow
 * ones keep an honest call out, also where all come from one proxy.
 */
export class Connections {
  readonly #max: number
  readonly #unsentMs: number
  readonly #sweepMs: number
  readonly #byAddress = new Map<string, Set<Connection>>()
  #count = 0
  #timer: NodeJS.Timeout | undefined

  constructor(max = MAX_CONNECTIONS, options: ConnectionsOptions = {}) {
    this.#max = max
    this.#unsentMs = options.unsentMs ?? MAX_UNSENT_MS
    this.#sweepMs = options.sweepMs ?? SWEEP_MS
  }

  add(socket: Socket): Connection {
    const connection = new Connection(socket)
    const { address } = connection
    const own = this.#byAddress.get(address) ?? new Set()
    this.#byAddress.set(address, own.add(connection))
    this.#count++
    this.#timer ??= setInterval(() => this.#sweep(), this.#sweepMs).unref()
    socket.once('close', () => this.#remove(connection))
    if (this.#count > this.#max) this.#giveUpOne(connection)
    return connection
  }

  /** True when a request may be served; else it has been dealt with. `onRefused` is told of one that is answered so. */
  admits(req: IncomingMessage, res: ServerResponse, onRefused = (): void => {}): boolean {
    const connection = Connection.of(req.socket) ?? this.add(req.socket)
    const verdict = connection.begin(req, res)
    if (verdict === 'taken') return true
    res.on('error', () => {})
    if (verdict === 'tooMany') {
      onRefused()
      refuse(req, res, frontBusy())
    }
    return false
  }

  closeAll(): void {
    for (const connection of this.#all()) connection.socket.destroy()
  }

  *#all(): Iterable<Connection> {
    for (const own of this.#byAddress.values()) yield* own
  }

  #remove(connection: Connection): void {
    const own = this.#byAddress.get(connection.address)
    if (!own?.delete(connection)) return
    if (own.size === 0) this.#byAddress.delete(connection.address)
    if (--this.#count > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #giveUpOne(newcomer: Connection): void {
    const byNumber = [...this.#byAddress.values()].toSorted((a, b) => b.size - a.size)
    for (const own of byNumber) {
      let oldest: Connection | undefined
      for (const one of own) {
        if (one === newcomer || !MAY_GO.has(one.state)) continue
        if (!oldest || one.since < oldest.since) oldest = one
      }
      if (!oldest) continue
      this.#remove(oldest)
      oldest.socket.destroy()
      return
    }
  }

  /** Ends the connections of those who do not read their answers. */
  #sweep(): void {
    const now = performance.now()
    for (const connection of this.#all()) {
      if (connection.isStuck(now, this.#unsentMs)) connection.socket.destroy()
    }
  }
}

import type { Connection } from './poster-connection.js'

/** Waits for a connection. */
export type Waiter = (connection: Connection) => void

/** The connections to one origin: never more than may be in flight, the one used last taken first. */
export class Connections {
  readonly #open: () => Connection
  readonly #most: number
  readonly #idle: Connection[] = []
  readonly #waiting = new Set<Waiter>()
  #taken = 0

  constructor(open: () => Connection, most: number) {
    this.#open = open
    this.#most = most
  }

  /** A connection, whether it is made already or not; undefined when all are taken. */
  take(): Connection | undefined {
    if (this.#taken >= this.#most) return undefined
    const connection = this.#idle.pop() ?? this.#open()
    this.#taken++
    return connection
  }

  /** Is called back with the next connection that is free, first come first served. Returns how to stop waiting. */
  wait(waiter: Waiter): () => void {
    this.#waiting.add(waiter)
    return () => this.#waiting.delete(waiter)
  }

  /** Takes back a connection on which nothing has failed. */
  give(connection: Connection): void {
    const waiter = this.#next()
    if (waiter) return waiter(connection)
    this.#taken--
    this.#idle.push(connection)
  }

  /** Gives up a connection on which a call has failed. */
  giveUp(connection: Connection): void {
    connection.destroy()
    const waiter = this.#next()
    if (waiter) return waiter(this.#open())
    this.#taken--
  }

  /** A new connection in the place of one that has failed. */
  replace(connection: Connection): Connection {
    connection.destroy()
    return this.#open()
  }

  /** Gives up what nobody uses: what the peer did to one of them it may have done to all. */
  dropIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy()
  }

  #next(): Waiter | undefined {
    const [waiter] = this.#waiting
    if (waiter) this.#waiting.delete(waiter)
    return waiter
  }
}

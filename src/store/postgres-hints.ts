import type * as pg from 'pg'
import { Backoff, type BackoffOptions } from './clock.js'
import type { Hints } from './hints.js'

/** Hints of one instance go out together, at most this often: each one makes all commits wait for a moment. */
const TOGETHER_MS = 50
/** PostgreSQL takes less than 8 000 bytes. */
const MOST_BYTES = 7_900
const SEPARATOR = '\n'

/** The connection that hints go and come by. */
export interface HintConnection {
  readonly make: () => pg.Client
  /** Resolves when it is connected and leads to the same ledger. */
  readonly connect: (client: pg.Client) => Promise<void>
  readonly channel: string
}

/**
 * Hints between the instances, on a connection of their own. A hint that is lost costs nothing but time, so
 * nothing here ever fails: whoever waits for work also looks for it by itself.
 */
export class PostgresHints {
  readonly #connection: HintConnection
  readonly #hints: Hints
  readonly #backoff: Backoff
  readonly #outgoing = new Set<string>()
  #client: pg.Client | undefined
  #listening = false
  #timer: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined
  #closed = false

  constructor(connection: HintConnection, hints: Hints, backoff: BackoffOptions) {
    this.#connection = connection
    this.#hints = hints
    this.#backoff = new Backoff(backoff)
  }

  /** Connects when that has not been done yet. */
  start(): void {
    if (this.#closed || this.#client) return
    const { make, connect, channel } = this.#connection
    const client = make()
    this.#client = client
    // Without a listener an error of the connection would end the process.
    client.on('error', () => this.#lost(client))
    client.on('notification', ({ processId, payload }) => {
      // Those of our own have been heard in this process already.
      if (processId === processIdOf(client)) return
      for (const topic of payload?.split(SEPARATOR) ?? []) this.#hints.send(topic)
    })
    connect(client)
      .then(() => client.query(`listen ${channel}`))
      .then(
        () => {
          this.#listening = true
          this.#backoff.reset()
          this.#flushLater()
        },
        () => this.#lost(client),
      )
  }

  send(topic: string): void {
    this.#outgoing.add(topic)
    this.start()
    this.#flushLater()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#retry)
    await this.#client?.end().catch(() => undefined)
  }

  #flushLater(): void {
    if (!this.#listening || this.#outgoing.size === 0) return
    this.#timer ??= setTimeout(() => this.#flush(), TOGETHER_MS)
  }

  #flush(): void {
    this.#timer = undefined
    const client = this.#client
    if (!client || !this.#listening) return
    client.query('select pg_notify($1, $2)', [this.#connection.channel, this.#take()]).then(
      () => this.#flushLater(),
      () => undefined,
    )
  }

  /** As many topics as fit. */
  #take(): string {
    const taken: string[] = []
    let bytes = 0
    for (const topic of this.#outgoing) {
      bytes += Buffer.byteLength(topic) + SEPARATOR.length
      if (bytes > MOST_BYTES) break
      taken.push(topic)
      this.#outgoing.delete(topic)
    }
    return taken.join(SEPARATOR)
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#listening = false
    client.end().catch(() => undefined)
    if (!this.#closed) this.#retry = setTimeout(() => this.start(), this.#backoff.next())
  }
}

/** Public in `pg`, but not in its types. */
function processIdOf(client: pg.Client): number | undefined {
  return (client as { processID?: number }).processID
}

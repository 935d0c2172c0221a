import type * as pg from 'pg'
import type { Call } from './calls.js'
import { readOne } from './postgres-batch.js'
import type { Settled } from './step.js'
import type { EngineDefinition } from './types.js'

export interface PostgresReadersOptions {
  /** A pool that is not in use yet. */
  readonly pool: pg.Pool
  readonly most: number
  readonly definition: EngineDefinition
}

/** Connections beside the writer's for operations that only read. */
export class PostgresReaders {
  readonly #options: PostgresReadersOptions
  #busy = 0

  constructor(options: PostgresReadersOptions) {
    this.#options = options
    // For the idle ones, and for those in use: the pool itself does not listen to the latter.
    options.pool.on('error', () => undefined)
    options.pool.on('connect', (client) => client.on('error', () => undefined))
  }

  /** Number of operations that can be begun. */
  get free(): number {
    return this.#options.most - this.#busy
  }

  connect(): Promise<pg.PoolClient> {
    return this.#options.pool.connect()
  }

  /** Rejects with what the connection or the server said. */
  async answer(call: Call): Promise<Settled> {
    this.#busy++
    let client: pg.PoolClient | undefined
    try {
      client = await this.connect()
      const settled = await readOne(client, this.#options.definition, call)
      client.release()
      return settled
    } catch (error) {
      client?.release(true)
      throw error
    } finally {
      this.#busy--
    }
  }

  end(): Promise<void> {
    return this.#options.pool.end()
  }
}

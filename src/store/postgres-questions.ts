import type * as pg from 'pg'
import type { Call } from './calls.js'
import { readOne } from './postgres-batch.js'
import type { Settled } from './step.js'
import type { EngineDefinition } from './types.js'

/** Time without a question after which the connection is ended, in ms. */
const IDLE_MS = 30_000

export interface PostgresQuestionsOptions {
  readonly make: () => pg.Client
  readonly connect: (client: pg.Client) => Promise<void>
  readonly definition: EngineDefinition
}

/**
 * The connection that answers the questions of people, one after the other. It is made with the first question, and
 * ended when none has come for a while.
 */
export class PostgresQuestions {
  readonly #options: PostgresQuestionsOptions
  #client: pg.Client | undefined
  #idle: NodeJS.Timeout | undefined
  #isBusy = false
  #isEnded = false

  constructor(options: PostgresQuestionsOptions) {
    this.#options = options
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Rejects with what the connection or the server said. */
  async answer(call: Call): Promise<Settled> {
    const { make, connect, definition } = this.#options
    this.#isBusy = true
    clearTimeout(this.#idle)
    try {
      if (!this.#client) {
        const client = (this.#client = make())
        client.on('error', () => this.#hangUp(client))
        await connect(client)
      }
      const settled = await readOne(this.#client, definition, call)
      this.#idle = setTimeout(() => this.#hangUp(this.#client), IDLE_MS).unref()
      return settled
    } catch (error) {
      this.#hangUp(this.#client)
      throw error
    } finally {
      this.#isBusy = false
      if (this.#isEnded) this.end()
    }
  }

  /** For good. A question under way is broken off. */
  end(): void {
    this.#isEnded = true
    clearTimeout(this.#idle)
    this.#hangUp(this.#client)
  }

  #hangUp(client: pg.Client | undefined): void {
    if (this.#client === client) this.#client = undefined
    client?.end().catch(() => undefined)
  }
}

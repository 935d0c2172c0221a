import type * as pg from 'pg'
import { Anchor, ANCHOR_MS, stateOf } from './anchor.js'
import { query } from './postgres-driver.js'
import { driveLater } from './step.js'
import type { Journal } from './types.js'

/** The anchor of a ledger on a server: each instance has its own. */
export class PostgresAnchor {
  /** The ledger that was here before; undefined where nothing is kept. */
  readonly known: Anchor | undefined
  readonly #journal: Journal | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(file: string | undefined, journal: Journal | undefined) {
    this.known = file === undefined ? undefined : new Anchor(file)
    this.#journal = journal
  }

  /** Writes it soon, on a connection beside the writer's, which others wait for. */
  later(connect: () => Promise<pg.PoolClient>): void {
    if (!this.known || this.#isStopped) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#writeBeside(connect)
    }, ANCHOR_MS).unref()
  }

  /** False when it could not be written; the ledger works without it. Rejects when the database fails. */
  async write(client: pg.ClientBase): Promise<boolean> {
    const { known } = this
    if (!known) return true
    const state = await driveLater(stateOf(this.#journal), (statement) => query(client, statement))
    return known.write(state).then(
      () => true,
      () => false,
    )
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** A write that fails is made up for after the next commit. */
  async #writeBeside(connect: () => Promise<pg.PoolClient>): Promise<void> {
    let client: pg.PoolClient | undefined
    try {
      client = await connect()
      await this.write(client)
      client.release()
    } catch {
      client?.release(true)
    }
  }
}

import type * as pg from 'pg'
import { command, query } from './postgres-driver.js'
import type { Row, Statement } from './types.js'

/**
 * Statements on one connection. What answers no rows does not make its successor wait: both are on their way
 * together, which saves half the round trips of an operation. The server runs them in order all the same, and a
 * failure is told with the next rows or at the end, before anything is committed.
 */
export class PostgresLine {
  readonly #client: pg.Client
  #sent: Promise<unknown>[] = []

  constructor(client: pg.Client) {
    this.#client = client
  }

  /** The rows of a statement. Rejects with the StatementFailure of the first one that failed. */
  async query(statement: Statement): Promise<readonly Row[]> {
    const rows = query(this.#client, statement, 'kept')
    this.#add(rows)
    if (this.#client.pipeline && !answersRows(statement)) return NO_ROWS
    await this.end()
    return rows
  }

  /** A statement of which only the failure matters. */
  send(statement: Statement): void {
    this.#add(query(this.#client, statement, 'kept'))
  }

  /** A statement without parameters, of which only the failure matters. */
  command(sql: string): void {
    this.#add(command(this.#client, sql))
  }

  /** When all have been answered. Rejects with the StatementFailure of the first one that failed. */
  async end(): Promise<void> {
    for (const sent of this.#sent.splice(0)) await sent
  }

  /** Nobody asks any more what became of those that were sent. */
  forget(): void {
    this.#sent = []
  }

  #add(sent: Promise<unknown>): void {
    // Whoever asks is told; without this a failure that is told before would end the process.
    sent.catch(() => undefined)
    this.#sent.push(sent)
  }
}

const NO_ROWS: readonly Row[] = []

function answersRows({ sql }: Statement): boolean {
  if (/^\s*\{lock:/.test(sql)) return false
  return !/^\s*(?:insert|update|delete)\b/i.test(sql) || /\breturning\b/i.test(sql)
}

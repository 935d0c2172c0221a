import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { renderer } from './dialect.js'
import type { Row, SqlValue, Statement } from './types.js'

/**
 * Time that SQLite waits for another program's lock, in ms. Shorter than the budget of an operation, so that
 * its caller is told "not stored" rather than "unknown".
 */
export const BUSY_TIMEOUT_MS = 2_000

const NO_ROWS: readonly Row[] = []

/** As in `dialect.ts`: more texts than this means that they are put together. */
const PREPARED = 500

interface Prepared {
  readonly statement: StatementSync
  /** For each `?` of it, which of the parameters it stands for. */
  readonly places: readonly number[]
  /** True where all that is asked for is the id of the one row that it inserts. */
  readonly givesId: boolean
}

/** SQLite collects the rows of `returning` in a table of their own, which costs twice as much as the insert itself. */
const RETURNS_ID =
  /^\s*(insert into (?:(?!\bselect\b|\bon conflict\b)[^])* values \([^)]*\)) returning id\s*$/

/** One connection, with its statements kept prepared. */
export class SqliteConnection {
  readonly db: DatabaseSync
  readonly #render = renderer('sqlite')
  readonly #prepared = new Map<string, Prepared | undefined>()

  /** @param file its path, or its address, which Node 22.13 does not take (TypeError) */
  constructor(file: string | URL, options: { readonly readOnly: boolean }) {
    this.db = new DatabaseSync(file, {
      readOnly: options.readOnly,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
    })
    // By pragma: the constructor's own `timeout` is unknown to Node 22.13.
    this.db.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`)
    this.db.exec('pragma trusted_schema = off')
    this.db.exec('pragma cell_size_check = on')
  }

  query({ sql, params }: Statement): readonly Row[] {
    const prepared = this.#prepare(sql)
    if (!prepared) return NO_ROWS
    const { statement, places, givesId } = prepared
    const values = places.map((place) => bound(params[place]!))
    if (givesId) return [{ id: Number(statement.run(...values).lastInsertRowid) }]
    const rows = statement.all(...values) as readonly Row[]
    // SQLite's rows have no prototype, which not every function of a flow expects.
    return rows.map((row) => ({ ...row }))
  }

  exec(sql: string): void {
    this.db.exec(this.#render(sql))
  }

  /** The only value of a pragma. */
  pragma(name: string): SqlValue | undefined {
    const row = this.db.prepare(`pragma ${name}`).get() as Row | undefined
    return row === undefined ? undefined : Object.values(row)[0]
  }

  /** Runs `body` in a transaction, which it leaves behind in no case. */
  transaction<T>(begin: 'begin' | 'begin immediate', body: () => T): T {
    this.db.exec(begin)
    try {
      const value = body()
      this.db.exec('commit')
      return value
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  close(): void {
    this.db.close()
  }

  #rollback(): void {
    // SQLite has rolled back by itself on some errors (a full disk), and a second time is an error. Before
    // Node 22.16 it cannot be asked.
    const active = this.db.isTransaction as boolean | undefined
    if (active === false) return
    try {
      this.db.exec('rollback')
    } catch (error) {
      if (active) throw error
    }
  }

  /** Undefined for what is nothing here, such as a lock of an exam: a transaction that writes has the whole file. */
  #prepare(sql: string): Prepared | undefined {
    const before = this.#prepared.get(sql)
    if (before || this.#prepared.has(sql)) return before
    // In order: to SQLite `$1` is a name, which has to be looked up for each value, and Node 22.13 does not know
    // numbered parameters as such.
    const places: number[] = []
    const whole = this.#render(sql).replace(/\$(\d+)/g, (_, number: string) => {
      places.push(Number(number) - 1)
      return '?'
    })
    const [, insert] = RETURNS_ID.exec(whole) ?? []
    const text = insert ?? whole
    const prepared =
      text === ''
        ? undefined
        : { statement: this.db.prepare(text), places, givesId: insert !== undefined }
    if (this.#prepared.size >= PREPARED) this.#prepared.clear()
    this.#prepared.set(sql, prepared)
    return prepared
  }
}

/** Node 22 binds no bytes that came from another thread as NULL; these are bound as what they are. */
const NO_BYTES = new Uint8Array(1).subarray(0, 0)

/** Node binds every number as a REAL, and `7 / 2` or the text of a number would differ from PostgreSQL's. */
export function bound(value: SqlValue | bigint): SqlValue | bigint {
  if (value instanceof Uint8Array && value.length === 0) return NO_BYTES
  return Number.isSafeInteger(value) ? BigInt(value as number) : value
}

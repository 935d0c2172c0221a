import type * as pg from 'pg'
import { CrisisError } from '../../messages/index.js'
import {
  DEFAULT_SCHEMA,
  ledgerError,
  type Migration,
  type PostgresAddress,
  type Row,
  type Statement,
} from '../../store/index.js'
import {
  clientConfig,
  command,
  dropMark,
  loadPg,
  openSession,
  postgresFailure,
  query,
  type SessionOptions,
  setMark,
  setUp,
  StatementFailure,
} from '../../store/whole.js'
import { sql } from '../operations/sql.js'
import type { Reader } from './check.js'
import { TransferError } from './errors.js'
import type { Side, Values } from './side.js'
import type { Table } from './tables.js'

/** A statement of a move works on a whole table. */
const STATEMENT_MS = 60 * 60_000

/** A row may hold megabytes, and the server sends all that are asked for at once. */
const ROWS_AT_A_TIME = 50

export interface PostgresPlace {
  readonly address: PostgresAddress
  /** Default is `crisis`. */
  readonly schema?: string
}

/**
 * A ledger in PostgreSQL, held for the time being: an instance that wants to open it waits.
 * @throws LedgerError; TransferError NO_LEDGER, IN_USE
 */
export async function openPostgresSide(
  { address, schema = DEFAULT_SCHEMA }: PostgresPlace,
  migrations: readonly Migration[],
  role: 'source' | 'target',
): Promise<Side> {
  // Opening makes an empty one where there is none.
  if (role === 'source') await (await readPostgresSide({ address, schema })).close()
  return connected(address, async (client) => {
    const options = {
      ...session(schema),
      definition: { migrations },
      marked: 'allow',
      make: () => clientFor(address),
    } as const
    const { report } = await openSession(client, options)
    // The lock that every instance takes when it opens the ledger.
    const lock = 'select pg_advisory_lock(hashtextextended($1, 0))'
    await query(client, sql(lock, `migrate ${schema}`))
    const users = await query(client, sql(USERS))
    if (users.length > 0) throw new TransferError('IN_USE')
    return new PostgresSide(client, report.database)
  })
}

const USERS = `select 1 as used from pg_stat_activity
  where datname = current_database() and application_name = 'node-red-crisis' limit 1`

/**
 * The state of a ledger in PostgreSQL now, also while a Node-RED uses it: nothing is changed.
 * @throws LedgerError; TransferError NO_LEDGER
 */
export async function readPostgresSide({
  address,
  schema = DEFAULT_SCHEMA,
}: PostgresPlace): Promise<Reader & { close(): Promise<void> }> {
  return connected(address, async (client) => {
    await client.connect()
    await setUp(client, session(schema))
    await command(client, 'begin isolation level repeatable read read only')
    const there = "select 1 as there where to_regclass('schema_version') is not null"
    if ((await query(client, sql(there))).length === 0) throw new TransferError('NO_LEDGER')
    return {
      query: (statement) => translated(() => query(client, statement)),
      close: () => client.end(),
    }
  })
}

/** Begins to work with a connection, which is closed when that fails. */
function connected<T>(
  address: PostgresAddress,
  begin: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return translated(async () => {
    const client = clientFor(address)
    try {
      return await begin(client)
    } catch (error) {
      client.end().catch(() => undefined)
      throw error
    }
  })
}

/** The other side may take its time between two statements. */
const session = (schema: string): SessionOptions => ({
  schema,
  statementMs: STATEMENT_MS,
  idleMs: 0,
})

function clientFor(address: PostgresAddress): pg.Client {
  const driver = loadPg()
  const client = new driver.Client({
    ...clientConfig(driver, address, { statementMs: STATEMENT_MS }),
    application_name: 'crisis-ledger',
  })
  // Without a listener the end of the connection would end the process; the next statement tells of it.
  client.on('error', () => undefined)
  return client
}

class PostgresSide implements Side {
  readonly kind = 'postgres'
  readonly database: string
  readonly #client: pg.Client

  constructor(client: pg.Client, database: string) {
    this.#client = client
    this.database = database
  }

  query(statement: Statement): Promise<readonly Row[]> {
    return translated(() => query(this.#client, statement))
  }

  async mark(mark: Parameters<Side['mark']>[0]): Promise<void> {
    await this.query(mark ? setMark(mark) : dropMark)
  }

  async transaction<T>(body: () => Promise<T>): Promise<T> {
    await this.#command('begin isolation level repeatable read')
    try {
      const value = await body()
      if ((await this.#command('commit')) !== 'COMMIT') throw ledgerError('LEDGER_UNAVAILABLE')
      return value
    } catch (error) {
      await this.#command('rollback').catch(() => undefined)
      throw error
    }
  }

  async *read({ name, columns, key }: Table): AsyncGenerator<readonly Values[]> {
    const names = columns.map((column) => column.name)
    // As SQLite compares texts: by their bytes.
    const order = key.map((column) =>
      columns.some((one) => one.name === column && one.type === 'text')
        ? `${column} collate "C"`
        : column,
    )
    await this.#command(
      `declare moving no scroll cursor for select ${names.join()} from ${name} order by ${order.join()}`,
    )
    for (;;) {
      const { rows } = await translated(() =>
        this.#client.query<(string | Buffer | null)[]>({
          text: `fetch ${ROWS_AT_A_TIME} from moving`,
          rowMode: 'array',
          types: { getTypeParser: rawParser },
        }),
      )
      if (rows.length === 0) break
      yield rows.map((row) => row.map((value, index) => valueOf(value, columns[index]?.type)))
    }
    await this.#command('close moving')
  }

  async write({ name, columns }: Table, rows: readonly Values[]): Promise<void> {
    const names = columns.map((column) => column.name).join()
    const places = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join()
    const lists = columns.map((_, index) => rows.map((row) => asParameter(row[index] ?? null)))
    await translated(() =>
      this.#client.query(`insert into ${name} (${names}) select * from unnest(${places})`, lists),
    )
  }

  async clear(tables: readonly Table[]): Promise<void> {
    const names = tables.map(({ name }) => name).join()
    await this.query(sql(`truncate ${names} restart identity`))
  }

  async counter({ name }: Table, column: string): Promise<number> {
    const sequence = 'select pg_get_serial_sequence($1, $2) as name'
    const [row] = await this.query(sql(sequence, name, column))
    const last = `select case when is_called then last_value else 0 end as last from ${String(row?.['name'])}`
    const [found] = await this.query(sql(last))
    return Number(found?.['last'])
  }

  async setCounter({ name }: Table, column: string, last: number): Promise<void> {
    const set = 'select setval(pg_get_serial_sequence($1, $2), $3)'
    if (last > 0) await this.query(sql(set, name, column, last))
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined)
  }

  #command(words: string): Promise<string> {
    return translated(() => command(this.#client, words))
  }
}

/** Everything as the server wrote it: numbers of any size, bytes in hexadecimal. */
const rawParser = (() => (text: string) => text) as unknown as pg.CustomTypesConfig['getTypeParser']

function valueOf(value: string | Buffer | null, type: string | undefined): Values[number] {
  if (value === null || typeof value !== 'string') return value
  if (type === 'bigint') return BigInt(value)
  return type === 'bytea' ? Buffer.from(value.slice('\\x'.length), 'hex') : value
}

/** As an element of an array. */
function asParameter(value: Values[number]): string | Buffer | null {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? Buffer.from(value) : value
}

/** What `pg` throws, as an error for people. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof StatementFailure) throw thrown.failure.error
    throw thrown instanceof CrisisError ? thrown : postgresFailure(thrown).error
  }
}

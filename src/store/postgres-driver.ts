import type * as pg from 'pg'
import { renderer } from './dialect.js'
import { ledgerError } from './errors.js'
import { postgresFailure, StatementFailure } from './postgres-errors.js'
import type { Row, Statement } from './types.js'

export type Pg = typeof pg

/** Address of the database. Missing parts come from the PG* variables of the environment, as in psql. */
export interface PostgresAddress {
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly user?: string
  readonly password?: string
  /** True, or the options of `node:tls`. Default is no TLS. */
  readonly ssl?: pg.ClientConfig['ssl']
}

export interface SessionOptions {
  readonly schema: string
  /** Time that one statement may take, in ms. */
  readonly statementMs: number
  /** Longest time that a transaction may wait for its next statement, in ms; 0 = for ever. Default is 5 000. */
  readonly idleMs?: number
}

const CONNECT_MS = 2_000
const LOCK_MS = 3_000
const IDLE_IN_TRANSACTION_MS = 5_000
/** Time that we wait longer than the server itself does: for a server that is gone without a word. */
const SILENCE_MS = 1_000

/** The package `pg`, which only who uses PostgreSQL installs. Throws LEDGER_PG_MISSING. */
export function loadPg(): Pg {
  try {
    return require('pg') as Pg
  } catch (error) {
    throw ledgerError('LEDGER_PG_MISSING', { cause: error })
  }
}

/** The configuration of every connection, which `setUp` completes once it is connected. */
export function clientConfig(
  driver: Pg,
  address: PostgresAddress,
  { statementMs }: Pick<SessionOptions, 'statementMs'>,
): pg.ClientConfig {
  return {
    ...address,
    application_name: 'node-red-crisis',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: statementMs + SILENCE_MS,
    keepAlive: true,
    types: { getTypeParser: parserOf(driver) },
  }
}

/**
 * Makes the settings of a new connection. By statements: a pooler refuses or drops what comes with the connection
 * itself, and then the tables would be looked for in another schema.
 */
export async function setUp(
  client: pg.ClientBase,
  { schema, statementMs, idleMs = IDLE_IN_TRANSACTION_MS }: SessionOptions,
): Promise<void> {
  const settings = {
    search_path: schema,
    client_encoding: "'UTF8'",
    statement_timeout: statementMs,
    lock_timeout: Math.min(LOCK_MS, statementMs),
    idle_in_transaction_session_timeout: idleMs,
  }
  const statements = Object.entries(settings).map(([name, value]) => `set ${name} = ${value}`)
  await command(client, statements.join('; '))
}

/** No limit of our own for statements that may take as long as they need: a migration. */
const PATIENT_MS = 2 ** 31 - 1

type Parse = (text: string) => unknown

const asText: Parse = (text) => text

/** By type, what makes the values of PostgreSQL the same as those of SQLite. */
const PARSERS: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [16, (text) => (text === 't' ? 1 : 0)], // bool
  [20, Number], // int8
  [1700, Number], // numeric, which is what the sum of int8 is
  [114, asText], // json
  [3802, asText], // jsonb
  [1082, asText], // date
  [1114, asText], // timestamp
  [1184, asText], // timestamptz
])

/** Only for our own connections: other nodes in the process use the same package. */
function parserOf(driver: Pg): Pg['types']['getTypeParser'] {
  const other = driver.types.getTypeParser
  const parser: typeof other = (oid, format) => PARSERS.get(oid) ?? other(oid, format)
  return parser
}

const render = renderer('postgres')

/** More than this means that texts are put together, and then the server is not to keep them. */
const MOST_NAMES = 500

const names = new Map<string, string>()

/** The name under which the server keeps the plan of a statement for the life of a connection. */
function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= MOST_NAMES) return known
  const name = `crisis_${names.size + 1}`
  names.set(text, name)
  return name
}

/**
 * - `kept`: it comes again and again, so that the server is to plan it once only
 * - `patient`: only the server limits how long it may take
 */
export type Manner = 'once' | 'kept' | 'patient'

/** Runs one statement. Rejects with a StatementFailure. */
export async function query(
  client: pg.ClientBase,
  statement: Statement,
  manner: Manner = 'once',
): Promise<readonly Row[]> {
  const text = render(statement.sql)
  const name = manner === 'kept' ? nameOf(text) : undefined
  try {
    const values = [...statement.params]
    const config = {
      text,
      values,
      ...(name !== undefined && { name }),
      ...(manner === 'patient' && { query_timeout: PATIENT_MS }),
    }
    const { rows } = await client.query<Row>(config)
    return rows
  } catch (thrown) {
    throw new StatementFailure(postgresFailure(thrown))
  }
}

/** Runs statements without parameters and says what the last one was. Rejects with a StatementFailure. */
export async function command(client: pg.ClientBase, sql: string): Promise<string> {
  try {
    const result = (await client.query(sql)) as pg.QueryResult | pg.QueryResult[]
    return (Array.isArray(result) ? result.at(-1) : result)?.command ?? ''
  } catch (thrown) {
    throw new StatementFailure(postgresFailure(thrown))
  }
}

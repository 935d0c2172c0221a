import type * as pg from 'pg'
import { Anchor, assertKnown } from './anchor.js'
import { ledgerError } from './errors.js'
import { inspect, READ_VERSIONS } from './migrate.js'
import {
  clientConfig,
  command,
  loadPg,
  query,
  setUp,
  type PostgresAddress,
} from './postgres-driver.js'
import { DEFAULT_SCHEMA } from './postgres-engine.js'
import { failureOf } from './postgres-errors.js'
import { assertRights, inspectServer, serverName } from './postgres-schema.js'
import { assertOwnBackend } from './postgres-session.js'
import type { Look } from './sqlite-look.js'
import { driveLater } from './step.js'
import type { EngineDefinition, Row, Statement } from './types.js'

export interface PostgresLookOptions {
  readonly address: PostgresAddress
  readonly definition: EngineDefinition
  /** Default is `crisis`. */
  readonly schema?: string
  /** Absolute path of the anchor. */
  readonly anchor: string
}

/** For each statement of the look, in ms. */
const STATEMENT_MS = 2_000

/**
 * Looks whether a ledger on a server could be opened, without making or changing anything. Rejects with the
 * LedgerError of the opening.
 */
export async function lookAtPostgres(options: PostgresLookOptions): Promise<Look> {
  const driver = loadPg()
  const session = { schema: options.schema ?? DEFAULT_SCHEMA, statementMs: STATEMENT_MS }
  const make = (): pg.Client => {
    const client = new driver.Client(clientConfig(driver, options.address, session))
    client.on('error', () => undefined)
    return client
  }
  const client = make()
  try {
    await client.connect()
    await setUp(client, session)
    await inspectServer(client)
    await assertOwnBackend(client, make)
    await command(client, 'begin transaction isolation level repeatable read read only')
    const exists = await inspectLedger(client, session.schema, options)
    return { database: await serverName(client), exists }
  } catch (thrown) {
    throw failureOf(thrown).error
  } finally {
    client.end().catch(() => undefined)
  }
}

async function inspectLedger(
  client: pg.Client,
  schema: string,
  { definition, anchor: file }: PostgresLookOptions,
): Promise<boolean> {
  const run = (statement: Statement): Promise<readonly Row[]> => query(client, statement)
  const anchor = new Anchor(file)
  const [found] = await run({ sql: THERE, params: [schema] })
  if (found?.['versions'] === 1 && (await run(READ_VERSIONS)).length > 0) {
    const { version } = await driveLater(inspect(definition.migrations), run)
    if (version > 0) {
      await driveLater(assertKnown(anchor, definition.journal), run)
      await assertRights(client, definition)
      return true
    }
  }
  if (anchor.exists) throw ledgerError('LEDGER_MISSING')
  if (found?.['mayMake'] !== 1) throw ledgerError('LEDGER_DENIED', { evidence: 'missing CREATE' })
  return false
}

/** True when there is a table of versions, and else the right to make the schema or what belongs into it. */
const THERE = `select to_regclass($1 || '.schema_version') is not null as versions,
  case when to_regnamespace($1) is null then has_database_privilege(current_database(), 'CREATE')
    else has_schema_privilege($1, 'CREATE') end as "mayMake"`

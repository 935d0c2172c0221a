import { randomUUID } from 'node:crypto'
import type * as pg from 'pg'
import type { Reason } from '../messages/index.js'
import { assertKnown, type Anchor } from './anchor.js'
import { LedgerError, ledgerError } from './errors.js'
import { giveIdentity, identityIn } from './identity.js'
import { inspect, migrate, MigrationSteps, READ_VERSIONS, VERSION_TABLE } from './migrate.js'
import { command, query, setUp, type SessionOptions } from './postgres-driver.js'
import { StatementFailure } from './postgres-errors.js'
import { assertOwnBackend } from './postgres-session.js'
import { driveLater } from './step.js'
import type { MigrationProgress } from './migration-progress.js'
import type { EngineDefinition, OpenReport, Row, Statement } from './types.js'

/** PostgreSQL 12: the first that knows `as materialized`. */
const OLDEST_VERSION = 120_000

export interface OpenOptions extends SessionOptions {
  readonly definition: Pick<EngineDefinition, 'migrations' | 'journal' | 'numbered'>
  /** The ledger that was here before; undefined where that is not compared. */
  readonly anchor?: Anchor | undefined
  /** Default is to refuse what a move has marked. */
  readonly marked?: 'refuse' | 'allow'
  readonly onProgress?: (progress: MigrationProgress) => void
  /** Makes a second connection, by which it is found out whether the first one has the server for itself. */
  readonly make: () => pg.Client
}

export interface OpenSession {
  readonly report: OpenReport
  /** The id that tells this ledger from every other one. */
  readonly identity: string
}

/**
 * Connects, makes sure that what is committed is durable, and brings the schema up to date. Rejects with
 * what any of these said, and then has hung up.
 */
export async function openSession(client: pg.Client, options: OpenOptions): Promise<OpenSession> {
  try {
    await client.connect()
    await setUp(client, options)
    const warnings = await inspectServer(client)
    await assertOwnBackend(client, options.make)
    const { report, identity } = await bringUpToDate(client, options)
    await assertRights(client, options.definition)
    return { report: { ...report, warnings: [...warnings, ...report.warnings] }, identity }
  } catch (error) {
    client.end().catch(() => undefined)
    throw error
  }
}

/**
 * Sets another connection up and makes sure that it leads to the same ledger: a pooler may lead each to a server of
 * its own. Rejects with a LedgerError or StatementFailure.
 */
export async function joinSession(
  client: pg.ClientBase,
  options: SessionOptions,
  identity: string,
): Promise<void> {
  await setUp(client, options)
  await assertSchema(client, options.schema)
  let rows: readonly Row[]
  try {
    rows = await query(client, READ_VERSIONS)
  } catch (thrown) {
    const isElsewhere = thrown instanceof StatementFailure && thrown.failure.state === NO_TABLE
    throw isElsewhere ? ledgerError('LEDGER_POOLER', { evidence: NO_TABLE }) : thrown
  }
  if (identityIn(rows) !== identity) throw ledgerError('LEDGER_OTHER')
}

/** Another connection of a pooler has answered than the one that was set up a moment ago. */
const NO_TABLE = '42P01'

/** Throws LEDGER_POOLER where the connection does not keep what was set on it. */
async function assertSchema(client: pg.ClientBase, schema: string): Promise<void> {
  const [row] = await query(client, { sql: 'select current_schema() as schema', params: [] })
  if (row?.['schema'] !== schema) {
    throw ledgerError('LEDGER_POOLER', { evidence: `current_schema ${String(row?.['schema'])}` })
  }
}

/** Throws LEDGER_DENIED with the rights that are missing on the tables of the ledger, and on their numbers. */
export async function assertRights(
  client: pg.ClientBase,
  { numbered = [] }: Pick<EngineDefinition, 'numbered'>,
): Promise<void> {
  const rows = await query(client, { sql: MISSING_RIGHTS, params: [JSON.stringify(numbered)] })
  if (rows.length === 0) return
  const missing = rows.map((row) => `${String(row['privilege'])} on ${String(row['name'])}`)
  throw ledgerError('LEDGER_DENIED', { evidence: `missing ${missing.join(', ')}` })
}

const MISSING_RIGHTS = `select c.oid::regclass::text as name, p.privilege from pg_class c
  cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) as p(privilege)
  where c.relnamespace = (select oid from pg_namespace where nspname = current_schema())
    and c.relkind = 'r' and not has_table_privilege(c.oid, p.privilege)
  union all
  select pg_get_serial_sequence(quote_ident(t.name), 'id')::regclass::text, 'USAGE'
  from json_array_elements_text($1::json) as t(name)
  where not has_sequence_privilege(pg_get_serial_sequence(quote_ident(t.name), 'id'), 'USAGE')
  order by 1, 2 limit 5`

export async function inspectServer(client: pg.ClientBase): Promise<readonly Reason[]> {
  const [row] = await query(client, { sql: SERVER, params: [] })
  if (Number(row?.['version']) < OLDEST_VERSION) throw tooOld()
  for (const setting of ['fsync', 'full_page_writes']) {
    if (row?.[setting] !== 'on') throw notDurable(setting)
  }
  if (row?.['encoding'] !== 'UTF8') throw encoding(String(row?.['encoding']))
  if (row?.['recovering'] === 1) throw standby()
  // Ours to choose for our own connection.
  if (row?.['synchronous_commit'] === 'off') await command(client, 'set synchronous_commit = on')
  const [after] = await query(client, {
    sql: "select current_setting('synchronous_commit') as value",
    params: [],
  })
  if (after?.['value'] === 'off') throw notDurable('synchronous_commit')
  const mayFailOver = Number(row?.['standbys']) > 0 && row?.['synchronous_standby_names'] === ''
  return mayFailOver ? [STANDBY_BEHIND] : []
}

const SERVER = `select current_setting('server_version_num')::int as version,
  current_setting('server_encoding') as encoding,
  current_setting('fsync') as fsync,
  current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit,
  current_setting('synchronous_standby_names') as synchronous_standby_names,
  pg_is_in_recovery() as recovering,
  (select count(*) from pg_stat_replication) as standbys`

/** The database and its version. */
export async function serverName(client: pg.ClientBase): Promise<string> {
  const [server] = await query(client, { sql: 'show server_version', params: [] })
  return `PostgreSQL ${String(server?.['server_version'])}`
}

/** One instance at a time. */
async function bringUpToDate(
  client: pg.ClientBase,
  { schema, definition, anchor, marked, onProgress }: OpenOptions,
): Promise<OpenSession> {
  await command(client, 'begin; set local statement_timeout = 0')
  try {
    const run = (statement: Statement) => query(client, statement, 'patient')
    await run({ sql: '{lock:$1}', params: [`migrate ${schema}`] })
    const known = {
      sql: 'select 1 as found from pg_namespace where nspname = $1',
      params: [schema],
    }
    // Not "if not exists": that asks for the right to make one even when it is there.
    if ((await run(known)).length === 0) await command(client, `create schema ${schema}`)
    await assertSchema(client, schema)
    await run({ sql: VERSION_TABLE, params: [] })
    const state = await driveLater(inspect(definition.migrations, marked), run)
    const { version, missing, warnings } = state
    // The tables that were made above are undone.
    if (version === 0 && anchor?.exists) throw ledgerError('LEDGER_MISSING')
    if (version > 0 && anchor) await driveLater(assertKnown(anchor, definition.journal), run)
    const steps = new MigrationSteps(state, onProgress)
    for (const migration of missing) {
      await driveLater(
        migrate(migration, () => steps.next()),
        run,
      )
    }
    const identity = state.identity ?? randomUUID()
    if (state.identity === undefined) await run(giveIdentity(identity))
    const database = await serverName(client)
    await command(client, 'commit')
    const report = {
      database,
      schema: missing.at(-1)?.version ?? version,
      created: version === 0,
      warnings,
    }
    return { report, identity }
  } catch (error) {
    await command(client, 'rollback').catch(() => undefined)
    throw error
  }
}

function notDurable(setting: string): LedgerError {
  return new LedgerError(
    'LEDGER_NOT_DURABLE',
    {
      zh: `数据库参数 ${setting} 已关闭，断电会丢失已确认的数据；请在 postgresql.conf 中设为 on 并重新加载`,
      en: `The setting ${setting} of the database is off, so that a power cut loses what was acknowledged; set it to on in postgresql.conf and reload`,
    },
    { evidence: setting },
  )
}

function encoding(found: string): LedgerError {
  return new LedgerError(
    'LEDGER_ENCODING',
    {
      zh: `数据库编码为 ${found}，不能保存全部文字；请新建编码为 UTF8 的数据库（create database … encoding 'UTF8' template template0）`,
      en: `The encoding of the database is ${found}, which cannot hold every text; make a database with the encoding UTF8 (create database … encoding 'UTF8' template template0)`,
    },
    { evidence: found },
  )
}

function standby(): LedgerError {
  return new LedgerError('LEDGER_READ_ONLY', {
    zh: '该地址是只读的备库，请填写主库地址',
    en: 'This address is that of a read-only standby; enter the address of the primary',
  })
}

function tooOld(): LedgerError {
  return new LedgerError('LEDGER_UNAVAILABLE', {
    zh: '需要 PostgreSQL 12 或更高版本',
    en: 'PostgreSQL 12 or newer is needed',
  })
}

const STANDBY_BEHIND: Reason = {
  zh: '备库为异步复制，切换到备库可能丢失已确认的数据；请设置 synchronous_standby_names',
  en: 'The standby follows asynchronously, so that failing over to it may lose what was acknowledged; set synchronous_standby_names',
}

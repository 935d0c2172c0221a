import type * as pg from 'pg'
import type { Reason } from '../../messages/index.js'
import { LedgerError } from './errors.js'
import { inspect, migrate, VERSION_TABLE } from './migrate.js'
import { command, query } from './postgres-driver.js'
import { driveLater } from './step.js'
import type { Migration, OpenReport } from './types.js'

/** PostgreSQL 12: the first that knows `as materialized`. */
const OLDEST_VERSION = 120_000

/**
 * Connects, makes sure that what is committed is durable, and brings the schema up to date. Rejects with
 * what any of these said, and then has hung up.
 */
export async function openSession(
  client: pg.Client,
  schema: string,
  migrations: readonly Migration[],
  marked?: 'refuse' | 'allow',
): Promise<OpenReport> {
  try {
    await client.connect()
    const warnings = await inspectServer(client)
    const report = await bringUpToDate(client, schema, migrations, marked)
    return { ...report, warnings: [...warnings, ...report.warnings] }
  } catch (error) {
    client.end().catch(() => undefined)
    throw error
  }
}

async function inspectServer(client: pg.ClientBase): Promise<readonly Reason[]> {
  const [row] = await query(client, { sql: SERVER, params: [] })
  if (Number(row?.['version']) < OLDEST_VERSION) throw tooOld()
  for (const setting of ['fsync', 'full_page_writes']) {
    if (row?.[setting] !== 'on') throw notDurable(setting)
  }
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
  current_setting('fsync') as fsync,
  current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit,
  current_setting('synchronous_standby_names') as synchronous_standby_names,
  pg_is_in_recovery() as recovering,
  (select count(*) from pg_stat_replication) as standbys`

/** One instance at a time. */
async function bringUpToDate(
  client: pg.ClientBase,
  schema: string,
  migrations: readonly Migration[],
  marked: 'refuse' | 'allow' | undefined,
): Promise<OpenReport> {
  await command(client, 'begin; set local statement_timeout = 0')
  try {
    await query(client, { sql: '{lock:$1}', params: [`migrate ${schema}`] })
    const known = {
      sql: 'select 1 as found from pg_namespace where nspname = $1',
      params: [schema],
    }
    // Not "if not exists": that asks for the right to make one even when it is there.
    if ((await query(client, known)).length === 0) await command(client, `create schema ${schema}`)
    await query(client, { sql: VERSION_TABLE, params: [] })
    const run = query.bind(undefined, client)
    const { version, missing, warnings } = await driveLater(inspect(migrations, marked), run)
    for (const migration of missing) await driveLater(migrate(migration), run)
    const [server] = await query(client, { sql: 'show server_version', params: [] })
    await command(client, 'commit')
    return {
      database: `PostgreSQL ${String(server?.['server_version'])}`,
      schema: missing.at(-1)?.version ?? version,
      created: version === 0,
      warnings,
    }
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

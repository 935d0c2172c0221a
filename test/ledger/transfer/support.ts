import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { DEFINITION, DEFINITION_MODULE, SqliteEngine } from '../../../src/ledger/index.js'
import { PostgresEngine } from '../../../src/store/index.js'
import { openFileSide, openPostgresSide, type Side } from '../../../src/ledger/transfer/index.js'
import { MIGRATIONS } from '../../../src/ledger/schema.js'
import type { TestPostgres } from '../../support/postgres.js'
import { until } from '../../store/support.js'
import { RECEIVED, Site } from '../site.js'

export const BIG = 2 ** 53 - 1000

export const openFileLedger = (file: string): SqliteEngine =>
  new SqliteEngine({ file, definition: DEFINITION_MODULE, ballastBytes: 0 })

export const openServerLedger = (server: TestPostgres, database: string): PostgresEngine =>
  new PostgresEngine({ address: { ...server.address, database }, definition: DEFINITION })

export const sourceFile = (file: string): Promise<Side> => openFileSide(file, MIGRATIONS, 'source')

export const serverSide = (
  server: TestPostgres,
  database: string,
  role: 'source' | 'target',
): Promise<Side> => openPostgresSide({ address: { ...server.address, database } }, MIGRATIONS, role)

/** A ledger as months of use leave it: alerts, feedback, an outbox, an audit, and values of every kind. */
export async function fillLedger(file: string, rows: number): Promise<void> {
  const engine = openFileLedger(file)
  const site = new Site(engine, 'pacs')
  for (let n = 0; n < 20; n++) await site.send({ ExamNo: `𠮷${n}`, CrisisName: `胎盘早剥 '"\\{},` })
  await site.feedBack({ ...RECEIVED, ExamNo: '𠮷3' })
  await engine.close()
  const db = new DatabaseSync(file)
  const raw = db.prepare(
    'insert into raw (at, service, operation, remote, charset, bytes) values (?, ?, ?, ?, ?, ?)',
  )
  db.exec('begin')
  for (let n = 0; n < rows; n++) {
    const bytes = Buffer.from(Array.from({ length: n % 300 }, (_, i) => (i * 7 + n) % 256))
    raw.run(n, n % 2 ? '危急值 𠮷' : '', `NULL\n\t\\N${n}`, '{a,"b"}', '', bytes)
  }
  db.exec(`insert into raw (id, at, service, operation, remote, charset, bytes)
    values (${BIG}, ${BIG}, '', '', '', '', x'00ff')`)
  for (const id of ['ä', 'Z', 'a', '_', '𠮷', '中', '\ufeff']) {
    db.prepare('insert into peer (id, failing_since) values (?, null)').run(id)
  }
  // An id that was handed out and is gone must not be handed out again.
  db.exec("update sqlite_sequence set seq = 5000 where name = 'owed'")
  db.exec('commit')
  db.close()
}

/** A database of its own, whose name it returns. */
export async function makeDatabase(server: TestPostgres): Promise<string> {
  const name = `move_${++databases}`
  await ask(server, 'postgres', `create database ${name}`)
  return name
}

let databases = 0

export async function ask(
  server: TestPostgres,
  database: string,
  sql: string,
): Promise<readonly Record<string, unknown>[]> {
  const { Client } = await import('pg')
  const client = new Client({ ...server.address, database })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** When the connections of an engine that was closed are gone. */
export async function left(server: TestPostgres, database: string): Promise<void> {
  const sql = `select 1 from pg_stat_activity where datname = '${database}'
    and application_name in ('node-red-crisis', 'crisis-ledger')`
  await until(async () => (await ask(server, 'postgres', sql)).length === 0)
}

/** The code of the error that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const thrown: unknown = await promise.then(
    () => assert.fail('It did not reject'),
    (error: unknown) => error,
  )
  return String((thrown as { code?: unknown }).code ?? thrown)
}

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from 'pg'
import type { EngineDefinition, OpenReport } from '../../src/store/types.js'
import {
  DEFINITION,
  DEFINITION_MODULE,
  PostgresEngine,
  SqliteEngine,
  type Engine,
} from '../../src/ledger/index.js'
import { publishedDefinition, publishedPath } from '../ledger/definition-0-1-0.js'
import { startPostgres } from '../support/postgres.js'
import { FILL_END, fillStatements } from './filling.js'
import { fillFile } from './filling-sqlite.js'
import type { Effort } from './report.js'
import { figure, table } from './statistics.js'

const MOST_ALERTS = 300_000

/** A ledger of version 0.1.0 is brought up to date, on both engines. */
export async function benchLedgerMigration(effort: Effort): Promise<void> {
  const alerts = Math.min(effort.alerts, MOST_ALERTS)
  const rows = [await migrateFile(alerts, effort), await migrateServer(alerts, effort)]
  console.log(`\n## 升级 Migration of ${alerts} alerts from version 0.1.0\n`)
  const head = [
    '引擎 engine',
    '秒 s',
    '步 steps told',
    '之前 before MB',
    '之后 after MB',
    '副本 copy MB',
  ]
  console.log(
    table(
      head,
      rows.flatMap((row) => (row ? [row] : [])),
    ),
  )
}

type Migrated = readonly string[]

async function migrateFile(alerts: number, effort: Effort): Promise<Migrated> {
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-bench-'))
  const file = path.join(folder, 'ledger.db')
  const megabytes = (name: string): string =>
    figure(statSync(path.join(folder, name)).size / (1 << 20))
  try {
    await fillFile(file, alerts, (text) => effort.tell(`SQLite: ${text}`), {
      definition: publishedPath,
    })
    const before = megabytes('ledger.db')
    const engine = new SqliteEngine({ file, definition: DEFINITION_MODULE, ballastBytes: 0 })
    const { seconds, steps } = await opened(engine, alerts, 'SQLite', effort)
    await engine.close()
    const copy = readdirSync(folder).find((name) => /\.v\d+-\d+\.bak$/.test(name))
    if (copy === undefined) throw new Error('a migration leaves a copy of what was before')
    return ['SQLite', seconds, steps, before, megabytes('ledger.db'), megabytes(copy)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function migrateServer(alerts: number, effort: Effort): Promise<Migrated | undefined> {
  const server = await startPostgres()
  if ('reason' in server) {
    effort.tell(`无法运行 skipped: ${server.reason}`)
    return undefined
  }
  const { address } = server
  const client = new Client({ ...address, options: '-c search_path=crisis' })
  const open = (definition: EngineDefinition): Engine => new PostgresEngine({ address, definition })
  const megabytes = async (): Promise<string> => {
    const { rows } = await client.query<{ bytes: string }>(
      'select pg_database_size(current_database()) as bytes',
    )
    return figure(Number(rows[0]?.bytes) / (1 << 20))
  }
  try {
    const old = open(publishedDefinition)
    await old.ready()
    await old.close()
    await client.connect()
    const all = { from: 1, to: alerts, total: alerts, now: Date.now() }
    for (const sql of [...fillStatements('postgres', all), ...FILL_END]) await client.query(sql)
    effort.tell(`PostgreSQL: ${alerts}`)
    const before = await megabytes()
    const engine = open(DEFINITION)
    const { seconds, steps } = await opened(engine, alerts, 'PostgreSQL', effort)
    await engine.close()
    return ['PostgreSQL', seconds, steps, before, await megabytes(), '–']
  } finally {
    await client.end().catch(() => undefined)
    await server.stop()
  }
}

/** Opens a ledger with today's version, and tells how far it is. */
async function opened(
  engine: Engine,
  alerts: number,
  name: string,
  effort: Effort,
): Promise<{ readonly seconds: string; readonly steps: string }> {
  const startedAt = performance.now()
  let steps = 0
  engine.onState((_, trouble) => {
    if (trouble?.code !== 'LEDGER_MIGRATING') return
    steps++
    effort.tell(`${name}: ${trouble.reason.en}`)
  })
  const report: OpenReport = await engine.ready()
  const seconds = (performance.now() - startedAt) / 1000
  const newest = DEFINITION.migrations.at(-1)?.version
  const found = await engine.run('openAlerts', { limit: 1 }, { mode: 'ask' })
  if (report.schema !== newest || steps === 0 || !Array.isArray(found) || found.length !== 1) {
    throw new Error(`${alerts} alerts were not migrated: schema ${report.schema}, ${steps} steps`)
  }
  return { seconds: figure(seconds), steps: String(steps) }
}

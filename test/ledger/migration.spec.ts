import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  PostgresEngine,
  SqliteEngine,
  type Engine,
  type Row,
  type SqlValue,
} from '../../src/store/index.js'
import { MIGRATIONS } from '../../src/ledger/schema.js'
import { postgresOrSkip } from '../support/postgres.js'
import { definition, definitionPath } from './definition.js'
import { firstDefinition, firstPath } from './definition-first.js'
import { Site } from './site.js'

describe('a ledger of an earlier version', () => {
  const folder = mkdtempSync(join(tmpdir(), 'crisis-migration-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  const file = (path: string): Engine =>
    new SqliteEngine({ file: join(folder, 'ledger.db'), definition: path, ballastBytes: 0 })

  it('keeps its rows and goes on counting (SQLite)', async () => {
    await migrates(
      () => file(firstPath),
      () => file(definitionPath),
    )
  })

  it('keeps its rows and goes on counting (PostgreSQL)', async function () {
    const server = await postgresOrSkip(this)
    const { address } = server
    try {
      const schema = 'migrated'
      await migrates(
        () => new PostgresEngine({ address, definition: firstDefinition, schema }),
        () => new PostgresEngine({ address, definition, schema }),
      )
    } finally {
      await server.stop()
    }
  })
})

async function migrates(before: () => Engine, after: () => Engine): Promise<void> {
  const old = before()
  await old.ready()
  const first = (sql: string, ...params: SqlValue[]) =>
    old.run('statement', { sql, params }) as Promise<readonly Row[]>
  for (const name of ['one', 'two']) {
    await first(
      `insert into alert (system, key, pair, finding, exam_no, apply_no, sick_no, stage, revision, content, opened_at)
       values ('s', $1, $1, 'f', $1, '', '', 'stored', 1, 'c', 1)`,
      name,
    )
    await first(
      `insert into outbox (peer, operation, lane, document, node, message, state, due, at)
       values ('p', 'SynCrisisInfo', 'l', $1, '', '{}', 'ready', 0, 1)`,
      name,
    )
  }
  // The last of a table may be gone: its id must not be given to another.
  await first("delete from outbox where document = 'two'")
  await old.close()

  const engine = after()
  const report = await engine.ready()
  assert.deepEqual([report.schema, report.warnings], [MIGRATIONS.at(-1)?.version, []])
  const site = new Site(engine, 'after')
  const alerts = await site.rows('select id, key, hold, target from alert order by id')
  assert.deepEqual(alerts, [
    { id: 1, key: 'one', hold: null, target: null },
    { id: 2, key: 'two', hold: null, target: null },
  ])
  const documents = await site.rows('select id, document, blocked from outbox')
  assert.deepEqual(documents, [{ id: 1, document: 'one', blocked: null }])
  assert.equal((await site.send()).alert, 3)
  const [row] = await site.rows(
    `insert into outbox (peer, operation, lane, document, node, message, state, due, at)
     values ('p', 'SynCrisisInfo', 'l', 'three', '', '{}', 'ready', 0, 1) returning id`,
  )
  assert.equal(row?.['id'], 3)
  await engine.close()
}

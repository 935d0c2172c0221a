import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import {
  lookAtPostgres,
  PostgresEngine,
  type EngineDefinition,
  type PostgresEngineOptions,
} from '../../src/store/index.js'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'
import { definition } from './definition.js'
import { definition as chainedDefinition } from './definition-chained.js'
import { startPooler, type Pooler } from './pooler.js'
import { startTransactionPooler } from './transaction-pooler.js'
import { count, Folders, ledgerErrorOf, state, until } from './support.js'

describe('a session with PostgreSQL', function () {
  this.timeout(30_000)
  let server: TestPostgres
  let schemas = 0
  let schema: string
  const engines: PostgresEngine[] = []
  const poolers: Pooler[] = []
  const folders = new Folders()

  before(async function () {
    server = await postgresOrSkip(this)
  })
  after(async () => server?.stop())
  beforeEach(() => {
    schema = `session_${++schemas}`
  })
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()))
    await Promise.all(poolers.splice(0).map((pooler) => pooler.close()))
    folders.clean()
  })

  function open(options: Partial<PostgresEngineOptions> = {}): PostgresEngine {
    const engine = new PostgresEngine({
      address: server.address,
      definition,
      schema,
      backoff: { firstMs: 20, mostMs: 100 },
      ...options,
    })
    engines.push(engine)
    return engine
  }

  /** What an administrator does, by default in the database of the tests. */
  async function administer(sql: string, database = 'postgres'): Promise<pg.QueryResult> {
    const client = new pg.Client({ ...server.address, database })
    await client.connect()
    try {
      return await client.query(sql)
    } finally {
      await client.end()
    }
  }

  for (const unknown of ['refuse', 'drop'] as const) {
    it(`works behind a pooler that ${unknown}s what it does not know, in its own schema`, async () => {
      const pooler = await startPooler(server.address.port, unknown)
      poolers.push(pooler)
      const engine = open({ address: { ...server.address, port: pooler.port } })
      await engine.ready()
      await engine.run('add', { text: 'kept' })
      assert.equal(await count(engine), 1)
      const settings = async (mode: 'read' | 'write') =>
        engine.run('statement', { sql: SETTINGS }, { mode })
      const wanted = [
        { schema, path: schema, statement: '5s', lock: '3s', idle: '5s', text: 'UTF8' },
      ]
      assert.deepEqual([await settings('write'), await settings('read')], [wanted, wanted])
      const elsewhere = await administer("select to_regclass('public.note') as there")
      assert.deepEqual(elsewhere.rows, [{ there: null }])
    })
  }

  const SETTINGS = `select current_schema() as schema, current_setting('search_path') as path,
    current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle,
    current_setting('client_encoding') as text`

  it('is refused behind a pooler in transaction mode, before anything is made', async () => {
    const pooler = await startTransactionPooler(server.address)
    poolers.push(pooler)
    const address = { ...server.address, port: pooler.port }
    const error = await ledgerErrorOf(open({ address }).ready())
    assert.equal(error.code, 'LEDGER_POOLER')
    const look = lookAtPostgres({ address, schema, definition, anchor: join(folders.make(), 'a') })
    assert.equal((await ledgerErrorOf(look)).code, 'LEDGER_POOLER')
    const made = await administer(`select 1 from pg_namespace where nspname = '${schema}'`)
    assert.equal(made.rows.length, 0)
  })

  it('is looked at without making anything', async () => {
    const anchor = join(folders.make(), 'deep', 'ledger.anchor')
    const look = (address = server.address) =>
      lookAtPostgres({ address, schema, definition: chainedDefinition, anchor })
    const made = () => administer(`select 1 from pg_namespace where nspname = '${schema}'`)
    assert.equal((await look()).exists, false)
    assert.equal((await made()).rows.length, 0)
    assert.equal(existsSync(dirname(anchor)), false)

    const engine = open({ definition: chainedDefinition, anchor })
    await engine.run('add', { text: 'kept' })
    await until(() => readFileSync(anchor, 'utf8').includes('"entries":1'))
    await engine.close()
    const found = await look()
    assert.deepEqual([found.exists, /^PostgreSQL \d+/.test(found.database)], [true, true])
    await administer(`delete from ${schema}.note`)
    assert.equal((await ledgerErrorOf(look())).code, 'LEDGER_OLDER')
    await administer(`drop schema ${schema} cascade`)
    assert.equal((await ledgerErrorOf(look())).code, 'LEDGER_MISSING')
    rmSync(anchor)
    await administer(`create role looker_${schema} login password 'invented'`)
    const denied = await ledgerErrorOf(look({ ...server.address, user: `looker_${schema}` }))
    assert.deepEqual([denied.code, denied.evidence], ['LEDGER_DENIED', 'missing CREATE'])
  })

  it('reads from no other ledger than the one it writes to', async () => {
    const engine = open()
    await engine.ready()
    await administer(`update ${schema}.schema_version set checksum = 'another' where v = -1`)
    const error = await ledgerErrorOf(count(engine))
    assert.equal(error.code, 'LEDGER_OTHER')
  })

  it('refuses a database whose encoding cannot hold every text, and says why', async () => {
    await administer("create database latin encoding 'LATIN1' locale 'C' template template0")
    const engine = open({ address: { ...server.address, database: 'latin' } })
    const error = await ledgerErrorOf(engine.ready())
    assert.deepEqual([error.code, error.evidence], ['LEDGER_ENCODING', 'LATIN1'])
    for (const text of Object.values(error.reason)) assert.match(text, /LATIN1.*UTF8/)
    const made = await administer(`select 1 from pg_namespace where nspname = '${schema}'`, 'latin')
    assert.equal(made.rows.length, 0, 'nothing is made there')
  })

  it('names the right that is missing, and on what', async () => {
    await administer(`create role narrow_${schema} login password 'invented'`)
    const address = { ...server.address, user: `narrow_${schema}` }
    const nothing = await ledgerErrorOf(open({ address }).ready())
    assert.equal(nothing.code, 'LEDGER_DENIED')
    assert.match(
      nothing.evidence ?? '',
      /^PostgreSQL 42501 permission denied for database postgres$/,
    )
    await open().ready()
    await administer(
      `grant usage, create on schema ${schema} to narrow_${schema};
       grant select, insert, update, delete on ${schema}.schema_version to narrow_${schema};
       grant select on ${schema}.note to narrow_${schema}`,
    )
    const some = await ledgerErrorOf(open({ address }).ready())
    assert.equal(some.code, 'LEDGER_DENIED')
    assert.equal(some.evidence, 'missing DELETE on note, INSERT on note, UPDATE on note')
    await administer(`grant all on ${schema}.note to narrow_${schema}`)
    await open({ address }).ready()
    const counting = { ...definition, numbered: ['note'] }
    const number = await ledgerErrorOf(open({ address, definition: counting }).ready())
    assert.deepEqual(
      [number.code, number.evidence],
      ['LEDGER_DENIED', 'missing USAGE on note_id_seq'],
    )
    await administer(`grant usage on sequence ${schema}.note_id_seq to narrow_${schema}`)
    await open({ address, definition: counting }).ready()
  })

  it('tells the words of the database, but none that quote a value or a user', async () => {
    const engine = open()
    const evidenceOf = async (sql: string) =>
      (await ledgerErrorOf(engine.run('statement', { sql }))).evidence
    assert.equal(
      await evidenceOf('select * from nowhere'),
      'PostgreSQL 42P01 relation "nowhere" does not exist',
    )
    assert.equal(await evidenceOf("select '张三'::bigint"), 'PostgreSQL 22P02')
    await engine.run('add', { text: '张三' })
    const double = await ledgerErrorOf(engine.run('add', { text: '张三' }))
    assert.equal(double.evidence, 'PostgreSQL 23505 note_text_key')
    const wrong = await ledgerErrorOf(
      open({ address: { ...server.address, password: 'wrong' } }).ready(),
    )
    assert.equal(wrong.evidence, 'PostgreSQL 28P01')
  })

  it('waits for a migration however long it takes, and tells how far it is', async () => {
    await open().ready()
    const slow: EngineDefinition = {
      ...definition,
      migrations: [
        ...definition.migrations,
        { version: 2, statements: ['select pg_sleep(2)', 'create table later (id {id}){tail}'] },
      ],
    }
    const engine = open({ definition: slow, statementMs: 300 })
    const seen: string[] = []
    engine.onState((now, trouble) => seen.push(`${now} ${trouble?.reason.en ?? ''}`))
    const refused = ledgerErrorOf(engine.run('count', {}, { budgetMs: 1_000 }))
    assert.equal((await engine.ready()).schema, 2)
    assert.equal((await refused).code, 'LEDGER_MIGRATING')
    assert.deepEqual(
      seen.map((text) => text.replace(/^(\w+) .*: /, '$1 ')),
      ['failing step 1 of 2', 'failing step 2 of 2', 'ready '],
    )
  })

  it('is known from outside: one that is missing, older or another is refused until a person wants it', async () => {
    const anchor = join(folders.make(), 'ledger.anchor')
    const chained = { definition: chainedDefinition, anchor }
    const engine = open(chained)
    await engine.ready()
    await engine.run('add', { text: 'kept' })
    await until(() => readFileSync(anchor, 'utf8').includes('"entries":1'))
    await engine.close()

    await administer(`alter schema ${schema} rename to kept_${schema}`)
    const before = open(chained)
    assert.equal((await ledgerErrorOf(before.ready())).code, 'LEDGER_MISSING')
    // It would go on trying, and find what is put back.
    await before.close()
    const made = await administer(`select 1 from pg_namespace where nspname = '${schema}'`)
    assert.equal(made.rows.length, 0, 'no new one is begun')
    await administer(`alter schema kept_${schema} rename to ${schema}`)

    await administer(`delete from ${schema}.note`)
    const older = open(chained)
    assert.equal((await ledgerErrorOf(older.ready())).code, 'LEDGER_OLDER')
    await older.close()
    await administer(`update ${schema}.schema_version set checksum = 'another' where v = -1`)
    const next = open(chained)
    assert.equal((await ledgerErrorOf(next.ready())).code, 'LEDGER_OTHER')
    await administer(`insert into ${schema}.schema_version values (-2, 0, 'a decision')`)
    await state(next, 'ready')
  })
})

import assert from 'node:assert/strict'
import Module from 'node:module'
import pg from 'pg'
import { PostgresEngine, type PostgresEngineOptions, type Step } from '../../src/store/index.js'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'
import { definition as plain, type Note } from './definition.js'
import { definition as next } from './definition-next.js'
import { startProxy } from './proxy.js'
import { ledgerErrorOf, state, until } from './support.js'

const definition = {
  ...plain,
  operations: {
    ...plain.operations,
    /** Locks two names with a pause between them. */
    *lockBoth({ text, names }: Note & { readonly names: readonly string[] }): Step<void> {
      for (const name of names) {
        yield { sql: '{lock:$1}', params: [name] }
        yield { sql: 'select pg_sleep(0.2)', params: [] }
      }
      yield { sql: 'insert into note (text, at) values ($1, {now})', params: [text] }
    },
  },
}

describe('the server of the PostgreSQL engine', function () {
  this.timeout(20_000)
  let server: TestPostgres
  let schemas = 0
  let schema: string
  const engines: PostgresEngine[] = []

  before(async function () {
    server = await postgresOrSkip(this)
  })
  after(async () => server?.stop())
  beforeEach(() => {
    schema = `own_${++schemas}`
  })
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()))
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

  const texts = async (engine: PostgresEngine) =>
    (await engine.run('texts', {}, { mode: 'read' })) as string[]

  it('may crash and come back under load: nothing acknowledged is lost', async () => {
    const engine = open()
    await engine.ready()
    const acknowledged = new Set<string>()
    let rejected = 0
    let n = 0
    let stop = false
    const feed = async () => {
      while (!stop) {
        const text = `n${n++}`
        await engine.run('add', { text }, { budgetMs: 500 }).then(
          () => acknowledged.add(text),
          () => rejected++,
        )
        // In a long trouble it rejects at once, and the server could not be heard to be back.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    // Connections of the pool that are in use when the server goes are the ones that end a process.
    const read = async () => {
      while (!stop) {
        await engine.run('texts', {}, { mode: 'read', budgetMs: 500 }).catch(() => undefined)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const feeders = [...Array.from({ length: 8 }, feed), read(), read()]
    for (let crash = 0; crash < 3; crash++) {
      const goal = acknowledged.size + 100
      await until(() => acknowledged.size >= goal)
      await server.halt('immediate')
      await state(engine, 'failing')
      const before = rejected
      await until(() => rejected > before)
      await server.start()
      await state(engine, 'ready')
    }
    const goal = acknowledged.size + 100
    await until(() => acknowledged.size >= goal)
    stop = true
    await Promise.all(feeders)
    const stored = new Set(await texts(engine))
    assert.deepEqual(
      [...acknowledged].filter((text) => !stored.has(text)),
      [],
    )
  })

  it('that goes away while idle is noticed and found again', async () => {
    const engine = open()
    await engine.run('add', { text: 'before' })
    await server.halt('fast')
    await state(engine, 'failing')
    assert.equal(engine.trouble?.code, 'LEDGER_UNAVAILABLE')
    await server.start()
    await state(engine, 'ready')
    assert.equal(await engine.run('add', { text: 'after' }), 2)
    assert.deepEqual(await texts(engine), ['before', 'after'])
  })

  it('that falls silent makes what runs unknown, and is found again', async () => {
    const proxy = await startProxy(server.address.port)
    try {
      const address = { ...server.address, port: proxy.port }
      const engine = open({ address, statementMs: 300 })
      await engine.run('add', { text: 'before' })
      proxy.freeze()
      const error = await ledgerErrorOf(engine.run('add', { text: 'lost?' }, { budgetMs: 200 }))
      assert.deepEqual([error.code, error.unknown], ['LEDGER_BUSY', true])
      await state(engine, 'failing')
      proxy.thaw()
      await state(engine, 'ready')
      await engine.run('add', { text: 'after' })
      assert.deepEqual(await texts(engine), ['before', 'after'])
    } finally {
      await proxy.close()
    }
  })

  it('refuses a wrong password and a wrong database in words for a person', async () => {
    for (const wrong of [{ password: 'wrong' }, { database: 'none' }, { user: 'nobody' }]) {
      const error = await ledgerErrorOf(open({ address: { ...server.address, ...wrong } }).ready())
      assert.equal(error.code, 'LEDGER_DENIED', JSON.stringify(wrong))
      assert.match(error.reason.zh, /密码/)
    }
    const { password: _, ...address } = server.address
    const error = await ledgerErrorOf(open({ address }).ready())
    assert.deepEqual([error.code, error.evidence], ['LEDGER_DENIED', 'no password'])
  })

  it('that is not there is waited for', async () => {
    await server.halt()
    const engine = open()
    const error = await ledgerErrorOf(engine.ready())
    assert.deepEqual([error.code, error.evidence], ['LEDGER_UNAVAILABLE', 'ECONNREFUSED'])
    await server.start()
    await state(engine, 'ready')
    assert.equal(await engine.run('add', { text: 'at last' }), 1)
  })

  it('that would lose what it acknowledges is refused until it is set right', async () => {
    for (const setting of ['fsync', 'full_page_writes']) {
      await server.halt()
      await server.start({ [setting]: 'off' })
      const engine = open()
      const error = await ledgerErrorOf(engine.ready())
      assert.deepEqual([error.code, error.evidence], ['LEDGER_NOT_DURABLE', setting])
      await server.restart()
      await state(engine, 'ready')
    }
  })

  it('that commits lazily by default does not do so for us', async () => {
    await server.halt()
    await server.start({ synchronous_commit: 'off' })
    const engine = open()
    assert.deepEqual(await engine.run('statement', { sql: 'show synchronous_commit' }), [
      { synchronous_commit: 'on' },
    ])
    await server.restart()
  })

  it('that gives up waiting for its standby makes the batch unknown', async () => {
    const [engine, watch] = [open(), open()]
    await Promise.all([engine.ready(), watch.ready()])
    await server.halt()
    await server.start({ synchronous_standby_names: 'standby' })
    await Promise.all([engine, watch].map((one) => state(one, 'ready')))
    const adding = ledgerErrorOf(engine.run('add', { text: 'here only' }, { budgetMs: 10_000 }))
    const sql = "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'"
    await until(async () => {
      const canceled = await watch.run('statement', { sql }, { mode: 'read' })
      return (canceled as unknown[]).length > 0
    })
    const error = await adding
    assert.equal(error.unknown, true)
    assert.match(error.evidence ?? '', /warning/)
    await server.restart()
    await state(engine, 'ready')
    assert.deepEqual(await texts(engine), ['here only'])
  })

  it('has one migration done by one of several instances', async () => {
    const reports = await Promise.all([open(), open(), open()].map((engine) => engine.ready()))
    assert.equal(reports.filter(({ created }) => created).length, 1)
  })

  it('with a newer schema is refused by an older program', async () => {
    assert.equal((await open().ready()).schema, 1)
    assert.equal((await open({ definition: next }).ready()).schema, 2)
    assert.equal((await ledgerErrorOf(open().ready())).code, 'LEDGER_NEWER')
  })

  it('whose schema a newer program changes meanwhile is left by the older one', async () => {
    const old = open()
    await old.run('add', { text: 'before' })
    await old.run('first', {})
    await open({ definition: next }).ready()
    assert.equal((await ledgerErrorOf(old.run('first', {}))).code, 'LEDGER_UNAVAILABLE')
    await until(() => old.trouble?.code === 'LEDGER_NEWER')
  })

  it('runs what met in a deadlock again, alone', async () => {
    const [one, other] = [open(), open()]
    await Promise.all([one.ready(), other.ready()])
    await Promise.all([
      one.run('lockBoth', { text: 'one', names: ['a', 'b'] }, { budgetMs: 10_000 }),
      one.run('lockBoth', { text: 'neighbour', names: ['c'] }, { budgetMs: 10_000 }),
      other.run('lockBoth', { text: 'other', names: ['b', 'a'] }, { budgetMs: 10_000 }),
    ])
    assert.deepEqual((await texts(one)).sort(), ['neighbour', 'one', 'other'])
  })

  it('carries hints from one instance to the other, once each', async () => {
    const [one, other] = [open(), open()]
    await Promise.all([one.ready(), other.ready()])
    const heard: string[] = []
    const own: string[] = []
    other.onNotify((topic) => heard.push(topic))
    one.onNotify((topic) => own.push(topic))
    // Until the other one listens, hints get lost.
    await until(() => {
      one.notify('ping')
      return heard.includes('ping')
    })
    const before = own.length
    for (let n = 0; n < 100; n++) one.notify('危急值')
    one.notify('last')
    await until(() => heard.includes('last'))
    assert.ok(heard.filter((topic) => topic === '危急值').length <= 2, 'hints go out together')
    assert.equal(own.length - before, 101)
  })

  it('is not asked for a schema whose name could be something else', () => {
    for (const bad of ['', 'Crisis', 'a b', 'x; drop table note', '1st']) {
      assert.throws(() => open({ schema: bad }), { code: 'LEDGER_PATH' })
    }
  })

  it('needs the package pg, and says how to get it', async () => {
    const loader = Module as unknown as { _load: (...args: unknown[]) => unknown }
    const load = loader._load
    loader._load = (...args) => {
      if (args[0] === 'pg') throw Object.assign(new Error('none'), { code: 'MODULE_NOT_FOUND' })
      return load(...args)
    }
    try {
      const error = await ledgerErrorOf(open().ready())
      assert.equal(error.code, 'LEDGER_PG_MISSING')
      assert.match(error.reason.en, /npm install pg/)
    } finally {
      loader._load = load
    }
  })

  it('is waited for statement by statement by a `pg` that knows no pipeline', async () => {
    class Client extends pg.Client {
      constructor(config: pg.ClientConfig) {
        super({ ...config, pipeline: false })
      }
    }
    const engine = open({ driver: () => ({ ...pg, Client }) as unknown as typeof pg })
    const [, poison] = await Promise.allSettled([
      engine.run('add', { text: 'before' }),
      engine.run('addTwiceUnread', { text: 'poison' }),
      engine.run('add', { text: 'after' }),
    ])
    assert.equal(poison.status, 'rejected')
    assert.deepEqual(await texts(engine), ['before', 'after'])
  })

  it('is left with no connection after closing', async () => {
    const watch = open()
    await watch.ready()
    const engine = open()
    engine.onNotify(() => undefined)
    await engine.run('count', {}, { mode: 'read' })
    await engine.close()
    const own = async () =>
      (
        (await watch.run('statement', {
          sql: "select 1 from pg_stat_activity where application_name = 'node-red-crisis'",
        })) as unknown[]
      ).length
    await until(async () => (await own()) === 1)
  })
})

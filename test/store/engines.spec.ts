import assert from 'node:assert/strict'
import { join } from 'node:path'
import { CrisisError } from '../../src/messages/index.js'
import { LedgerError, PostgresEngine, type Engine, type RunOptions } from '../../src/store/index.js'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'
import { definition } from './definition.js'
import { Folders, ledgerErrorOf, openSqlite, until } from './support.js'

const READ: RunOptions = { mode: 'read' }
const ASK: RunOptions = { mode: 'ask', budgetMs: 60_000 }

interface Maker {
  /** Opens an engine on a new and empty database. */
  make(): Engine
  end(): Promise<void>
}

function sqlite(): Promise<Maker> {
  const folders = new Folders()
  return Promise.resolve({
    make: () => openSqlite(join(folders.make(), 'ledger.db')),
    end: () => Promise.resolve(folders.clean()),
  })
}

async function postgres(this: Mocha.Context): Promise<Maker> {
  const server = await postgresOrSkip(this)
  return maker(server)
}

function maker(server: TestPostgres): Maker {
  let schemas = 0
  return {
    make: () =>
      new PostgresEngine({ address: server.address, definition, schema: `test_${++schemas}` }),
    end: () => server.stop(),
  }
}

for (const [name, start] of [
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
] as const) {
  describe(`the ${name} engine`, () => {
    let on: Maker
    let engine: Engine
    before(async function () {
      this.timeout(20_000)
      on = await start.call(this)
    })
    after(async () => on?.end())
    beforeEach(() => (engine = on.make()))
    afterEach(async () => engine.close())

    it('opens a new database and says what it is', async () => {
      const report = await engine.ready()
      assert.match(report.database, new RegExp(`^${name} \\d+\\.`))
      assert.deepEqual([report.schema, report.created], [1, true])
      // The oldest Node has an SQLite that is warned of.
      const others = report.warnings.filter(({ en }) => !en.includes('SQLite inside this Node.js'))
      assert.deepEqual(others, [])
      assert.equal(engine.state, 'ready')
    })

    it('runs an operation that was given before it was open', async () => {
      assert.equal(engine.state, 'opening')
      assert.equal(await engine.run('add', { text: 'early' }), 1)
    })

    it('gives back values alike on both engines', async () => {
      await engine.run('add', { text: '危急值 𠮷', bytes: Buffer.from([0, 255, 128]) })
      const before = Date.now()
      const { row, plain } = (await engine.run('first', {}, READ)) as {
        row: Record<string, unknown>
        plain: boolean
      }
      assert.equal(plain, true)
      assert.deepEqual(
        [row['id'], row['text'], row['detail']],
        [1, '危急值 𠮷', '{ "b": 1,  "a": 2 }'],
      )
      assert.deepEqual([...(row['bytes'] as Uint8Array)], [0, 255, 128])
      assert.ok(Math.abs(Number(row['at']) - before) < 60_000)
      assert.deepEqual(await engine.run('values', {}, READ), { truth: 1, half: 3, total: 1 })
    })

    it('commits operations that wait for each other together', async () => {
      await engine.ready()
      const before = engine.commits
      const added = Array.from({ length: 300 }, (_, n) => engine.run('add', { text: `n${n}` }))
      assert.equal(new Set(await Promise.all(added)).size, 300)
      const commits = engine.commits - before
      assert.ok(commits >= 2 && commits <= 10, `${commits} commits for 300 operations`)
      assert.equal(await engine.run('count', {}, READ), 300)
    })

    it('lets one operation of a batch fail alone', async () => {
      await engine.ready()
      const results = await Promise.allSettled([
        engine.run('add', { text: 'first' }),
        engine.run('addTwice', { text: 'poison' }),
        engine.run('add', { text: 'between' }),
        engine.run('refuse', { text: 'refused' }),
        engine.run('stumble', {}),
        engine.run('add', { text: 'last' }),
      ])
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'rejected', 'fulfilled'],
      )
      assert.deepEqual(await engine.run('texts', {}, READ), ['first', 'between', 'last'])
      assert.equal(engine.state, 'ready')
    })

    it('lets one operation fail alone also by a statement that answers nothing', async () => {
      await engine.ready()
      for (const name of ['addTwiceUnread', 'addAgainAtTheEnd']) {
        const [before, poison, after] = await Promise.allSettled([
          engine.run('add', { text: `${name} before` }),
          engine.run(name, { text: 'poison' }),
          engine.run('add', { text: `${name} after` }),
        ])
        assert.deepEqual([before.status, after.status], ['fulfilled', 'fulfilled'])
        const error = await ledgerErrorOf(Promise.reject((poison as PromiseRejectedResult).reason))
        assert.equal(error.code, 'LEDGER_REFUSED')
        assert.match(error.evidence ?? '', /^SQLite 2067$|^PostgreSQL 23505 note_text_key$/)
      }
      assert.equal(engine.state, 'ready')
      assert.equal(await engine.run('count', {}, READ), 4)
    })

    it('hands on the error of an operation, but no text of the database or of JavaScript', async () => {
      const liked = await engine.run('refuse', { text: '李四' }).catch((error: unknown) => error)
      assert.ok(liked instanceof CrisisError)
      assert.deepEqual([liked.code, liked.reason.zh, liked.answer], ['NOT_LIKED', '不喜欢', '409'])

      const refused = await ledgerErrorOf(engine.run('addTwice', { text: '李四' }))
      assert.deepEqual(
        [refused.code, refused.answer, refused.unknown],
        ['LEDGER_REFUSED', '500', false],
      )
      assert.match(refused.evidence ?? '', /^SQLite 2067$|^PostgreSQL 23505 note_text_key$/)

      const stumbled = await engine.run('stumble', {}).catch((error: unknown) => error)
      assert.ok(stumbled instanceof CrisisError)
      assert.equal(stumbled.code, 'UNEXPECTED')
      for (const error of [refused, stumbled]) {
        assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /李四|张三/)
      }
    })

    it('refuses an operation that it does not know', async () => {
      const error = await engine.run('toString', {}).catch((thrown: unknown) => thrown)
      assert.ok(error instanceof CrisisError)
      assert.equal(error.code, 'UNEXPECTED')
    })

    it('refuses to write when only reading was asked for, and goes on', async () => {
      const error = await ledgerErrorOf(engine.run('add', { text: 'sly' }, READ))
      assert.equal(error.code, 'LEDGER_REFUSED')
      assert.equal(await engine.run('count', {}, READ), 0)
      assert.equal(await engine.run('add', { text: 'honest' }), 1)
    })

    it('reads while others write', async () => {
      const writes = Array.from({ length: 100 }, (_, n) => engine.run('add', { text: `n${n}` }))
      const counts = await Promise.all(
        Array.from({ length: 20 }, () => engine.run('count', {}, READ)),
      )
      await Promise.all(writes)
      for (const count of counts) assert.ok(Number(count) >= 0 && Number(count) <= 100)
      assert.equal(await engine.run('count', {}, READ), 100)
    })

    it('carries the end of a chain through a batch, and past an operation of it that fails', async () => {
      await engine.ready()
      const before = engine.commits
      const links = await Promise.allSettled(
        Array.from({ length: 40 }, (_, n) => engine.run('link', { fails: n % 10 === 5 })),
      )
      assert.ok(engine.commits - before < 10, 'in batches')
      assert.deepEqual(
        links.flatMap((link) => (link.status === 'fulfilled' ? [link.value] : [])),
        Array.from({ length: 36 }, (_, n) => n + 1),
      )
      await Promise.all(Array.from({ length: 5 }, () => engine.run('link', { fails: false })))
      assert.equal(await engine.run('link', { fails: false }), 42)
    })

    it('answers a question while others write, with all that was written before it', async () => {
      await engine.run('add', { text: 'before' })
      let isAnswered = false
      const question = engine.run('ponder', {}, { mode: 'ask', budgetMs: 60_000 })
      void question.finally(() => (isAnswered = true))
      for (let n = 0; n < 20; n++) {
        await engine.run('add', { text: `n${n}` })
        await engine.run('count', {}, READ)
      }
      assert.equal(isAnswered, false, 'nobody waits for the question')
      assert.equal(await engine.run('count', {}, ASK), 21)
      assert.deepEqual(await question, [{ n: 10_000_000 }])
    }).timeout(60_000)

    it('gives a question up at its limit, and answers the next one', async () => {
      await engine.ready()
      const slow = await ledgerErrorOf(engine.run('linger', {}, { mode: 'ask', budgetMs: 100 }))
      assert.deepEqual([slow.code, slow.unknown], ['LEDGER_SLOW', false])
      assert.equal(await engine.run('count', {}, ASK), 0)
      const slower = await ledgerErrorOf(engine.run('ponder', {}, { mode: 'ask', budgetMs: 300 }))
      assert.equal(slower.code, 'LEDGER_SLOW')
      assert.equal(await engine.run('count', {}, { mode: 'ask', budgetMs: 60_000 }), 0)
      assert.equal(engine.state, 'ready')
    }).timeout(60_000)

    it('refuses a question that would change something', async () => {
      const error = await ledgerErrorOf(engine.run('add', { text: 'sly' }, ASK))
      assert.equal(error.code, 'LEDGER_REFUSED')
      assert.equal(await engine.run('count', {}, ASK), 0)
    })

    it('ends a question when it is closed, and does not wait for it', async () => {
      await engine.run('count', {}, ASK)
      let isLate = false
      const question = ledgerErrorOf(engine.run('ponder', {}, { mode: 'ask', budgetMs: 60_000 }))
      await engine.run('add', { text: 'beside it' })
      const late = setTimeout(() => (isLate = true), 2_000)
      await engine.close()
      clearTimeout(late)
      assert.equal((await question).code, 'LEDGER_CLOSED')
      assert.equal(isLate, false, 'closed in time')
    }).timeout(60_000)

    it('takes a lock of a name', async () => {
      await Promise.all(['a', 'b'].map((text) => engine.run('locked', { text })))
      assert.equal(await engine.run('count', {}, READ), 2)
    })

    it('does not start what nobody waits for any more', async () => {
      await engine.ready()
      const error = await ledgerErrorOf(engine.run('add', { text: 'late' }, { budgetMs: 0 }))
      assert.deepEqual([error.code, error.unknown], ['LEDGER_BUSY', false])
      assert.equal(await engine.run('count', {}, READ), 0)
    })

    it('passes over what became too late while its neighbours ran', async () => {
      await engine.ready()
      const before = engine.run('linger', {})
      const neighbour = engine.run('linger', {})
      const late = ledgerErrorOf(engine.run('add', { text: 'late' }, { budgetMs: 700 }))
      await Promise.all([before, neighbour])
      assert.equal((await late).code, 'LEDGER_BUSY')
      assert.equal(await engine.run('add', { text: 'in time' }), 1)
      assert.deepEqual(await engine.run('texts', {}, READ), ['in time'])
    })

    it('says "unknown" of what has started and takes too long', async () => {
      await engine.ready()
      const error = await ledgerErrorOf(engine.run('linger', {}, { budgetMs: 50 }))
      assert.deepEqual([error.code, error.unknown], ['LEDGER_BUSY', true])
      assert.match(error.reason.zh, /是否已保存不明/)
    })

    it('tells who listens of a hint, after the one who gave it has gone on', async () => {
      const heard: string[] = []
      const stop = engine.onNotify((topic) => heard.push(topic))
      engine.notify('peer-1')
      assert.deepEqual(heard, [])
      await until(() => heard.length > 0)
      stop()
      engine.notify('peer-2')
      await engine.run('count', {}, READ)
      assert.deepEqual(heard, ['peer-1'])
    })

    it('gives a hint of what is committed, and none of what failed', async () => {
      await engine.ready()
      const heard: string[] = []
      const stop = engine.onNotify((topic) => heard.push(topic))
      await Promise.allSettled(
        ['one', 'one', 'two'].map((text) => engine.run('announce', { text })),
      )
      await until(() => heard.includes('note/two'))
      stop()
      assert.deepEqual(heard, ['note/one', 'note/two'])
    })

    it('ends what has started when it is closed, and takes nothing after', async () => {
      await engine.ready()
      const added = engine.run('add', { text: 'just in time' })
      const closing = engine.close()
      assert.equal(engine.close(), closing)
      assert.equal(await added, 1)
      await closing
      assert.equal(engine.state, 'closed')
      const error = await ledgerErrorOf(engine.run('add', { text: 'late' }))
      assert.deepEqual([error.code, error.answer], ['LEDGER_CLOSED', '503'])
      assert.ok(error instanceof LedgerError)
    })

    it('can be closed while it opens', async () => {
      const held = engine.run('add', { text: 'held' })
      held.catch(() => undefined)
      await engine.close()
      assert.equal((await ledgerErrorOf(held)).code, 'LEDGER_CLOSED')
      assert.equal(engine.state, 'closed')
    })
  })
}

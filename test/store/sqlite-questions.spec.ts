import assert from 'node:assert/strict'
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { RunOptions, SqliteEngine } from '../../src/store/index.js'
import { Ledgers, ledgerErrorOf, state, until } from './support.js'

const ASK: RunOptions = { mode: 'ask', budgetMs: 60_000 }
/** Everything behind the first page is damaged. */
const PAGE_BYTES = 4_096
const hasThreads = existsSync('/proc/self/task')

describe('questions of people to a ledger file', () => {
  const ledgers = new Ledgers()
  let file: string

  beforeEach(() => (file = join(ledgers.folders.make(), 'ledger.db')))
  afterEach(() => ledgers.clean())

  const texts = (engine: SqliteEngine) => engine.run('texts', {}, ASK)
  const codeOf = async (engine: SqliteEngine) => (await ledgerErrorOf(texts(engine))).code
  if (hasThreads) {
    it('cost nothing before the first and some time after the last', async () => {
      const engine = ledgers.open(file, { questionIdleMs: 50 })
      await engine.run('add', { text: 'kept' })
      const before = threads()
      assert.deepEqual(await texts(engine), ['kept'])
      assert.ok(threads() > before)
      await until(() => threads() <= before)
      assert.deepEqual(await texts(engine), ['kept'])
    })
  }

  it('are answered while a statement that nobody waits for any more goes on', async () => {
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'kept' })
    const long = engine.run('ponder', { times: 10 }, { mode: 'ask', budgetMs: 300 })
    // It waits for the same thread, and is in time for the next one.
    const behind = engine.run('texts', {}, { mode: 'ask', budgetMs: 5_000 })
    assert.equal((await ledgerErrorOf(long)).code, 'LEDGER_SLOW')
    assert.deepEqual(await behind, ['kept'])
  })

  it('leave no log behind when the ledger is closed', async () => {
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'kept' })
    await texts(engine)
    await engine.close()
    assert.equal(existsSync(`${file}-wal`), false)
  })

  it('are refused while the ledger does not work, and answered when it does again', async () => {
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'kept' })
    await texts(engine)
    renameSync(file, `${file}.away`)
    assert.equal(await codeOf(engine), 'LEDGER_PATH')
    await state(engine, 'failing')
    const error = await ledgerErrorOf(engine.run('texts', {}, { mode: 'ask', budgetMs: 50 }))
    assert.equal(error.code, 'LEDGER_PATH')
    renameSync(`${file}.away`, file)
    await state(engine, 'ready')
    assert.deepEqual(await texts(engine), ['kept'])
  })

  it('are never answered from another file that was put in its place', async () => {
    const other = join(ledgers.folders.make(), 'other.db')
    await ledgers.make(other, 3)
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'ours' })
    await texts(engine)
    renameSync(file, `${file}.away`)
    renameSync(other, file)
    assert.equal(await codeOf(engine), 'LEDGER_PATH')
  })

  it('find out that the file is damaged, and the ledger says so', async () => {
    await ledgers.make(file, 2_000)
    const engine = ledgers.open(file)
    await engine.ready()
    // Neither its size nor its header tells of it.
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(statSync(file).size - PAGE_BYTES, 0xff), 0, null, PAGE_BYTES)
    closeSync(handle)
    assert.equal(await codeOf(engine), 'LEDGER_CORRUPT')
    await state(engine, 'failing')
    assert.equal(engine.trouble?.code, 'LEDGER_CORRUPT')
  })
})

const threads = (): number => readdirSync('/proc/self/task').length

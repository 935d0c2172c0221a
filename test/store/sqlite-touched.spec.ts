import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SqliteEngine } from '../../src/store/index.js'
import { chainedPath } from './definition-chained.js'
import { Ledgers, ledgerErrorOf, startWriter, state, tamper, until } from './support.js'

const onUnix = process.platform !== 'win32'

describe('a ledger file that somebody touches', () => {
  const ledgers = new Ledgers()
  let file: string
  let anchor: string

  beforeEach(() => {
    const folder = ledgers.folders.make()
    file = join(folder, 'crisis', 'ledger.db')
    anchor = join(folder, 'ledger.anchor')
  })
  afterEach(() => ledgers.clean())

  const open = (): SqliteEngine =>
    ledgers.open(file, { anchor, definition: chainedPath, idleMs: 50 })
  const add = (engine: SqliteEngine, text: string) => engine.run('add', { text })
  const texts = (engine: SqliteEngine) => engine.run('texts', {}, { mode: 'read' })
  const codeOf = async (engine: SqliteEngine) => (await ledgerErrorOf(engine.ready())).code
  /** A copy of the ledger as it is now. */
  async function copy(engine: SqliteEngine): Promise<string> {
    const target = join(dirname(dirname(file)), `copy-${Date.now()}.bak`)
    await engine.backup(target)
    return target
  }

  if (onUnix) {
    it('while it is in use: a log that is deleted is noticed, and nothing acknowledged is lost', async () => {
      const engine = ledgers.open(file, { anchor, definition: chainedPath, idleMs: 600_000 })
      await add(engine, 'kept')
      rmSync(`${file}-wal`)
      const seen: (string | undefined)[] = []
      engine.onState((now, trouble) => seen.push(now, trouble?.code))
      const error = await ledgerErrorOf(add(engine, 'into nothing'))
      assert.deepEqual([error.code, error.unknown, error.answer], ['LEDGER_TOUCHED', false, '500'])
      await state(engine, 'ready')
      assert.deepEqual(seen, ['failing', 'LEDGER_TOUCHED', 'ready', undefined])
      await add(engine, 'after')
      await engine.close()
      assert.deepEqual(await texts(open()), ['kept', 'after'])
    })

    it('while nothing is written: a log that is deleted is noticed as well', async () => {
      const engine = open()
      await add(engine, 'kept')
      rmSync(`${file}-wal`)
      await state(engine, 'failing')
      assert.equal(engine.trouble?.code, 'LEDGER_TOUCHED')
      await state(engine, 'ready')
      assert.deepEqual(await texts(engine), ['kept'])
    })

    it('while it is in use: a log that is emptied leaves a ledger that is refused as older', async () => {
      const engine = ledgers.open(file, { anchor, definition: chainedPath, idleMs: 600_000 })
      await add(engine, 'kept')
      await anchored(1)
      truncateSync(`${file}-wal`)
      assert.equal((await ledgerErrorOf(add(engine, 'into nothing'))).code, 'LEDGER_TOUCHED')
      await until(() => ['LEDGER_OLDER', 'LEDGER_MISSING'].includes(engine.trouble?.code ?? ''))
    })

    it('while it is in use: a backup copied over it is noticed, and never mixed with the log', async () => {
      const engine = ledgers.open(file, { anchor, definition: chainedPath, idleMs: 600_000 })
      await add(engine, 'in the backup')
      const backup = await copy(engine)
      await add(engine, 'after the backup')
      copyFileSync(backup, file)
      assert.equal((await ledgerErrorOf(add(engine, 'into nothing'))).code, 'LEDGER_TOUCHED')
      await until(() => engine.trouble?.code === 'LEDGER_STALE_LOG')
      await engine.close()
      assert.deepEqual(readFileSync(file), readFileSync(backup), 'the backup is as it was')
      assert.ok(readFileSync(`${file}-wal`).includes('after the backup'), 'and so is the log')
    })

    it('while it is in use: a backup copied over it between a batch and its answer is not acknowledged', async () => {
      const engine = open()
      await add(engine, 'in the backup')
      const backup = await copy(engine)
      const error = await ledgerErrorOf(engine.run('overwrite', { file, backup }))
      assert.deepEqual([error.code, error.unknown], ['LEDGER_TOUCHED', true])
      await until(() => engine.trouble?.code === 'LEDGER_STALE_LOG')
    })

    it('while it is in use: a log that SQLite itself copies into it is no alarm', async () => {
      const engine = ledgers.open(file, { anchor, definition: chainedPath, idleMs: 600_000 })
      const bytes = Buffer.alloc(60_000)
      const states: string[] = []
      await engine.ready()
      engine.onState((now) => states.push(now))
      for (let round = 0; round < 200; round++) {
        await engine.run('add', { text: `n${round}`, bytes })
      }
      assert.deepEqual(states, [])
      // Some shared folders make the time of the last change up.
      utimesSync(file, new Date(), new Date(0))
      await add(engine, 'after')
      assert.deepEqual(states, [])
    })
  }

  it('between two starts: one whose folder is deleted is not begun anew until a person wants it', async () => {
    const engine = open()
    await add(engine, 'lost')
    await engine.close()
    rmSync(dirname(file), { recursive: true })
    const next = open()
    const error = await ledgerErrorOf(next.ready())
    assert.equal(error.code, 'LEDGER_MISSING')
    for (const text of Object.values(error.reason)) assert.match(text, /crisis-ledger accept/)
    assert.equal(existsSync(dirname(file)), false)
  })

  it('after a kill: one whose log is deleted is not taken for whole', async function () {
    this.timeout(20_000)
    const writer = startWriter(file, chainedPath, anchor, '20')
    await writer.reached(20)
    await anchored(20)
    await writer.kill()
    rmSync(`${file}-wal`)
    assert.match(await codeOf(open()), /^LEDGER_(OLDER|MISSING)$/)
  })

  it('after a kill: a log is missed also of what was written in the last second before it', async function () {
    this.timeout(20_000)
    await ledgers.make(file, 3)
    const first = open()
    await first.ready()
    await first.close()
    const writer = startWriter(file, chainedPath, anchor, '20')
    await writer.reached(20)
    await writer.kill()
    // As if the process had not come to its anchor, which follows a commit after a second.
    assert.doesNotMatch(readFileSync(anchor, 'utf8'), /"entries":2/)
    rmSync(`${file}-wal`)
    const next = open()
    assert.equal(await codeOf(next), 'LEDGER_OLDER')
    // A person wants it as it is.
    await next.close()
    tamper(file, "insert into schema_version values (-2, 0, 'a decision')")
    const accepted = open()
    await accepted.ready()
    await accepted.close()
    await open().ready()
  })

  it('after a kill: a file that is deleted beside its log is not begun anew, and the log stays', async function () {
    this.timeout(20_000)
    const writer = startWriter(file, chainedPath, anchor)
    await writer.reached(20)
    await writer.kill()
    const log = readFileSync(`${file}-wal`)
    rmSync(file)
    rmSync(anchor)
    const engine = open()
    assert.equal(await codeOf(engine), 'LEDGER_MISSING')
    await engine.close()
    assert.deepEqual(readFileSync(`${file}-wal`), log)
  })

  it('after a kill: a backup copied over it beside the old log is refused and left as it is', async function () {
    this.timeout(20_000)
    const engine = open()
    await add(engine, 'in the backup')
    const backup = await copy(engine)
    await engine.close()
    const writer = startWriter(file, chainedPath, anchor)
    await writer.reached(20)
    await writer.kill()
    copyFileSync(backup, file)
    const next = open()
    const error = await ledgerErrorOf(next.ready())
    assert.equal(error.code, 'LEDGER_STALE_LOG')
    for (const text of Object.values(error.reason)) assert.match(text, /crisis-ledger restore/)
    await next.close()
    assert.deepEqual(readFileSync(file), readFileSync(backup))
  })

  it('between two starts: an old copy and another ledger are refused, the right one is taken back', async () => {
    const engine = open()
    await add(engine, 'in the backup')
    const backup = await copy(engine)
    await add(engine, 'after the backup')
    await engine.close()
    renameSync(file, `${file}.kept`)

    copyFileSync(backup, file)
    const next = open()
    assert.equal(await codeOf(next), 'LEDGER_OLDER')
    assert.deepEqual(readFileSync(file), readFileSync(backup))

    rmSync(file)
    const other = join(dirname(anchor), 'other.db')
    const stranger = ledgers.open(other, { definition: chainedPath })
    await stranger.ready()
    await stranger.close()
    copyFileSync(other, file)
    await until(() => next.trouble?.code === 'LEDGER_OTHER')

    renameSync(`${file}.kept`, file)
    await state(next, 'ready')
    assert.deepEqual(await texts(next), ['in the backup', 'after the backup'])
  })

  it('is known by its last entry: a history that went on from an old copy is another one', async () => {
    const engine = open()
    await add(engine, 'common')
    const backup = await copy(engine)
    await add(engine, 'ours')
    await engine.close()
    const fork = ledgers.open(backup, { definition: chainedPath })
    await add(fork, 'theirs')
    await add(fork, 'theirs too')
    await fork.close()
    copyFileSync(backup, file)
    assert.equal(await codeOf(open()), 'LEDGER_OLDER')
  })

  it('of version 0.1.0 is taken as it is, and known from then on', async () => {
    await ledgers.make(file)
    tamper(file, 'delete from schema_version where v < 0')
    rmSync(`${file}.anchor`)
    const engine = open()
    await add(engine, 'known')
    await engine.close()
    assert.match(readFileSync(anchor, 'utf8'), /"entries":1/)
    const db = new DatabaseSync(file)
    assert.equal(db.prepare('select count(*) n from schema_version where v < 0').get()?.['n'], 1)
    db.close()
  })

  it('works without its anchor, and says that it has none', async () => {
    const folder = dirname(anchor)
    mkdirSync(join(folder, 'blocked'))
    writeFileSync(join(folder, 'blocked', 'file'), '')
    const engine = ledgers.open(file, { anchor: join(folder, 'blocked', 'file', 'x.anchor') })
    const { warnings } = await engine.ready()
    assert.match(warnings.map(({ en }) => en).join(), /cannot be written into/)
  })

  /** Resolves when the anchor knows of so many entries. */
  const anchored = (entries: number) =>
    until(
      () =>
        existsSync(anchor) &&
        Number(/"entries":(\d+)/.exec(readFileSync(anchor, 'utf8'))?.[1]) >= entries,
    )
})

import assert from 'node:assert/strict'
import {
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { nextDefinitionPath } from './definition-next.js'
import { Ledgers, count, ledgerErrorOf, startWriter, state, tamper, until } from './support.js'

describe('the file of the SQLite engine', () => {
  const ledgers = new Ledgers()
  let file: string

  beforeEach(() => {
    file = join(ledgers.folders.make(), 'ledger.db')
  })
  afterEach(() => ledgers.clean())

  it('is made with its folder, for its owner only, and set up to last', async () => {
    const engine = ledgers.open(join(dirname(file), 'made', 'ledger.db'))
    await engine.ready()
    const path = join(dirname(file), 'made', 'ledger.db')
    if (process.platform !== 'win32') {
      assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
      for (const name of readdirSync(dirname(path))) {
        assert.equal(statSync(join(dirname(path), name)).mode & 0o777, 0o600, name)
      }
    }
    const read = async (pragma: string) => {
      const rows = (await engine.run('statement', { sql: `pragma ${pragma}` })) as object[]
      return Object.values(rows[0] ?? {})[0]
    }
    assert.equal(await read('journal_mode'), 'wal')
    assert.equal(await read('synchronous'), 2)
    assert.equal(await read('fullfsync'), 1)
    assert.equal(await read('auto_vacuum'), 2)
    assert.equal(await read('foreign_keys'), 1)
    assert.equal(await read('trusted_schema'), 0)
    assert.equal(await read('cell_size_check'), 1)
    assert.equal(await read('journal_size_limit'), 64 * 1024 * 1024)
  })

  it('can be read by other programs while it is in use', async () => {
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'seen' })
    const other = new DatabaseSync(file, { readOnly: true })
    assert.equal(other.prepare('select text from note').get()?.['text'], 'seen')
    other.close()
    assert.equal(await engine.run('add', { text: 'more' }), 2)
  })

  it('has all that was acknowledged when its process is killed, and is free at once', async function () {
    this.timeout(20_000)
    const writer = startWriter(file)
    await writer.reached(20)

    const engine = ledgers.open(file)
    const refused = await ledgerErrorOf(engine.ready())
    assert.equal(refused.code, 'LEDGER_LOCKED')
    assert.equal(
      (await ledgerErrorOf(engine.run('add', { text: 'x' }, { budgetMs: 0 }))).code,
      'LEDGER_LOCKED',
    )

    await writer.kill()
    await state(engine, 'ready')
    const texts = (await engine.run('texts', {}, { mode: 'read' })) as string[]
    assert.deepEqual(texts.slice(0, writer.acknowledged.length), writer.acknowledged)
    // One may have been committed with the answer still on its way.
    assert.ok(texts.length <= writer.acknowledged.length + 1)
  })

  it('is for one engine, by whatever name it is opened', async () => {
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'mine' })
    const alias = join(dirname(file), 'alias.db')
    symlinkSync(file, alias)
    assert.equal((await ledgerErrorOf(ledgers.open(alias).ready())).code, 'LEDGER_LOCKED')
    assert.equal((await ledgerErrorOf(ledgers.open(file).ready())).code, 'LEDGER_LOCKED')
    // The refused ones must not have let go of the lock of the first.
    const child = startWriter(file)
    await assert.rejects(child.reached(1), /The writer ended/)
    assert.equal(await engine.run('add', { text: 'still mine' }), 2)
  })

  it('of a newer program is refused and left as it is', async () => {
    await ledgers.make(file)
    tamper(file, "insert into schema_version values (99, 0, 'later')")
    const before = readFileSync(file)
    const engine = ledgers.open(file)
    assert.equal((await ledgerErrorOf(engine.ready())).code, 'LEDGER_NEWER')
    await engine.close()
    assert.deepEqual(readFileSync(file), before)
  })

  it('is copied before its schema changes, and then too new for the older program', async () => {
    await ledgers.make(file, 3)
    const engine = ledgers.open(file, { definition: nextDefinitionPath })
    const report = await engine.ready()
    assert.deepEqual([report.schema, report.created], [2, false])
    assert.deepEqual(await engine.run('statement', { sql: 'select distinct kind from note' }), [
      { kind: 'plain' },
    ])
    await engine.close()

    const copiesNow = () => readdirSync(dirname(file)).filter((name) => name.endsWith('.bak'))
    const copies = copiesNow()
    assert.equal(copies.length, 1)
    const older = ledgers.open(file)
    assert.equal((await ledgerErrorOf(older.ready())).code, 'LEDGER_NEWER')
    await older.close()
    const old = ledgers.open(join(dirname(file), copies[0] ?? ''))
    assert.equal((await old.ready()).schema, 1)
    assert.equal(await count(old), 3)
    await old.close()

    writeFileSync(`${file}.v1-mine.bak`, 'kept by somebody')
    await ledgers.open(file, { definition: nextDefinitionPath }).ready()
    assert.deepEqual(copiesNow(), ['ledger.db.v1-mine.bak'], 'a later start has needed no copy')
  })

  it('tells how far it is while its schema changes, and refuses meanwhile', async () => {
    await ledgers.make(file, 3)
    const engine = ledgers.open(file, { definition: nextDefinitionPath })
    const seen: string[] = []
    engine.onState((now, trouble) =>
      seen.push(`${now} ${trouble?.code ?? ''} ${trouble?.reason.zh ?? ''}`),
    )
    await engine.ready()
    assert.match(seen[0] ?? '', /^failing LEDGER_MIGRATING .*正在备份（0%）/)
    assert.ok(seen.some((text) => text.includes('第 1 步')))
    assert.equal(seen.at(-1), 'ready  ')
  })

  it('made by another build of a migration is opened with a warning', async () => {
    await ledgers.make(file)
    tamper(file, "update schema_version set checksum = 'other' where v = 1")
    const report = await ledgers.open(file).ready()
    assert.ok(report.warnings.some(({ en }) => en.includes('a different build')))
  })

  it('that is no database is refused, and taken back when a person has put it right', async () => {
    writeFileSync(file, 'no database '.repeat(1_000))
    const engine = ledgers.open(file)
    assert.equal((await ledgerErrorOf(engine.ready())).code, 'LEDGER_CORRUPT')
    assert.match(engine.trouble?.reason.zh ?? '', /备份/)
    renameSync(file, `${file}.damaged`)
    await state(engine, 'ready')
    assert.equal(await engine.run('add', { text: 'new' }), 1)
  })

  it('of another program is refused and left as it is', async () => {
    tamper(file, 'create table theirs (x)')
    const before = readFileSync(file)
    const engine = ledgers.open(file)
    const error = await ledgerErrorOf(engine.ready())
    assert.equal(error.code, 'LEDGER_CORRUPT')
    assert.match(error.reason.en, /another program/)
    await engine.close()
    assert.deepEqual(readFileSync(file), before)
  })

  it('is checked after an unclean stop, and refused when a page is damaged', async () => {
    await ledgers.make(file, 2_000)
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(4096 * 8, 0xa5), 0, 4096 * 8, 4096 * 6)
    closeSync(handle)
    writeFileSync(`${file}-wal`, 'left behind')
    const engine = ledgers.open(file)
    assert.equal((await ledgerErrorOf(engine.ready())).code, 'LEDGER_CORRUPT')
  })

  it('that another program keeps locked fails with "busy", is read all the same, and comes back', async function () {
    this.timeout(20_000)
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'before' })
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    const error = await ledgerErrorOf(engine.run('add', { text: 'refused' }))
    assert.deepEqual([error.code, error.unknown], ['LEDGER_BUSY', false])
    assert.equal(engine.state, 'failing')
    assert.equal(await engine.run('count', {}, { mode: 'read', budgetMs: 10_000 }), 1)
    other.exec('rollback')
    other.close()
    await state(engine, 'ready')
    assert.equal(await engine.run('add', { text: 'after' }), 2)
  })

  it('that the disk fails is opened again: what ran is unknown, and a full checkpoint makes sure of the rest', async () => {
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'kept' })
    const reader = new DatabaseSync(file, { readOnly: true })
    reader.exec('begin')
    reader.prepare('select count(*) from note').get()
    const [failed, neighbour] = await Promise.all([
      ledgerErrorOf(engine.run('ioError', {})),
      ledgerErrorOf(engine.run('add', { text: 'in the same batch' })),
    ])
    for (const error of [failed, neighbour]) {
      assert.deepEqual(
        [error.code, error.unknown, error.evidence],
        ['LEDGER_UNAVAILABLE', true, 'SQLite 1034'],
      )
    }
    // While somebody reads the log it cannot be emptied, and what it holds is not to be relied on.
    await until(() => engine.trouble?.code === 'LEDGER_BUSY')
    reader.exec('commit')
    reader.close()
    await state(engine, 'ready')
    assert.equal(await engine.run('add', { text: 'after' }), 2)
    assert.deepEqual(await engine.run('texts', {}), ['kept', 'after'])
  })

  it('survives the death of its thread: what ran is unknown, what comes later waits', async () => {
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'kept' })
    const error = await ledgerErrorOf(engine.run('die', {}))
    assert.deepEqual([error.code, error.unknown], ['LEDGER_UNAVAILABLE', true])
    assert.equal(engine.state, 'failing')
    assert.equal(await engine.run('add', { text: 'after' }), 2)
    assert.equal(engine.state, 'ready')
    assert.equal(engine.commits, 2)
  })

  it('is copied while it is in use, whole or not at all', async () => {
    const engine = ledgers.open(file)
    let n = 0
    let copying = true
    const write = async () => {
      while (copying) await engine.run('add', { text: `n${n++}`, bytes: Buffer.alloc(20_000) })
    }
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => engine.run('add', { text: `first${i}` })),
    )
    const writing = write()
    const target = join(dirname(file), 'copy.bak')
    await engine.backup(target)
    copying = false
    await writing
    assert.deepEqual(
      readdirSync(dirname(file)).filter((name) => name.startsWith('copy')),
      ['copy.bak'],
    )
    const copy = new DatabaseSync(target, { readOnly: true })
    assert.ok(Number(copy.prepare('select count(*) n from note').get()?.['n']) >= 50)
    copy.close()

    const nowhere = await ledgerErrorOf(engine.backup(join(dirname(file), 'none', 'copy.bak')))
    assert.equal(nowhere.code, 'LEDGER_PATH')
    assert.equal(engine.state, 'ready')
  })

  it('can be closed in the middle of a copy', async () => {
    const engine = ledgers.open(file)
    const bytes = Buffer.alloc(60_000)
    await Promise.all(
      Array.from({ length: 400 }, (_, n) => engine.run('add', { text: `n${n}`, bytes })),
    )
    const copy = ledgerErrorOf(engine.backup(join(dirname(file), 'copy.bak')))
    await engine.close()
    assert.equal((await copy).code, 'LEDGER_CLOSED')
    assert.deepEqual(readdirSync(dirname(file)), [
      'ledger.db',
      'ledger.db.anchor',
      'ledger.db.lock',
    ])
    assert.equal(await count(ledgers.open(file)), 400)
  })

  it('is restored from a copy under the running engine', async () => {
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'kept' })
    const copy = join(dirname(file), 'copy.bak')
    await engine.backup(copy)
    await engine.close()
    writeFileSync(file, Buffer.alloc(8_192, 1))
    const next = ledgers.open(file)
    assert.equal((await ledgerErrorOf(next.ready())).code, 'LEDGER_CORRUPT')
    copyFileSync(copy, `${file}.new`)
    renameSync(`${file}.new`, file)
    await state(next, 'ready')
    assert.equal(await count(next), 1)
  })

  it('tells every change of its state', async () => {
    const engine = ledgers.open(file)
    const seen: (string | undefined)[] = []
    engine.onState((now, trouble) => seen.push(now, trouble?.code))
    await engine.ready()
    await engine.run('die', {}).catch(() => undefined)
    await state(engine, 'ready')
    await engine.close()
    assert.deepEqual(seen, [
      ...['ready', undefined],
      ...['failing', 'LEDGER_UNAVAILABLE'],
      ...['ready', undefined],
      ...['closed', undefined],
    ])
  })
})

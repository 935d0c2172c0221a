import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fillDisk } from '../support/full-disk.js'
import { Ledgers, count, ledgerErrorOf, mount, state, until } from './support.js'

describe('the disk of the SQLite engine', () => {
  const ledgers = new Ledgers()
  let file: string

  beforeEach(() => {
    file = join(ledgers.folders.make(), 'ledger.db')
  })
  afterEach(() => ledgers.clean())

  it('must be on this machine', async () => {
    for (const path of [
      '\\\\server\\share\\ledger.db',
      '//server/share/ledger.db',
      'file:///x.db',
    ]) {
      const error = await ledgerErrorOf(ledgers.open(path).ready())
      assert.equal(error.code, 'LEDGER_PATH', path)
      assert.doesNotMatch(error.reason.zh + error.reason.en, /server|share.ledger/)
    }
  })

  it('cannot be where a file is in the way', async () => {
    writeFileSync(join(dirname(file), 'file'), '')
    const error = await ledgerErrorOf(
      ledgers.open(join(dirname(file), 'file', 'ledger.db')).ready(),
    )
    assert.equal(error.code, 'LEDGER_PATH')
    mkdirSync(file)
    assert.equal((await ledgerErrorOf(ledgers.open(file).ready())).code, 'LEDGER_PATH')
  })

  it('on a disk that is read-only is refused until it is writable', async function () {
    const disk = ledgers.folders.makeDisk('8m')
    const path = join(disk ?? dirname(file), 'ledger.db')
    await ledgers.make(path, 1)
    const allow = (writable: boolean) =>
      disk
        ? mount('-o', `remount,${writable ? 'rw' : 'ro'}`, disk)
        : (chmodSync(path, writable ? 0o600 : 0o400), chmodSync(`${path}.lock`, 0o600))
    if (!disk && process.getuid?.() === 0) this.skip()
    allow(false)
    const engine = ledgers.open(path)
    assert.equal((await ledgerErrorOf(engine.ready())).code, 'LEDGER_READ_ONLY')
    allow(true)
    await state(engine, 'ready')
    assert.equal(await engine.run('add', { text: 'written' }), 2)
  })

  it('gets room back when nothing is written', async () => {
    const engine = ledgers.open(file, { idleMs: 20 })
    const pages = async (pragma: 'page_count' | 'freelist_count') => {
      const rows = await engine.run('statement', { sql: `pragma ${pragma}` }, { mode: 'read' })
      return (rows as Record<string, number>[])[0]?.[pragma] ?? 0
    }
    const bytes = Buffer.alloc(60_000)
    await Promise.all(
      Array.from({ length: 300 }, (_, n) => engine.run('add', { text: `n${n}`, bytes })),
    )
    const before = await pages('page_count')
    assert.ok(before > 4_000)
    await engine.run('remove', { upTo: 299 })
    await until(async () => (await pages('freelist_count')) <= 2_000)
    assert.ok((await pages('page_count')) < before - 1_500)
    assert.equal(await count(engine), 1)
  })

  it('on a full disk takes what the ballast allows, then says so, and comes back', async function () {
    this.timeout(20_000)
    const disk = ledgers.folders.makeDisk('16m')
    if (!disk) this.skip()
    const path = join(disk, 'ledger.db')
    const filler = join(disk, 'filler')
    const engine = ledgers.open(path, { ballastBytes: 2 * 1024 * 1024, idleMs: 50 })
    await engine.ready()
    await until(async () => (await engine.freeSpace()).ballast)
    fillDisk(filler)
    assert.ok((await engine.freeSpace()).freeBytes < 64 * 1024)

    let stored = 0
    const add = () => engine.run('add', { text: `n${stored}`, bytes: Buffer.alloc(50_000) })
    const full = await ledgerErrorOf(
      (async () => {
        for (; stored < 1_000; stored++) await add()
      })(),
    )
    assert.deepEqual([full.code, full.unknown, full.answer], ['LEDGER_FULL', false, '500'])
    assert.ok(stored >= 10, `only ${stored} in the room of the ballast`)
    assert.equal((await engine.freeSpace()).ballast, false)
    assert.equal(engine.state, 'failing')
    assert.equal(await count(engine), stored)
    // Small writes may still fit, and must not make it look well.
    const states: string[] = []
    const stop = engine.onState((now) => states.push(now))
    await ledgerErrorOf(engine.run('add', { text: 'waits in vain' }, { budgetMs: 500 }))
    stop()
    assert.deepEqual(states, [])

    rmSync(filler)
    await state(engine, 'ready')
    await add()
    assert.equal(await count(engine), stored + 1)
    await until(async () => (await engine.freeSpace()).ballast)
    assert.deepEqual(await engine.run('statement', { sql: 'pragma integrity_check' }), [
      { integrity_check: 'ok' },
    ])
  })

  it('is not opened on a full disk, until there is room', async function () {
    this.timeout(20_000)
    const disk = ledgers.folders.makeDisk('8m')
    if (!disk) this.skip()
    const path = join(disk, 'ledger.db')
    await ledgers.make(path, 5)
    const filler = join(disk, 'filler')
    fillDisk(filler)
    const engine = ledgers.open(path)
    assert.equal((await ledgerErrorOf(engine.ready())).code, 'LEDGER_FULL')
    rmSync(filler)
    await state(engine, 'ready')
    assert.equal(await count(engine), 5)
  })

  it('that is deleted while in use is not written to any more, and not begun anew', async function () {
    if (process.platform === 'win32') this.skip()
    const engine = ledgers.open(file)
    await engine.run('add', { text: 'kept' })
    rmSync(file)
    const error = await ledgerErrorOf(engine.run('add', { text: 'into nothing' }))
    assert.deepEqual([error.code, error.unknown], ['LEDGER_PATH', false])
    assert.equal(
      (await ledgerErrorOf(engine.run('count', {}, { budgetMs: 300 }))).code,
      'LEDGER_PATH',
    )
    const rescued = readdirSync(dirname(file)).filter((name) => name.endsWith('.rescued'))
    assert.equal(rescued.length, 1)
    renameSync(join(dirname(file), rescued[0] ?? ''), file)
    await state(engine, 'ready')
    assert.deepEqual(await engine.run('texts', {}), ['kept'])
  })
})

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ledger, SpaceGuard, type Space } from '../../src/ledger/index.js'
import { definitionPath } from '../ledger/definition.js'
import { Folders, ledgerErrorOf, openSqlite } from './support.js'
import { RECEIVED, Site } from '../ledger/site.js'

describe('the room on the disk of a ledger', () => {
  let freeBytes: number
  let measured: number
  const measure = () => {
    measured++
    return freeBytes < 0 ? Promise.reject(new Error('no disk')) : Promise.resolve({ freeBytes })
  }
  const guardOf = (maxAgeMs = 0, reserveBytes = 100) =>
    new SpaceGuard({ measure, reserveBytes, maxAgeMs })

  beforeEach(() => {
    freeBytes = 1_000
    measured = 0
  })

  it('is low below four reserves, spent below one, and better only with some more', async () => {
    const guard = guardOf()
    const changes: Space[] = []
    guard.onChange((space) => changes.push(space))
    const seen: string[] = []
    for (freeBytes of [1_000, 400, 399, 400, 499, 500, 100, 99, 100, 124, 125, 399, 500, 50]) {
      seen.push(`${freeBytes} ${await guard.look()}`)
    }
    assert.deepEqual(seen, [
      ...['1000 enough', '400 enough', '399 low', '400 low', '499 low', '500 enough'],
      ...['100 low', '99 spent', '100 spent', '124 spent', '125 low', '399 low', '500 enough'],
      '50 spent',
    ])
    assert.deepEqual(changes, ['low', 'enough', 'low', 'spent', 'low', 'enough', 'spent'])
  })

  it('is measured once for all who ask at a time, and stays what it was when it cannot be', async () => {
    const guard = guardOf(60_000)
    freeBytes = 1
    assert.deepEqual(await Promise.all([guard.look(), guard.look()]), ['spent', 'spent'])
    freeBytes = 1_000
    assert.equal(await guard.look(), 'spent')
    assert.equal(measured, 1)
    const failing = guardOf()
    freeBytes = -1
    assert.equal(await failing.look(), 'enough')
    assert.equal(await guardOf(0, 0).look(), 'enough')
  })

  it('once spent is kept for what was accepted before', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'crisis-space-'))
    const file = join(folder, 'ledger.db')
    const engine = openSqlite(file, { definition: definitionPath })
    const ledger = new Ledger(engine, guardOf())
    const site = new Site(engine, 'pacs')
    Object.defineProperty(site, 'ledger', { value: ledger })
    try {
      await site.send()
      freeBytes = 10
      for (const refused of [
        site.send({ ExamNo: 'new' }),
        site.feedBack(RECEIVED),
        ledger.run('quarantine', { actor: site.actor, item: {} as never }),
      ]) {
        const error = await ledgerErrorOf(refused)
        assert.deepEqual([error.code, error.answer], ['LEDGER_NEARLY_FULL', '500'])
        assert.match(error.reason.zh, /清理磁盘/)
      }
      assert.equal((await site.tell(RECEIVED)).because, null)
      await site.deliver()
      assert.equal((await site.emitted()).length, 2)
      freeBytes = 1_000
      assert.equal((await site.send({ ExamNo: 'new' })).kind, 'new')
    } finally {
      await engine.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('is measured on a real disk, where work goes on in the reserve', async function () {
    const folders = new Folders()
    const disk = folders.makeDisk('32m')
    if (!disk) this.skip()
    const engine = openSqlite(join(disk, 'ledger.db'), { definition: definitionPath })
    const megabyte = 1024 * 1024
    const guard = new SpaceGuard({
      measure: () => engine.freeSpace(),
      reserveBytes: 4 * megabyte,
      maxAgeMs: 0,
    })
    const ledger = new Ledger(engine, guard)
    const site = new Site(engine, 'pacs')
    Object.defineProperty(site, 'ledger', { value: ledger })
    try {
      await site.send()
      const { freeBytes } = await engine.freeSpace()
      const filler = join(disk, 'filler')
      writeFileSync(filler, Buffer.alloc(freeBytes - 3 * megabyte, 1))
      assert.equal((await ledgerErrorOf(site.send({ ExamNo: 'new' }))).code, 'LEDGER_NEARLY_FULL')
      await site.tell(RECEIVED)
      await site.deliver()
      rmSync(filler)
      assert.equal((await site.send({ ExamNo: 'new' })).kind, 'new')
    } finally {
      await engine.close()
      folders.clean()
    }
  })
})

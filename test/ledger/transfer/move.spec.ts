import assert from 'node:assert/strict'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../../../src/store/index.js'
import { MIGRATIONS } from '../../../src/ledger/schema.js'
import { Ledger, type Verification } from '../../../src/ledger/index.js'
import {
  markOf,
  move,
  openFileSide,
  tablesOf,
  type Side,
} from '../../../src/ledger/transfer/index.js'
import { postgresOrSkip, type TestPostgres } from '../../support/postgres.js'
import { Folders, ledgerErrorOf, tamper } from '../../store/support.js'
import { Site } from '../site.js'
import {
  ask,
  BIG,
  codeOf,
  fillLedger,
  left,
  makeDatabase,
  openFileLedger,
  openServerLedger,
  serverSide,
  sourceFile,
} from './support.js'

describe('the move of a ledger', function () {
  this.timeout(60_000)
  const folders = new Folders()
  let server: TestPostgres
  let file: string
  let database: string

  before(async function () {
    server = await postgresOrSkip(this)
  })
  after(async () => server?.stop())
  beforeEach(async () => {
    file = join(folders.make(), 'ledger.db')
    database = await makeDatabase(server)
  })
  afterEach(() => folders.clean())

  const target = () => serverSide(server, database, 'target')

  /** Moves with sides that a test may have spoiled. */
  async function moveToServer(
    spoil: (from: Side, to: Side) => void = () => {},
    replace = false,
  ): Promise<Awaited<ReturnType<typeof move>>> {
    const from = await sourceFile(file)
    const to = await target().catch(async (error: unknown) => {
      await from.close()
      throw error
    })
    spoil(from, to)
    try {
      return await move(from, to, MIGRATIONS, { replace })
    } finally {
      await Promise.all([from.close(), to.close()])
      await left(server, database)
    }
  }

  async function using<T>(engine: Engine, work: (site: Site) => Promise<T>): Promise<T> {
    try {
      return await work(new Site(engine, 'pacs'))
    } finally {
      await engine.close()
    }
  }

  const verified = (site: Site): Promise<Verification> => new Ledger(site.engine).verifyAudit()
  const opening = async (engine: Engine) => {
    const error = await ledgerErrorOf(engine.ready())
    await engine.close()
    await left(server, database)
    return error
  }

  it('knows every table of the schema', () => {
    const names = tablesOf(MIGRATIONS).map(({ name }) => name)
    const made = MIGRATIONS.flatMap(({ statements }) =>
      statements.flatMap((sql) => /^\s*create table (\w+)/.exec(sql)?.[1] ?? []),
    )
    assert.deepEqual(names, made.toSorted())
  })

  it('takes every value, id and counter to PostgreSQL, where work goes on, and back', async () => {
    await fillLedger(file, 3_000)
    const open = await using(openFileLedger(file), (site) =>
      site.ledger.run('openAlerts', { limit: 100 }),
    )
    const report = await moveToServer()
    assert.deepEqual([report.ended, report.rows['raw'], report.rows['alert']], [false, 3_022, 20])
    assert.deepEqual([report.audit.broken, report.pending.owed], [[], 21])
    const bytes = await ask(
      server,
      database,
      `select encode(bytes, 'hex') as hex, at::text from crisis.raw where id = ${BIG}`,
    )
    assert.deepEqual(bytes, [{ hex: '00ff', at: String(BIG) }])

    await using(openServerLedger(server, database), async (site) => {
      assert.deepEqual(await site.ledger.run('openAlerts', { limit: 100 }), open)
      const resend = await site.send({ ExamNo: '𠮷3', CrisisName: `胎盘早剥 '"\\{},` })
      assert.equal(resend.kind, 'resend')
      const { owed } = await site.send({ ExamNo: 'after' })
      assert.equal(owed?.id, 5_001, 'an id that is gone is not handed out again')
      assert.deepEqual((await verified(site)).broken, [])
    })
    await left(server, database)

    const back = join(folders.make(), 'back.db')
    const [from, to] = [
      await serverSide(server, database, 'source'),
      await openFileSide(back, MIGRATIONS, 'target'),
    ]
    const returned = await move(from, to, MIGRATIONS)
    await Promise.all([from.close(), to.close()])
    assert.equal(returned.rows['alert'], 21)
    await using(openFileLedger(back), async (site) => {
      assert.equal((await site.send({ ExamNo: 'after' })).kind, 'resend')
      assert.equal((await site.send({ ExamNo: 'last' })).owed?.id, 5_002)
      assert.deepEqual((await verified(site)).broken, [])
    })
    const error = await opening(openServerLedger(server, database))
    assert.equal(error.code, 'LEDGER_MOVED')
    assert.match(error.reason.en, /moved to a file at/)
    file = back
    assert.equal(await codeOf(moveToServer()), 'TARGET_OTHER_MOVE')
    assert.equal((await moveToServer(undefined, true)).rows['alert'], 22)
  })

  it('leaves an old file that is refused by a Node-RED, until a person takes it back', async () => {
    await fillLedger(file, 10)
    await moveToServer()
    const error = await opening(openFileLedger(file))
    assert.equal(error.code, 'LEDGER_MOVED')
    assert.match(error.reason.zh, /^该台账已于 20\d\d-.*迁移到PostgreSQL.*reopen/)
    assert.match(error.reason.en, /moved to PostgreSQL at 20\d\d-/)
    assert.equal(await codeOf(moveToServer()), 'LEDGER_MOVED')

    const side = await sourceFile(file)
    await side.mark(undefined)
    await side.close()
    await using(openFileLedger(file), async (site) =>
      assert.equal((await site.send({ ExamNo: 'again' })).kind, 'new'),
    )
  })

  it('refuses a target that holds a ledger, unless it is to be replaced', async () => {
    await fillLedger(file, 10)
    await using(openServerLedger(server, database), (site) => site.send({ ExamNo: 'theirs' }))
    await left(server, database)
    assert.equal(await codeOf(moveToServer()), 'TARGET_NOT_EMPTY')
    await using(openServerLedger(server, database), async (site) =>
      assert.equal((await site.send({ ExamNo: 'theirs' })).kind, 'resend'),
    )
    await left(server, database)
    const report = await moveToServer(undefined, true)
    assert.equal(report.rows['alert'], 20)
  })

  it('refuses a source that is in use, newer or damaged, and a target that is in use', async () => {
    await fillLedger(file, 2_000)
    const engine = openFileLedger(file)
    await engine.ready()
    assert.equal(await codeOf(moveToServer()), 'FILE_IN_USE')
    await engine.close()

    const other = openServerLedger(server, database)
    await other.ready()
    const from = await sourceFile(file)
    assert.equal(await codeOf(target()), 'IN_USE')
    await from.close()
    await other.close()
    await left(server, database)

    tamper(file, "insert into schema_version values (99, 0, 'later')")
    assert.equal(await codeOf(moveToServer()), 'LEDGER_NEWER')
    tamper(file, 'delete from schema_version where v = 99')

    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(4096 * 4, 0xa5), 0, 4096 * 4, 4096 * 60)
    closeSync(handle)
    assert.match(await codeOf(sourceFile(file)), /^(DAMAGED|LEDGER_CORRUPT)$/)
    assert.equal(await codeOf(sourceFile(`${file}.none`)), 'NO_LEDGER')
  })

  it('holds the target, so that no Node-RED opens it meanwhile', async () => {
    const side = await target()
    const engine = openServerLedger(server, database)
    assert.equal((await ledgerErrorOf(engine.ready())).code, 'LEDGER_BUSY')
    await side.close()
    await engine.close()
  })

  it('is undone when a value, a row or a counter is not the same on both sides', async () => {
    await fillLedger(file, 600)
    type Write = Side['write']
    const spoils: readonly ((write: Write) => Write)[] = [
      (write) => (table, rows) => write(table, table.name === 'raw' ? rows.slice(1) : rows),
      (write) => (table, rows) =>
        write(
          table,
          table.name === 'alert'
            ? rows.map((row) => row.map((value) => (value === '𠮷3' ? '𠮷4' : value)))
            : rows,
        ),
    ]
    for (const spoil of spoils) {
      const spoiled = moveToServer((_, to) => (to.write = spoil(to.write.bind(to))))
      assert.equal(await codeOf(spoiled), 'NOT_IDENTICAL')
    }
    const counter = moveToServer((_, to) => (to.setCounter = () => Promise.resolve()))
    assert.equal(await codeOf(counter), 'NOT_IDENTICAL')
    // The old one is in use, the new one empty as before.
    await using(openFileLedger(file), (site) => site.send({ ExamNo: 'after' }))
    await using(openServerLedger(server, database), async (site) =>
      assert.deepEqual(await site.ledger.run('openAlerts', { limit: 1 }), []),
    )
    await left(server, database)
    assert.equal((await moveToServer()).rows['alert'], 21)
  })

  it('that loses its connection leaves the old ledger in use and the new one refused, and goes on', async () => {
    await fillLedger(file, 600)
    const cut = moveToServer((_, to) => {
      const write = to.write.bind(to)
      to.write = async (table, rows) => {
        if (table.name === 'raw') await server.restart('immediate')
        return write(table, rows)
      }
    })
    assert.equal(await codeOf(cut), 'LEDGER_UNAVAILABLE')
    assert.equal((await opening(openServerLedger(server, database))).code, 'LEDGER_MOVING')
    await using(openFileLedger(file), (site) => site.send({ ExamNo: 'meanwhile' }))
    const report = await moveToServer()
    assert.equal(report.rows['alert'], 21)
    await using(openServerLedger(server, database), (site) => site.send({ ExamNo: 'after' }))
  })

  it('cut off before or after the old one is marked, has one of them in use at the most, and is ended', async () => {
    await fillLedger(file, 10)
    const stop = () => Promise.reject(new Error('cut off'))
    await assert.rejects(
      moveToServer((from) => (from.mark = stop)),
      /cut off/,
    )
    assert.equal((await opening(openServerLedger(server, database))).code, 'LEDGER_MOVING')
    await using(openFileLedger(file), (site) => site.send({ ExamNo: 'meanwhile' }))

    let marks = 0
    const second = (_: Side, to: Side) => {
      const mark = to.mark.bind(to)
      to.mark = (given) => (++marks === 2 ? stop() : mark(given))
    }
    await assert.rejects(moveToServer(second), /cut off/)
    assert.equal((await opening(openServerLedger(server, database))).code, 'LEDGER_MOVING')
    assert.equal((await opening(openFileLedger(file))).code, 'LEDGER_MOVED')
    const report = await moveToServer()
    assert.equal(report.ended, true)
    await using(openServerLedger(server, database), async (site) =>
      assert.equal((await site.send({ ExamNo: 'meanwhile' })).kind, 'resend'),
    )
    await left(server, database)
    const from = await sourceFile(file)
    assert.equal((await markOf(from))?.state, 'moved')
    await from.close()
  })
})

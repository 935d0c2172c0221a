import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { SqliteEngine } from '../../../src/store/index.js'
import { run as runCommand } from '../../../src/ledger/command/run.js'
import { definitionPath } from '../definition.js'
import { postgresOrSkip } from '../../support/postgres.js'
import { Folders, ledgerErrorOf, state } from '../../store/support.js'
import { Site } from '../site.js'

describe('crisis-ledger restore and accept', function () {
  this.timeout(30_000)
  const folders = new Folders()
  const engines: SqliteEngine[] = []
  let file: string
  let anchor: string
  let backup: string

  /** A ledger with an alert that its backup has and one that it lacks, stopped by a kill: its log is there. */
  beforeEach(async () => {
    const folder = folders.make()
    file = join(folder, 'crisis', 'ledger.db')
    anchor = join(folder, 'ledger.anchor')
    backup = join(folder, 'backup.db')
    const engine = open()
    await new Site(engine, 'pacs').send({ ExamNo: 'in the backup' })
    await engine.backup(backup)
    await new Site(engine, 'pacs').send({ ExamNo: 'after the backup' })
    const log = readFileSync(`${file}-wal`)
    await engine.close()
    writeFileSync(`${file}-wal`, log)
  })
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()))
    folders.clean()
  })

  function open(): SqliteEngine {
    const engine = new SqliteEngine({
      file,
      anchor,
      definition: definitionPath,
      ballastBytes: 0,
      backoff: { firstMs: 20, mostMs: 100 },
    })
    engines.push(engine)
    return engine
  }

  async function run(...args: readonly string[]) {
    const [out, err] = [new PassThrough(), new PassThrough()]
    const code = await runCommand(args, { LANG: 'en_US.UTF-8' }, out, err)
    return { code, out: String(out.read() ?? ''), err: String(err.read() ?? '') }
  }

  const exams = async (engine: SqliteEngine) =>
    (
      (await engine.run('statement', {
        sql: 'select exam_no from alert order by id',
        params: [],
      })) as readonly { exam_no: string }[]
    ).map((row) => row.exam_no)

  const asides = () => readdirSync(dirname(file)).filter((name) => name.includes('before-restore'))

  it('puts a backup in place, keeps the file and its log aside, and the ledger opens', async () => {
    const { code, out, err } = await run('restore', backup, '--to', file)
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /kept as .*before-restore-/)
    assert.equal(asides().filter((name) => name.endsWith('-wal')).length, 1)
    const engine = open()
    await engine.ready()
    assert.deepEqual(await exams(engine), ['in the backup'])
    assert.equal((await new Site(engine, 'pacs').send({ ExamNo: 'new' })).kind, 'new')
    assert.deepEqual((await new Site(engine, 'pacs').ledger.verifyAudit()).broken, [])
  })

  it('mends a backup that was copied over the file beside the old log', async () => {
    copyFileSync(backup, file)
    const engine = open()
    assert.equal((await ledgerErrorOf(engine.ready())).code, 'LEDGER_STALE_LOG')
    assert.equal((await run('restore', file, '--to', file)).code, 0)
    await state(engine, 'ready')
    assert.deepEqual(await exams(engine), ['in the backup'])
  })

  it('takes the file of a ledger with its log as well', async () => {
    const other = join(dirname(anchor), 'carried', 'ledger.db')
    const engine = open()
    await engine.ready()
    await new Site(engine, 'pacs').send({ ExamNo: 'in the log' })
    const copied = join(dirname(anchor), 'live.db')
    copyFileSync(file, copied)
    copyFileSync(`${file}-wal`, `${copied}-wal`)
    assert.equal((await run('restore', copied, '--to', other)).code, 0)
    await engine.close()
    file = other
    anchor = join(dirname(anchor), 'other.anchor')
    assert.deepEqual(await exams(open()), ['in the backup', 'after the backup', 'in the log'])
  })

  it('refuses a ledger in use, a damaged backup and what is none, and changes nothing', async () => {
    const before = readFileSync(file)
    const damaged = join(dirname(anchor), 'damaged.db')
    copyFileSync(backup, damaged)
    const handle = openSync(damaged, 'r+')
    const length = statSync(damaged).size - 4096
    writeSync(handle, Buffer.alloc(length, 0xa5), 0, length, 4096)
    closeSync(handle)
    writeFileSync(join(dirname(anchor), 'none.db'), '')
    assert.match((await run('restore', damaged, '--to', file)).err, /\(DAMAGED\)/)
    assert.match((await run('restore', join(dirname(anchor), 'none.db'))).err, /\(NO_LEDGER\)/)
    assert.equal((await run('restore')).code, 2)
    assert.equal((await run('restore', 'postgres', '--to', file)).code, 2)
    assert.ok(readFileSync(file).equals(before))
    const engine = open()
    await engine.ready()
    assert.match((await run('restore', backup, '--to', file)).err, /\(FILE_IN_USE\)/)
    assert.match((await run('accept', file)).err, /\(FILE_IN_USE\)/)
    assert.deepEqual(asides(), [])
    assert.deepEqual(
      readdirSync(dirname(file)).filter((name) => name.includes('restoring')),
      [],
    )
  })

  it('begins a ledger that is missing only when a person has said so', async () => {
    rmSync(dirname(file), { recursive: true })
    const engine = open()
    assert.equal((await ledgerErrorOf(engine.ready())).code, 'LEDGER_MISSING')
    const { code, out } = await run('accept', file)
    assert.equal(code, 0)
    assert.match(out, /empty ledger was begun/)
    await state(engine, 'ready')
    assert.deepEqual(await exams(engine), [])
  })

  it('keeps a log whose file is missing when a new ledger is begun', async () => {
    rmSync(file)
    assert.equal((await run('accept', file)).code, 0)
    assert.deepEqual(
      asides().map((name) => name.slice(-4)),
      ['-wal'],
    )
    assert.ok(existsSync(file), basename(file))
  })

  it('takes an older ledger when a person has said so, and not again for an older one still', async () => {
    const older = join(dirname(anchor), 'older.db')
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
    copyFileSync(backup, file)
    assert.match((await run('accept', file)).out, /used as it is/)
    const engine = open()
    await engine.ready()
    await engine.backup(older)
    await new Site(engine, 'pacs').send({ ExamNo: 'after it was accepted' })
    await engine.close()
    copyFileSync(older, file)
    const next = open()
    assert.equal((await ledgerErrorOf(next.ready())).code, 'LEDGER_OLDER')
  })

  it('records the decision in a database as well, where a Node-RED is stopped', async function () {
    const server = await postgresOrSkip(this)
    try {
      const { host, port, user, password, database } = server.address
      const url = `postgres://${user}@${host}:${port}/${database}`
      process.env['PGPASSWORD'] = password
      assert.match((await run('accept', url)).out, /empty ledger was begun/)
      assert.match((await run('accept', url)).out, /used as it is/)
    } finally {
      delete process.env['PGPASSWORD']
      await server.stop()
    }
  })
})

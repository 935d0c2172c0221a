import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { selfSigned } from '../../http/self-signed.js'
import { postgresOrSkip, type TestPostgres } from '../../support/postgres.js'
import { Folders, ledgerErrorOf, tamper } from '../../store/support.js'
import { Site } from '../site.js'
import { ask, fillLedger, left, makeDatabase, openFileLedger, openServerLedger } from './support.js'

const COMMAND = join(__dirname, '../../../src/ledger/command/crisis-ledger.js')

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

describe('crisis-ledger', function () {
  this.timeout(60_000)
  const folders = new Folders()
  let file: string

  beforeEach(() => {
    file = join(folders.make(), 'ledger.db')
  })
  afterEach(() => folders.clean())

  /** Runs it where the file lies; `killAt` kills it when it has said so much. */
  async function run(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    killAt?: RegExp,
  ): Promise<Ended> {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      cwd: dirname(file),
      env: { PATH: process.env['PATH'], LANG: 'en_US.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => (out += String(chunk)))
    child.stderr.on('data', (chunk) => {
      err += String(chunk)
      if (killAt?.test(err)) child.kill('SIGKILL')
    })
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, out, err }
  }

  it('explains itself in both languages', async () => {
    const [en, zh, asked] = [
      await run(['--help']),
      await run(['--help'], { LANG: 'zh_CN.UTF-8' }),
      await run(['--lang', 'zh']),
    ]
    assert.match(en.out, /^crisis-ledger: moves/)
    assert.match(zh.out, /^crisis-ledger：迁移/)
    for (const command of ['move', 'verify', 'info', 'backup', 'reopen']) {
      for (const { out } of [en, zh]) assert.match(out, new RegExp(`crisis-ledger ${command}`))
    }
    assert.deepEqual([en.code, zh.code, asked.code], [0, 0, 2])
    assert.match(asked.err, /没有这个命令/)
  })

  it('says which Node.js it needs', async () => {
    const { code, err } = await run(['verify'], { NODE_OPTIONS: '--no-experimental-sqlite' })
    assert.deepEqual([code, err], [1, 'Node.js 22.13+ · 需要 Node.js 22.13 或更高版本\n'])
  })

  it('tells misuse by its exit code, and never repeats a password', async () => {
    for (const args of [
      ['fly'],
      ['toString'],
      ['move'],
      ['backup', 'ledger.db'],
      ['move', '--to', 'postgres://u:s3cret@127.0.0.1/x'],
      ['move', '--to', 'postgres://u@127.0.0.1:port/x'],
      ['move', '--to', 'postgres://%zz@127.0.0.1/x'],
      ['move', '--to', 'postgres', '--ca', 'none.pem'],
      ['verify', '--fly'],
    ]) {
      const { code, out, err } = await run(args)
      assert.deepEqual([code, out], [2, ''], args.join(' '))
      assert.match(err, /^[A-Z].*\n$/)
      assert.doesNotMatch(err, /s3cret/)
    }
    assert.equal(existsSync(join(dirname(file), 'crisis')), false)
  })

  it('says why a ledger cannot be used, and leaves nothing behind', async () => {
    const { code, err } = await run(['verify', 'none.db'])
    assert.equal(code, 1)
    assert.match(err, /^Failed \(NO_LEDGER\): There is no ledger/)
    assert.match((await run(['move', '--from', 'none.db', '--to', 'x.db'])).err, /NO_LEDGER/)
    assert.deepEqual(readdirSync(dirname(file)), [])
    tamper(file, 'create table theirs (x)')
    assert.match((await run(['info', 'ledger.db'])).err, /NO_LEDGER/)
    assert.match((await run(['info', '//server/share/x.db'])).err, /LEDGER_PATH|NO_LEDGER/)
  })

  it('informs of, verifies and copies a file that is in use', async () => {
    await fillLedger(file, 100)
    const engine = openFileLedger(file)
    const site = new Site(engine, 'pacs')
    try {
      await site.send({ ExamNo: 'in use' })
      const info = await run(['info', 'ledger.db'])
      assert.equal(info.code, 0, info.err)
      assert.match(info.out, /Schema version \d+\n/)
      assert.match(info.out, /alert: 21 rows/)
      assert.match(info.out, /Open alerts 21, /)
      const verified = await run(['verify', 'ledger.db', '--lang', 'zh'])
      assert.deepEqual([verified.code, verified.err], [0, ''])
      assert.match(verified.out, /文件完整\n审计链完整，共 \d+ 条/)
      const copied = await run(['backup', 'ledger.db', '--to', 'copy.db'])
      assert.equal(copied.code, 0, copied.err)
      assert.match((await run(['backup', 'ledger.db', '--to', 'copy.db'])).err, /TARGET_EXISTS/)
      assert.match((await run(['info', 'copy.db'])).out, /alert: 21 rows/)
      assert.equal((await site.send({ ExamNo: 'after' })).kind, 'new')
    } finally {
      await engine.close()
    }
    tamper(file, "update audit set actor = 'somebody else' where seq = 3")
    const broken = await run(['verify', 'ledger.db'])
    assert.equal(broken.code, 1)
    assert.match(broken.out, /The audit chain pacs is broken at entry 3/)
  })

  describe('with a server', () => {
    let server: TestPostgres
    let database: string
    let env: NodeJS.ProcessEnv
    let url: string

    before(async function () {
      server = await postgresOrSkip(this)
    })
    after(async () => server?.stop())
    beforeEach(async () => {
      database = await makeDatabase(server)
      const { host, port, user, password } = server.address
      env = { PGPASSWORD: password }
      url = `postgres://${user}@${host}:${port}/${database}`
    })

    it('moves, shows how far it is, and says what to do next', async () => {
      await fillLedger(file, 2_000)
      const { code, out, err } = await run(['move', '--from', 'ledger.db', '--to', url], env)
      assert.equal(code, 0, err)
      assert.match(err, /^copied \d+% .*\n/)
      assert.match(err, /compared 100% /)
      assert.match(out, /^Moved from SQLite [\d.]+ to PostgreSQL .*\n(.*\n)* {2}raw: 2022 rows\n/)
      assert.match(out, /The audit is whole: \d+ entries\nOpen alerts 20, /)
      assert.match(out, /choose this PostgreSQL database in the crisis store/)
      assert.doesNotMatch(out + err, new RegExp(server.address.password))

      assert.match((await run(['info', 'ledger.db'])).out, /Moved away at 20/)
      assert.match((await run(['info', url], env)).out, /raw: 2022 rows/)
      assert.equal((await run(['verify', url], env)).code, 0)
      const again = await run(['move', '--from', 'ledger.db', '--to', url], env)
      assert.deepEqual([again.code, again.out], [1, ''])
      assert.match(again.err, /LEDGER_MOVED/)

      const { host, port, user } = server.address
      const variables = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: database }
      const back = await run(['move', '--from', 'postgres', '--to', 'back.db'], {
        ...env,
        ...variables,
      })
      assert.equal(back.code, 0, back.err)
      assert.match((await run(['info', 'back.db'])).out, /raw: 2022 rows/)

      assert.match((await run(['reopen', 'ledger.db'])).out, /in use again/)
      assert.match((await run(['reopen', 'ledger.db'])).out, /nothing was changed/)
      const engine = openFileLedger(file)
      await engine.ready()
      await engine.close()
    })

    it('refuses a wrong password, a server that is not there and one without TLS', async () => {
      await fillLedger(file, 1)
      const args = ['move', '--from', 'ledger.db', '--to', url]
      const wrong = await run(args, { PGPASSWORD: 'wrong', LANG: 'zh_CN.UTF-8' })
      assert.deepEqual([wrong.code, wrong.out], [1, ''])
      assert.match(wrong.err, /^失败（LEDGER_DENIED，PostgreSQL 28P01）：数据库拒绝访问/)
      const port = String(server.address.port)
      assert.match(
        (
          await run(
            args.map((arg) => arg.replace(port, '1')),
            env,
          )
        ).err,
        /UNAVAILABLE/,
      )
      assert.match((await run([...args, '--tls'], env)).err, /LEDGER_/)
      const engine = openFileLedger(file)
      await engine.ready()
      await engine.close()
    })

    it('connects with TLS and trusts nobody whom it was not told to trust', async () => {
      await fillLedger(file, 10)
      const { key, cert } = selfSigned()
      const folder = folders.make()
      const files = { ca: join(folder, 'ca.pem'), key: join(folder, 'key.pem') }
      writeFileSync(files.ca, cert)
      writeFileSync(files.key, key, { mode: 0o600 })
      // The server does not run as root, and takes only a key of its own.
      if (process.getuid?.() === 0) {
        for (const path of [folder, files.ca, files.key]) chownSync(path, 65_534, 65_534)
      }
      await server.halt()
      await server.start({ ssl: 'on', ssl_cert_file: files.ca, ssl_key_file: files.key })
      try {
        const args = ['move', '--from', 'ledger.db', '--to']
        const untrusted = await run([...args, url, '--tls'], env)
        assert.equal(untrusted.code, 1)
        assert.match(untrusted.err, /LEDGER_UNAVAILABLE, DEPTH_ZERO_SELF_SIGNED_CERT/)
        const trusted = await run([...args, `${url}?sslmode=require`, '--ca', files.ca], env)
        assert.equal(trusted.code, 0, trusted.err)
      } finally {
        await server.restart()
      }
    })

    it('killed at any moment leaves one ledger that works, and goes on when asked again', async () => {
      await fillLedger(file, 4_000)
      const args = ['move', '--from', 'ledger.db', '--to', url]
      for (const moment of [/copied [1-9]/, /copied [5-9]\d/, /compared [1-9]/, /compared 100/]) {
        const { code } = await run(args, env, moment)
        await left(server, database)
        // What was killed too late is done.
        if (code === 0) break
        assert.equal(code, null, String(moment))
        const old = openFileLedger(file)
        const usable = await old.ready().then(
          () => true,
          () => false,
        )
        if (usable)
          assert.equal(
            (await new Site(old, 'pacs').send({ ExamNo: '𠮷3', CrisisName: `胎盘早剥 '"\\{},` }))
              .kind,
            'resend',
          )
        await old.close()
        const target = openServerLedger(server, database)
        const error = await ledgerErrorOf(target.ready())
        assert.equal(error.code, 'LEDGER_MOVING')
        await target.close()
        await left(server, database)
      }
      await run(args, env)
      const moved = await ask(server, database, 'select count(*)::int as n from crisis.raw')
      assert.ok(Number(moved[0]?.['n']) >= 4_022)
      assert.match((await run(['info', 'ledger.db'])).out, /Moved away at/)
      const target = openServerLedger(server, database)
      await target.ready()
      await target.close()
    })
  })
})

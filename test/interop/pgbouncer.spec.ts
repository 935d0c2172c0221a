import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PostgresEngine, type PostgresAddress } from '../../src/store/index.js'
import { DEFINITION } from '../../src/ledger/index.js'
import { freePort } from '../support/node-red.js'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'
import { ledgerErrorOf } from '../store/support.js'

const NOBODY = 65_534
/** PgBouncer refuses to run as root. */
const WHO = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

describe('a ledger behind PgBouncer', function () {
  this.timeout(60_000)
  const isHere = spawnSync('pgbouncer', ['--version']).status === 0
  let server: TestPostgres
  let pooler: ChildProcess | undefined
  let home: string

  before(async function () {
    if (!isHere && process.env['CRISIS_CI'] !== '1') return this.skip()
    server = await postgresOrSkip(this)
    home = mkdtempSync(join(tmpdir(), 'crisis-pgbouncer-'))
    if (WHO.uid) chownSync(home, WHO.uid, WHO.gid)
  })
  afterEach(async () => {
    if (!pooler) return
    const ended = once(pooler, 'exit')
    pooler.kill('SIGKILL')
    await ended
    pooler = undefined
  })
  after(async () => {
    await server?.stop()
    if (home) rmSync(home, { recursive: true, force: true })
  })

  async function start(settings: Readonly<Record<string, string>>): Promise<PostgresAddress> {
    const { host, port, database, user, password } = server.address
    const listening = await freePort()
    const users = join(home, 'users.txt')
    writeFileSync(users, `"${user}" "${password}"\n`)
    const all = {
      listen_addr: '127.0.0.1',
      listen_port: String(listening),
      auth_type: 'plain',
      auth_file: users,
      unix_socket_dir: '',
      ...settings,
    }
    const file = join(home, 'pgbouncer.ini')
    const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`)
    writeFileSync(
      file,
      ['[databases]', `${database} = host=${host} port=${port}`, '[pgbouncer]', ...lines, ''].join(
        '\n',
      ),
    )
    pooler = spawn('pgbouncer', ['-q', file], { ...WHO, cwd: home, stdio: 'ignore' })
    while (!(await answers(listening))) await new Promise((resolve) => setTimeout(resolve, 20))
    return { ...server.address, host: '127.0.0.1', port: listening }
  }

  const openAt = (address: PostgresAddress, schema: string) =>
    new PostgresEngine({ address, definition: DEFINITION, schema })

  for (const [what, settings] of [
    ['with its defaults', {}],
    [
      'that drops what comes with a connection',
      { ignore_startup_parameters: 'extra_float_digits,options,statement_timeout,search_path' },
    ],
  ] as const) {
    it(`works in session mode ${what}, in its own schema`, async () => {
      const schema = `behind_${Object.keys(settings).length}`
      const engine = openAt(await start({ pool_mode: 'session', ...settings }), schema)
      try {
        await engine.ready()
        const open = await engine.run('openAlerts', { limit: 1 }, { mode: 'read' })
        assert.deepEqual(open, [])
        const asked = await engine.run('openAlerts', { limit: 1 }, { mode: 'ask' })
        assert.deepEqual(asked, [])
      } finally {
        await engine.close()
      }
      const direct = openAt(server.address, schema)
      try {
        const { schema: version } = await direct.ready()
        assert.equal(version, DEFINITION.migrations.at(-1)?.version)
      } finally {
        await direct.close()
      }
    })
  }

  it('is refused in transaction mode, with the reason', async () => {
    const engine = openAt(await start({ pool_mode: 'transaction' }), 'refused')
    try {
      assert.equal((await ledgerErrorOf(engine.ready())).code, 'LEDGER_POOLER')
    } finally {
      await engine.close()
    }
  })
})

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { DEFAULTS } from '../../nodes/settings/index.js'
import { body, succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, crisisXml } from '../support/calls.js'
import { Comms } from '../support/comms.js'
import {
  freePort,
  makeUserDir,
  packPackage,
  PACKAGE_NAME,
  removeFolder,
  startNodeRed,
  type RunningNodeRed,
} from '../support/node-red.js'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'

describe('a Node-RED whose ledger is moved to PostgreSQL', function () {
  this.timeout(120_000)
  let server: TestPostgres
  let userDir: string
  let running: RunningNodeRed | undefined
  let remote: TestPeer | undefined

  before(async function () {
    server = await postgresOrSkip(this)
    userDir = makeUserDir(packPackage())
  })

  after(async () => {
    await running?.stop()
    await remote?.close()
    await server?.stop()
    if (userDir) removeFolder(userDir)
  })

  it('goes on with what was accepted and not delivered, and knows what it had', async () => {
    remote = await TestPeer.open()
    remote.answer = body('', {}, 503)
    const port = await freePort()
    const flows = (store: string, more: readonly object[] = []): object[] => [
      { id: 'tab', type: 'tab' },
      ...more,
      {
        ...DEFAULTS.service,
        id: 'service',
        type: 'crisis service',
        allow: '127.0.0.1, ::1',
        store,
        mount: 'port',
        host: '127.0.0.1',
        port: String(port),
        path: '/crisis',
      },
      {
        ...DEFAULTS.peer,
        id: 'peer',
        type: 'crisis peer',
        store,
        address: `${remote!.origin}/his`,
      },
      {
        ...DEFAULTS.in,
        id: 'in',
        type: 'crisis in',
        z: 'tab',
        service: 'service',
        wires: [['out']],
      },
      { ...DEFAULTS.out, id: 'out', type: 'crisis out', z: 'tab', peer: 'peer', wires: [[], []] },
    ]
    const call = () =>
      callWith(`http://127.0.0.1:${port}/crisis`, 'SynCrisisInfo', crisisXml({ ExamNo: 'moved' }))
    const start = async (nodes: readonly object[]): Promise<Comms> => {
      running = await startNodeRed({ userDir })
      const comms = await Comms.open(running.url)
      await running.deploy(nodes)
      await comms.shows('in', 'green listening')
      return comms
    }

    const before = await start(flows(''))
    assert.equal((await call()).code, '0')
    await before.showsLike('out', /^red unreachable\b.* 1 /)
    before.close()
    await running?.stop()

    const { host, port: pgPort, database, user, password } = server.address
    const command = spawnSync(
      process.execPath,
      [
        path.join(
          userDir,
          'node_modules',
          PACKAGE_NAME,
          'dist/src/ledger/command/crisis-ledger.js',
        ),
        ...['move', '--to', `postgres://${user}@${host}:${pgPort}/${database}`, '--lang', 'en'],
      ],
      { cwd: userDir, encoding: 'utf8', env: { ...process.env, PGPASSWORD: password } },
    )
    assert.equal(command.status, 0, command.stderr)
    assert.match(command.stdout, /Open alerts 1, to be delivered 1,/)

    remote.answer = succeeding
    const store = {
      ...DEFAULTS.store,
      ...{ id: 'store', type: 'crisis store', engine: 'postgres' },
      ...{ host, port: String(pgPort), database, user, credentials: { password } },
    }
    const after = await start(flows('store', [store]))
    await after.shows('out', 'green delivered')
    const delivered = remote.posts.filter(({ body: sent }) => sent.includes('moved'))
    assert.ok(delivered.length >= 2, 'in vain before, and then not')
    assert.equal((await call()).code, '0')

    // A flow that still names the old one is refused.
    after.clear()
    await running?.deploy(flows(''))
    await after.shows('in', 'red storeFailing')
    after.close()
    const { code, desc } = await call()
    assert.equal(code, '500')
    assert.match(desc, /迁移到PostgreSQL/)
  })
})

import assert from 'node:assert/strict'
import { DEFAULTS } from '../../nodes/settings/index.js'
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
import { startPostgres, type TestPostgres } from '../support/postgres.js'

describe('Node-RED on a Node.js without SQLite', function () {
  this.timeout(120_000)
  let running: RunningNodeRed
  let server: TestPostgres | undefined

  before(async () => {
    const started = await startPostgres()
    if ('stop' in started) server = started
    running = await startNodeRed({
      userDir: makeUserDir(packPackage()),
      // As Node.js 22.9 to 22.12 are.
      env: { NODE_OPTIONS: '--no-experimental-sqlite' },
    })
  })

  after(async () => {
    await running?.stop()
    await server?.stop()
    if (running) removeFolder(running.userDir)
  })

  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(running.url + path, { headers: { Accept: 'application/json' } })
    return (await response.json()) as T
  }

  const test = (settings: object): Promise<{ status: number; body: Record<string, unknown> }> =>
    fetch(`${running.url}/hospital-flows-crisis/store-test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...DEFAULTS.store, id: '', ...settings }),
    }).then(async (reply) => ({
      status: reply.status,
      body: (await reply.json()) as Record<string, unknown>,
    }))

  const onServer = () => {
    const { host, port, database, user } = server!.address
    return { engine: 'postgres', host, port: String(port), database, user }
  }

  /** A service and a `crisis in` with a ledger; answers what a call to it is answered. */
  async function callAfterDeploy(
    settings: object,
    credentials: object,
    shown: string,
  ): Promise<{ readonly code: string; readonly desc: string }> {
    const port = await freePort()
    const comms = await Comms.open(running.url)
    await running.deploy([
      { id: 'tab', type: 'tab' },
      { ...DEFAULTS.store, id: 'store', type: 'crisis store', ...settings, credentials },
      {
        ...DEFAULTS.service,
        id: 'service',
        type: 'crisis service',
        allow: '127.0.0.1, ::1',
        store: 'store',
        mount: 'port',
        host: '127.0.0.1',
        port: String(port),
        path: '/crisis',
      },
      { ...DEFAULTS.in, id: 'in', type: 'crisis in', z: 'tab', service: 'service', wires: [[]] },
    ])
    await comms.shows('in', shown)
    comms.close()
    return callWith(`http://127.0.0.1:${port}/crisis`, 'SynCrisisInfo', crisisXml())
  }

  it('has all nodes', async () => {
    const sets = await get<{ module?: string; enabled: boolean; err?: unknown }[]>('/nodes')
    const ours = sets.filter(({ module }) => module === PACKAGE_NAME)
    assert.equal(ours.length, 18)
    for (const { enabled, err } of ours) assert.deepEqual([enabled, err], [true, undefined])
  })

  it('says what to do, in the dialog, in the log and to a caller, and goes on', async () => {
    const { status, body } = await test({})
    assert.deepEqual([status, body['code']], [422, 'LEDGER_SQLITE_MISSING'])
    const { zh, en } = body['reason'] as Record<'zh' | 'en', string>
    for (const text of [zh, en]) assert.match(text, /22\.13.*PostgreSQL/)
    const { code, desc } = await callAfterDeploy({}, {}, 'red storeFailing')
    assert.equal(code, '500')
    assert.match(desc, /22\.13/)
    await running.line(/LEDGER_SQLITE_MISSING/)
    assert.equal(running.process.exitCode, null)
  })

  it('works with PostgreSQL', async function () {
    if (!server) return this.skip()
    const { password } = server.address
    const { status, body } = await test({ ...onServer(), password })
    assert.deepEqual([status, body['engine']], [200, 'postgres'])
    const { code } = await callAfterDeploy(onServer(), { password }, 'green listening')
    assert.equal(code, '0')
  })
})

import assert from 'node:assert/strict'
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import helper from 'node-red-node-test-helper'
import pg from 'pg'
import { DEFAULTS } from '../../nodes/settings/index.js'
import { DEFINITION_MODULE, SqliteEngine } from '../../src/ledger/index.js'
import { callWith, crisisXml } from '../support/calls.js'
import { Flow, inNode, service, type FlowNode, type Settings } from '../support/flow.js'
import { freePort } from '../support/node-red.js'
import { postgresOrSkip, type TestPostgres } from '../support/postgres.js'

const store = (settings: Settings = {}): FlowNode => ({
  ...DEFAULTS.store,
  id: 'store',
  type: 'crisis store',
  ...settings,
})

describe('a store on a network path', function () {
  this.timeout(20_000)
  let flow: Flow

  afterEach(() => flow.unload())

  it('is refused by the test button, with slashes of either kind, and makes nothing', async () => {
    flow = await Flow.load([])
    const before = readdirSync(flow.folder)
    for (const file of [
      '//server/share/x.db',
      '\\\\server\\share\\x.db',
      ' /\\s/x',
      'smb://s/x.db',
    ]) {
      const reply = await helper
        .request()
        .post('/hospital-flows-crisis/store-test')
        .send({ ...DEFAULTS.store, id: '', file })
      const { code, reason } = reply.body as { code: string; reason: { zh: string; en: string } }
      assert.deepEqual([reply.status, code], [422, 'LEDGER_PATH'], file)
      assert.match(reason.zh, /不能放在网络共享/)
      assert.match(reason.en, /not on a network share/)
    }
    assert.deepEqual(readdirSync(flow.folder), before)
  })

  it('accepts nothing, and is told of once for all nodes that use it', async () => {
    const port = await freePort()
    flow = await Flow.load([
      store({ file: '//server/share/x.db' }),
      service({ port: String(port), store: 'store' }),
      inNode(),
      inNode({ id: 'in2', type: 'crisis feedback in' }),
    ])
    await flow.shows('in', 'storeFailing')
    await flow.shows('in2', 'storeFailing')
    const told = await flow.caught()
    assert.equal(told.code, 'LEDGER_PATH')
    await flow.settle()
    assert.equal(flow.inbox('caught').all.length, 1)
    const answer = await callWith(`http://127.0.0.1:${port}/crisis`, 'SynCrisisInfo', crisisXml())
    assert.equal(answer.code, '500')
    assert.match(answer.desc, /网络共享/)
  })
})

describe('the test button of a store', function () {
  this.timeout(20_000)
  let flow: Flow

  afterEach(() => flow.unload())

  interface Reply {
    readonly code?: string
    readonly version?: string
    readonly detail?: { readonly en: string }
  }
  async function test(settings: Settings): Promise<Reply> {
    const body = { ...DEFAULTS.store, id: '', ...settings }
    const reply = await helper.request().post('/hospital-flows-crisis/store-test').send(body)
    return reply.body as Reply
  }
  /** Everything below the user directory, with sizes. */
  const everything = (): readonly string[] =>
    readdirSync(flow.folder, { recursive: true, encoding: 'utf8' })
      .map((name) => `${name} ${statSync(path.join(flow.folder, name)).size}`)
      .toSorted()

  it('makes nothing, where there is a ledger and where there is none', async () => {
    flow = await Flow.load([])
    const before = everything()
    const none = await test({ file: 'deep/down/x.db' })
    assert.match(none.version ?? '', /^SQLite 3/)
    assert.match(none.detail?.en ?? '', /no ledger here yet/)
    assert.deepEqual(everything(), before)

    const file = path.join(flow.folder, 'x.db')
    const settings = { file, anchor: `${file}.anchor`, definition: DEFINITION_MODULE }
    const engine = new SqliteEngine({ ...settings, ballastBytes: 0 })
    await engine.ready()
    assert.equal((await test({ file })).code, 'LEDGER_LOCKED')
    await engine.close()
    const closed = everything()
    assert.deepEqual((await test({ file })).detail, { zh: '', en: '' })
    writeFileSync(path.join(flow.folder, 'other.db'), 'no database')
    assert.equal((await test({ file: 'other.db' })).code, 'LEDGER_CORRUPT')
    rmSync(path.join(flow.folder, 'other.db'))
    assert.deepEqual(everything(), closed)
  })

  it('takes variables for what they hold', async () => {
    flow = await Flow.load([])
    process.env['CRISIS_TEST_FILE'] = '//server/share/x.db'
    for (const file of ['${CRISIS_TEST_FILE}', '$(CRISIS_TEST_FILE)']) {
      assert.equal((await test({ file })).code, 'LEDGER_PATH', file)
    }
    delete process.env['CRISIS_TEST_FILE']
    assert.equal((await test({ file: '${CRISIS_TEST_FILE}' })).code, 'SETTING_MISSING')
  })

  it('says at once that a place cannot hold a file, as the nodes do', async function () {
    if (process.platform !== 'linux') this.skip()
    const file = '/proc/nothing/x.db'
    flow = await Flow.load([
      store({ file }),
      service({ port: String(await freePort()), store: 'store' }),
      inNode(),
    ])
    assert.equal((await flow.caught()).code, 'LEDGER_PATH')
    assert.equal((await test({ file: '/proc/elsewhere/x.db' })).code, 'LEDGER_PATH')
  })
})

describe('a ledger whose log is deleted while it is in use', function () {
  this.timeout(20_000)
  let flow: Flow

  afterEach(() => flow.unload())

  it('answers 500, tells a person at once, and works again with all that it had', async function () {
    // An open file cannot be deleted there.
    if (process.platform === 'win32') this.skip()
    const port = await freePort()
    flow = await Flow.load([service({ port: String(port) }), inNode()])
    await flow.shows('in', 'listening')
    const url = `http://127.0.0.1:${port}/crisis`
    const send = (exam: string) => callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo: exam }))
    assert.equal((await send('before')).code, '0')
    rmSync(path.join(flow.folder, 'crisis', 'ledger.db-wal'))
    // Refused if it is what notices; else it waits until the ledger is open again.
    const meanwhile = await send('meanwhile')
    const seen: string[] = []
    while (seen.at(-1) !== 'LEDGER_RECOVERED') seen.push((await flow.caught()).code)
    assert.ok(seen.includes('LEDGER_TOUCHED'), seen.join())
    if (meanwhile.code !== '0') assert.equal(meanwhile.code, '500')
    assert.equal((await send('before')).code, '0')
    assert.equal((await send('after')).code, '0')
  })
})

describe('stores on a database server', function () {
  this.timeout(30_000)
  let flow: Flow
  let server: TestPostgres

  before(async function () {
    server = await postgresOrSkip(this)
  })
  afterEach(() => flow.unload())
  after(async () => server?.stop())

  it('tell what the database says, with its code', async () => {
    const { port, user, password } = server.address
    flow = await Flow.load(
      [
        store({ engine: 'postgres', port: String(port), database: 'none', user }),
        service({ port: String(await freePort()), store: 'store' }),
        inNode(),
      ],
      { credentials: { store: { password } } },
    )
    const { code, message } = await flow.caught()
    assert.equal(code, 'LEDGER_DENIED')
    assert.match(message, /\(PostgreSQL 3D000 database "none" does not exist\) \[LEDGER_DENIED\]$/)
  })

  it("that name one database differently do not stand in each other's way", async () => {
    const { port, user, password, database } = server.address
    const at = (id: string, host: string): FlowNode =>
      store({ id, engine: 'postgres', host, port: String(port), database, user })
    const ports = [await freePort(), await freePort()]
    const names = ['127.0.0.1', 'localhost']
    flow = await Flow.load(
      names.flatMap((host, i) => [
        at(`store${i}`, host),
        service({ id: `service${i}`, port: String(ports[i]), store: `store${i}` }),
        inNode({ id: `in${i}`, service: `service${i}` }),
      ]),
      { credentials: { store0: { password }, store1: { password } } },
    )
    for (const i of [0, 1]) await flow.shows(`in${i}`, 'listening')
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        callWith(
          `http://127.0.0.1:${ports[n % 2]}/crisis`,
          'SynCrisisInfo',
          crisisXml({ ExamNo: `exam ${n}` }),
        ),
      ),
    )
    assert.deepEqual([...new Set(answers.map(({ code }) => code))], ['0'])
    const client = new pg.Client(server.address)
    await client.connect()
    const chains = await client.query('select distinct chain from crisis.audit')
    await client.end()
    assert.equal(chains.rows.length, 2, 'each has a chain of its own')
  })
})

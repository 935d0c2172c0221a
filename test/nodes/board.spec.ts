import assert from 'node:assert/strict'
import { BoardVisitor } from '../support/board-visitor.js'
import { callWith, CRISIS, crisisXml } from '../support/calls.js'
import { board, Flow, inNode, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const PASSWORD = 'first-password'
const TOKEN = 'token-of-prometheus'

describe('a crisis board', function () {
  this.timeout(20_000)
  let flow: Flow
  let port: number

  before(async () => {
    port = await freePort()
    const own = { mount: 'port', port: String(port), path: '/wards' }
    flow = await Flow.load(
      [
        board({ hospital: '<市一院>' }),
        board({ id: 'own', ...own }),
        board({ id: 'taken' }),
        board({ id: 'nobody', path: '/a', firstUser: '' }),
        board({ id: 'short', path: '/b' }),
        board({ id: 'open', path: '/c', signIn: 'proxy' }),
        board({ id: 'list', path: '/d', signIn: 'proxy', proxies: '0.0.0.0/0' }),
        board({
          id: 'header',
          path: '/e',
          signIn: 'proxy',
          proxies: '10.0.0.1',
          userHeader: 'a b',
        }),
        board({ id: 'users', path: '/f', signIn: 'node-red' }),
        board({ id: 'path', path: '/a/../b' }),
        board({ id: 'tls', ...own, tls: 'gone' }),
        service({ mount: 'node-red', path: '/pacs', allow: '127.0.0.1' }),
        inNode({ wires: [[]] }),
        // On the port of a board, but on all addresses of the machine.
        service({ id: 'clash', port: String(port), host: '0.0.0.0' }),
        inNode({ id: 'late', name: 'second', service: 'clash', wires: [[]] }),
      ],
      {
        credentials: {
          ...Object.fromEntries(
            ['own', 'taken', 'path', 'tls'].map((id) => [id, { password: PASSWORD }]),
          ),
          board: { password: PASSWORD, metricsToken: TOKEN },
          short: { password: 'short' },
        },
      },
    )
    await flow.shows('own', 'listening')
  })
  after(() => flow.unload())

  it('works by itself, on Node-RED’s port and on one of its own', async () => {
    const base = await flow.httpNode()
    const visitor = new BoardVisitor(`http://127.0.0.1:${port}/wards`)
    assert.equal(await visitor.signIn('admin', 'wrong-password'), 401)
    assert.equal(await visitor.signIn('admin', PASSWORD), 200)
    assert.deepEqual(visitor.session?.person, { code: 'admin', name: 'admin' })
    assert.equal(visitor.session?.role, 'administer')
    assert.equal((await visitor.get('/api/accounts')).status, 200)
    const { status, body } = await new BoardVisitor(`${base}/crisis-board`).get('/api/session')
    assert.equal(status, 200)
    assert.equal(body.hospital, '<市一院>')
    assert.equal((await fetch(`${base}/other`)).status, 404)
    assert.equal((await fetch(`http://127.0.0.1:${port}/crisis-board`)).status, 404)
  })

  it('says in the log why it cannot work, and hosts nothing then', async () => {
    for (const [id, reason] of [
      ['taken', /Another node already has its pages at this path.*ADDRESS_TAKEN/],
      ['nobody', /has no user or no password.*SETTING_MISSING/],
      ['short', /at least 10 characters/],
      ['open', /address is required/],
      ['list', /ADDRESS_LIST/],
      ['header', /no name of a header/],
      ['users', /has no users who sign in with a password/],
      ['path', /path of the board/],
      ['tls', /TLS configuration of the board/],
    ] as const) {
      assert.match(flow.logged(id, 'error').join('\n'), reason, id)
      assert.equal(flow.status(id)?.split(' ')[0], 'red', id)
    }
    const base = await flow.httpNode()
    for (const path of ['a', 'b', 'c', 'f']) {
      assert.equal((await fetch(`${base}/${path}/api/session`)).status, 404, path)
    }
    assert.ok(!flow.everythingShown().includes(PASSWORD))
  })

  it('says without a sign-in if the process can accept, and gives numbers to whoever has the token', async () => {
    await flow.shows('in', 'listening')
    await flow.shows('late', 'portInUse')
    const base = `${await flow.httpNode()}/crisis-board`
    assert.equal((await fetch(`${base}/livez`)).status, 200)
    const before = await fetch(`${base}/readyz`)
    assert.equal(before.status, 503)
    assert.match(
      await before.text(),
      /^\[PORT_IN_USE\] \(second\) .*\n\[PORT_IN_USE\] \(second\) .*\n$/,
    )
    await flow.deploy([
      board(),
      service({ mount: 'node-red', path: '/pacs' }),
      inNode({ wires: [[]] }),
    ])
    const ExamNo = 'EXAM-7Q7'
    const ready = async (): Promise<number> => (await fetch(`${base}/readyz`)).status
    while ((await ready()) !== 200) await flow.settle()
    const { code } = await callWith(
      `${await flow.httpNode()}/pacs`,
      'SynCrisisInfo',
      crisisXml({ ExamNo }),
    )
    assert.equal(code, '0')
    assert.equal((await fetch(`${base}/metrics`)).status, 401)
    const headers = { authorization: `Bearer ${TOKEN}` }
    const text = await (await fetch(`${base}/metrics`, { headers })).text()
    for (const line of [
      'crisis_answers_total{service="service",operation="SynCrisisInfo",code="0"} 1',
      'crisis_alerts_open{stage="stored"} 1',
      'crisis_ready 1',
    ]) {
      assert.ok(text.includes(`${line}\n`), line)
    }
    assert.match(text, /^crisis_ledger_file_bytes [1-9]\d+$/m)
    for (const said of [ExamNo, CRISIS.CrisisName]) assert.ok(!text.includes(said), said)
  })

  it('goes on with its sessions after a deploy, and ends its streams for it at once', async () => {
    const visitor = new BoardVisitor(`${await flow.httpNode()}/crisis-board`)
    await visitor.signIn('admin', PASSWORD)
    const stream = await visitor.fetch('/api/events')
    assert.equal(stream.status, 200)
    const begun = performance.now()
    await flow.deploy([board({ hospital: 'changed' })])
    assert.match(await stream.text(), /^retry: \d+/)
    assert.ok(performance.now() - begun < 2_000)
    const { status, body } = await visitor.get('/api/session')
    assert.equal(status, 200)
    assert.equal(body.hospital, 'changed')
    assert.equal((await visitor.get('/api/accounts')).status, 200)
    await flow.deploy([])
    assert.equal((await visitor.fetch('/api/session')).status, 404, 'it was removed')
  })
})

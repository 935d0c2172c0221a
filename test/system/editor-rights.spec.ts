import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { BoardVisitor } from '../support/board-visitor.js'
import { board } from '../support/nodes.js'
import { body, serve, TestPeer, wsdl } from '../soap/remote-peer.js'
import {
  makeUserDir,
  packPackage,
  removeFolder,
  startNodeRed,
  type RunningNodeRed,
} from '../support/node-red.js'

const USERS = `
  adminAuth: {
    type: 'credentials',
    users: (username) => Promise.resolve({ username, permissions: username === 'writer' ? '*' : 'read' }),
    authenticate: (username, password) => Promise.resolve(
      password === 'x' ? { username, permissions: username === 'writer' ? '*' : 'read' } : null),
    default: () => Promise.resolve({ anonymous: true, permissions: 'read' }),
  },`

/** A board for the users of Node-RED; no other node names it. */
const BOARDS = [board({ signIn: 'node-red', role: 'act', firstUser: '' })]

describe('what the dialogs ask the runtime', function () {
  this.timeout(120_000)
  let running: RunningNodeRed
  let remote: TestPeer

  before(async () => {
    const tarball = packPackage()
    const userDir = makeUserDir(tarball, 'rights-')
    rmSync(tarball)
    running = await startNodeRed({ userDir, settings: USERS })
    remote = await TestPeer.open()
    remote.answer = serve({ '/pacs?wsdl': wsdl() }, body(''))
  })

  after(async () => {
    await running?.stop()
    if (running) removeFolder(running.userDir)
    await remote?.close()
  })

  async function tokenOf(username: string): Promise<Record<string, string>> {
    const response = await fetch(`${running.url}/auth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: 'node-red-editor',
        grant_type: 'password',
        scope: '',
        username,
        password: 'x',
      }),
    })
    const { access_token } = (await response.json()) as { access_token: string }
    return { authorization: `Bearer ${access_token}` }
  }

  const fetchWsdl = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${running.url}/hospital-flows-crisis/wsdl`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ wsdl: `${remote.origin}/pacs?wsdl` }),
    })

  it('is answered to those who may change flows, and the runtime calls nobody for others', async () => {
    for (const headers of [{}, await tokenOf('reader')]) {
      assert.equal((await fetchWsdl(headers)).status, 401)
    }
    assert.equal(remote.received.length, 0)
    const answer = await fetchWsdl(await tokenOf('writer'))
    assert.equal(answer.status, 200)
    assert.match(await answer.text(), /"name":"SynCrisisInfo"/)
    assert.equal(remote.received.length, 1)
  })

  it('tells the state of the ledgers to those who may look at flows', async () => {
    const state = async (headers: Record<string, string>): Promise<Response> =>
      fetch(`${running.url}/hospital-flows-crisis/state`, { method: 'POST', headers })
    const answer = await state(await tokenOf('reader'))
    assert.deepEqual([answer.status, await answer.json()], [200, { ledgers: [] }])
  })

  it('lets the users of Node-RED in at a board, with the role of their permissions', async () => {
    const deployed = await fetch(`${running.url}/flows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(await tokenOf('writer')) },
      body: JSON.stringify(BOARDS),
    })
    assert.ok(deployed.ok, String(deployed.status))
    const session = `${running.url}/crisis-board/api/session`
    while ((await fetch(session)).status !== 200) await setTimeout(20)
    for (const [user, password, status, role] of [
      ['writer', 'x', 200, 'administer'],
      ['reader', 'x', 200, 'act'],
      ['reader', 'wrong', 401, undefined],
    ] as const) {
      const visitor = new BoardVisitor(`${running.url}/crisis-board`)
      assert.equal(await visitor.signIn(user, password), status, user)
      assert.deepEqual([visitor.session?.person?.code, visitor.session?.role], [role && user, role])
    }
  })
})

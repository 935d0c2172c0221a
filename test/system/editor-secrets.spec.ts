import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { callWith, crisisXml, post } from '../support/calls.js'
import {
  freePort,
  makeUserDir,
  PACKAGE_NAME,
  packPackage,
  removeFolder,
  startNodeRed,
  type RunningNodeRed,
} from '../support/node-red.js'

const SETTINGS = `
  adminAuth: {
    type: 'credentials',
    users: (username) => Promise.resolve({ username, permissions: username === 'writer' ? '*' : 'read' }),
    authenticate: (username) => Promise.resolve({ username, permissions: username === 'writer' ? '*' : 'read' }),
    default: () => Promise.resolve({ anonymous: true, permissions: 'read' }),
  },
  httpNodeAuth: { user: 'site', pass: '$2b$08$0n9UjH4r1f5At2IjLY11Oub1cApu8sdKVNMR4suvXNwsl3YhOYxze' },`
const SECRET_PATH = 'abcdefghijKLMNOP1234'
const SECRETS = [SECRET_PATH, 'TOP-SECRET-LICENCE', 'PEER-LICENCE', 'pw-secret', 'PEER-PASSWORD']

for (const nodeRed of ['node-red', 'node-red-4'] as const) {
  describe(`what a real editor is given: ${nodeRed}`, function () {
    this.timeout(120_000)
    let running: RunningNodeRed
    let port: number
    let writer: Record<string, string>
    let readers: readonly Record<string, string>[]

    before(async () => {
      const tarball = packPackage()
      const userDir = makeUserDir(tarball, 'secrets-')
      rmSync(tarball)
      running = await startNodeRed({ userDir, settings: SETTINGS, nodeRed })
      port = await freePort()
      writer = await tokenOf('writer')
      readers = [{}, await tokenOf('reader')]
      const service = { type: 'crisis service', version: 1, licenceCheck: true, unguarded: false }
      const licences = JSON.stringify([{ application: 'HIS', licence: SECRETS[1] }])
      const flows = [
        {
          ...{ ...service, id: 'own', mount: 'port', host: '127.0.0.1', port: String(port) },
          ...{ path: '/p', auth: 'basic' },
          credentials: { licences, user: 'u', secret: SECRETS[3], pathSecret: SECRET_PATH },
        },
        // Guarded by nothing but the login of the site.
        { ...service, id: 'shared', mount: 'node-red', path: '/guarded-by-site' },
        {
          ...{ id: 'peer', type: 'crisis peer', version: 1, address: 'http://127.0.0.1:9/x' },
          ...{ login: 'basic' },
          credentials: { licence: SECRETS[2], user: 'u', password: SECRETS[4] },
        },
        { id: 'tab', type: 'tab', label: 't' },
        ...['own', 'shared'].map((id) => ({
          ...{ id: `in-${id}`, type: 'crisis in', z: 'tab', version: 1, service: id, wires: [[]] },
        })),
      ]
      const deployed = await ask('POST', '/flows', writer, flows)
      assert.equal(deployed.status, 204)
    })

    after(async () => {
      await running?.stop()
      if (running) removeFolder(running.userDir)
    })

    const ask = (
      method: string,
      path: string,
      headers: Record<string, string>,
      body?: object,
    ): Promise<Response> =>
      fetch(running.url + path, {
        method,
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
        ...(body && { body: JSON.stringify(body) }),
      })

    async function tokenOf(username: string): Promise<Record<string, string>> {
      const body = new URLSearchParams({
        ...{ client_id: 'node-red-editor', grant_type: 'password', scope: '' },
        ...{ username, password: 'x' },
      })
      const response = await fetch(`${running.url}/auth/token`, { method: 'POST', body })
      const { access_token } = (await response.json()) as { access_token: string }
      return { authorization: `Bearer ${access_token}` }
    }

    it('holds no secret for those who may only read, however they ask', async () => {
      for (const headers of readers) {
        const pages = ['/flows', '/flow/global', '/flow/tab', '/nodes', '/settings']
        for (const [type, id] of [
          ['crisis-service', 'own'],
          ['crisis service', 'own'],
          ['crisis-peer', 'peer'],
        ]) {
          pages.push(`/credentials/${encodeURIComponent(type!)}/${id}`)
        }
        for (const page of pages) {
          const text = await (await ask('GET', page, headers)).text()
          for (const secret of SECRETS) assert.ok(!text.includes(secret), `${page}: ${secret}`)
        }
        const asked = await ask('POST', '/hospital-flows-crisis/service-secrets', headers, {
          id: 'own',
        })
        assert.equal(asked.status, 401)
      }
    })

    it('has them for those who may change flows', async () => {
      const path = '/hospital-flows-crisis/service-secrets'
      const saved = (await (await ask('POST', path, writer, { id: 'own' })).json()) as {
        licences: string
        pathSecret: string
      }
      assert.match(saved.licences, /TOP-SECRET-LICENCE/)
      assert.equal(saved.pathSecret, SECRET_PATH)
      assert.deepEqual(await (await ask('POST', path, writer, { id: 'none' })).json(), {
        licences: '',
        pathSecret: '',
      })
    })

    it('counts the login of the site as a guard where it is asked for', async () => {
      const url = `${running.url}/guarded-by-site`
      assert.equal((await post(url, 'x')).status, 401)
      const login = Buffer.from('site:password').toString('base64')
      const headers = { Authorization: `Basic ${login}` }
      const answer = await callWith(url, 'SynCrisisInfo', crisisXml(), { headers })
      assert.equal(answer.code, '0', running.log())
    })

    it('has the part that dialogs share and its texts, whichever nodes are disabled', async () => {
      const html = { accept: 'text/html' }
      for (const set of ['crisis-store', 'crisis-out']) {
        const path = `/nodes/${PACKAGE_NAME}/${set}`
        const disabled = await ask('PUT', path, writer, { enabled: false })
        assert.equal(disabled.status, 200)
        const plugins = await (await ask('GET', '/plugins', { ...writer, ...html })).text()
        assert.ok(plugins.includes('window.hospitalCrisis = '))
        const code = `/resources/${PACKAGE_NAME}/nodes/editor/main.js`
        assert.ok(plugins.includes(code.slice(1)))
        const served = await fetch(running.url + code)
        assert.equal(served.status, 200)
        assert.match(served.headers.get('content-type') ?? '', /javascript/)
        const nodes = await (await ask('GET', '/nodes', { ...writer, ...html })).text()
        assert.match(nodes, /data-template-name="crisis peer"/)
        assert.ok(!nodes.includes(`data-template-name="${set.replace('-', ' ')}"`))
        const texts = await (await ask('GET', '/nodes/messages?lng=zh-CN', writer)).text()
        assert.match(texts, /"permission":"[^"]*[\u4e00-\u9fff]/)
      }
    })
  })
}

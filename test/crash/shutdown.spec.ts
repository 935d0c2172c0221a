import assert from 'node:assert/strict'
import path from 'node:path'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, crisisXml } from '../support/calls.js'
import {
  freePort,
  makeUserDir,
  packPackage,
  removeFolder,
  startNodeRed,
  type RunningNodeRed,
} from '../support/node-red.js'
import { CRISIS_PATH, crashFlows } from './flows.js'
import { postgresLedger, type TestLedger } from './ledgers.js'
import { pause } from './random.js'

const DOCUMENT = 'select state, attempts from outbox'
const ATTEMPTS = 'select n, class, code from attempt order by n'

describe('a Node-RED that is stopped while a peer takes its time', function () {
  this.timeout(120_000)

  let userDir: string
  let ledger: TestLedger
  let remote: TestPeer
  let running: RunningNodeRed | undefined

  before(async () => {
    userDir = makeUserDir(packPackage(), 'stopped-')
    ledger = await postgresLedger()
    remote = await TestPeer.open()
  })

  after(async () => {
    await running?.stop()
    await remote.close()
    await ledger.stop()
    removeFolder(userDir)
  })

  it('gives the document back, and the next one sends the same at once', async () => {
    const port = await freePort()
    remote.answer = () => {}
    const events = path.join(userDir, 'events.txt')
    const { store, credentials } = ledger
    const given = { store, ...(credentials && { credentials }), port, peer: remote.origin, events }
    running = await startNodeRed({ userDir, flows: crashFlows(given) })
    const url = `http://127.0.0.1:${port}${CRISIS_PATH}`
    // The deploy is answered before the service's port is open.
    const call = () => callWith(url, 'SynCrisisInfo', crisisXml()).catch(() => undefined)
    let answer = await call()
    while (answer?.code !== '0') {
      await pause(50)
      answer = await call()
    }
    while (remote.posts.length === 0) await pause(20)
    await running.stop()
    assert.deepEqual(await ledger.read(DOCUMENT), [{ state: 'ready', attempts: '1' }])
    const brokenOff = { n: '1', class: 'unreachable', code: 'DELIVERY_BROKEN_OFF' }
    assert.deepEqual(await ledger.read(ATTEMPTS), [brokenOff])

    remote.answer = succeeding
    running = await startNodeRed({ userDir })
    while (remote.posts.length === 1) await pause(20)
    const [first, second] = remote.posts
    assert.equal(second?.body, first?.body)
  })
})

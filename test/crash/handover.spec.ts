import assert from 'node:assert/strict'
import { once } from 'node:events'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
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
import { pause } from './random.js'

interface FlowNode {
  readonly id: string
  readonly type: string
}

/** `crisis in`, a core node that keeps each message for a while, and `crisis out` behind it. */
function slowFlows(port: number, peer: string, unit: 'hours' | 'milliseconds'): readonly object[] {
  const flows = crashFlows({ store: { engine: 'file', file: 'slow.db' }, port, peer, events: '' })
  const kept = (flows as FlowNode[]).filter(({ id }) => id !== 'note' && id !== 'events')
  const delay = {
    id: 'delay',
    type: 'delay',
    z: 'tab',
    x: 200,
    y: 100,
    pauseType: 'delay',
    timeout: '1',
    timeoutUnits: unit,
    rate: '1',
    nbRateUnits: '1',
    rateUnits: 'second',
    outputs: 1,
    wires: [['out']],
  }
  return [...kept.map((node) => (node.id === 'in' ? { ...node, wires: [['delay']] } : node)), delay]
}

describe('a flow that keeps a message for longer than its Node-RED lives', function () {
  this.timeout(120_000)

  let userDir: string
  let remote: TestPeer
  let running: RunningNodeRed | undefined

  before(async () => {
    userDir = makeUserDir(packPackage(), 'slow-')
    remote = await TestPeer.open()
    remote.answer = succeeding
  })

  after(async () => {
    await kill()
    await remote.close()
    removeFolder(userDir)
  })

  const kill = async (): Promise<void> => {
    const child = running?.process
    running = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const ask = (sql: string): readonly Record<string, unknown>[] => {
    const database = new DatabaseSync(path.join(userDir, 'slow.db'), { readOnly: true })
    try {
      return database.prepare(sql).all()
    } finally {
      database.close()
    }
  }
  const untilRow = async (sql: string): Promise<void> => {
    while (ask(sql).length === 0) await pause(50)
  }
  const handed = (times: number): string =>
    `select id from owed where kind = 'crisis' and handed = ${times} and lease is not null`

  it('gets it again after a deploy and after a kill, and it is sent once', async () => {
    const servicePort = await freePort()
    const slow = slowFlows(servicePort, remote.origin, 'hours')
    running = await startNodeRed({ userDir, flows: slow })
    const url = `http://127.0.0.1:${servicePort}${CRISIS_PATH}`
    // The deploy is answered before the service's port is open.
    const call = () => callWith(url, 'SynCrisisInfo', crisisXml()).catch(() => undefined)
    let answer = await call()
    while (!answer) {
      await pause(50)
      answer = await call()
    }
    assert.equal(answer.code, '0')
    await running.deploy(slow)
    await untilRow(handed(2))
    await kill()
    running = await startNodeRed({ userDir })
    await untilRow(handed(3))
    assert.equal(remote.posts.length, 0)

    await running.deploy(slowFlows(servicePort, remote.origin, 'milliseconds'))
    await untilRow("select id from outbox where state = 'done'")
    const [row] = ask('select message from outbox')
    const { crisis } = JSON.parse(String(row?.['message'])) as { crisis: { flags: string[] } }
    assert.ok(crisis.flags.includes('redelivered'))
    // Taken over with its commit, so that nothing is left to be handed out.
    assert.deepEqual(ask("select id from owed where kind = 'crisis'"), [])
    await kill()
    running = await startNodeRed({ userDir })
    await untilRow("select id from owed where kind = 'outcome' and lease is not null")
    assert.equal(remote.posts.length, 1)
  })
})

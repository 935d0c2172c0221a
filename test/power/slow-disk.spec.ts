import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { setPriority } from 'node:os'
import path from 'node:path'
import { nameOf } from '../crash/feeder.js'
import { CRISIS_PATH, crashFlows } from '../crash/flows.js'
import { fileLedger, type TestLedger } from '../crash/ledgers.js'
import { pause } from '../crash/random.js'
import { callWith, CRISIS, crisisXml } from '../support/calls.js'
import { Comms } from '../support/comms.js'
import type { FlowNode } from '../support/flow-node.js'
import {
  freePort,
  makeUserDir,
  packPackage,
  removeFolder,
  startNodeRed,
  type RunningNodeRed,
} from '../support/node-red.js'
import type { LoopDelay } from './loop-probe.js'
import { Machine, needMachine } from './machine.js'

const FLUSH_MS = 10
const CONNECTIONS = 16
const IDLE_MS = 1_000
const ROUND_MS = 2_500
const ROUNDS = 3
/** The aim for how late the event loop is at p99. Other programs may spoil it, but never by a whole flush. */
const AIM_MS = 5

describe('a disk whose flush takes 10 ms', function () {
  this.timeout(90_000)
  let userDir: string
  let machine: Machine
  let ledger: TestLedger
  let running: RunningNodeRed
  let url: string
  let probe: string
  let exams = 0

  before(async function () {
    needMachine(this)
    userDir = makeUserDir(packPackage(), 'slow-')
    machine = new Machine({ folder: userDir, orders: path.join(userDir, 'orders') })
    ledger = fileLedger(userDir)
    const port = await freePort()
    url = `http://127.0.0.1:${port}${CRISIS_PATH}`
    const probePort = await freePort()
    probe = `http://127.0.0.1:${probePort}/`
    // Only what accepts: a flow behind it has the loop do its own work.
    const flows = crashFlows({ store: ledger.store, port, peer: '', events: '' }) as FlowNode[]
    const accepting = ['tab', 'store', 'service', 'in']
    writeFileSync(
      path.join(userDir, 'flows.json'),
      JSON.stringify(
        flows
          .filter(({ id }) => accepting.includes(id))
          .map((node) => ({ ...node, ...(node.id === 'in' && { wires: [[]] }) })),
      ),
    )
    running = await startNodeRed({
      userDir,
      env: {
        ...machine.env,
        NODE_OPTIONS: `--require ${path.join(__dirname, 'loop-probe.js')}`,
        PROBE_PORT: String(probePort),
      },
      onSpawn: ({ pid }) => hurry(pid),
    })
    const comms = await Comms.open(running.url)
    await comms.shows('in', 'green listening')
    comms.close()
    machine.order({ flushMs: FLUSH_MS })
  })

  after(async () => {
    await running?.stop()
    machine?.close()
    if (userDir) removeFolder(userDir)
  })

  const delay = async (options?: RequestInit): Promise<LoopDelay> =>
    (await (await fetch(probe, options)).json()) as LoopDelay

  async function idle(): Promise<LoopDelay> {
    await delay()
    await pause(IDLE_MS)
    return delay()
  }

  /** Each connection sends the next one when it has its answer; the names of all that were answered 0. */
  async function load(forMs: number): Promise<string[]> {
    const end = Date.now() + forMs
    const acknowledged: string[] = []
    const connection = async (): Promise<void> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      while (Date.now() < end) {
        const ExamNo = String(++exams).padStart(8, '0')
        const document = crisisXml({ ExamNo, ApplyNo: ExamNo })
        const { code } = await callWith(url, 'SynCrisisInfo', document, { agent })
        assert.equal(code, '0')
        acknowledged.push(nameOf(ExamNo, CRISIS.CrisisMemo))
      }
      agent.destroy()
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, connection))
    return acknowledged
  }

  it('stores all that it accepts, and does not hold up the event loop', async () => {
    // What is compiled and cached then is not measured.
    const acknowledged = await load(ROUND_MS)
    let least = Infinity
    for (let round = 1; round <= ROUNDS; round++) {
      const before = await idle()
      const accepted = await load(ROUND_MS)
      const during = await delay()
      acknowledged.push(...accepted)
      const perSecond = Math.round((accepted.length / ROUND_MS) * 1000)
      console.log(
        `      ${perSecond} accepts/s at ${CONNECTIONS} connections; loop late by p99 ` +
          `${during.p99.toFixed(1)} ms, most ${during.most.toFixed(1)} ms; idle p99 ${before.p99.toFixed(1)} ms`,
      )
      // Other programs on the machine can spoil a round, but nothing makes one better than it is.
      least = Math.min(least, during.p99 - before.p99)
    }
    console.log(
      `      aim of ${AIM_MS} ms more than when idle: ${least < AIM_MS ? 'met' : 'MISSED'}`,
    )
    assert.ok(least < FLUSH_MS, `late by ${least.toFixed(1)} ms more than when idle`)
    const stored = await ledger.stored()
    assert.deepEqual(
      acknowledged.filter((name) => !stored.has(name)),
      [],
    )
  })

  it('would be seen to hold it up if the main thread flushed', async () => {
    await delay({ method: 'POST', body: path.join(userDir, 'flushed') })
    const { p99 } = await idle()
    console.log(`      p99 ${p99.toFixed(1)} ms`)
    assert.ok(p99 > FLUSH_MS / 2)
  })
})

/** Lets it run before other programs where we may, so that it is its own delay that is measured. */
function hurry(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, -15)
  } catch {
    // Only root may.
  }
}

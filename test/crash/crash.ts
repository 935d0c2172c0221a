import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import {
  freePort,
  makeUserDir,
  removeFolder,
  startNodeRed,
  type NodeRedPackage,
  type RunningNodeRed,
} from '../support/node-red.js'
import { Feeder, nameOf } from './feeder.js'
import { CRISIS_PATH, crashFlows } from './flows.js'
import { fileLedger, postgresLedger, type TestLedger } from './ledgers.js'
import { between, pause, seeded } from './random.js'
import { RecorderProcess } from './recorder-process.js'
import { judgeRun, type Verdict } from './verdict.js'

export interface CrashOptions {
  readonly tarball: string
  readonly kills: number
  readonly engine: 'sqlite' | 'postgres'
  /** Makes the moments of the kills and the troubles of the recorder repeatable, as far as processes are. */
  readonly seed: number
  readonly nodeRed?: NodeRedPackage
  readonly tell?: (line: string) => void
}

export interface CrashResult extends Verdict {
  readonly kills: number
  readonly calls: number
  readonly dead: number
  /** Entries of the audit, and chains of it that do not verify. */
  readonly audit: { readonly entries: number; readonly broken: number }
}

const UP_MS = { least: 50, most: 3_000 }
/** One kill in so many comes while Node-RED still starts. */
const EARLY_KILL_IN = 6
const EARLY_MS = { least: 300, most: 2_000 }
const DRAIN_LIMIT_MS = 10 * 60_000
const LANES = 6
const PAUSE_MS = 1_000

/**
 * Feeds critical values into a real Node-RED that is killed and started again at random moments, while the
 * receiver behind it is in trouble too; then lets it deliver in peace and compares.
 */
export async function runCrashes(options: CrashOptions): Promise<CrashResult> {
  const { kills, seed, tell = () => {} } = options
  const random = seeded(seed)
  const userDir = makeUserDir(options.tarball, 'crash-')
  const ledger = options.engine === 'sqlite' ? fileLedger(userDir) : await postgresLedger()
  const recorder = await RecorderProcess.start(userDir, seed)
  const instance = new Instance(options, ledger, userDir, recorder.url)
  try {
    await instance.prepare()
    const feeder = new Feeder({ urls: [instance.url], random, lanes: LANES, pauseMs: PAUSE_MS })
    await instance.start()
    recorder.tell('trouble')
    feeder.start()
    for (let killed = 1; killed <= kills; killed++) {
      await pause(between(random, UP_MS.least, UP_MS.most))
      await instance.kill()
      const early = between(random, 0, EARLY_KILL_IN) === 0 && killed < kills
      if (early) {
        await instance.startAndKill(between(random, EARLY_MS.least, EARLY_MS.most))
        killed++
      }
      await instance.start()
      if (killed % 10 === 0 || killed === kills) {
        tell(`${killed} kills, ${feeder.acknowledged.length} acknowledged in ${feeder.calls} calls`)
      }
    }
    recorder.tell('healthy')
    await feeder.stop()
    tell(`all fed; ${feeder.acknowledged.length} acknowledged; waiting until all is delivered`)
    await untilDrained(ledger)
    await instance.stop()
    const verdict = judgeRun(feeder.acknowledged, await ledger.stored(), recorder.recorded())
    const { dead } = await ledger.undelivered()
    return { ...verdict, kills, calls: feeder.calls, dead, audit: await verify(ledger) }
  } finally {
    await instance.kill()
    await recorder.stop()
    await ledger.stop()
    removeFolder(userDir)
  }
}

/** Looks every second until nothing waits any more, or until it has waited too long. */
export async function untilDrained(ledger: TestLedger): Promise<void> {
  const end = Date.now() + DRAIN_LIMIT_MS
  while (Date.now() < end) {
    const { waiting } = await ledger.undelivered().catch(() => ({ waiting: 1 }))
    if (waiting === 0) return
    await pause(1_000)
  }
}

export async function verify(ledger: TestLedger): Promise<CrashResult['audit']> {
  const opened = ledger.open()
  try {
    const { entries, broken } = await opened.verifyAudit()
    return { entries, broken: broken.length }
  } finally {
    await opened.close()
  }
}

/** One Node-RED that is killed and started again where it was. */
export class Instance {
  readonly userDir: string
  readonly events: string
  readonly #options: Pick<CrashOptions, 'nodeRed'>
  readonly #ledger: TestLedger
  readonly #peer: string
  #port = 0
  #servicePort = 0
  #running: RunningNodeRed | undefined
  #child: ChildProcess | undefined

  constructor(
    options: Pick<CrashOptions, 'nodeRed'>,
    ledger: TestLedger,
    userDir: string,
    peer: string,
  ) {
    this.#options = options
    this.#ledger = ledger
    this.userDir = userDir
    this.events = path.join(userDir, 'events.jsonl')
    this.#peer = peer
  }

  get url(): string {
    return `http://127.0.0.1:${this.#servicePort}${CRISIS_PATH}`
  }

  /** Part of the name under which it holds leases. */
  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** What its flow was given, by name. */
  given(): string[] {
    const lines = readFileSync(this.events, 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => {
      const { ExamNo, CrisisMemo } = JSON.parse(line) as Record<string, string>
      return nameOf(ExamNo ?? '', CrisisMemo ?? '')
    })
  }

  /** Deploys the flows once; from then on Node-RED starts with them. */
  async prepare(): Promise<void> {
    this.#port = await freePort()
    this.#servicePort = await freePort()
    writeFileSync(this.events, '')
    await this.start()
    const { store, credentials } = this.#ledger
    const flows = crashFlows({
      store,
      ...(credentials && { credentials }),
      port: this.#servicePort,
      peer: this.#peer,
      events: this.events,
    })
    await this.#running?.deploy(flows)
    await this.stop()
  }

  async start(): Promise<void> {
    const { nodeRed } = this.#options
    this.#running = await startNodeRed({
      userDir: this.userDir,
      port: this.#port,
      ...(nodeRed && { nodeRed }),
      onSpawn: (child) => (this.#child = child),
    })
  }

  async startAndKill(afterMs: number): Promise<void> {
    const starting = this.start().catch(() => {})
    await pause(afterMs)
    await this.kill()
    await starting
  }

  /** No farewell: SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
  }
}

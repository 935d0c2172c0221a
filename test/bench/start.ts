import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  freePort,
  makeUserDir,
  packPackage,
  removeFolder,
  startNodeRed,
} from '../support/node-red.js'
import { undisturbed, watch } from './cpu.js'
import { ourFlow } from './node-red-flows.js'
import { reportAim, type Effort } from './report.js'
import { ROOT, SERVICE_PATH } from './samples.js'
import { figure, median, table } from './statistics.js'
import { TARBALL } from './version-0-1-0/package.js'

const SERVICES = 3
const MOST_ROUNDS = 9
const AIM = 1
/** Looked at so often whether the services are open. */
const LOOK_MS = 10
/** After the start, until the memory is looked at. */
const SETTLE_MS = 1_000

interface Installation {
  readonly name: string
  readonly userDir: string
  /** Of the services. */
  readonly ports: readonly number[]
  readonly seconds: number[]
  readonly megabytes: number[]
}

/** Node-RED from its spawn until flows run and services are open: without the package, with it, and with 0.1.0. */
export async function benchStart(effort: Effort): Promise<void> {
  const ports = await Promise.all(Array.from({ length: SERVICES }, freePort))
  const folder = path.join(ROOT, '.run')
  mkdirSync(folder, { recursive: true })
  const empty = installation('空 empty', mkdtempSync(path.join(folder, 'start-')), [])
  const ours = installation('本包 ours', makeUserDir(packPackage(), 'start-'), ports)
  const before = installation('0.1.0', makeUserDir(TARBALL, 'start-'), ports)
  const all = [empty, ours, before]
  try {
    effort.progress(0)
    for (const one of all) await deploy(one)
    const rounds = Math.min(effort.rounds, MOST_ROUNDS)
    for (let round = 0; round < rounds; round++) {
      for (const one of all) {
        const started = await undisturbed(
          effort.tries,
          () => start(one),
          (done) => done.stop(),
        )
        one.seconds.push(started.seconds)
        one.megabytes.push(started.megabytes)
      }
      effort.tell(`${round + 1}/${rounds}`)
    }
  } finally {
    for (const { userDir } of all) removeFolder(userDir)
  }
  report(empty, ours, before)
}

function installation(name: string, userDir: string, ports: readonly number[]): Installation {
  return { name, userDir, ports, seconds: [], megabytes: [] }
}

/** Leaves the flows in the user directory, with their credentials, as the editor would. */
async function deploy({ userDir, ports }: Installation): Promise<void> {
  const tab = { id: 'tab', type: 'tab', label: 'bench' }
  const services = ports.flatMap((port, index) =>
    ourFlow(`service-${index}`, { mount: 'port', port: String(port), path: SERVICE_PATH }),
  )
  const running = await startNodeRed({ userDir, flows: [tab, ...services] })
  await Promise.all(ports.map(opened))
  await running.stop()
}

interface Started {
  readonly seconds: number
  readonly megabytes: number
  stop(): Promise<void>
}

async function start({ userDir, ports }: Installation): Promise<Started> {
  let spawnedAt = 0
  let ready: Promise<unknown> | undefined
  let readyAt = 0
  const running = await startNodeRed({
    userDir,
    env: { LC_ALL: 'en_US.UTF-8' },
    onSpawn: (child) => {
      spawnedAt = performance.now()
      watch(child.pid ?? 0)
      const flowsRun = new Promise<void>((resolve) => {
        let output = ''
        child.stdout?.on('data', (chunk: Buffer) => {
          output += chunk.toString()
          if (output.includes('Started flows')) resolve()
        })
      })
      ready = Promise.all([flowsRun, ...ports.map(opened)]).then(() => {
        readyAt = performance.now()
      })
    },
  })
  await ready
  await setTimeout(SETTLE_MS)
  return {
    seconds: (readyAt - spawnedAt) / 1000,
    megabytes: residentOf(running.process.pid ?? 0),
    stop: () => running.stop(),
  }
}

const OPEN_LIMIT_MS = 90_000

/** Resolves when somebody listens on the port. */
async function opened(port: number): Promise<void> {
  const end = performance.now() + OPEN_LIMIT_MS
  while (!(await isOpen(port))) {
    if (performance.now() > end) throw new Error('a service of the bench does not open its port')
    await setTimeout(LOOK_MS)
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** What a process has in memory, in MB; NaN where there is no /proc. */
function residentOf(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes) / 1024
  } catch {
    return Number.NaN
  }
}

function report(empty: Installation, ours: Installation, before: Installation): void {
  const added = (to: Installation, what: 'seconds' | 'megabytes'): number =>
    median(to[what]) - median(empty[what])
  console.log('\n## 启动 Start of Node-RED 5\n')
  const head = ['安装 installed', '就绪 ready s', '+ s', '常驻 resident MB', '+ MB']
  const rows = [empty, ours, before].map((one) => [
    one.name,
    figure(median(one.seconds)),
    one === empty ? '–' : figure(added(one, 'seconds')),
    figure(median(one.megabytes)),
    one === empty ? '–' : figure(added(one, 'megabytes')),
  ])
  console.log(table(head, rows))
  for (const [what, name] of [
    ['seconds', '时间 time'],
    ['megabytes', '内存 memory'],
  ] as const) {
    const value = added(ours, what) / added(before, what)
    reportAim(`启动 start, 增加 added ${name} / 0.1.0`, value, '≤', AIM)
  }
}

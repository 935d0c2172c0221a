import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import type { Face } from '../../nodes/face/index.js'
import type { Store } from '../../nodes/store/index.js'
import { Timekeeper } from '../../nodes/watch/timekeeper.js'
import { DEFINITION_MODULE, Ledger, SqliteEngine } from '../../src/ledger/index.js'
import { READY_PLANS } from '../../src/loop/index.js'
import { startChild, type Child } from './children.js'
import { fillFile } from './filling-sqlite.js'
import { hostTable, measureHosts, timesFirst } from './hosts.js'
import { ledgerHost } from './ledger-accepts.js'
import { reportAim, type Effort } from './report.js'
import { figure, quantile, table } from './statistics.js'

const MOST_OPEN = 100_000
const TARGET = 'bench-watch'
const ACTOR = { chain: 'file', actor: 'bench' }
const CONNECTIONS = 16
/** The interval of steps that are due, and for how long they are. */
const DUE_EVERY_MS = 10
const DUE_FOR_MS = { full: 30_000, short: 1_000 }
const IDLE_MS = { full: 10_000, short: 300 }
/** Time for arming and for looking at it idle, before the first step is due. */
const MARGIN_MS = { full: 90_000, short: 6_000 }
const AIM_START_MS = 2_000
const AIM_IDLE_PERCENT = 1
const AIM_LATE_MS = 250
const AIM_ACCEPTS = 1.3

/** Open exams with timers: a start with them, doing nothing, steps that fall due, accepts beside them. */
export async function benchLoopTimers(effort: Effort): Promise<void> {
  const open = Math.min(effort.alerts, MOST_OPEN)
  const length = open === MOST_OPEN ? 'full' : 'short'
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-bench-'))
  const file = path.join(folder, 'watched.db')
  const unwatched = path.join(folder, 'unwatched.db')
  try {
    await fillFile(file, open, (text) => effort.tell(`填充 filling: ${text}`), { open })
    const firstDueAt = Date.now() + MARGIN_MS[length]
    openNow(file, firstDueAt)
    copyFileSync(file, unwatched)
    const armMs = await watchFor(file, async () => undefined)
    effort.tell('已布防 armed')
    let idle = 0
    const startMs = await watchFor(file, async () => {
      const before = process.cpuUsage()
      await setTimeout(IDLE_MS[length])
      const { user, system } = process.cpuUsage(before)
      idle = (user + system) / 10 / IDLE_MS[length]
      await setTimeout(Math.max(0, firstDueAt - Date.now()) + DUE_FOR_MS[length])
    })
    const late = lateness(file)
    console.log(`\n## 升级计时 Timers of ${open} open critical values\n`)
    const rows = [
      ['首次布防 first arming, ms', figure(armMs)],
      ['启动 start, ms', figure(startMs)],
      ['空闲 idle, % CPU', figure(idle)],
      ['到期步骤 steps due', String(late.length)],
      ['p50 迟 late, ms', figure(quantile(late, 0.5))],
      ['p99 迟 late, ms', figure(quantile(late, 0.99))],
    ]
    console.log(table(['', ''], rows))
    reportAim(`启动 start, ${open} 个计时 timers, ms`, startMs, '≤', AIM_START_MS)
    reportAim('计时空闲 timers idle, % CPU', idle, '≤', AIM_IDLE_PERCENT)
    reportAim('步骤迟到 steps late, p99 ms', quantile(late, 0.99), '≤', AIM_LATE_MS)
    await accepts(effort, unwatched, file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** All came in just now, and their first step is due from then on: so many in a second. */
function openNow(file: string, firstDueAt: number): void {
  const [step] = READY_PLANS.standard.steps
  const openedAt = `min(${firstDueAt - step.afterMs} + id * ${DUE_EVERY_MS}, ${Date.now() - 1_000})`
  const db = new DatabaseSync(file)
  db.exec(`pragma synchronous = off; begin;
    update alert set opened_at = ${openedAt};
    update stage set at = (select opened_at from alert where id = stage.alert);
    commit`)
  db.close()
}

/** @returns how long it took until the first timers were looked at, in ms */
async function watchFor(file: string, work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  const engine = new SqliteEngine({ file, definition: DEFINITION_MODULE, ballastBytes: 0 })
  await engine.ready()
  const { promise: looked, resolve } = Promise.withResolvers<void>()
  const timekeeper = new Timekeeper({
    face: { id: TARGET } as Face,
    store: { ledger: new Ledger(engine), actor: () => ACTOR } as unknown as Store,
    rules: JSON.stringify({
      plans: [PLAN],
      choice: { highest: PLAN.id, rows: [] },
      changes: false,
    }),
    seen: () => resolve(),
    outOfReach: () => undefined,
  })
  timekeeper.start()
  await looked
  const tookMs = performance.now() - startedAt
  await work()
  await timekeeper.close()
  await engine.close()
  return tookMs
}

const { limits, steps } = READY_PLANS.standard
const PLAN = {
  id: 'bench-plan',
  name: 'bench',
  limits,
  steps: steps.map((step) => ({ ...step, role: step.role.zh })),
}

/** The lateness of each step, in ms. */
function lateness(file: string): readonly number[] {
  const db = new DatabaseSync(file, { readOnly: true })
  const rows = db
    .prepare("select content ->> '$.due.lateMs' as late from owed where kind = 'step'")
    .all()
  db.close()
  return rows.map(({ late }) => Number(late))
}

async function accepts(effort: Effort, unwatched: string, watched: string): Promise<void> {
  const children: Child[] = []
  const start = (module: string, ...args: string[]): Child => {
    const child = startChild(module, args)
    children.push(child)
    return child
  }
  try {
    const load = start('load.js')
    const hosts = [
      await ledgerHost('无升级 without a watch', start('ledger-host.js', unwatched), load),
      await ledgerHost('有升级 with a watch', start('ledger-host.js', watched), load),
    ]
    const all = await measureHosts(hosts, [CONNECTIONS], effort)
    console.log('\n## 升级与接收 Accepts with a watch\n')
    console.log(hostTable(all))
    const what = '接收 accepts, p50, 有升级 with a watch / 无 without'
    reportAim(what, timesFirst(all[1]!, 'p50Ms'), '≤', AIM_ACCEPTS)
  } finally {
    for (const child of children) child.stop()
  }
}

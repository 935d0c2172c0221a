import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  DEFINITION_MODULE,
  Ledger,
  SqliteEngine,
  type FigureGroup,
} from '../../src/ledger/index.js'
import { COUNTERS, type Counter } from '../../src/loop/index.js'
import { seeded } from '../crash/random.js'
import { undisturbed } from './cpu.js'
import { fillFile } from './filling-sqlite.js'
import { reportAim, type Effort } from './report.js'
import { figure, median, quantile, table } from './statistics.js'

const AIM_MS = 200
const DAYS = 365
const SHIFTS = ['白班', '小夜', '大夜']
const DEPARTMENTS = Array.from({ length: 10 }, (_, n) => `科室 ${n}`)
const CODES = ['1', '2', '3', '4', '5']
const DAY_MS = 24 * 3_600_000
/** Alerts of a ledger from before the tally, of which so many are counted. */
const MOST_UNCOUNTED = 20_000
const PORTION = 100
const ROUNDS = 5
const LIMITS = { receivedMs: 600_000, processedMs: 1_800_000 }

const QUESTIONS: readonly (readonly [
  title: string,
  by: readonly FigureGroup[],
  department?: string,
])[] = [
  ['全年 the year', []],
  ['按月 by month', ['month']],
  ['按月、科室、班次 by month, department and shift', ['month', 'department', 'shift']],
  ['一个科室按日 a department by day', ['day'], '科室 0'],
]

/** Figures of a year, and how fast alerts are counted that no tally has. */
export async function benchLoopFigures(effort: Effort): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-bench-'))
  const file = path.join(folder, 'ledger.db')
  const uncounted = Math.min(effort.alerts, MOST_UNCOUNTED)
  try {
    await fillFile(file, uncounted, (text) => effort.tell(`填充 filling: ${text}`))
    const engine = new SqliteEngine({ file, definition: DEFINITION_MODULE, ballastBytes: 0 })
    await engine.ready()
    const ledger = new Ledger(engine)
    const portions: number[] = []
    for (let isMore = true; isMore;) {
      const begin = performance.now()
      isMore = (await ledger.run('countAlerts', { limit: PORTION })).isMore
      portions.push(performance.now() - begin)
    }
    await engine.close()
    const cells = fillTally(file, effort.alerts)
    effort.tell(`${cells} 格 cells`)
    const asking = new Ledger(
      new SqliteEngine({ file, definition: DEFINITION_MODULE, ballastBytes: 0 }),
    )
    await asking.engine.ready()
    const took: (readonly [string, readonly number[]])[] = []
    for (const [title, by, department] of QUESTIONS) {
      const times: number[] = []
      // The first question makes the thread that answers it.
      for (let round = 0; round <= Math.min(ROUNDS, effort.rounds); round++) {
        const ms = await undisturbed(effort.tries, async () => {
          const begin = performance.now()
          await asking.ask('figures', { by, department, limits: LIMITS })
          return performance.now() - begin
        })
        if (round > 0) times.push(ms)
      }
      took.push([title, times])
    }
    await asking.close()
    console.log(`\n## 指标 Figures over ${effort.alerts} exams in ${cells} cells\n`)
    const rows = took.map(([title, ms]) => [title, figure(median(ms)), figure(quantile(ms, 1))])
    console.log(table(['问题 question', 'ms', '最慢 slowest'], rows))
    const each = (portions.reduce((a, b) => a + b, 0) / uncounted) * 1_000
    console.log(
      `\n计入 counting: ${figure(each)} µs 每条 an alert, ${figure(quantile(portions, 0.99))} ms 每批 a portion of ${PORTION} (p99)`,
    )
    const slowest = Math.max(...took.map(([, ms]) => median(ms)))
    reportAim(`指标 figures over ${effort.alerts} exams, ms`, slowest, '≤', AIM_MS)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The cells that so many exams of a year come to. @returns how many there are */
function fillTally(file: string, exams: number): number {
  const db = new DatabaseSync(file)
  db.exec('pragma synchronous = off; delete from tally; delete from tally_month; begin')
  const columns = db
    .prepare('pragma table_info(tally)')
    .all()
    .map(({ name }) => String(name))
  const insert = db.prepare(
    `insert into tally (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
  )
  const random = seeded(7)
  const perCell = exams / (DAYS * SHIFTS.length * DEPARTMENTS.length * CODES.length)
  let cells = 0
  let left = 0
  for (let day = 0; day < DAYS; day++) {
    const date = new Date(Date.UTC(2026, 0, 1) + day * DAY_MS).toISOString().slice(0, 10)
    for (const shift of SHIFTS) {
      for (const department of DEPARTMENTS) {
        for (const code of CODES) {
          left += perCell
          const n = Math.floor(left)
          if (n === 0) continue
          left -= n
          insert.run(date, department, shift, code, 'radiology', ...countersOf(n, random))
          cells++
        }
      }
    }
  }
  const kept = ['department', 'shift', 'code', 'discipline']
  const counters = columns.filter((name) => name !== 'day' && !kept.includes(name))
  db.exec(`insert into tally_month (month, ${[...kept, ...counters].join(', ')})
    select substr(day, 1, 7), ${kept.join(', ')}, ${counters.map((name) => `sum(${name})`).join(', ')}
    from tally group by 1, ${kept.join(', ')}; commit`)
  db.close()
  return cells
}

/** In the order of the columns. */
function countersOf(alerts: number, random: () => number): readonly number[] {
  const counts: Partial<Record<Counter, number>> = { alerts, contents: alerts, closed: alerts }
  for (let n = 0; n < alerts; n++) {
    for (const name of ['receive', 'process'] as const) {
      const bucket: Counter = `${name}${Math.floor(random() * 24)}`
      counts[bucket] = (counts[bucket] ?? 0) + 1
    }
  }
  return COUNTERS.map((name) => counts[name] ?? 0)
}

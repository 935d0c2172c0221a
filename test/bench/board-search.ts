import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { BoardSearch } from '../../src/ledger/index.js'
import { startChild, type Child } from './children.js'
import { undisturbed } from './cpu.js'
import { fillFile } from './filling-sqlite.js'
import { measureHosts, seriesOf, timesFirst, type Host } from './hosts.js'
import { ledgerHost } from './ledger-accepts.js'
import type { LedgerHostState, LedgerQuestion } from './ledger-host.js'
import { reportAim, type Effort } from './report.js'
import { figure, median, quantile, table } from './statistics.js'

const CONNECTIONS = 16
const AIM_MS = 300
const AIM_P99 = 1.3
const ROUNDS = 5
const ROWS = 50
const DAY_MS = 24 * 3_600_000
/** Between two questions: ten people who look for something again and again. */
const PAUSE_MS = 100
const BESIDE = '同时查找 while searched'

/** Ten departments and two hundred radiologists, each with their share; one person has received everything. */
const PEOPLE = `update alert set department = 'D' || (id % 10), settor_code = 'S' || (id % 200),
  settor_name = 'N' || (id % 200)`

type Question = readonly [title: string, search: Omit<BoardSearch, 'limit'>]

/** The last of the filling is of now, the first of three years ago. */
function questionsAt(now: number): readonly Question[] {
  const year = { from: now - 365 * DAY_MS, until: now }
  const old = { from: now - 700 * DAY_MS, until: now - 670 * DAY_MS }
  return [
    ['检查号 ExamNo', { ExamNo: '9000000000000500' }],
    ['病人号 SickNo', { SickNo: 'C500' }],
    ['设定医生 who has set it', { doctor: 'S7' }],
    ['姓名 by name', { doctor: 'N7', ...old }],
    ['接收者，全部 who has received all', { doctor: '040002' }],
    ['同上，旧的一个月 the same, an old month', { doctor: '040002', ...old }],
    ['科室 department', { department: 'D3' }],
    [
      '科室，无匹配状态 department, in a stage that none is in',
      { department: 'D3', stage: 'processed' },
    ],
    ['一年 a year', year],
    ['一年的科室与医生 a year, department and doctor', { ...year, department: 'D7', doctor: 'S7' }],
    ['未处理 open', { stage: 'open' }],
    ['已作废 cancelled', { stage: 'cancelled' }],
    ['已关闭 closed', { stage: 'closed' }],
    ['没有的 none', { doctor: 'nobody', department: 'D3' }],
  ]
}

/** Searches of people over a large ledger, and accepts while they go on. */
export async function benchBoardSearch(effort: Effort): Promise<void> {
  const { alerts } = effort
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-bench-'))
  const children: Child[] = []
  try {
    const file = path.join(folder, 'full.db')
    await fillFile(file, alerts, (text) => effort.tell(`填充 filling: ${text}`), { also: [PEOPLE] })
    const child = startChild('ledger-host.js', [file])
    const load = startChild('load.js', [])
    children.push(child, load)
    const questions = questionsAt(Date.now())
    const took = await answered(child, questions, effort)
    const host = await ledgerHost('只接收 accepts alone', child, load)
    const searched: Host = { ...host, name: BESIDE, burst: beside(host, child, questions) }
    const all = await measureHosts([host, searched], [CONNECTIONS], effort)
    console.log(`\n## 查找 Search over ${alerts} exams\n`)
    const rows = took.map(([title, ms]) => [title, figure(median(ms)), figure(quantile(ms, 1))])
    console.log(table(['条件 asked for', 'ms', '最慢 slowest'], rows))
    const p99 = timesFirst(seriesOf(all, BESIDE, CONNECTIONS), 'p99Ms')
    console.log(`\n接收 accepts, p99 × 同时查找 while searched: ${figure(p99)}`)
    const slowest = Math.max(...took.map(([, ms]) => median(ms)))
    reportAim(`查找 search over ${alerts} exams, ms`, slowest, '≤', AIM_MS)
    reportAim('同时查找时接收的 p99 × accepts while searched', p99, '≤', AIM_P99)
  } finally {
    for (const one of children) one.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const ask = async (child: Child, search: Question[1]): Promise<number> => {
  const args = { ...search, limit: ROWS }
  const question: LedgerQuestion = { ask: { name: 'searchAlerts', args } }
  return (await child.ask<LedgerHostState>(question)).tookMs
}

async function answered(
  child: Child,
  questions: readonly Question[],
  { rounds, tries }: Effort,
): Promise<readonly (readonly [string, readonly number[]])[]> {
  const all: (readonly [string, readonly number[]])[] = []
  for (const [title, search] of questions) {
    const times: number[] = []
    // The first question makes the thread that answers it, and reads its pages from the disk.
    for (let round = 0; round <= Math.min(ROUNDS, rounds); round++) {
      const ms = await undisturbed(tries, () => ask(child, search))
      if (round > 0) times.push(ms)
    }
    all.push([title, times])
  }
  return all
}

/** Bursts during which people ask one question after the other. */
function beside(host: Host, child: Child, questions: readonly Question[]): Host['burst'] {
  let next = 0
  return async (connections, durationMs) => {
    let isOver = false
    const others = (async () => {
      for (; !isOver; next++) {
        await ask(child, questions[next % questions.length]![1])
        await setTimeout(PAUSE_MS)
      }
    })()
    // Its failure is that of the burst as well, which is waited for first.
    others.catch(() => undefined)
    const result = await host.burst(connections, durationMs)
    isOver = true
    await others
    return result
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DEFINITION_MODULE, Ledger, SqliteEngine } from '../../src/ledger/index.js'
import { undisturbed } from './cpu.js'
import { fillFile } from './filling-sqlite.js'
import { reportAim, type Effort } from './report.js'
import { FEEDBACK_DOCUMENT } from './samples.js'
import { figure, median, table } from './statistics.js'

const MOST_WAITING = 100_000
const ROUNDS = 3
const AIM_MS = 2_000
const ACTOR = { chain: 'file', actor: 'bench' }
const LEASE = { lease: 'bench/1', leaseMs: 1 }

/** A start on a ledger with many handouts and documents that wait, until the first of each is in hand. */
export async function benchLedgerStart(effort: Effort): Promise<void> {
  const waiting = Math.min(effort.alerts, MOST_WAITING)
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-bench-'))
  const file = path.join(folder, 'ledger.db')
  try {
    await fillFile(file, waiting, (text) => effort.tell(`填充 filling: ${text}`), {
      open: waiting,
    })
    wait(file)
    const took: Record<string, number[]> = {}
    for (let round = 0; round < Math.min(ROUNDS, effort.rounds); round++) {
      const times = await undisturbed(effort.tries, () => start(file))
      for (const [step, ms] of Object.entries(times)) (took[step] ??= []).push(ms)
    }
    console.log(`\n## 启动 A start with ${waiting} handouts and documents waiting\n`)
    const rows = Object.entries(took).map(([step, ms]) => [step, figure(median(ms))])
    console.log(table(['步骤 step', 'ms'], rows))
    const what = `启动 start, ${waiting} 条待交出与待发送 handouts and documents waiting, ms`
    reportAim(what, median(took['all'] ?? []), '≤', AIM_MS)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Each alert is owed to a flow and to a peer, as after a stop in the middle of it: all are leased. */
function wait(file: string): void {
  const db = new DatabaseSync(file)
  db.exec(`pragma synchronous = off; begin;
    delete from outbox; delete from attempt;
    insert into owed (kind, target, content, alert, at, handed, lease, lease_until)
      select 'crisis', 'bench-in', '{"crisis":{}}', id, opened_at, 1, 'before/1', ${Date.now() + 3_600_000} from alert;
    commit`)
  db.prepare(
    `insert into outbox (peer, operation, lane, document, alert, node, message, state, due, at, lease, lease_until)
     select 'bench-peer', 'SynCrisisInfo', pair, ?, id, 'bench-out', '{}', 'leased', 0, opened_at, 'before/1',
       ${Date.now() + 3_600_000} from alert`,
  ).run(FEEDBACK_DOCUMENT)
  db.close()
}

/** What the nodes do at a start, each step in ms. */
async function start(file: string): Promise<Readonly<Record<string, number>>> {
  const times: Record<string, number> = {}
  const startedAt = performance.now()
  const engine = new SqliteEngine({ file, definition: DEFINITION_MODULE, ballastBytes: 0 })
  const ledger = new Ledger(engine)
  const timed = async (step: string, work: () => Promise<unknown>): Promise<void> => {
    const before = performance.now()
    await work()
    times[step] = performance.now() - before
  }
  try {
    await timed('open', () => engine.ready())
    await timed('freeLeases', () => ledger.run('freeLeases', undefined, { budgetMs: 60_000 }))
    await timed('handoutsByNode', () => ledger.run('handoutsByNode', undefined))
    await timed('undeliveredByPeer', () => ledger.run('undeliveredByPeer', undefined))
    await timed('tend', () => ledger.run('tend', { peer: 'bench-peer' }))
    await timed('depth', () => ledger.run('depth', { peer: 'bench-peer' }))
    await timed('takeHandouts', () =>
      ledger.run('takeHandouts', { ...LEASE, target: 'bench-in', limit: 50 }),
    )
    await timed('claim', () => ledger.run('claim', CLAIM))
    times['all'] = performance.now() - startedAt
    return times
  } finally {
    await engine.close()
  }
}

const CLAIM = {
  ...LEASE,
  actor: ACTOR,
  peer: 'bench-peer',
  limit: 4,
  parallel: 4,
  perMinute: 0,
}

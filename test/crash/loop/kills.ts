import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { removeFolder } from '../../support/node-red.js'
import { fileLedger, postgresLedger, type TestLedger } from '../ledgers.js'
import { verify } from '../crash.js'
import { between, pause, seeded } from '../random.js'
import { LoopInstance } from './instance.js'
import { People } from './people.js'
import { Receiver } from './receiver.js'
import { judgeLoop, type LoopRows, type LoopVerdict } from './verdict.js'
import { MOMENTS, POINTS, type LoopSettings, type Noted } from './words.js'

export interface LoopOptions {
  readonly kills: number
  /** On PostgreSQL two instances share the loop. */
  readonly engine: 'sqlite' | 'postgres'
  readonly seed: number
  readonly tell?: (line: string) => void
}

export interface LoopResult extends LoopVerdict {
  readonly kills: number
  readonly audit: { readonly entries: number; readonly broken: number }
}

/** A process that does not come to the point of a kill is killed wherever it is. */
const KILL_LIMIT_MS = 1_200
const MOST_NTH = 3
const UP_MS = 150
const DRAIN_LIMIT_MS = 90_000
const DRAIN_LOOK_MS = 200

/**
 * Critical values come in, their timers fire, people are paged and react or do not, while the processes that see to it are
 * killed at each step; then all that is under way comes to its end in peace, and is judged.
 */
export async function runLoopKills(options: LoopOptions): Promise<LoopResult> {
  const { kills, engine, seed, tell = () => {} } = options
  const random = seeded(seed)
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-loop-'))
  const notes = path.join(folder, 'notes.jsonl')
  writeFileSync(notes, '')
  const ledger = engine === 'sqlite' ? fileLedger(folder) : await postgresLedger()
  const receiver = new Receiver(seeded(seed + 1))
  const names = engine === 'sqlite' ? ['a'] : ['a', 'b']
  const settings = { store: storeOf(ledger), receiver: await receiver.open(), notes }
  const instances = names.map((name) => new LoopInstance(name, settings))
  const people = new People(instances, seeded(seed + 2))
  try {
    // The first one makes the tables.
    for (const one of instances) await one.start()
    people.start()
    for (let n = 1; n <= kills; n++) {
      await pause(UP_MS)
      const victim = instances[between(random, 0, instances.length)]!
      const turn = n - 1 + seed
      await victim.kill(
        {
          // Each point comes by turns, in each of its moments.
          point: POINTS[turn % POINTS.length]!,
          moment: MOMENTS[Math.floor(turn / POINTS.length) % MOMENTS.length]!,
          nth: between(random, 1, MOST_NTH + 1),
        },
        KILL_LIMIT_MS,
      )
      await victim.start()
      if (n % 20 === 0) tell(`${n} kills, ${people.stored.length} critical values`)
    }
    receiver.isPeaceful = true
    await people.stop()
    tell('all have reacted who do; waiting until everybody else was paged')
    const rows = await untilQuiet(ledger)
    for (const one of instances) await one.stop()
    const { stored, counted } = people
    const facts = { stored, counted, received: receiver.received, noted: notedIn(notes), rows }
    return { ...judgeLoop(facts), kills, audit: await verify(ledger) }
  } finally {
    for (const one of instances) await one.stop()
    receiver.close()
    await ledger.stop()
    removeFolder(folder)
  }
}

function storeOf({ store, credentials }: TestLedger): LoopSettings['store'] {
  const { file, host = '', port, database = '', user = '' } = store
  if (file !== undefined) return { engine: 'sqlite', file }
  const password = credentials?.['password'] ?? ''
  return { engine: 'postgres', address: { host, port: Number(port), database, user, password } }
}

const notedIn = (file: string): readonly Noted[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Noted)

const OPEN = `select
  (select count(*) from owed where kind in ('step', 'paged', 'acknowledged')) as owed,
  (select count(*) from page where state in ('waiting', 'leased')) as pages,
  (select count(*) from timer where level < 3) as timers`

/** Waits until nothing is owed, no page is under way and each alert that is still open has reached the last step; or too long. */
async function untilQuiet(ledger: TestLedger): Promise<LoopRows> {
  const end = Date.now() + DRAIN_LIMIT_MS
  for (;;) {
    const [open] = await ledger.read(OPEN).catch(() => [])
    const isQuiet = open && Object.values(open).every((count) => Number(count) === 0)
    if (isQuiet || Date.now() > end) return rowsOf(ledger)
    await pause(DRAIN_LOOK_MS)
  }
}

async function rowsOf({ read }: TestLedger): Promise<LoopRows> {
  const [alerts, acts, fired, pages] = await Promise.all([
    read('select id, exam_no from alert'),
    read('select alert, kind from acknowledgement'),
    read("select alert, at, detail from audit where kind = 'escalated'"),
    read('select id, alert, state, content, step from page'),
  ])
  const json = (value: unknown) => JSON.parse(String(value)) as Record<string, unknown>
  return {
    alerts: alerts.map((row) => ({ id: Number(row['id']), exam: String(row['exam_no']) })),
    acts: acts.map((row) => ({ alert: Number(row['alert']), kind: String(row['kind']) })),
    fired: fired.map((row) => {
      const { step, round } = json(row['detail'])
      const [alert, at] = [Number(row['alert']), Number(row['at'])]
      return { alert, at, step: Number(step), round: Number(round) }
    }),
    pages: pages.map((row) => ({
      id: Number(row['id']),
      alert: Number(row['alert']),
      state: String(row['state']),
      title: String(json(row['content'])['title']),
      until: String(json(row['step'])['until']),
    })),
  }
}

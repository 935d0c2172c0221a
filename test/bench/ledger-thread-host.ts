// Batches of accepts as the thread of the ledger runs them, on a file of its own, a process of its own.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Call } from '../../src/store/calls.js'
import { monotonicMs } from '../../src/store/clock.js'
import { commitBatch } from '../../src/store/sqlite-batch.js'
import { openFile } from '../../src/store/sqlite-file.js'
import type { Settled } from '../../src/store/step.js'
import { DEFINITION, type StoredCrisis } from '../../src/ledger/index.js'
import { answerParent } from './children.js'
import { crisisToStore } from './ledger-crisis.js'
import { CRISIS, crisisRequest } from './samples.js'

export interface ThreadQuestion {
  /** Accepts in a batch. */
  readonly size: number
  readonly batches: number
}

/** For each accept, in µs. */
export interface ThreadUse {
  readonly cpuUs: number
  readonly wallUs: number
}

const ACTOR = { chain: 'file', actor: 'bench' }
const LEASE = 'bench/'
const folder = mkdtempSync(path.join(tmpdir(), 'crisis-bench-'))
const opened = openFile(path.join(folder, 'ledger.db'), DEFINITION, {
  mistrust: false,
  mustExist: false,
  signal: new AbortController().signal,
})
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGTERM', () => process.exit())

let exam = 0
let owed: readonly number[] = []

answerParent(async ({ size, batches }: ThreadQuestion): Promise<ThreadUse> => {
  const { writer } = await opened
  let cpuUs = 0
  let wallMs = 0
  for (let batch = 0; batch < batches; batch++) {
    const calls = Array.from({ length: size }, (_, id) => accept(id))
    // What the batch before has handed out is settled with this one, as the nodes do it.
    if (owed.length > 0) calls.push(call(size, 'settleHandout', { ids: owed, lease: LEASE }))
    const before = process.cpuUsage()
    const startedAt = performance.now()
    const settled = commitBatch(writer, DEFINITION, calls)
    wallMs += performance.now() - startedAt
    const { user, system } = process.cpuUsage(before)
    cpuUs += user + system
    owed = settled.slice(0, size).map(owedOf)
  }
  const accepts = batches * size
  return { cpuUs: cpuUs / accepts, wallUs: (wallMs * 1000) / accepts }
})

function accept(id: number): Call {
  exam++
  const crisis = { ...CRISIS, ExamNo: String(exam).padStart(16, '0') }
  return call(id, 'storeCrises', {
    actor: ACTOR,
    origin: {
      service: 'bench',
      system: '',
      remoteAddress: '127.0.0.1',
      raw: crisisRequest(exam),
      charset: 'utf-8',
    },
    crises: [crisisToStore({ crisis, extra: [], flags: [] })],
    emitResends: false,
    target: 'bench-in',
    lease: { lease: `${LEASE}${randomUUID()}`, leaseMs: 30_000 },
  })
}

const call = (id: number, name: string, args: unknown): Call => ({
  id,
  name,
  args,
  mode: 'write',
  deadline: monotonicMs() + 60_000,
})

function owedOf(settled: Settled): number {
  if ('error' in settled) throw settled.error
  const [stored] = settled.value as readonly StoredCrisis[]
  if (!stored?.owed) throw new Error('a critical value of the bench is new each time')
  return stored.owed.id
}

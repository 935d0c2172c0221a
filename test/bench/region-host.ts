// An instance that takes the critical values of many hospitals and brings each all its way, a process of its own:
// `region-host.js <name> <ledger file | address of PostgreSQL as JSON>`.
import { randomUUID } from 'node:crypto'
import {
  DEFINITION,
  DEFINITION_MODULE,
  Ledger,
  PostgresEngine,
  SqliteEngine,
  type Actor,
} from '../../src/ledger/index.js'
import { describeFeedback, feedbackHash } from '../../src/loop/index.js'
import { writeCrisisDocument, type Crisis, type CrisisFeedback } from '../../src/messages/index.js'
import type { PostgresAddress } from '../../src/store/index.js'
import { answerParent } from './children.js'
import { crisisToStore } from './ledger-crisis.js'
import { CRISIS, CRISIS_REPLY, FEEDBACK_REQUEST, crisisRequest } from './samples.js'

export interface RegionQuestion {
  /** The hospitals, each with exam numbers of its own, that this instance hosts. */
  readonly hospitals: number
  readonly inFlight: number
  readonly durationMs: number
}

export interface RegionAnswer {
  readonly values: number
  readonly elapsedMs: number
  /** Time until a critical value is durable, in ms. */
  readonly acceptMs: readonly number[]
}

const LEASE_MS = 30_000
const REPLY = Buffer.from(CRISIS_REPLY)
const ZONE = '+08:00'
const [, , name = 'one', place = ''] = process.argv
const isFile = !place.startsWith('{')
const ledger = new Ledger(
  isFile
    ? new SqliteEngine({ file: place, definition: DEFINITION_MODULE })
    : new PostgresEngine({
        address: JSON.parse(place) as PostgresAddress,
        definition: DEFINITION,
      }),
)
// A file has one chain; several instances must not wait for each other's.
const actor: Actor = { chain: isFile ? 'file' : name, actor: name }
let exam = 0

answerParent(async ({ hospitals, inFlight, durationMs }: RegionQuestion): Promise<RegionAnswer> => {
  await ledger.engine.ready()
  const acceptMs: number[] = []
  const startedAt = performance.now()
  const until = startedAt + durationMs
  let values = 0
  const work = async (lane: number): Promise<void> => {
    while (performance.now() < until) {
      acceptMs.push(await goRound(`h${(lane + values) % hospitals}`, `${name}/${lane}`))
      values++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, lane) => work(lane)))
  return { values, elapsedMs: performance.now() - startedAt, acceptMs }
})

/** One critical value: stored, handed to its flow, sent to the HIS, delivered, fed back, and handed on. */
async function goRound(system: string, peer: string): Promise<number> {
  const number = `${name}${String(++exam).padStart(12, '0')}`
  const crisis: Crisis = { ...CRISIS, ExamNo: number, ApplyNo: number }
  const item = crisisToStore({ crisis, extra: [], flags: [] })
  const lease = `${name}/${randomUUID()}`
  const origin = { service: 'region', system, remoteAddress: '127.0.0.1', charset: 'utf-8' }
  const request = crisisRequest(exam)
  const startedAt = performance.now()
  const [stored] = await ledger.run('storeCrises', {
    actor,
    origin: { ...origin, raw: request },
    crises: [item],
    emitResends: false,
    target: `in/${name}`,
    lease: { lease, leaseMs: LEASE_MS },
  })
  const acceptMs = performance.now() - startedAt
  await ledger.run('sendCrisis', {
    actor,
    origin: { ...origin, raw: request },
    crisis: item,
    redelivered: false,
    owed: stored?.owed?.id,
    item: {
      peer,
      operation: 'SynCrisisInfo',
      lane: item.examKey,
      document: writeCrisisDocument(crisis),
      node: `out/${name}`,
      message: '{}',
      expiresAfterMs: null,
    },
  })
  await deliver(peer, request)
  await feedBack(system, crisis)
  await settle()
  return acceptMs
}

async function deliver(peer: string, request: Buffer): Promise<void> {
  const lease = `${name}/${randomUUID()}`
  const claim = { actor, peer, lease, leaseMs: LEASE_MS, limit: 1, parallel: 4, perMinute: 0 }
  const { documents } = await ledger.run('claim', claim)
  const [document] = documents
  if (!document) throw new Error('what was sent is to be delivered')
  await ledger.run('conclude', {
    actor,
    id: document.id,
    lease,
    attempt: {
      startedAt: 1,
      endedAt: 2,
      class: 'delivered',
      code: 'DELIVERED',
      reasonZh: '',
      reasonEn: '',
      reply: null,
      request,
      response: REPLY,
    },
    verdict: { state: 'done' },
  })
}

async function feedBack(system: string, { ExamNo, ApplyNo }: Crisis): Promise<void> {
  const [date = '', time = ''] = new Date(Date.now() + 8 * 3_600_000).toISOString().split(/[T.]/)
  const feedback: CrisisFeedback = {
    ExamNo: ExamNo ?? '',
    ApplyNo: ApplyNo ?? '',
    CrisisReceiver: { code: '1', name: '1' },
    CrisisReceiveDate: date,
    CrisisReceiveTime: time,
    ProcessStaff: { code: '1', name: '1' },
    ProcessDate: date,
    ProcessTime: time,
    ProcessResult: '1',
  }
  const described = describeFeedback(system, ZONE, feedback)
  await ledger.run('storeFeedbacks', {
    actor,
    origin: {
      ...{ service: 'region', system, remoteAddress: '127.0.0.1', charset: 'utf-8' },
      raw: Buffer.from(FEEDBACK_REQUEST),
    },
    feedbacks: [
      { feedback, extra: [], application: 'HIS', content: feedbackHash(feedback), ...described },
    ],
    target: `in/${name}`,
  })
}

/** Messages that flows have had: those of feedback, and the outcomes. */
async function settle(): Promise<void> {
  for (const target of [`in/${name}`, `out/${name}`]) {
    const lease = `${name}/${randomUUID()}`
    const owed = await ledger.run('takeHandouts', { target, limit: 4, lease, leaseMs: LEASE_MS })
    if (owed.length > 0) {
      await ledger.run('settleHandout', { ids: owed.map(({ id }) => id), lease })
    }
  }
}

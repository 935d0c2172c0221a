import assert from 'node:assert/strict'
import {
  Ledger,
  type Actor,
  type AttemptRecord,
  type Claimed,
  type ToDeliver,
  type Verdict,
} from '../../src/ledger/index.js'
import type { Row } from '../../src/store/types.js'
import { MemoryEngine } from '../support/memory-engine.js'

export const actor: Actor = { chain: 'a', actor: 'one' }
export const other: Actor = { chain: 'b', actor: 'two' }
export const START = Date.UTC(2026, 0, 1)

export const attempt = (record: Partial<AttemptRecord> = {}): AttemptRecord => ({
  startedAt: START,
  endedAt: START + 5,
  class: 'unreachable',
  code: 'PEER_DEADLINE',
  reasonZh: '慢',
  reasonEn: 'slow',
  reply: null,
  request: Buffer.from('<a/>'),
  response: Buffer.alloc(0),
  ...record,
})

export const delivered = attempt({ class: 'delivered', code: 'DELIVERED' })
export const refused = attempt({ class: 'rejected', code: 'REPLY_REJECTED' })
export const RETRY: Verdict = { state: 'ready', delayMs: 4_000 }

export const toDeliver = (item: Partial<ToDeliver> = {}): ToDeliver => ({
  peer: 'his',
  operation: 'SynCrisisInfo',
  lane: 'E1/A1',
  document: '<a/>',
  alert: null,
  node: 'node',
  message: '{"topic":"t"}',
  expiresAfterMs: null,
  ...item,
})

export interface ClaimOptions {
  readonly peer?: string
  readonly limit?: number
  readonly by?: Actor
  readonly parallel?: number
  readonly perMinute?: number
}

/** An outbox in memory, and the shortest way to each thing that can be done with it. */
export class Outbox {
  readonly clock = { now: START }
  readonly engine = new MemoryEngine(this.clock)
  readonly ledger = new Ledger(this.engine)
  #leases = 0

  enqueue(item: Partial<ToDeliver> = {}): Promise<number> {
    return this.ledger.run('enqueue', { actor, item: toDeliver(item) })
  }

  async claim(options: ClaimOptions = {}): Promise<readonly Claimed[]> {
    const { documents } = await this.claims(options)
    return documents
  }

  claims(options: ClaimOptions = {}) {
    return this.ledger.run('claim', {
      actor: options.by ?? actor,
      peer: options.peer ?? 'his',
      lease: `lease ${++this.#leases}`,
      leaseMs: 30_000,
      limit: options.limit ?? 10,
      parallel: options.parallel ?? 10,
      perMinute: options.perMinute ?? 0,
    })
  }

  async claimOne(): Promise<Claimed> {
    const [one, ...more] = await this.claim()
    assert.ok(one)
    assert.equal(more.length, 0)
    return one
  }

  conclude(one: Claimed, verdict: Verdict, record = attempt(), by = actor) {
    const { id, lease } = one
    return this.ledger.run('conclude', { actor: by, id, lease, attempt: record, verdict })
  }

  /** A document that the peer has refused. */
  async dead(item: Partial<ToDeliver> = {}): Promise<number> {
    const id = await this.enqueue(item)
    await this.conclude(await this.claimOne(), { state: 'dead' }, refused)
    return id
  }

  rowOf(id: number): Row {
    return this.engine.query('select * from outbox where id = $1', id)[0] ?? {}
  }

  kinds() {
    return this.engine.query('select kind from audit order by at, seq').map((r) => r['kind'])
  }

  owed() {
    return this.engine
      .query('select target, content from owed order by id')
      .map(({ target, content }) => ({
        target,
        ...(JSON.parse(String(content)) as { outbox: number; state: string; code: string }),
      }))
  }
}

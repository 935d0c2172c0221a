import assert from 'node:assert/strict'
import type { Row, SqlValue } from '../../src/store/index.js'
import { OPERATIONS } from '../../src/ledger/operations/index.js'
import { MemoryEngine } from '../support/memory-engine.js'
import { Site } from './site.js'
import { WAITING, walk } from './walk.js'

/** Explains each statement before it runs it. Without statistics a plan does not depend on how much there is. */
class ExplainingEngine extends MemoryEngine {
  readonly walked = new Set<string>()
  readonly plans = new Map<string, readonly string[]>()
  #running = ''

  override run(name: string, args: unknown): Promise<unknown> {
    this.walked.add(name)
    this.#running = name
    return super.run(name, args)
  }

  override query(sql: string, ...params: readonly SqlValue[]): Row[] {
    const steps = super.query(sql.replace(/^(\{only:\w+\})?/, '$1explain query plan '), ...params)
    this.plans.set(
      `${this.#running}: ${sql.replace(/\s+/g, ' ')}`,
      steps.map((row) => String(row['detail'])),
    )
    return super.query(sql, ...params)
  }
}

/** What may be read from end to end: what a statement has worked out before, and what does not grow with the years. */
const SMALL = [
  'c',
  'd',
  'free',
  'CONSTANT',
  'peer',
  'watch',
  // One row for each kind of critical value and day.
  'tally',
  'tally_month',
  'caller',
  'board_account',
  'board_session',
  'audit_head',
  'owed',
  'trouble',
  // Some weeks of hours.
  'volume',
  // Kept below so many bytes.
  'quarantine',
  'q',
  'sqlite_sequence',
]

function readsAll(step: string): boolean {
  const scan = /^SCAN (\w+)(?:.* INDEX (\w+))?/.exec(step)
  if (!scan) return false
  const [, name = '', index = ''] = scan
  return !SMALL.includes(name) && !WAITING.includes(index)
}

describe('the plans of the statements', () => {
  const engine = new ExplainingEngine({ now: Date.UTC(2026, 0, 1) })
  before(() => walk(new Site(engine, 'pacs')))

  it('are of every operation', () => {
    const missing = Object.keys(OPERATIONS).filter((name) => !engine.walked.has(name))
    assert.deepEqual(missing, [], 'add these to the walk')
  })

  it('never read a whole table that grows with the years', () => {
    assert.ok(engine.plans.size > 50)
    const bad = [...engine.plans].filter(([, steps]) => steps.some(readsAll))
    assert.deepEqual(Object.fromEntries(bad), {})
  })
})

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Engine, EngineState, Row, SqlValue, Step } from '../../src/store/types.js'
import { bound, expand } from '../support/memory-engine.js'
import { definition } from './definition.js'

const OPERATIONS = definition.operations as Readonly<Record<string, (a: unknown) => Step<unknown>>>

/**
 * The ledger's operations on an SQLite in memory, for many short traces: each begins with an empty ledger, because
 * what the one before has done is rolled back. The clock is moved by the trace.
 */
export class TraceEngine implements Engine {
  readonly kind = 'sqlite'
  readonly state: EngineState = 'ready'
  readonly trouble = undefined
  commits = 0
  now = 0
  readonly #db = new DatabaseSync(':memory:')
  readonly #statements = new Map<string, StatementSync>()

  constructor() {
    this.#db.function('clock_now', () => this.now)
    for (const { statements } of definition.migrations) {
      for (const statement of statements) this.#db.exec(expand(statement))
    }
    this.#db.exec('begin')
  }

  /** Forgets all that was done. */
  startAnew(): void {
    this.#db.exec('rollback')
    this.#db.exec('begin')
  }

  ready() {
    return Promise.resolve({ database: 'SQLite in memory', schema: 1, created: true, warnings: [] })
  }

  run(name: string, args: unknown): Promise<unknown> {
    try {
      return Promise.resolve(this.#run(name, args))
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  #run(name: string, args: unknown): unknown {
    const make = OPERATIONS[name]
    if (!make) throw new Error(`no operation ${name}`)
    const body = make(args)
    let step = body.next([])
    while (!step.done) step = body.next(this.#query(step.value.sql, step.value.params))
    this.commits++
    return step.value
  }

  #query(sql: string, params: readonly SqlValue[]): Row[] {
    let statement = this.#statements.get(sql)
    if (!statement) {
      // Numbered, because names are looked up at each call.
      statement = this.#db.prepare(expand(sql).replaceAll(/\$(\d+)/g, '?$1'))
      this.#statements.set(sql, statement)
    }
    return statement.all(...params.map(bound)) as Row[]
  }

  onState(): () => void {
    return () => {}
  }

  notify(): void {}

  onNotify(): () => void {
    return () => {}
  }

  close(): Promise<void> {
    this.#db.close()
    return Promise.resolve()
  }
}

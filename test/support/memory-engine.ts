import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Engine, EngineState, Row, SqlValue, Step } from '../../src/store/types.js'
import { definition } from '../ledger/definition.js'

const MACROS: Readonly<Record<string, string>> = {
  '{now}': 'clock_now()',
  '{skip}': '',
  '{id}': 'integer primary key autoincrement',
  '{big}': 'integer',
  '{bytes}': 'blob',
  '{tail}': ' strict',
}

export const expand = (sql: string): string =>
  sql
    .replace(/^\{only:sqlite\}/, '')
    .replace(/^\{only:.*/s, 'select 1')
    .replace(/\{lock:\$1\}/, 'select $1')
    .replace(/\{try:\$1\}/, '($1 is not null)')
    .replace(/\{\w+\}/g, (macro) => MACROS[macro] ?? macro)

/** As the engine of the file does: whole numbers as such, and no bytes as no bytes. */
export function bound(value: SqlValue): SqlValue | bigint {
  if (value instanceof Uint8Array && value.length === 0) return new Uint8Array(1).subarray(0, 0)
  return Number.isSafeInteger(value) ? BigInt(value as number) : value
}

type StateListener = Parameters<Engine['onState']>[0]

/** What happens to a run: it never begins, it is committed and its caller does not hear of it, or its error. */
export type Failure = 'before' | 'after' | Error

/** The ledger's operations on an SQLite in memory, with a clock that tests move and failures that they order. */
export class MemoryEngine implements Engine {
  readonly kind = 'sqlite'
  state: EngineState = 'ready'
  readonly trouble = undefined
  commits = 0
  /** What fails, asked before each run. */
  failing: (name: string, args: unknown) => Failure | undefined = () => undefined
  readonly #db = new DatabaseSync(':memory:')
  readonly #statements = new Map<string, StatementSync>()
  readonly #listeners = new Set<(topic: string) => void>()
  readonly #stateListeners = new Set<StateListener>()
  readonly #watchers = new Set<(name: string, result: unknown) => void>()

  constructor(readonly clock: { now: number }) {
    this.#db.function('clock_now', () => this.clock.now)
    for (const { statements } of definition.migrations) {
      for (const statement of statements) this.#db.exec(expand(statement))
    }
  }

  ready() {
    return Promise.resolve({ database: 'SQLite in memory', schema: 1, created: true, warnings: [] })
  }

  onState(listener: StateListener): () => void {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }

  async run(name: string, args: unknown): Promise<unknown> {
    // Nothing is answered in the same turn, as with a worker.
    await setImmediate()
    const failure = this.failing(name, args)
    if (failure instanceof Error) throw failure
    if (failure === 'before') throw new Error('the ledger is away')
    const result = this.#transact(name, args)
    if (failure === 'after') throw new Error('the commit is unknown')
    for (const watcher of this.#watchers) watcher(name, result)
    return result
  }

  #transact(name: string, args: unknown): unknown {
    const make = (definition.operations as Readonly<Record<string, (a: unknown) => Step<unknown>>>)[
      name
    ]
    if (!make) throw new Error(`no operation ${name}`)
    this.#db.exec('begin')
    try {
      const body = make(structuredClone(args))
      const hints: string[] = []
      let step = body.next([])
      while (!step.done) {
        if (step.value.hint !== undefined) hints.push(step.value.hint)
        step = body.next(this.query(step.value.sql, ...step.value.params))
      }
      this.#db.exec('commit')
      for (const hint of hints) this.notify(hint)
      this.commits++
      return structuredClone(step.value)
    } catch (error) {
      this.#db.exec('rollback')
      throw error
    }
  }

  /** Rows as they are now, for a test to look at. */
  query(sql: string, ...params: readonly SqlValue[]): Row[] {
    // By name: Node 22.13 does not know numbered parameters.
    const named = Object.fromEntries(params.map((value, index) => [`$${index + 1}`, bound(value)]))
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#db.prepare(expand(sql))
      this.#statements.set(sql, statement)
    }
    return statement.all(named).map((row: Record<string, SQLOutputValue>) => ({ ...row }) as Row)
  }

  notify(topic: string): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(topic))
  }

  onNotify(listener: (topic: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls back after every run that was committed and reported. */
  onRan(watcher: (name: string, result: unknown) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  close(): Promise<void> {
    this.state = 'closed'
    for (const listener of this.#stateListeners) listener('closed', undefined)
    return Promise.resolve()
  }
}

import type * as pg from 'pg'
import { NO_ANCHOR } from './anchor.js'
import { Calls, MOST_IN_A_BATCH, type Call } from './calls.js'
import { Backoff, soon, type BackoffOptions } from './clock.js'
import { ledgerError, LedgerError } from './errors.js'
import { Hints } from './hints.js'
import { migrating } from './migration-progress.js'
import { PostgresAnchor } from './postgres-anchor.js'
import { commitBatch } from './postgres-batch.js'
import { clientConfig, loadPg, type Pg } from './postgres-driver.js'
import type { PostgresAddress, SessionOptions } from './postgres-driver.js'
import { failureOf, postgresFailure } from './postgres-errors.js'
import { PostgresHints } from './postgres-hints.js'
import { PostgresQuestions } from './postgres-questions.js'
import { PostgresReaders } from './postgres-readers.js'
import { joinSession, openSession } from './postgres-schema.js'
import { Status } from './status.js'
import type { Settled } from './step.js'
import {
  budgetOf,
  type Engine,
  type EngineDefinition,
  type EngineState,
  type OpenReport,
  type RunOptions,
} from './types.js'

export interface PostgresEngineOptions {
  readonly address: PostgresAddress
  readonly definition: EngineDefinition
  /** The schema of our tables, made when it is missing: a-z, 0-9 and _. Default is `crisis`. */
  readonly schema?: string
  /**
   * Absolute path of a small file that says which ledger this is and how far it has come, by which one that is
   * missing, older or another is noticed. Default is none.
   */
  readonly anchor?: string
  /** Time that one statement may take, in ms. Default is 5 000. */
  readonly statementMs?: number
  /** Most reading operations at a time, each on a connection of its own. Default is 4. */
  readonly readers?: number
  readonly backoff?: BackoffOptions
  /** Default is the package `pg`. */
  readonly driver?: () => Pg
}

export const DEFAULT_SCHEMA = 'crisis'
export const DEFAULT_STATEMENT_MS = 5_000
export const DEFAULT_READERS = 4
/** Longest wait for a server that is gone without a word while it answers a question. */
const MOST_QUESTION_MS = 60_000
const CLOSE_DRAIN_MS = 1_200
const CLOSE_END_MS = 700

/** An engine on a PostgreSQL server, which any number of instances share. */
export class PostgresEngine implements Engine {
  readonly kind = 'postgres'
  readonly #definition: EngineDefinition
  readonly #schema: string
  readonly #options: PostgresEngineOptions
  readonly #status = new Status()
  readonly #calls = new Calls(() => this.#status.trouble)
  readonly #hints = new Hints()
  readonly #backoff: Backoff
  readonly #first = Promise.withResolvers<OpenReport>()
  #driver: Pg | undefined
  #writer: pg.Client | undefined
  #readers: PostgresReaders | undefined
  #questions: PostgresQuestions | undefined
  #remote: PostgresHints | undefined
  readonly #anchor: PostgresAnchor
  #identity = ''
  #alone: Call[] = []
  #writing = false
  #retry: NodeJS.Timeout | undefined
  #commits = 0
  #closing: Promise<void> | undefined

  /** Throws LEDGER_PATH for a schema name that could be taken for something else. */
  constructor(options: PostgresEngineOptions) {
    this.#options = options
    this.#definition = options.definition
    this.#schema = options.schema ?? DEFAULT_SCHEMA
    if (!/^[a-z_][a-z0-9_]{0,40}$/.test(this.#schema)) throw badSchema()
    this.#anchor = new PostgresAnchor(options.anchor, options.definition.journal)
    this.#backoff = new Backoff(options.backoff)
    // A caller that does not ask for the first opening learns of its failure by `onState`.
    this.#first.promise.catch(() => undefined)
    void this.#open()
  }

  get state(): EngineState {
    return this.#status.state
  }

  get trouble(): LedgerError | undefined {
    return this.#status.trouble
  }

  get commits(): number {
    return this.#commits
  }

  ready(): Promise<OpenReport> {
    return this.#first.promise
  }

  run(name: string, args: unknown, options: RunOptions = {}): Promise<unknown> {
    if (this.#closing) return Promise.reject(ledgerError('LEDGER_CLOSED'))
    const { mode = 'write', budgetMs = budgetOf(mode) } = options
    const result = this.#calls.add(name, args, mode, this.#status.patience(budgetMs, mode))
    this.#pump()
    return result
  }

  onState(listener: (state: EngineState, trouble: LedgerError | undefined) => void): () => void {
    return this.#status.on(listener)
  }

  notify(topic: string): void {
    this.#hints.send(topic)
    this.#remote?.send(topic)
  }

  onNotify(listener: (topic: string) => void): () => void {
    this.#remote?.start()
    return this.#hints.on(listener)
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    clearTimeout(this.#retry)
    this.#anchor.stop()
    const closed = ledgerError('LEDGER_CLOSED')
    this.#calls.rejectHeld(closed)
    this.#calls.rejectQuestions(closed)
    this.#questions?.end()
    await this.#calls.idle(CLOSE_DRAIN_MS)
    const writer = this.#writer
    this.#writer = undefined
    const end = async () => {
      await Promise.allSettled([writer?.end(), this.#readers?.end(), this.#remote?.close()])
    }
    await soon(end(), CLOSE_END_MS)
    this.#calls.rejectStarted(closed)
    this.#first.reject(closed)
    this.#status.closed()
  }

  async #open(): Promise<void> {
    try {
      const driver = this.#prepare()
      const writer = new driver.Client({ ...this.#config(driver), pipeline: true })
      // Comes at any time, and without a listener it would end the process.
      writer.on('error', (error) => this.#lost(writer, postgresFailure(error).error))
      const { report, identity } = await openSession(writer, {
        ...this.#session,
        definition: this.#definition,
        anchor: this.#anchor.known,
        make: () => new driver.Client(this.#config(driver)),
        onProgress: (progress) => this.#status.failed(migrating(progress)),
      })
      if (this.#closing) {
        hangUp(writer)
        return
      }
      this.#writer = writer
      this.#identity = identity
      this.#backoff.reset()
      const warnings = (await this.#anchor.write(writer)) ? [] : [NO_ANCHOR]
      this.#first.resolve({ ...report, warnings: [...report.warnings, ...warnings] })
      this.#status.opened()
      this.#pump()
    } catch (thrown) {
      this.#fails(failureOf(thrown).error)
    }
  }

  /** Loads the driver, and makes what needs nothing but that. */
  #prepare(): Pg {
    const { driver: load = loadPg, readers: most = DEFAULT_READERS, backoff = {} } = this.#options
    const driver = (this.#driver ??= load())
    if (!this.#readers) {
      // The pool waits for its promise, which its types do not say.
      const onConnect = (client: pg.ClientBase): unknown => this.#join(client)
      const pool = new driver.Pool({ ...this.#config(driver), max: most, onConnect })
      this.#readers = new PostgresReaders({ pool, most, definition: this.#definition })
    }
    const connect = async (client: pg.Client) => {
      await client.connect()
      await this.#join(client)
    }
    const make = (options: pg.ClientConfig = {}) =>
      new driver.Client({ ...this.#config(driver), ...options })
    const channel = `crisis_${this.#schema}`
    this.#remote ??= new PostgresHints({ make, connect, channel }, this.#hints, backoff)
    this.#questions ??= new PostgresQuestions({
      // Each question has a limit of its own at the server.
      make: () => make({ query_timeout: MOST_QUESTION_MS }),
      connect,
      definition: this.#definition,
    })
    return driver
  }

  #config(driver: Pg): pg.ClientConfig {
    return clientConfig(driver, this.#options.address, this.#session)
  }

  get #session(): SessionOptions {
    return { schema: this.#schema, statementMs: this.#options.statementMs ?? DEFAULT_STATEMENT_MS }
  }

  /** Sets a connection beside the writer's up, which must lead to the same ledger. */
  #join(client: pg.ClientBase): Promise<void> {
    return joinSession(client, this.#session, this.#identity)
  }

  #fails(error: LedgerError): void {
    this.#first.reject(error)
    this.#status.failed(error)
    for (const call of this.#alone.splice(0)) this.#calls.reject(call.id, error)
    if (!this.#closing) this.#retry = setTimeout(() => void this.#open(), this.#backoff.next())
  }

  /** The connection of the writer is gone. What it was doing hears of it by itself. */
  #lost(writer: pg.Client, error: LedgerError): void {
    if (this.#writer !== writer) return
    this.#writer = undefined
    hangUp(writer)
    this.#fails(error)
  }

  /** Starts what can be started. */
  #pump(): void {
    if (this.#status.state !== 'ready') return
    void this.#write()
    const [readers, questions] = [this.#readers!, this.#questions!]
    for (const call of this.#calls.start('read', readers.free)) void this.#answer(readers, call)
    const next = questions.isBusy ? [] : this.#calls.start('ask', 1)
    for (const call of next) void this.#answer(questions, call)
  }

  /** One batch: all that has come in while the one before was being committed. */
  async #write(): Promise<void> {
    const writer = this.#writer
    if (this.#writing || !writer) return
    const alone = this.#alone.shift()
    const batch = alone ? [alone] : this.#calls.start('write', MOST_IN_A_BATCH)
    if (batch.length === 0) return
    this.#writing = true
    try {
      const { settled, again } = await commitBatch(writer, this.#definition, batch)
      this.#commits++
      this.#anchor.later(() => this.#readers!.connect())
      this.#alone.push(...again)
      for (const one of settled) this.#settle(one)
    } catch (thrown) {
      const { error } = failureOf(thrown)
      for (const { id } of batch) this.#calls.reject(id, error)
      // Whatever state the transaction is in, a new connection has none.
      this.#lost(writer, error.cause instanceof LedgerError ? error.cause : error)
    }
    this.#writing = false
    this.#pump()
  }

  async #answer(by: PostgresReaders | PostgresQuestions, call: Call): Promise<void> {
    try {
      this.#settle(await by.answer(call))
    } catch (thrown) {
      this.#calls.reject(call.id, failureOf(thrown).error)
    }
    this.#pump()
  }

  #settle(settled: Settled): void {
    if ('error' in settled) {
      this.#calls.reject(settled.id, settled.error)
      return
    }
    this.#calls.resolve(settled.id, settled.value)
    for (const hint of settled.hints) this.notify(hint)
  }
}

function hangUp(client: pg.Client): void {
  client.end().catch(() => undefined)
}

function badSchema(): LedgerError {
  return new LedgerError('LEDGER_PATH', {
    zh: '数据库模式名只能由小写字母、数字和下划线组成，且不以数字开头',
    en: 'The name of the schema may only have small letters, digits and underscores, and begins with no digit',
  })
}

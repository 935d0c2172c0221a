import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { asCrisisError } from '../messages/index.js'
import { Calls, type Call } from './calls.js'
import { Backoff, type BackoffOptions } from './clock.js'
import { freeSpaceOf, type DiskSpace } from './disk-space.js'
import { ledgerError, type LedgerError } from './errors.js'
import { migrating } from './migration-progress.js'
import { Hints } from './hints.js'
import { DEFAULT_QUESTION_IDLE_MS, SqliteQuestions } from './sqlite-questions.js'
import {
  WORKER_FLAGS,
  fromPlain,
  type FromWorker,
  type PlainSettled,
  type ToWorker,
  type WorkerSettings,
} from './sqlite-protocol.js'
import { Status } from './status.js'
import {
  budgetOf,
  type Engine,
  type EngineState,
  type OpenReport,
  type RunMode,
  type RunOptions,
} from './types.js'

export interface SqliteEngineOptions {
  /** Absolute path of the file; its folder is made. On a disk of this machine. */
  readonly file: string
  /**
   * Absolute path of a small file that says which ledger this is and how far it has come, by which one that is
   * missing, older or another is noticed. Default is beside the ledger.
   */
  readonly anchor?: string
  /** Absolute path of a compiled module that exports `definition`, an EngineDefinition. */
  readonly definition: string
  /** Room kept for what must still be written on a full disk, in bytes. 0: none. Default is 64 MiB. */
  readonly ballastBytes?: number
  /** Interval at which the file is looked after when nothing is written, in ms. Default is 30 000. */
  readonly idleMs?: number
  /** Time without a question of a person after which the thread that answers them is ended, in ms. Default is 30 000. */
  readonly questionIdleMs?: number
  readonly backoff?: BackoffOptions
}

export const DEFAULT_BALLAST_BYTES = 64 * 1024 * 1024
export const DEFAULT_IDLE_MS = 30_000
const CLOSE_DRAIN_MS = 1_200
const CLOSE_QUESTIONS_MS = 1_300
const CLOSE_MOST_MS = 1_900

/**
 * An engine on an SQLite file, which it owns alone. The file is only touched by a thread of its own, and, where
 * somebody asks a question, read by a second one.
 */
export class SqliteEngine implements Engine {
  readonly kind = 'sqlite'
  readonly #settings: WorkerSettings
  readonly #status = new Status()
  readonly #calls = new Calls(() => this.#status.trouble)
  readonly #hints = new Hints()
  readonly #backoff: Backoff
  readonly #questions: SqliteQuestions
  readonly #backups = new Map<number, PromiseWithResolvers<void>>()
  readonly #first = Promise.withResolvers<OpenReport>()
  #worker: Worker | undefined
  #readable = false
  #restart: NodeJS.Timeout | undefined
  #passing: NodeJS.Immediate | undefined
  #commits = 0
  #commitsBefore = 0
  #backupId = 0
  #closing: Promise<void> | undefined

  constructor(options: SqliteEngineOptions) {
    const { file, definition, backoff = {}, anchor = `${file}.anchor` } = options
    const ballastBytes = options.ballastBytes ?? DEFAULT_BALLAST_BYTES
    const idleMs = options.idleMs ?? DEFAULT_IDLE_MS
    this.#settings = { file, anchor, definition, ballastBytes, idleMs, backoff }
    this.#backoff = new Backoff(backoff)
    this.#questions = new SqliteQuestions({
      definition,
      look: (ids) => this.#post({ type: 'look', ids }),
      idleMs: options.questionIdleMs ?? DEFAULT_QUESTION_IDLE_MS,
      settle: (settled) => this.#settle(settled),
      doubt: (error) => this.#post({ type: 'doubt', error }),
    })
    // A caller that does not ask for the first opening learns of its failure by `onState`.
    this.#first.promise.catch(() => undefined)
    this.#start()
  }

  get state(): EngineState {
    return this.#status.state
  }

  get trouble(): LedgerError | undefined {
    return this.#status.trouble
  }

  get commits(): number {
    return this.#commitsBefore + this.#commits
  }

  ready(): Promise<OpenReport> {
    return this.#first.promise
  }

  run(name: string, args: unknown, options: RunOptions = {}): Promise<unknown> {
    if (this.#closing) return Promise.reject(ledgerError('LEDGER_CLOSED'))
    const { mode = 'write', budgetMs = budgetOf(mode) } = options
    const patience = this.#takes(mode) ? budgetMs : this.#status.patience(budgetMs, mode)
    const result = this.#calls.add(name, args, mode, patience)
    this.#schedule()
    return result
  }

  onState(listener: (state: EngineState, trouble: LedgerError | undefined) => void): () => void {
    return this.#status.on(listener)
  }

  notify(topic: string): void {
    this.#hints.send(topic)
  }

  onNotify(listener: (topic: string) => void): () => void {
    return this.#hints.on(listener)
  }

  /**
   * A checked copy of the ledger at an absolute path, made while it is in use; a copy of the file itself
   * would lack what is still in its log. Rejects with a LedgerError and then leaves nothing there.
   */
  backup(target: string): Promise<void> {
    if (this.#closing) return Promise.reject(ledgerError('LEDGER_CLOSED'))
    if (!this.#worker) return Promise.reject(this.trouble ?? ledgerError('LEDGER_UNAVAILABLE'))
    const done = Promise.withResolvers<void>()
    this.#backups.set(++this.#backupId, done)
    this.#post({ type: 'backup', id: this.#backupId, target })
    return done.promise
  }

  /** The room on the disk of the ledger. Rejects with a LedgerError. */
  freeSpace(): Promise<DiskSpace> {
    return freeSpaceOf(this.#settings.file)
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    clearTimeout(this.#restart)
    const closed = ledgerError('LEDGER_CLOSED')
    this.#pass()
    this.#calls.rejectHeld(closed)
    this.#calls.rejectQuestions(closed)
    // Before the thread that writes: the last to close the file copies its log into it, which a reader cannot.
    const unasked = this.#questions.end(closed, CLOSE_QUESTIONS_MS)
    await this.#calls.idle(CLOSE_DRAIN_MS)
    await unasked
    const worker = this.#worker
    if (worker) {
      const ended = new Promise((resolve) => worker.once('exit', resolve))
      const late = setTimeout(() => void worker.terminate(), CLOSE_MOST_MS - CLOSE_QUESTIONS_MS)
      this.#post({ type: 'close' })
      await ended
      clearTimeout(late)
    }
    this.#calls.rejectStarted(closed)
    this.#first.reject(closed)
    this.#status.closed()
  }

  #start(): void {
    // Its import would end the thread. Not asked again: a Node does not change while it runs.
    if (!isBuiltin('node:sqlite')) {
      const error = ledgerError('LEDGER_SQLITE_MISSING')
      this.#first.reject(error)
      this.#status.failed(error)
      return
    }
    const worker = new Worker(join(__dirname, 'sqlite-worker.js'), {
      workerData: this.#settings,
      execArgv: WORKER_FLAGS,
    })
    this.#worker = worker
    worker.on('message', (message: FromWorker) => this.#hear(message))
    // Its exit follows; without a listener the error would end the process.
    let thrown: unknown
    worker.on('error', (error) => (thrown = error))
    worker.on('exit', () => this.#died(thrown))
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#backoff.reset()
        this.#readable = true
        this.#first.resolve(message.report)
        this.#status.opened()
        this.#pass()
        break
      case 'migrating':
        this.#status.failed(migrating(message.progress))
        break
      case 'failing': {
        const error = fromPlain(message.error) as LedgerError
        this.#readable = message.readable
        // It may have another file open than the one that is opened next.
        if (!message.readable) void this.#questions.end(error)
        this.#first.reject(error)
        this.#status.failed(error)
        break
      }
      case 'settled':
        this.#commits = message.commits
        for (const settled of message.settled) this.#settle(settled)
        break
      case 'seen':
        if (!this.#closing) this.#questions.seen(message.file, message.ids)
        break
      case 'unseen':
        this.#questions.unseen(message.error, message.ids)
        break
      case 'backup': {
        const done = this.#backups.get(message.id)
        this.#backups.delete(message.id)
        if (message.error) done?.reject(fromPlain(message.error))
        else done?.resolve()
        break
      }
      default:
        message satisfies never
    }
  }

  #settle(settled: PlainSettled): void {
    if ('error' in settled) {
      this.#calls.reject(settled.id, fromPlain(settled.error))
      return
    }
    this.#calls.resolve(settled.id, settled.value)
    for (const hint of settled.hints) this.notify(hint)
  }

  /** The thread has ended, by itself or by `close`. */
  #died(thrown: unknown): void {
    this.#worker = undefined
    this.#readable = false
    this.#commitsBefore += this.#commits
    this.#commits = 0
    const error = ledgerError('LEDGER_UNAVAILABLE', { evidence: 'thread ended', cause: thrown })
    for (const done of this.#backups.values()) done.reject(error)
    this.#backups.clear()
    if (this.#closing) return
    void this.#questions.end(error)
    this.#first.reject(error)
    this.#status.failed(error)
    this.#calls.rejectStarted(error)
    this.#restart = setTimeout(() => this.#start(), this.#backoff.next())
  }

  #takes(mode: RunMode): boolean {
    return this.#status.state === 'ready' || (mode !== 'write' && this.#readable)
  }

  /** After all that comes in during this turn of the event loop: each message between threads has its price. */
  #schedule(): void {
    this.#passing ??= setImmediate(() => this.#pass())
  }

  /** Hands over what is held, when the thread can take it. */
  #pass(): void {
    clearImmediate(this.#passing)
    this.#passing = undefined
    const calls = (['write', 'read'] as const)
      .filter((mode) => this.#takes(mode))
      .flatMap((mode) => this.#calls.start(mode))
    if (calls.length > 0) this.#hand(calls)
    if (this.#takes('ask')) this.#questions.ask(this.#calls.start('ask'))
  }

  #hand(calls: readonly Call[]): void {
    try {
      this.#post({ type: 'calls', calls })
    } catch (error) {
      // The arguments of one of them cannot be cloned, and then none has been handed over.
      if (calls.length > 1) for (const call of calls) this.#hand([call])
      else for (const { id } of calls) this.#calls.reject(id, asCrisisError(error))
    }
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }
}

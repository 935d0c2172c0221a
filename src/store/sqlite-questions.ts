import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { asCrisisError } from '../messages/index.js'
import type { Call } from './calls.js'
import { monotonicMs, soon } from './clock.js'
import { ledgerError, type LedgerError } from './errors.js'
import {
  toPlain,
  WORKER_FLAGS,
  type FromQuestions,
  type PlainError,
  type PlainSettled,
  type QuestionSettings,
  type SeenFile,
  type ToQuestions,
} from './sqlite-protocol.js'

/** Time without a question after which the thread is ended, in ms. */
export const DEFAULT_QUESTION_IDLE_MS = 30_000

/** Time after the end of its limit in which the thread itself gives a question up between two statements, in ms. */
const GRACE_MS = 200
/** Most threads that are still behind a statement which nobody waits for: each of them keeps a core busy. */
const MOST_BEHIND = 2

export interface QuestionsOptions {
  readonly definition: string
  readonly idleMs: number
  /** Asks the thread that owns the file to look at it, and then to call `seen` or `unseen`. */
  readonly look: (ids: readonly number[]) => void
  readonly settle: (settled: PlainSettled) => void
  /** Called when the file could not be opened or read. */
  readonly doubt: (error: PlainError) => void
}

/**
 * The thread that answers the questions of people. It is made with the first question, so that it costs nothing where
 * nobody asks, and ended when none has come for a while.
 */
export class SqliteQuestions {
  readonly #options: QuestionsOptions
  readonly #asked = new Map<number, Call>()
  /** Questions that the thread has been given, each with the timer after which it is late. */
  readonly #given = new Map<number, NodeJS.Timeout>()
  /** Threads that were ended, and the end of each. */
  readonly #behind = new Map<Worker, Promise<unknown>>()
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined

  constructor(options: QuestionsOptions) {
    this.#options = options
  }

  /** Answers each as soon as the file is known to be the one that was opened. */
  ask(calls: readonly Call[]): void {
    if (calls.length === 0) return
    for (const call of calls) this.#asked.set(call.id, call)
    this.#options.look(calls.map(({ id }) => id))
  }

  seen(file: SeenFile, ids: readonly number[]): void {
    for (const id of ids) {
      const call = this.#asked.get(id)
      if (!call) continue
      clearTimeout(this.#idle)
      this.#worker ??= this.#start({ file, definition: this.#options.definition })
      const lateMs = call.deadline - monotonicMs() + GRACE_MS
      this.#given.set(id, setTimeout(() => this.#late(), lateMs).unref())
      try {
        post(this.#worker, { type: 'ask', call })
      } catch (error) {
        // Its arguments cannot be cloned.
        this.#settle({ id, error: toPlain(asCrisisError(error)) })
      }
    }
  }

  unseen(error: PlainError, ids: readonly number[]): void {
    for (const id of ids) this.#settle({ id, error })
  }

  /**
   * Lets go of the file. A statement under way cannot be broken off in Node's SQLite: the thread ends behind it,
   * and nobody waits for that longer than `mostMs`.
   */
  async end(error: LedgerError, mostMs = 0): Promise<void> {
    clearTimeout(this.#idle)
    this.#letGo(this.#asked.size > 0)
    this.unseen(toPlain(error), [...this.#asked.keys()])
    await soon(Promise.all(this.#behind.values()), mostMs)
  }

  /** The thread is still behind one long statement: another one answers what waits and is not late yet. */
  #late(): void {
    if (this.#behind.size >= MOST_BEHIND) return
    const given = [...this.#given.keys()].flatMap((id) => this.#asked.get(id) ?? [])
    const isLate = ({ deadline }: Call): boolean => deadline <= monotonicMs()
    this.#letGo(true)
    this.unseen(
      toPlain(ledgerError('LEDGER_SLOW')),
      given.filter(isLate).map(({ id }) => id),
    )
    this.ask(given.filter((call) => !isLate(call)))
  }

  #letGo(isBusy: boolean): void {
    const worker = this.#worker
    this.#worker = undefined
    for (const timer of this.#given.values()) clearTimeout(timer)
    this.#given.clear()
    if (!worker) return
    worker.unref()
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    this.#behind.set(worker, ended)
    void ended.then(() => this.#behind.delete(worker))
    if (isBusy) void worker.terminate()
    else post(worker, { type: 'close' })
  }

  #start(settings: QuestionSettings): Worker {
    const worker = new Worker(join(__dirname, 'sqlite-question-worker.js'), {
      workerData: settings,
      execArgv: WORKER_FLAGS,
    })
    worker.on('message', ({ settled, damaged }: FromQuestions) => {
      if (worker !== this.#worker) return
      this.#settle(settled)
      if (damaged && 'error' in settled) this.#options.doubt(settled.error)
    })
    let thrown: unknown
    worker.on('error', (error) => (thrown = error))
    worker.on('exit', () => {
      if (worker !== this.#worker) return
      void this.end(ledgerError('LEDGER_UNAVAILABLE', { evidence: 'thread ended', cause: thrown }))
    })
    return worker
  }

  #settle(settled: PlainSettled): void {
    clearTimeout(this.#given.get(settled.id))
    this.#given.delete(settled.id)
    if (!this.#asked.delete(settled.id)) return
    this.#options.settle(settled)
    if (this.#asked.size > 0 || !this.#worker) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.end(CLOSED), this.#options.idleMs)
    this.#idle.unref()
  }
}

const post = (port: Worker, message: ToQuestions): void => port.postMessage(message)

/** Nobody is told of it: an idle thread has no question. */
const CLOSED = ledgerError('LEDGER_CLOSED')

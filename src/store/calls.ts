import { monotonicMs } from './clock.js'
import { asUnknown, ledgerError, type LedgerError } from './errors.js'
import type { RunMode } from './types.js'

/** An operation that somebody waits for. */
export interface Call {
  readonly id: number
  readonly name: string
  readonly args: unknown
  readonly mode: RunMode
  /** On the monotonic clock, in ms: nobody waits any longer, so it is not started any more. */
  readonly deadline: number
}

interface OpenCall extends Call {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly timer: NodeJS.Timeout
  started: boolean
}

/** Most operations in one transaction. */
export const MOST_IN_A_BATCH = 256

/** Most operations that wait at a time, so that a database that hangs does not fill the memory. */
export const MOST_WAITING = 20_000

/** The operations that wait for the database: held until they can start, and each only for its budget. */
export class Calls {
  readonly #open = new Map<number, OpenCall>()
  readonly #held: Record<RunMode, OpenCall[]> = { write: [], read: [], ask: [] }
  readonly #why: () => LedgerError | undefined
  #idle: (() => void) | undefined
  #id = 0

  /** `why` tells at the time why operations do not start. */
  constructor(why: () => LedgerError | undefined) {
    this.#why = why
  }

  /** Holds an operation for at most `budgetMs`. */
  add(name: string, args: unknown, mode: RunMode, budgetMs: number): Promise<unknown> {
    if (budgetMs <= 0) return Promise.reject(this.#why() ?? ledgerError('LEDGER_BUSY'))
    if (this.#open.size >= MOST_WAITING) return Promise.reject(ledgerError('LEDGER_BUSY'))
    return new Promise((resolve, reject) => {
      const id = ++this.#id
      const deadline = monotonicMs() + budgetMs
      const timer = setTimeout(() => this.#late(call), budgetMs)
      const call: OpenCall = {
        id,
        name,
        args,
        mode,
        deadline,
        resolve,
        reject,
        timer,
        started: false,
      }
      this.#open.set(id, call)
      this.#held[mode].push(call)
    })
  }

  /** Starts up to `most` of those held, oldest first. */
  start(mode: RunMode, most = Infinity): Call[] {
    const held = this.#held[mode]
    const started: Call[] = []
    let seen = 0
    while (seen < held.length && started.length < most) {
      const call = held[seen++]
      if (!call || !this.#open.has(call.id)) continue
      call.started = true
      started.push({ id: call.id, name: call.name, args: call.args, mode, deadline: call.deadline })
    }
    held.splice(0, seen)
    return started
  }

  resolve(id: number, value: unknown): void {
    this.#end(id)?.resolve(value)
  }

  reject(id: number, error: unknown): void {
    this.#end(id)?.reject(error)
  }

  /** Whatever has started is lost: nobody knows whether it was stored. */
  rejectStarted(error: LedgerError): void {
    const unknown = asUnknown(error)
    for (const { id, started, mode } of this.#open.values()) {
      if (started) this.reject(id, mode === 'write' ? unknown : error)
    }
  }

  rejectQuestions(error: LedgerError): void {
    for (const { id, mode } of this.#open.values()) if (mode === 'ask') this.reject(id, error)
  }

  rejectHeld(error: LedgerError): void {
    for (const call of this.#open.values()) if (!call.started) this.reject(call.id, error)
  }

  /** When nothing waits any more, or after `mostMs`. */
  idle(mostMs: number): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const late = setTimeout(resolve, mostMs)
      this.#idle = () => {
        clearTimeout(late)
        resolve()
      }
    })
  }

  #late(call: OpenCall): void {
    const { id, started, mode } = call
    const busy = ledgerError('LEDGER_BUSY')
    if (!started)
      this.reject(id, this.#why() ?? (mode === 'ask' ? ledgerError('LEDGER_SLOW') : busy))
    else if (mode === 'write') this.reject(id, asUnknown(busy))
    else this.reject(id, mode === 'ask' ? ledgerError('LEDGER_SLOW') : busy)
  }

  #end(id: number): OpenCall | undefined {
    const call = this.#open.get(id)
    if (!call) return undefined
    clearTimeout(call.timer)
    this.#open.delete(id)
    if (this.#open.size === 0) this.#idle?.()
    return call
  }
}

import { monotonicMs } from './clock.js'
import type { LedgerError } from './errors.js'
import { DEFAULT_BUDGET_MS, type EngineState, type RunMode } from './types.js'

type Listener = (state: EngineState, trouble: LedgerError | undefined) => void

/** The state of an engine, and who wants to hear of it. */
export class Status {
  readonly #listeners = new Set<Listener>()
  #state: EngineState = 'opening'
  #trouble: LedgerError | undefined
  #failingSince = 0

  get state(): EngineState {
    return this.#state
  }

  get trouble(): LedgerError | undefined {
    return this.#trouble
  }

  /**
   * Time that an operation may wait from now, in ms: its budget, but no longer than that after the trouble
   * began. So a short interruption is waited out, and in a long one every caller hears of it at once. A person who
   * asks hears of it no later than those who store.
   */
  patience(budgetMs: number, mode: RunMode): number {
    if (this.#state !== 'failing') return budgetMs
    const mostMs = mode === 'ask' ? Math.min(budgetMs, DEFAULT_BUDGET_MS) : budgetMs
    return Math.min(budgetMs, this.#failingSince + mostMs - monotonicMs())
  }

  on(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  opened(): void {
    this.#set('ready', undefined)
  }

  failed(trouble: LedgerError): void {
    if (this.#state !== 'failing') this.#failingSince = monotonicMs()
    this.#set('failing', trouble)
  }

  closed(): void {
    this.#set('closed', undefined)
  }

  #set(state: EngineState, trouble: LedgerError | undefined): void {
    if (this.#state === 'closed') return
    const changed = state !== this.#state || trouble?.message !== this.#trouble?.message
    this.#state = state
    this.#trouble = trouble
    if (changed) for (const listener of this.#listeners) listener(state, trouble)
  }
}

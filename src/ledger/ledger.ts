import type { Engine, Step } from './engine/types.js'
import type { AuditPage, AuditPlace } from './operations/audit.js'
import { definition, OPERATIONS } from './operations/index.js'

type Table = typeof OPERATIONS

export type OperationName = keyof Table

type ArgumentOf<N extends OperationName> =
  Parameters<Table[N]> extends [infer A, ...unknown[]] ? A : undefined

type ResultOf<N extends OperationName> = ReturnType<Table[N]> extends Step<infer R> ? R : never

export interface RunOptions {
  /** How long the caller can wait, in ms. Default is 3 000: a sender is to be told within its patience. */
  readonly budgetMs?: number
}

const READS: ReadonlySet<OperationName> = new Set([
  'openAlerts',
  'callers',
  'trace',
  'deadLetters',
  'depth',
  'nextDue',
  'findAlert',
  'auditChains',
  'auditPage',
])

/** The module that the worker of the file engine loads. */
export const DEFINITION_MODULE = require.resolve('./operations/index.js')

/** The same for an engine that works in this thread. */
export const DEFINITION = definition

export const DEFAULT_BUDGET_MS = 3_000

export interface Verification {
  readonly entries: number
  /** The first entry of each chain that does not follow from the one before it, or is missing at its end. */
  readonly broken: readonly { readonly chain: string; readonly seq: number }[]
}

/** What happened in the ledger that somebody may be waiting for. A hint only: who waits looks for itself. */
export type Hint = `outbox/${string}` | `owed/${string}`

/**
 * The durable record. Every operation is one transaction and is durable when its promise resolves; a promise
 * that rejects means that nothing may be taken for stored.
 */
export class Ledger {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  get engine(): Engine {
    return this.#engine
  }

  /** @throws LedgerError when it is not known to be committed */
  run<N extends OperationName>(
    name: N,
    args: ArgumentOf<N>,
    options: RunOptions = {},
  ): Promise<ResultOf<N>> {
    return this.#engine.run(name, args, {
      budgetMs: options.budgetMs ?? DEFAULT_BUDGET_MS,
      mode: READS.has(name) ? 'read' : 'write',
    }) as Promise<ResultOf<N>>
  }

  /**
   * Works all chains of the audit out anew, in parts between which others get their turn.
   * @throws LedgerError
   */
  async verifyAudit(): Promise<Verification> {
    const broken: { chain: string; seq: number }[] = []
    let entries = 0
    for (const start of await this.run('auditChains', undefined)) {
      let place: AuditPlace | null = start
      while (place) {
        const page: AuditPage = await this.run('auditPage', place)
        entries += page.entries
        if (page.brokenAt !== null) broken.push({ chain: start.chain, seq: page.brokenAt })
        place = page.next
      }
    }
    return { entries, broken }
  }

  hint(hint: Hint): void {
    this.#engine.notify(hint)
  }

  /** Calls back on hints of this process and, with several machines, of the others. */
  onHint(listener: (hint: Hint) => void): () => void {
    return this.#engine.onNotify((topic) => listener(topic as Hint))
  }

  close(): Promise<void> {
    return this.#engine.close()
  }
}

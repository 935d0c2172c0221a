import { type Engine, ledgerError, type SpaceGuard, type Step } from '../store/index.js'
import { definition, OPERATIONS } from './operations/index.js'
import { verify, type Verification } from './verification.js'

type Table = typeof OPERATIONS

export type OperationName = keyof Table

type ArgumentOf<N extends OperationName> =
  Parameters<Table[N]> extends [infer A, ...unknown[]] ? A : undefined

type ResultOf<N extends OperationName> = ReturnType<Table[N]> extends Step<infer R> ? R : never

export interface RunOptions {
  /** How long the caller can wait, in ms. Default is 3 000: a sender is to be told within its patience. */
  readonly budgetMs?: number
}

/** Operations that only read, so that a person may ask for it. */
const READS = [
  'openAlerts',
  'findAlerts',
  'callers',
  'trace',
  'deadLetters',
  'parkedDocuments',
  'heldExams',
  'depth',
  'handoutsByNode',
  'undeliveredByPeer',
  'nextDue',
  'ownReasons',
  'refusals',
  'refusal',
  'findAlert',
  'keptDescription',
  'dueTimers',
  'openAlertNumbers',
  'figures',
  'registerRows',
  'alertsOfPeriod',
  'alertsOfExams',
  'strandedPages',
  'pageCounts',
  'readLink',
  'boardAccounts',
  'boardAccount',
  'boardSession',
  'auditChains',
  'auditPage',
  'boardOpen',
  'boardMark',
  'boardCounts',
  'boardExam',
  'boardPart',
  'deadDocument',
  'alertByNumber',
  'boardStuck',
  'searchAlerts',
  'phoneCalls',
  'monitor',
  'lastTrouble',
] as const satisfies readonly OperationName[]

export type QuestionName = (typeof READS)[number]

const READS_ONLY: ReadonlySet<OperationName> = new Set(READS)

/**
 * What brings in something new, which whoever wants it stored can send again. Feedback of a flow is none of it:
 * it brings an alert to its end.
 */
const ACCEPTS: ReadonlySet<OperationName> = new Set([
  'storeCrises',
  'storeFeedbacks',
  'sendCrisis',
  'enqueue',
  'quarantine',
])

/** The module that the worker of the file engine loads. */
export const DEFINITION_MODULE = require.resolve('./operations/index.js')

/** The same for an engine that works in this thread. */
export const DEFINITION = definition

export const DEFAULT_BUDGET_MS = 3_000

export interface LedgerRunOptions extends RunOptions {
  /**
   * True for what the ledger has accepted before, such as a critical value that came in and goes on to a peer: it is taken
   * from the reserve of the disk. Default is false.
   */
  readonly isAccepted?: boolean
}

/** What happened in the ledger that somebody may be waiting for. A hint only: who waits looks for itself. */
export type Hint = `outbox/${string}` | `owed/${string}` | `page/${string}`

/**
 * The durable record. Every operation is one transaction and is durable when its promise resolves; a promise
 * that rejects means that nothing may be taken for stored.
 */
export class Ledger {
  readonly #engine: Engine
  readonly #space: SpaceGuard | undefined

  /** @param space where the room can run out and can be measured */
  constructor(engine: Engine, space?: SpaceGuard) {
    this.#engine = engine
    this.#space = space
  }

  get engine(): Engine {
    return this.#engine
  }

  get space(): SpaceGuard | undefined {
    return this.#space
  }

  /** @throws LedgerError when it is not known to be committed */
  run<N extends OperationName>(
    name: N,
    args: ArgumentOf<N>,
    options: LedgerRunOptions = {},
  ): Promise<ResultOf<N>> {
    const begin = () =>
      this.#engine.run(name, args, {
        budgetMs: options.budgetMs ?? DEFAULT_BUDGET_MS,
        mode: READS_ONLY.has(name) ? 'read' : 'write',
      }) as Promise<ResultOf<N>>
    if (!this.#space || !ACCEPTS.has(name) || options.isAccepted) return begin()
    return this.#space.look().then((space) => {
      if (space === 'spent') throw ledgerError('LEDGER_NEARLY_FULL')
      return begin()
    })
  }

  /**
   * A question of a person: answered on a connection of its own, so that nobody who stores waits for it however long
   * it takes.
   * @throws LedgerError; LEDGER_SLOW when it took longer than its budget, 10 s by default
   */
  ask<N extends QuestionName>(
    name: N,
    args: ArgumentOf<N>,
    options: RunOptions = {},
  ): Promise<ResultOf<N>> {
    return this.#engine.run(name, args, { ...options, mode: 'ask' }) as Promise<ResultOf<N>>
  }

  /**
   * Works all chains of the audit out anew, in parts between which others get their turn.
   * @throws LedgerError
   */
  async verifyAudit(): Promise<Verification> {
    const chains = await this.ask('auditChains', undefined)
    return verify(chains, (place) => this.ask('auditPage', place))
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

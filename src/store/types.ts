import type { Reason } from '../messages/index.js'
import type { LedgerError } from './errors.js'

/** A value of a statement, in or out. Whole numbers stay below 2^53 on both engines. */
export type SqlValue = string | number | null | Uint8Array

/** A row as a plain object. A truth value comes as 1 or 0, bytes as a Uint8Array, JSON as its text. */
export type Row = Readonly<Record<string, SqlValue>>

/** One statement with `$1`, `$2` … and the macros of `dialect.ts`. */
export interface Statement {
  readonly sql: string
  readonly params: readonly SqlValue[]
  /** The hint that others are given once this is committed. */
  readonly hint?: string
  /** Says that it reads or writes a row that the operations of a batch carry on from one to the next. */
  readonly carried?: Carried
}

/**
 * A row that each operation of a batch would read, or read and write, such as the time or the end of a chain: an engine
 * may read it once for a batch, and write it once. No other statement of a writing operation may touch the row.
 */
export interface Carried {
  /** The same in the statement that reads the row and in the one that writes it. */
  readonly name: string
  /** The answer of the reading statement once the row is written; undefined in the statement that reads. */
  readonly written?: Row
}

/**
 * The body of a transaction: yields statements and is given their rows. It runs synchronously on SQLite and
 * asynchronously on PostgreSQL, and more than once when a transaction has to be repeated, so it must not
 * change its arguments nor anything else outside the database. A statement that fails ends the body: it
 * cannot be caught there, because a failed statement leaves a PostgreSQL transaction unusable.
 */
export type Step<T> = Generator<Statement, T, readonly Row[]>

/** By name, how to make the body of an operation. Arguments and results can be cloned structurally. */
export type OperationTable = Readonly<Record<string, (args: never) => Step<unknown>>>

/** One step of the schema. Versions count up from 1; a step that was released is never edited. */
export interface Migration {
  readonly version: number
  /** Statements without parameters; the macros of `dialect.ts` work. */
  readonly statements: readonly string[]
}

export interface EngineDefinition {
  readonly operations: OperationTable
  readonly migrations: readonly Migration[]
  /** By which it is told how far a ledger has come. Default is that this is not known. */
  readonly journal?: Journal
  /** Tables of whose numbers an operation takes the next one by itself, which needs a right of its own in PostgreSQL. */
  readonly numbered?: readonly string[]
}

/** The questions by which the engine asks for the entries of a ledger's journal, which is never shortened. */
export interface Journal {
  /** Answers `chain`, `seq` and `hash` of the last entry of the longest chain, and `entries` of all chains. */
  readonly last: string
  /** Answers the `hash` of the entry `$2` of the chain `$1`. */
  readonly entry: string
}

/**
 * - `opening`: the first attempt to open is under way; operations wait for it
 * - `ready`: operations run
 * - `failing`: it does not work and is being tried again; `trouble` says what a person can do
 * - `closed`: for good
 */
export type EngineState = 'opening' | 'ready' | 'failing' | 'closed'

/**
 * - `write`: may change rows, shares its transaction's flush with its neighbours
 * - `read`: sees one consistent state, runs beside the writers, is refused to change anything
 * - `ask`: the same for a question of a person, which may take long: on a connection of its own, for which no other
 *   operation waits, and given up with LEDGER_SLOW when its budget is over
 */
export type RunMode = 'write' | 'read' | 'ask'

export interface RunOptions {
  /** Time that the caller can wait, in ms. Default is 3 000, and 10 000 for a question. */
  readonly budgetMs?: number
  /** Default is `write`. */
  readonly mode?: RunMode
}

export const DEFAULT_BUDGET_MS = 3_000
export const DEFAULT_QUESTION_MS = 10_000

/** The budget of an operation for which none is given, in ms. */
export const budgetOf = (mode: RunMode): number =>
  mode === 'ask' ? DEFAULT_QUESTION_MS : DEFAULT_BUDGET_MS

/** Findings of an opening. */
export interface OpenReport {
  /** The database and its version, such as `SQLite 3.53.4`. */
  readonly database: string
  /** The version of the schema after the migrations. */
  readonly schema: number
  /** True when there was nothing before: a surprise where a ledger was expected. */
  readonly created: boolean
  /** Circumstances that work but that a person should change. */
  readonly warnings: readonly Reason[]
}

/** Runs operations in transactions. Opens itself, and opens itself again after a failure, with back-off. */
export interface Engine {
  readonly kind: 'sqlite' | 'postgres'
  readonly state: EngineState
  /** Why the state is `failing`. */
  readonly trouble: LedgerError | undefined
  /** Transactions committed so far: with group commit, fewer than operations. */
  readonly commits: number
  /**
   * The end of the first attempt to open: what it found, or a LedgerError. After a failure it goes on trying;
   * `onState` tells when it works.
   */
  ready(): Promise<OpenReport>
  /**
   * One operation in one transaction, durable when the promise resolves. Rejects with the CrisisError that
   * the operation threw, or with a LedgerError; when its `unknown` is true the operation may have been
   * stored all the same.
   */
  run(name: string, args: unknown, options?: RunOptions): Promise<unknown>
  /** Calls back at every change of state or of the trouble; returns how to stop that. */
  onState(listener: (state: EngineState, trouble: LedgerError | undefined) => void): () => void
  /** A hint that there is work, to this process at once and to other instances within 50 ms. May get lost. */
  notify(topic: string): void
  onNotify(listener: (topic: string) => void): () => void
  /** Ends within 2 s: what cannot be ended by then is rejected as unknown. May be called again. */
  close(): Promise<void>
}

import { CrisisError, type FailureCode, type Reason } from '../messages/index.js'
import type { Call } from './calls.js'
import type { BackoffOptions } from './clock.js'
import { LedgerError, withoutTexts, type LedgerErrorCode } from './errors.js'
import type { MigrationProgress } from './migration-progress.js'
import type { OpenReport } from './types.js'

/** Settings that the engine gives to its worker thread. */
export interface WorkerSettings {
  readonly file: string
  readonly anchor: string
  readonly definition: string
  readonly ballastBytes: number
  readonly idleMs: number
  readonly backoff: BackoffOptions
}

/** Node 22 warns of every use of SQLite; which releases have a defect is said in the report instead. */
export const WORKER_FLAGS = ['--disable-warning=ExperimentalWarning']

export type ToWorker =
  | { readonly type: 'calls'; readonly calls: readonly Call[] }
  /** Before questions are asked elsewhere. */
  | { readonly type: 'look'; readonly ids: readonly number[] }
  /** Something else could not read the file. */
  | { readonly type: 'doubt'; readonly error: PlainError }
  | { readonly type: 'backup'; readonly id: number; readonly target: string }
  | { readonly type: 'close' }

export type FromWorker =
  | { readonly type: 'ready'; readonly report: OpenReport }
  | { readonly type: 'migrating'; readonly progress: MigrationProgress }
  | { readonly type: 'failing'; readonly error: PlainError; readonly readable: boolean }
  | {
      readonly type: 'settled'
      readonly commits: number
      readonly settled: readonly PlainSettled[]
    }
  /** The file is the one that was opened, and these questions may be asked of it, or it is not. */
  | { readonly type: 'seen'; readonly ids: readonly number[]; readonly file: SeenFile }
  | { readonly type: 'unseen'; readonly ids: readonly number[]; readonly error: PlainError }
  | { readonly type: 'backup'; readonly id: number; readonly error?: PlainError }

/** A file that is open as the ledger. */
export interface SeenFile {
  /** The true one. */
  readonly path: string
  /** By which it is told from another file at its path. */
  readonly identity: string
}

/** The thread that answers questions, and the one that asks. */
export interface QuestionSettings {
  readonly file: SeenFile
  readonly definition: string
}

/** Question and answer of a look at a ledger. */
export interface LookSettings {
  /** Absolute paths. */
  readonly file: string
  readonly anchor: string
  readonly definition: string
}

export interface FromLook {
  readonly exists?: boolean
  readonly error?: PlainError
}

export type ToQuestions = { readonly type: 'ask'; readonly call: Call } | { readonly type: 'close' }

export interface FromQuestions {
  readonly settled: PlainSettled
  /** True when the file is the reason. */
  readonly damaged?: boolean
}

export type PlainSettled =
  | { readonly id: number; readonly value: unknown; readonly hints: readonly string[] }
  | { readonly id: number; readonly error: PlainError }

/** An error as it passes between threads, which would make a bare Error of it. */
export interface PlainError {
  readonly ledger: boolean
  readonly code: string
  readonly reason: Reason
  readonly answer: FailureCode
  readonly unknown: boolean
  readonly evidence: string | undefined
  readonly cause: string | undefined
}

export function toPlain(thrown: unknown): PlainError {
  const error = withoutTexts(thrown)
  const { code, reason, answer } = error
  const ledger = error instanceof LedgerError
  return {
    ledger,
    code,
    reason,
    answer,
    unknown: ledger && error.unknown,
    evidence: ledger ? error.evidence : undefined,
    cause: typeof error.cause === 'string' ? error.cause : undefined,
  }
}

export function fromPlain(plain: PlainError): CrisisError {
  const { code, reason, answer, unknown, evidence } = plain
  const cause = plain.cause === undefined ? {} : { cause: plain.cause }
  if (!plain.ledger) return new CrisisError(code, reason, answer, cause)
  return new LedgerError(code as LedgerErrorCode, reason, { unknown, evidence, ...cause })
}

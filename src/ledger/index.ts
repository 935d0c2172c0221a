export {
  type Engine,
  type EngineState,
  isElsewhere,
  LedgerError,
  type Look,
  LOOK_MS,
  lookAtFile,
  lookAtPostgres,
  type OpenReport,
  PostgresEngine,
  type Space,
  SpaceGuard,
  SqliteEngine,
} from '../store/index.js'
export { CLOSED_STAGES, OF_SETTINGS, OPEN_ALERT_STAGES } from '../loop/index.js'
export { CallerTally } from './caller-tally.js'
export * from './ledger.js'
export type { Actor } from './operations/audit.js'
export type { Replayed } from './operations/dead-letters.js'
export type { Claims } from './operations/claim.js'
export type { Concluded } from './operations/conclude.js'
export type { NotDecided } from './operations/decisions.js'
export type { AlertSearch, DeadBy, Depth, Failing } from './operations/queries.js'
export type { AlertSummary, WhichAlert } from './operations/summaries.js'
export type { Trace } from './operations/trace.js'
export type { DeadLetter, HeldExam, ParkedDocument } from './operations/undelivered.js'
export type { SentCrisis } from './operations/send.js'
export type { PassedOn, Undelivered } from './operations/unclaimed-documents.js'
export type { HandoutsTo } from './operations/unclaimed-handouts.js'
export type { ClockLook } from './operations/clock.js'
export type { Refusal } from './operations/refusals.js'
export type { DueTimers, StepContent, WatchedAlert } from './operations/timers.js'
export type { TroubleContent } from './operations/troubles.js'
export type { NoteTrouble } from './operations/note-trouble.js'
export type { Watchover } from './operations/watchdog.js'
export type { Pruned, Retention } from './operations/prune.js'
export type { Expired, Old, Waits } from './operations/waiting.js'
export * from './types.js'
export { Upkeep, type TroubleListener, type UpkeepPlan } from './upkeep.js'
export type { Verification } from './verification.js'

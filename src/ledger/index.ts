export {
  LedgerError,
  PostgresEngine,
  SqliteEngine,
  type Engine,
  type EngineState,
  type OpenReport,
} from './engine/index.js'
export { CallerTally, type MetCaller } from './caller-tally.js'
export * from './ledger.js'
export type { Actor } from './operations/audit.js'
export type { Replay } from './operations/dead-letters.js'
export type { Concluded } from './operations/outbox.js'
export type { AlertSummary, DeadLetter, Depth, Trace, WhichAlert } from './operations/queries.js'
export type { Retention } from './operations/upkeep.js'
export type { Expired, Old } from './operations/waiting.js'
export * from './types.js'

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
export type {
  Acknowledged,
  Acknowledging,
  ActContent,
  NotAcknowledged,
} from './operations/acknowledge/acknowledge.js'
export type { LinkAbout, LinkState, LinkView } from './operations/acknowledge/links.js'
export type { ConfirmedLink, LinkDetails, UsedLink } from './operations/acknowledge/use-link.js'
export {
  accountId,
  type AccountChange,
  type BoardAccount,
  type BoardRole,
} from './operations/board/accounts.js'
export type { BoardSession, SignInWay, TurnedAway } from './operations/board/sessions.js'
export type { BoardExam, KeptBytes, KeptPart } from './operations/board/exam.js'
export type { BoardCounts } from './operations/board/look.js'
export type { BoardPage, BoardTrouble, OpenAlert, OpenBoard } from './operations/board/open.js'
export type {
  KeptPhoneCall,
  MatchedPhoneCall,
  PhoneCall,
  PhoneCalls,
} from './operations/board/phone-calls.js'
export type { BoardSearch, FoundAlert, FoundAlerts } from './operations/board/search.js'
export type { Stuck } from './operations/board/stuck.js'
export type { Actor } from './operations/audit.js'
export type { LastTrouble } from './operations/board/last-trouble.js'
export type { Monitored, MonitorLimits, Pile } from './operations/board/monitor.js'
export type { Replayed } from './operations/dead-letters.js'
export type { Claims } from './operations/claim.js'
export type { Concluded } from './operations/conclude.js'
export {
  FIGURE_GROUPS,
  type FigureGroup,
  type FiguresAnswer,
  type FiguresGroup,
  type FiguresQuestion,
} from './operations/figures.js'
export type { Decision, NotDecided } from './operations/decisions.js'
export type { AlertSearch, DeadBy, Depth, Failing } from './operations/queries.js'
export type { AlertSummary, WhichAlert } from './operations/summaries.js'
export type { Trace } from './operations/trace.js'
export type { DeadLetter, HeldExam, ParkedDocument } from './operations/undelivered.js'
export type { RegisterPage, RegisterPlace, RegisterRows } from './operations/register-rows.js'
export type { ClaimedPage, PageClaims, PageRate } from './operations/pages/claim.js'
export type { ConcludedPage, ConcludePage, PageAttempt } from './operations/pages/conclude.js'
export {
  LINK_PLACE,
  type OneTimeLink,
  type PageContent,
  type PagedContent,
  type PageWay,
} from './operations/pages/rows.js'
export type { SendPage, SentPage } from './operations/pages/send.js'
export type { PageCounts } from './operations/pages/stranded.js'
export type { SentCrisis } from './operations/send.js'
export type { PassedOn, Undelivered } from './operations/unclaimed-documents.js'
export type { TakenOver } from './operations/handouts.js'
export type { HandoutsTo } from './operations/unclaimed-handouts.js'
export type { ClockLook } from './operations/clock.js'
export type { Refusal } from './operations/refusals.js'
export type { DueTimers, StepContent } from './operations/timers.js'
export type { WatchedAlert } from './operations/watched-alert.js'
export type { TroubleContent } from './operations/troubles.js'
export type { NoteTrouble } from './operations/note-trouble.js'
export type { Watchover } from './operations/watchdog.js'
export type { Pruned, Retention } from './operations/prune.js'
export type { Expired, Old, Waits } from './operations/waiting.js'
export * from './types.js'
export { backupsOf, Upkeep, type TroubleListener, type UpkeepPlan } from './upkeep.js'
export type { Verification } from './verification.js'

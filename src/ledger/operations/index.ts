import type { EngineDefinition, OperationTable } from '../../store/index.js'
import { MIGRATIONS } from '../schema.js'
import { acknowledgeAlert } from './acknowledge/acknowledge.js'
import { mintLink, noteLink, readLink } from './acknowledge/links.js'
import { confirmLink, useLink } from './acknowledge/use-link.js'
import { auditChains, auditPage, JOURNAL } from './audit.js'
import {
  boardAccount,
  boardAccounts,
  boardKey,
  boardSession,
  changeBoardAccount,
  closeBoardSession,
  noteBoardRefusals,
  openBoardSession,
  seeBoardSession,
  alertByNumber,
  boardCounts,
  boardExam,
  boardMark,
  boardOpen,
  boardPart,
  boardStuck,
  deadDocument,
  matchPhoneCall,
  notePhoneCall,
  phoneCalls,
  searchAlerts,
} from './board/index.js'
import { lastTrouble } from './board/last-trouble.js'
import { monitor } from './board/monitor.js'
import { callers, noteCallers } from './callers.js'
import { chooseContent } from './choose-content.js'
import { storeCrises } from './crisis.js'
import { lookAtClock } from './clock.js'
import { cancel, replay } from './dead-letters.js'
import { cancelAlert, liftHold } from './decisions.js'
import { storeFeedbacks } from './feedback.js'
import { claim, release } from './claim.js'
import { conclude } from './conclude.js'
import { keepTroubles, noteTrouble } from './note-trouble.js'
import { keepDescription, keptDescription } from './descriptions.js'
import { enqueue } from './outbox.js'
import {
  freeCall,
  freeLeases,
  giveBackHandouts,
  renewHandouts,
  settleHandout,
  takeHandouts,
} from './handouts.js'
import {
  claimPages,
  concludePage,
  pageCounts,
  releasePages,
  sendPage,
  strandedPages,
} from './pages/index.js'
import { depth, findAlert, findAlerts, nextDue, ownReasons, openAlerts } from './queries.js'
import { figures } from './figures.js'
import { sendFeedback } from './send-feedback.js'
import { sendCrisis } from './send.js'
import { dueTimers } from './timers.js'
import { endSynthetic, expectSynthetic, noteSynthetic } from './synthetic.js'
import { trace } from './trace.js'
import { noteTrial } from './trial.js'
import { alertsOfExams, alertsOfPeriod, registerRows } from './register-rows.js'
import { countAlerts, keepTallyRules } from './tally.js'
import { deadLetters, heldExams, parkedDocuments } from './undelivered.js'
import { giveUpDocuments, passOnDocuments, tend, undeliveredByPeer } from './unclaimed-documents.js'
import { giveUpHandouts, handoutsByNode, passOnHandouts } from './unclaimed-handouts.js'
import { prune } from './prune.js'
import { refusal, refusals } from './refusals.js'
import { notePeer, quarantine, trimQuarantine } from './upkeep.js'
import {
  armAlert,
  beginWatch,
  dropVoidStep,
  endArming,
  endWatch,
  fireTimer,
  openAlertNumbers,
  passOverHandout,
  passOverStep,
} from './watches.js'
import { watchOver } from './watchdog.js'
import { expireDocuments, hastenPeer, noteOld, noteWaits } from './waiting.js'

/** Everything the ledger can do, each in one transaction. Loaded by the worker of the file engine as well. */
export const OPERATIONS = {
  storeCrises,
  storeFeedbacks,
  sendCrisis,
  sendFeedback,
  enqueue,
  claim,
  conclude,
  release,
  replay,
  cancel,
  liftHold,
  cancelAlert,
  chooseContent,
  hastenPeer,
  expireDocuments,
  noteOld,
  noteWaits,
  takeHandouts,
  settleHandout,
  renewHandouts,
  giveBackHandouts,
  freeCall,
  freeLeases,
  handoutsByNode,
  passOnHandouts,
  giveUpHandouts,
  tend,
  undeliveredByPeer,
  passOnDocuments,
  giveUpDocuments,
  quarantine,
  trimQuarantine,
  noteCallers,
  notePeer,
  noteTrial,
  keepDescription,
  keptDescription,
  beginWatch,
  endArming,
  endWatch,
  openAlertNumbers,
  armAlert,
  dueTimers,
  fireTimer,
  passOverStep,
  countAlerts,
  keepTallyRules,
  figures,
  registerRows,
  alertsOfPeriod,
  alertsOfExams,
  sendPage,
  claimPages,
  releasePages,
  concludePage,
  strandedPages,
  pageCounts,
  passOverHandout,
  dropVoidStep,
  acknowledgeAlert,
  mintLink,
  readLink,
  noteLink,
  confirmLink,
  useLink,
  noteTrouble,
  keepTroubles,
  watchOver,
  expectSynthetic,
  noteSynthetic,
  endSynthetic,
  lookAtClock,
  boardAccounts,
  boardAccount,
  boardKey,
  changeBoardAccount,
  boardSession,
  openBoardSession,
  seeBoardSession,
  closeBoardSession,
  noteBoardRefusals,
  prune,
  boardOpen,
  boardMark,
  boardCounts,
  boardExam,
  boardPart,
  deadDocument,
  alertByNumber,
  boardStuck,
  searchAlerts,
  notePhoneCall,
  matchPhoneCall,
  phoneCalls,
  openAlerts,
  findAlerts,
  callers,
  trace,
  deadLetters,
  parkedDocuments,
  heldExams,
  depth,
  nextDue,
  ownReasons,
  refusals,
  refusal,
  findAlert,
  auditChains,
  auditPage,
  monitor,
  lastTrouble,
} satisfies OperationTable

export const definition: EngineDefinition = {
  operations: OPERATIONS,
  migrations: MIGRATIONS,
  journal: JOURNAL,
  // A report has a number of the outbox.
  numbered: ['outbox'],
}

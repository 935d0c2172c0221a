export { boardAccount, boardAccounts, changeBoardAccount } from './accounts.js'
export { boardKey } from './key.js'
export {
  boardSession,
  closeBoardSession,
  noteBoardRefusals,
  openBoardSession,
  seeBoardSession,
} from './sessions.js'
export { boardExam, boardPart, deadDocument } from './exam.js'
export { boardCounts, boardMark } from './look.js'
export { boardOpen } from './open.js'
export { matchPhoneCall, notePhoneCall, phoneCalls } from './phone-calls.js'
export { searchAlerts } from './search.js'
export { boardStuck } from './stuck.js'
export { alertByNumber } from './which.js'

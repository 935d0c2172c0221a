export { boardAccount, boardAccounts, changeBoardAccount } from './accounts.js'
export { boardKey } from './key.js'
export {
  boardSession,
  closeBoardSession,
  noteBoardRefusals,
  openBoardSession,
  seeBoardSession,
} from './sessions.js'

export { boardAccount, boardAccounts, changeBoardAccount } from './accounts.js'
export {
  boardSession,
  closeBoardSession,
  noteBoardRefusals,
  openBoardSession,
  seeBoardSession,
} from './sessions.js'

export { sendCrises } from './crisis.js'
export {
  crisesOfMessage,
  feedbacksOfMessage,
  writeCrisisEntry,
  writeFeedbackEntry,
  type Evaluate,
  type SourceConfig,
} from './documents.js'
export { sendFeedback } from './feedback.js'
export { keptText, withLiveParts } from './kept-message.js'
export { sendBy } from './sender.js'

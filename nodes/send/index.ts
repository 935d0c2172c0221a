export { sendCrises } from './crisis.js'
export {
  crisesOfMessage,
  feedbacksOfMessage,
  writeCrisisEntry,
  writeFeedbackEntry,
  type Evaluate,
  type SourceConfig,
} from './documents.js'
export { keptText, withLiveParts } from './kept-message.js'
export { sendFeedback } from './feedback.js'
export { sendBy } from './sender.js'

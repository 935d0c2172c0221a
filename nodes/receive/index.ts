export { crisisIntake } from './crisis.js'
export { feedbackIntake } from './feedback.js'
export { receiveAt } from './receiver.js'

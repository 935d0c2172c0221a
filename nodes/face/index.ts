export { ConfigKind } from './config-kind.js'
export { Face, Reported, type Send } from './face.js'
export { forgetLanguage } from './language.js'
export {
  contextOf,
  type CrisisContext,
  type FlowMessage,
  type OtherPatient,
  type PageOutcome,
  type PassedOver,
} from './message.js'
export { register } from './register.js'
export { contextInvalid, isRevision, saidFlags, saidPart, saidRevision, saidText } from './said.js'
export { Runtime, type Middleware, type OtherNode } from './runtime.js'
export { STATUS_WORDS, type Condition, type Side, type StatusWord } from './status.js'

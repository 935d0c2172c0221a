export { meantOperation, unwrapped } from './open.js'
export { REPLY_DOCUMENTS } from './reply-section.js'
export { InboundRules, type InboundRule, type RuledCall } from './rule.js'
export { readInboundSection } from './section.js'

export { meantOperation, openDocument } from './open.js'
export { REPLY_DOCUMENTS } from './reply-section.js'
export { InboundRules, type Convert, type InboundRule, type RuledCall } from './rule.js'
export { readInboundSection, type ReadMapping } from './section.js'

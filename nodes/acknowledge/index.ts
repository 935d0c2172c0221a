export { acknowledgeBy } from './acknowledger.js'
export { LINKS, type LinkIssuer } from './links.js'
export { ACT_TAKER, type ActTaker } from './taker.js'

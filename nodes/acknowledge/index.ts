export { acknowledgeBy } from './acknowledger.js'
export { LINKS, type LinkIssuer } from './links.js'

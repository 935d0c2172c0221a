// The one door between the dialogs and the rest of the package. All that stands behind it is free of Node-RED's
// runtime and of Node's modules, because a browser loads it.
export { fullWidthIn, holdsLogin, isCallable } from '../settings/address-rules.js'
export { guardsOf, reachOf, type GuardFields } from '../settings/guard-rules.js'
export { looksLikeSuccess } from '../../src/messages/success-code.js'
export { isZone } from '../../src/messages/zone.js'

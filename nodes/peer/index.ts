export { posterOf } from './calling.js'
export { watchEnding } from './ending.js'
export { Peer, PEER } from './peer.js'

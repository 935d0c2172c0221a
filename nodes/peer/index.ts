export { posterOf } from './calling.js'
export { watchEnding } from './ending.js'
export { Peer, PEER, type PeerState } from './peer.js'

export { posterOf } from './calling.js'
export { watchEnding } from './ending.js'
export { Peer, PEER, type PeerState } from './peer.js'
export { judgePasted, sendTrial, showRequest, type Tried, type TriedPeer } from './trial.js'

import type { NodeAPI } from 'node-red'
import { serveDialectDialog, servePeerDialog, servePeerTrial } from './dialogs/index.js'
import { register } from './face/index.js'
import { Peer, PEER, watchEnding } from './peer/index.js'
import type { PeerConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<PeerConfig>(RED, {
    name: 'crisis peer',
    credentials: {
      licence: 'password',
      user: 'text',
      password: 'password',
      query: 'password',
      secrets: 'password',
    },
    load(runtime) {
      servePeerDialog(runtime)
      servePeerTrial(runtime)
      serveDialectDialog(runtime)
      watchEnding()
    },
    create(face, saved) {
      const peer = new Peer(face, saved)
      face.give(PEER, peer)
      face.onClose(() => peer.close())
    },
  })

import type { NodeAPI } from 'node-red'
import { register } from './face/index.js'
import { sendBy, sendFeedback } from './send/index.js'
import type { OutConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<OutConfig>(RED, {
    name: 'crisis feedback out',
    create: (face, saved) => sendBy(face, saved, sendFeedback),
  })

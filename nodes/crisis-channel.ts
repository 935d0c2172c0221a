import type { NodeAPI } from 'node-red'
import { CHANNEL, runChannel } from './channel/index.js'
import { register } from './face/index.js'
import type { ChannelConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<ChannelConfig>(RED, {
    name: 'crisis channel',
    create(face, saved) {
      const running = runChannel(face, saved)
      face.give(CHANNEL, running.saved)
      face.onClose(() => running.close())
    },
  })

import type { NodeAPI } from 'node-red'
import { CHANNEL, runChannel } from './channel/index.js'
import { serveChannelDialog } from './dialogs/index.js'
import { register } from './face/index.js'
import type { ChannelConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<ChannelConfig>(RED, {
    name: 'crisis channel',
    credentials: {
      webhook: 'password',
      signSecret: 'password',
      corpSecret: 'password',
      token: 'password',
      user: 'text',
      password: 'password',
      secrets: 'password',
    },
    load: serveChannelDialog,
    create(face, saved) {
      const channel = runChannel(face, saved)
      face.give(CHANNEL, channel.saved)
      face.onClose(() => channel.close())
    },
  })

import type { NodeAPI } from 'node-red'
import { register } from './face/index.js'
import { respond } from './response/index.js'
import type { ResponseConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<ResponseConfig>(RED, {
    name: 'generic response',
    create(face, saved) {
      face.onInput((msg, send) => respond(face, saved, msg, send))
    },
  })

import type { NodeAPI } from 'node-red'
import { register } from './face/index.js'
import { Desk } from './register/index.js'
import type { RegisterConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<RegisterConfig>(RED, {
    name: 'crisis register',
    create(face, saved) {
      const desk = new Desk(face, saved)
      face.onClose(() => desk.close())
      face.onInput((msg, send) => desk.take(msg, send))
    },
  })

import type { NodeAPI } from 'node-red'
import { register } from './face/index.js'
import { crisisIntake, receiveAt } from './receive/index.js'
import type { InConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<InConfig>(RED, {
    name: 'crisis in',
    create: (face, saved) => receiveAt(face, saved, crisisIntake),
  })

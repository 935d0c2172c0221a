import type { NodeAPI } from 'node-red'
import { acknowledgeBy } from './acknowledge/index.js'
import { register } from './face/index.js'
import { hosting } from './service/index.js'
import type { AcknowledgeConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<AcknowledgeConfig>(RED, {
    name: 'crisis acknowledge',
    load: (runtime) => hosting.mountOn(runtime),
    create: (face, saved) => acknowledgeBy(face, saved),
  })

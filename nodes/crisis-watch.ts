import type { NodeAPI } from 'node-red'
import { register } from './face/index.js'
import type { WatchConfig } from './settings/index.js'
import { watchBy } from './watch/index.js'

export = (RED: NodeAPI): void =>
  register<WatchConfig>(RED, {
    name: 'crisis watch',
    create: (face, saved) => watchBy(face, saved),
  })

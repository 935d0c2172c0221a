import type { NodeAPI } from 'node-red'
import { boardOf } from './board/index.js'
import { register } from './face/index.js'
import { hosting } from './service/index.js'
import type { BoardConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<BoardConfig>(RED, {
    name: 'crisis board',
    credentials: { password: 'password', metricsToken: 'password' },
    load: (runtime) => hosting.mountOn(runtime),
    create: (face, saved) => boardOf(face, saved),
  })

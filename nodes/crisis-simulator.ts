import type { NodeAPI } from 'node-red'
import { register } from './face/index.js'
import { hosting } from './service/index.js'
import type { SimulatorConfig } from './settings/index.js'
import { serveSimulatorButton, simulateBy } from './simulator/index.js'

export = (RED: NodeAPI): void =>
  register<SimulatorConfig>(RED, {
    name: 'crisis simulator',
    credentials: { licence: 'password' },
    load(runtime) {
      hosting.mountOn(runtime)
      serveSimulatorButton(runtime)
    },
    create: (face, saved) => simulateBy(face, saved),
  })

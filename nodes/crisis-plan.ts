import type { NodeAPI } from 'node-red'
import { servePlanCheck } from './dialogs/index.js'
import { register } from './face/index.js'
import type { PlanConfig } from './settings/index.js'
import { openPlan, PLAN } from './watch/index.js'

export = (RED: NodeAPI): void =>
  register<PlanConfig>(RED, {
    name: 'crisis plan',
    load: servePlanCheck,
    create: (face, saved) => face.give(PLAN, openPlan(face, saved)),
  })

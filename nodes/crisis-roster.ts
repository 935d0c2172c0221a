import type { NodeAPI } from 'node-red'
import { serveRosterCheck } from './dialogs/index.js'
import { register } from './face/index.js'
import { openRoster, ROSTER } from './roster/index.js'
import type { RosterConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<RosterConfig>(RED, {
    name: 'crisis roster',
    load: serveRosterCheck,
    create: (face, saved) => face.give(ROSTER, openRoster(face, saved)),
  })

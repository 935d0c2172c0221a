import type { NodeAPI } from 'node-red'
import { register } from './face/index.js'
import { pageBy } from './page/index.js'
import type { PageConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<PageConfig>(RED, {
    name: 'crisis page',
    create: (face, saved) => pageBy(face, saved),
  })

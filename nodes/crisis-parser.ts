import type { NodeAPI } from 'node-red'
import { serveMappingPreview } from './dialogs/index.js'
import { register } from './face/index.js'
import { parseFor } from './parser/index.js'
import type { ParserConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<ParserConfig>(RED, {
    name: 'crisis parser',
    credentials: { licence: 'password' },
    load: serveMappingPreview,
    create: parseFor,
  })

import type { NodeAPI } from 'node-red'
import { register } from './face/index.js'
import { parse } from './parser/index.js'
import type { ParserConfig } from './settings/index.js'

export = (RED: NodeAPI): void =>
  register<ParserConfig>(RED, {
    name: 'crisis parser',
    credentials: { licence: 'password' },
    create(face, saved) {
      face.onInput((msg, send) => parse(face, saved, msg, send))
    },
  })

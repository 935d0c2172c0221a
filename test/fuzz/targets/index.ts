import { addresses } from './addresses.js'
import { documents } from './documents.js'
import { gate } from './gate.js'
import { honest } from './honest.js'
import { payload } from './payload.js'
import { honestReply, remote, reply, response } from './replies.js'
import { envelope, request } from './request.js'
import type { Target } from './target.js'
import { texts } from './texts.js'

export type { Target } from './target.js'

export const TARGETS: readonly Target[] = [
  request,
  envelope,
  gate,
  documents,
  reply,
  remote,
  response,
  payload,
  addresses,
  texts,
  honest,
  honestReply,
]

export const targetOf = (name: string): Target => {
  const target = TARGETS.find((one) => one.name === name)
  if (!target)
    throw new Error(
      `There is no target ${name}; there are ${TARGETS.map((one) => one.name).join(', ')}.`,
    )
  return target
}

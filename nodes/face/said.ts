import { CrisisError, type Reason } from '../../src/messages/index.js'
import type { FlowMessage } from './message.js'

/**
 * A part of `msg.crisis` as a flow has left it; undefined when there is none.
 * @throws CrisisError CONTEXT_INVALID when `msg.crisis` is there and is no object
 */
export function saidPart(msg: FlowMessage, name: string): unknown {
  const own: unknown = msg.crisis
  if (own === undefined || own === null) return undefined
  if (typeof own !== 'object' || Array.isArray(own)) throw contextInvalid('', AN_OBJECT)
  return Object.hasOwn(own, name)
    ? ((own as Readonly<Record<string, unknown>>)[name] ?? undefined)
    : undefined
}

/** @throws CrisisError CONTEXT_INVALID when it is there and no text */
export function saidText(msg: FlowMessage, name: string): string | undefined {
  const value = saidPart(msg, name)
  if (value === undefined || typeof value === 'string') return value
  throw contextInvalid(name, A_TEXT)
}

/** The number of a content. @throws CrisisError CONTEXT_INVALID when it is there and none that counts from 1 */
export function saidRevision(msg: FlowMessage): number | undefined {
  const value = saidPart(msg, 'revision')
  if (value === undefined || isRevision(value)) return value
  throw contextInvalid('revision', A_REVISION)
}

export const isRevision = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0

/** @throws CrisisError CONTEXT_INVALID when they are there and no list of texts */
export function saidFlags(msg: FlowMessage): readonly string[] | undefined {
  const value = saidPart(msg, 'flags')
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every((flag): flag is string => typeof flag === 'string'))
    return value
  throw contextInvalid('flags', TEXTS)
}

/** The error of a part of `msg.crisis` that a flow has set wrongly; a blank name is all of it. */
export function contextInvalid(name: string, expected: Reason): CrisisError {
  const part = name === '' ? 'msg.crisis' : `msg.crisis.${name}`
  return new CrisisError(
    'CONTEXT_INVALID',
    {
      zh: `${part} 应为${expected.zh}：它由本软件包的节点填写，请检查流程中改写它的节点`,
      en: `${part} should be ${expected.en}: the nodes of this package set it, so look for the node of the flow that changes it`,
    },
    '422',
  )
}

const AN_OBJECT: Reason = { zh: '对象', en: 'an object' }
const A_TEXT: Reason = { zh: '文本', en: 'a text' }
const TEXTS: Reason = { zh: '文本的数组', en: 'an array of texts' }
const A_REVISION: Reason = { zh: '从 1 开始的整数', en: 'a whole number that counts from 1' }

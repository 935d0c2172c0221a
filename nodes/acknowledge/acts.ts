import type { WhichAlert } from '../../src/ledger/index.js'
import { actIn, type Act } from '../../src/loop/index.js'
import { CrisisError, type Person, type Reason } from '../../src/messages/index.js'
import { isRevision, saidPart, type FlowMessage } from '../face/index.js'
import type { AcknowledgeConfig, ActField } from '../settings/index.js'
import { alertMissing, fieldInvalid, wordUnknown } from './errors.js'

export type Evaluate = (value: string, type: string, msg: FlowMessage) => Promise<unknown>

export interface SaidAct {
  readonly which: WhichAlert
  readonly act: Act
}

/**
 * The act that a message tells of.
 * @param now epoch ms, for a message that names no time
 * @throws CrisisError ACK_FIELD, ACK_WORD, ACK_UNKNOWN, CONTEXT_INVALID; SettingError
 */
export async function actOf(
  config: Pick<AcknowledgeConfig, 'fields' | 'words'>,
  msg: FlowMessage,
  evaluate: Evaluate,
  now: number,
): Promise<SaidAct> {
  const value = async (name: ActField): Promise<unknown> => {
    const row = config.fields.find((field) => field.name === name)
    const found = row ? await valueOf(row, msg, evaluate) : usual(msg, name)
    return found === '' ? undefined : (found ?? undefined)
  }
  const text = async (name: ActField): Promise<string> => textIn(name, await value(name))
  const kind = actIn(config.words, await value('action'))
  if (kind === null) throw wordUnknown()
  const to = await personOf('to', value)
  return {
    which: await whichOf(text),
    act: {
      kind,
      person: (await personOf('person', value)) ?? { code: '', name: '' },
      role: await text('role'),
      at: timeIn(await value('time')) ?? now,
      how: (await text('how')) || 'reply',
      readBack: tickIn(await value('readBack')),
      note: await text('note'),
      revision: numberIn('revision', await value('revision')),
      step: numberIn('step', await value('step')),
      to,
    },
  }
}

async function whichOf(text: (name: ActField) => Promise<string>): Promise<WhichAlert> {
  const id = await text('id')
  if (id !== '') return { id }
  const [ExamNo, ApplyNo] = [await text('ExamNo'), await text('ApplyNo')]
  if (ExamNo === '' && ApplyNo === '') throw alertMissing()
  return { ...(ExamNo !== '' && { ExamNo }), ...(ApplyNo !== '' && { ApplyNo }) }
}

async function personOf(
  name: 'person' | 'to',
  value: (name: ActField) => Promise<unknown>,
): Promise<Person | null> {
  const code = textIn(`${name}.code`, await value(`${name}.code`))
  const named = textIn(`${name}.name`, await value(`${name}.name`))
  return code === '' && named === '' ? null : { code, name: named }
}

/** The usual place of a part: the payload, where a form or a reply has it, then our own part of the message. */
function usual(msg: FlowMessage, name: ActField): unknown {
  const { payload } = msg
  const isReply = typeof payload === 'string' || typeof payload === 'number'
  if (name === 'action' && isReply) return payload
  const [first = '', part] = name.split('.')
  const own = saidPart(msg, first)
  const found = (isObject(payload) ? partOf(payload[first], part) : undefined) ?? partOf(own, part)
  // The step of a reminder is told with all that belongs to it.
  return name === 'step' && isObject(found) ? found['number'] : found
}

/** A person who is given as a text is a name. */
function partOf(value: unknown, part: string | undefined): unknown {
  if (part === undefined) return value ?? undefined
  if (isObject(value)) return value[part] ?? undefined
  return part === 'name' ? (value ?? undefined) : undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const FROM_A_PATH: ReadonlySet<string> = new Set(['msg', 'flow', 'global'])

async function valueOf(
  { name, type, value }: AcknowledgeConfig['fields'][number],
  msg: FlowMessage,
  evaluate: Evaluate,
): Promise<unknown> {
  try {
    return await evaluate(value, type, msg)
  } catch (cause) {
    // Node-RED throws where a parent of the property is missing.
    if (cause instanceof TypeError && FROM_A_PATH.has(type)) return undefined
    if (cause instanceof CrisisError) throw cause
    throw fieldInvalid(name, WORKED_OUT)
  }
}

function textIn(name: string, value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  throw fieldInvalid(name, TEXT)
}

function numberIn(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined
  const number = typeof value === 'string' ? Number(value.trim()) : value
  if (isRevision(number)) return number
  throw fieldInvalid(name, NUMBER)
}

const YES: readonly unknown[] = [true, 1, '1', 'true', 'yes', '是']
const NO: readonly unknown[] = [false, 0, '0', 'false', 'no', '否']

function tickIn(value: unknown): boolean | null {
  if (value === undefined) return null
  const said: unknown = typeof value === 'string' ? value.trim().toLowerCase() : value
  if (YES.includes(said)) return true
  if (NO.includes(said)) return false
  throw fieldInvalid('readBack', TICK)
}

/** Without an offset a text would be read in the zone of this machine, which in a container is UTC (A16). */
function timeIn(value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value instanceof Date && Number.isFinite(value.getTime())) return value.getTime()
  if (typeof value === 'string' && /(?:Z|[+-]\d{2}:?\d{2})$/.test(value.trim())) {
    const epoch = Date.parse(value)
    if (Number.isFinite(epoch)) return epoch
  }
  throw fieldInvalid('time', TIME)
}

const TEXT: Reason = { zh: '文本', en: 'a text' }
const NUMBER: Reason = { zh: '从 1 开始的整数', en: 'a whole number that counts from 1' }
const TICK: Reason = { zh: '是或否', en: 'yes or no' }
const TIME: Reason = {
  zh: '带时区偏移的 ISO 8601 时间、毫秒时间戳或 Date',
  en: 'an ISO 8601 time with an offset, epoch milliseconds or a Date',
}
const WORKED_OUT: Reason = {
  zh: '可以求值的表达式',
  en: 'an expression that can be worked out',
}

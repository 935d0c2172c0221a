import {
  crisisOfObject,
  CrisisError,
  extraOfObject,
  feedbackOfObject,
  MessageError,
  readCrisisDocument,
  readFeedbackDocument,
  requireKey,
  splitInstant,
  writeCrisisDocument,
  writeFeedbackDocument,
  type Crisis,
  type CrisisFeedback,
  type FeedbackHeader,
  type XmlElement,
} from '../../src/messages/index.js'
import type { FlowMessage } from '../face/index.js'
import type { FieldRow, OutConfig } from '../settings/index.js'

/** Works out a typed field of a dialog for a message. */
export type Evaluate = (value: string, type: string, msg: FlowMessage) => Promise<unknown>

export interface Entry<T> {
  readonly document: T
  readonly extra: readonly XmlElement[]
}

export type CrisisEntry = Entry<Crisis>
export type FeedbackEntry = Entry<CrisisFeedback>

export type SourceConfig = Pick<OutConfig, 'source' | 'fields'>

/**
 * The critical values that a message is to become: the payload as an object, an array of them, or the
 * document as text; or what the field rows make of the message.
 */
export async function crisesOfMessage(
  config: SourceConfig,
  msg: FlowMessage,
  zone: string,
  evaluate: Evaluate,
): Promise<readonly CrisisEntry[]> {
  const source = await sourceOf(config, msg, zone, evaluate)
  if (typeof source === 'string') {
    return readCrisisDocument(source).crises.map(({ crisis, extra }) => {
      requireKey(crisis)
      return { document: crisis, extra }
    })
  }
  return source.map((item) => ({ document: crisisOfObject(item), extra: extraOfObject(item) }))
}

/** As `crisesOfMessage`, for feedback. The header of a document given as text is not used: it is the peer's. */
export async function feedbacksOfMessage(
  config: SourceConfig,
  msg: FlowMessage,
  zone: string,
  evaluate: Evaluate,
): Promise<readonly FeedbackEntry[]> {
  const source = await sourceOf(config, msg, zone, evaluate)
  if (typeof source === 'string') {
    return readFeedbackDocument(source).feedbacks.map(({ feedback, extra }) => {
      requireKey(feedback)
      return { document: feedback, extra }
    })
  }
  return source.map((item) => ({ document: feedbackOfObject(item), extra: extraOfObject(item) }))
}

export const writeCrisisEntry = (entry: CrisisEntry, omitEmpty: boolean): string =>
  writeCrisisDocument(entry.document, { omitEmpty, extra: entry.extra })

export const writeFeedbackEntry = (
  entry: FeedbackEntry,
  header: FeedbackHeader,
  options: Pick<OutConfig, 'omitEmpty' | 'omitEmptyProcess'>,
): string => writeFeedbackDocument(header, entry.document, { ...options, extra: entry.extra })

async function sourceOf(
  config: SourceConfig,
  msg: FlowMessage,
  zone: string,
  evaluate: Evaluate,
): Promise<string | readonly object[]> {
  if (config.source === 'fields') return [await objectOfRows(config.fields, msg, zone, evaluate)]
  const { payload } = msg
  if (typeof payload === 'string') return payload
  if (Array.isArray(payload) && payload.length > 0 && payload.every(isObject)) return payload
  if (isObject(payload) && !Buffer.isBuffer(payload) && !Array.isArray(payload)) return [payload]
  throw new MessageError(
    'DOCUMENT_UNKNOWN',
    {
      zh: 'msg.payload 应为文档对象（字段名与接口文档一致）、其数组，或 XML 文本',
      en: 'msg.payload should be the document as an object with its own field names, an array of them, or XML text',
    },
    '422',
  )
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Rows that stand for an instant, and the two elements that the document splits it into (A16). */
const INSTANTS: Readonly<Record<string, readonly [date: string, time: string]>> = {
  setAt: ['CrisisSetDate', 'CrisisSetTime'],
  receiveAt: ['CrisisReceiveDate', 'CrisisReceiveTime'],
  processAt: ['ProcessDate', 'ProcessTime'],
}

async function objectOfRows(
  rows: readonly FieldRow[],
  msg: FlowMessage,
  zone: string,
  evaluate: Evaluate,
): Promise<object> {
  const result: Record<string, unknown> = {}
  for (const row of rows) {
    const value = await valueOf(row, msg, evaluate)
    if (value === undefined || value === null || value === '') continue
    const instant = INSTANTS[row.name]
    const [field = '', part] = row.name.split('.')
    if (instant) {
      const { date, time } = splitInstant(epochOf(row.name, value), zone)
      result[instant[0]] = date
      result[instant[1]] = time
    } else if (part === 'code' || part === 'name') {
      result[field] = { ...(result[field] as object | undefined), [part]: value }
    } else result[field] = value
  }
  return result
}

function epochOf(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value instanceof Date && Number.isFinite(value.getTime())) return value.getTime()
  // Without an offset the text would be read in the zone of this machine, which in a container is UTC (A16).
  if (typeof value === 'string' && /(?:Z|[+-]\d{2}:?\d{2})$/.test(value.trim())) {
    const epoch = Date.parse(value)
    if (Number.isFinite(epoch)) return epoch
  }
  throw new MessageError(
    'VALUE_NOT_TEXT',
    {
      zh: `字段 ${name} 应为带时区偏移的 ISO 8601 时间、毫秒时间戳或 Date`,
      en: `The field ${name} should be an ISO 8601 time with an offset, epoch milliseconds or a Date`,
    },
    '422',
  )
}

const FROM_A_PATH: ReadonlySet<string> = new Set(['msg', 'flow', 'global'])

async function valueOf(row: FieldRow, msg: FlowMessage, evaluate: Evaluate): Promise<unknown> {
  try {
    return await evaluate(row.value, row.type, msg)
  } catch (cause) {
    // Node-RED throws where a parent of the property is missing, such as the person of `ProcessStaff.code`:
    // for a field that only means that it has no value.
    if (cause instanceof TypeError && FROM_A_PATH.has(row.type)) return undefined
    if (cause instanceof CrisisError) throw cause
    throw new CrisisError(
      'FIELD_VALUE',
      {
        zh: `字段 ${row.name} 的取值表达式无法求值`,
        en: `The value of the field ${row.name} cannot be worked out`,
      },
      '422',
      { cause },
    )
  }
}

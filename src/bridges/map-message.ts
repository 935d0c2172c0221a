import { readByTable, type MappingTable, type WriteOptions, writeByTable } from './mapping/index.js'
import { BridgeError } from './errors.js'
import { toldOfCrisis, toldOfFeedback, type Told } from './told.js'
import { crisisOfObject, feedbackOfObject, MessageError } from '../messages/index.js'

/**
 * The messages that come of a document of another system: our documents, with what goes under `msg.crisis`.
 * @param value its text, or JSON that was parsed before
 * @throws MessageError, BridgeError as `readByTable`; MessageError KEY_MISSING
 */
export function mapIn(
  value: unknown,
  table: MappingTable,
  zone: string,
): readonly { readonly value: object; readonly context: Told }[] {
  return readByTable(table, textOf(value, table), zone).map(({ values, header }) => {
    if (table.document === 'crisis') {
      const crisis = crisisOfObject(values)
      return { value: crisis, context: toldOfCrisis(crisis, [], zone) }
    }
    const feedback = feedbackOfObject(values)
    // The licence is a secret: it stays out of the message.
    return { value: feedback, context: toldOfFeedback(feedback, header['Application'], [], zone) }
  })
}

/** JSON that was parsed before, as text again. */
function textOf(value: unknown, { format }: MappingTable): string {
  if (typeof value === 'string') return value
  if (format === 'json' && typeof value === 'object' && value !== null) {
    return JSON.stringify(value, refuseLostDigits)
  }
  throw new MessageError('DOCUMENT_UNKNOWN', {
    zh: '要映射的内容应为 XML 或 JSON 文本',
    en: 'What is to be mapped should be XML or JSON text',
  })
}

/** A number that is larger was changed when it was parsed. */
function refuseLostDigits(name: string, value: unknown): unknown {
  if (typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
  throw new MessageError(
    'VALUE_NOT_TEXT',
    {
      zh: `数字 ${name} 过大，解析时已丢失位数：请把未解析的 JSON 文本交给本节点`,
      en: `The number ${name} is so large that it lost digits when it was parsed; hand this node the text of the JSON`,
    },
    '422',
  )
}

/**
 * The form that a message's document, or its list of documents, has for the other system.
 * @param header of feedback
 * @throws MessageError VALUE_NOT_TEXT, KEY_MISSING; BridgeError as `writeByTable`
 */
export function mapOut(
  value: object,
  table: MappingTable,
  header: { readonly Application: string; readonly License: string },
  options: WriteOptions,
): string {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const documents = list.map((item) => {
    if (typeof item !== 'object' || item === null) throw notADocument()
    return table.document === 'crisis'
      ? crisisOfObject(item)
      : { ...header, ...feedbackOfObject(item) }
  })
  return writeByTable(table, documents, options)
}

const notADocument = (): MessageError =>
  new MessageError(
    'DOCUMENT_UNKNOWN',
    {
      zh: '列表中的每一项都应为一个文档对象',
      en: 'Each item of the list should be one document as an object',
    },
    '422',
  )

/** @throws BridgeError MAPPING_ABSENT where a node was given no table */
export function requireTable(table: MappingTable | undefined): MappingTable {
  if (table) return table
  throw new BridgeError('MAPPING_ABSENT', {
    zh: '未填写映射表',
    en: 'There is no mapping table',
  })
}

import {
  elementsAt,
  MessageError,
  prepareDocument,
  readJsonTree,
  readXml,
  splitInstant,
  textAt,
  textOfTree,
  treeAt,
  type JsonTree,
  type XmlElement,
} from '../../messages/index.js'
import { BridgeError } from '../errors.js'
import { HEADER_NAMES, instantOf, keepsBlanks, nestedOf } from './fields.js'
import { pathWithin, type MappedPlace, type MappingRow, type MappingTable } from './table.js'
import { readInstant } from './times.js'

/** One of our documents, as it was mapped. */
export interface Mapped {
  /** The fields of the document, as a message has them. */
  readonly values: Readonly<Record<string, unknown>>
  /** Application and License, where the table gives them to feedback. */
  readonly header: Readonly<Record<string, string>>
}

/** The text at a place, undefined where nothing stands there. */
type TextAt = (place: MappedPlace) => string | undefined

/**
 * Reads a document of another system by a table.
 * @param zone of its times
 * @throws MessageError those of the gate, DOCUMENT_AMBIGUOUS for a path that finds two; BridgeError MAPPING_VALUE,
 * MAPPING_MISSING, each with the place
 */
export function readByTable(table: MappingTable, text: string, zone: string): readonly Mapped[] {
  const records = table.format === 'xml' ? recordsOfXml(table, text) : recordsOfJson(table, text)
  return records.map((record) => mapped(table, record, zone))
}

function recordsOfXml({ each }: MappingTable, text: string): readonly TextAt[] {
  const root = readXml(prepareDocument(text).xml)
  const whole: TextAt = (place) => textAt(root, pathWithin(place, 0))
  if (!each) return [whole]
  const records = elementsAt(root, each.names)
  const depth = each.names.length - 1
  return some(
    each,
    records.map(
      (record: XmlElement): TextAt =>
        (place) =>
          place.inRecord ? textAt(record, pathWithin(place, depth)) : whole(place),
    ),
  )
}

function recordsOfJson({ each }: MappingTable, text: string): readonly TextAt[] {
  const tree = readJsonTree(text)
  const whole: TextAt = (place) => textOfTree(tree, place.text)
  if (!each) return [whole]
  const records = treeAt(tree, each.text)
  if (records !== undefined && !Array.isArray(records)) {
    throw new MessageError('DOCUMENT_UNKNOWN', {
      zh: `${each.text || '/'} 应为列表`,
      en: `${each.text || '/'} should be a list`,
    })
  }
  const list = (records ?? []) as readonly JsonTree[]
  return some(
    each,
    list.map(
      (record): TextAt =>
        (place) =>
          place.inRecord ? textOfTree(record, place.text.slice(each.text.length)) : whole(place),
    ),
  )
}

function some(each: MappedPlace, records: readonly TextAt[]): readonly TextAt[] {
  if (records.length > 0) return records
  throw missing(each.text || '/')
}

function mapped(table: MappingTable, textOf: TextAt, zone: string): Mapped {
  const flat: Record<string, string> = {}
  for (const row of table.rows) {
    if (row.field !== undefined) Object.assign(flat, fieldsOf(table, row, textOf, zone))
  }
  const isHeader = (name: string): boolean =>
    table.document === 'feedback' && HEADER_NAMES.includes(name)
  const split = Object.entries(flat)
  return {
    values: nestedOf(Object.fromEntries(split.filter(([name]) => !isHeader(name)))),
    header: Object.fromEntries(split.filter(([name]) => isHeader(name))),
  }
}

/** The fields that one row gives. */
function fieldsOf(
  { document }: MappingTable,
  row: MappingRow,
  textOf: TextAt,
  zone: string,
): Record<string, string> {
  const { field = '', at } = row
  if (!at) return { [field]: row.fixed ?? '' }
  const found = textOf(at)
  if (found === undefined || found.trim() === '') {
    if (row.required) throw missing(at.text)
    return {}
  }
  const instant = instantOf(document, field)
  if (instant) {
    const ms = readInstant(found.trim(), row.time, zone)
    // It stays as it is written, so that a critical value is not refused for its time, which is flagged as unreadable.
    if (ms === undefined) return { [instant.date]: found.trim() }
    const { date, time } = splitInstant(ms, zone)
    return { [instant.date]: date, [instant.time]: time }
  }
  if (!row.values) return { [field]: keepsBlanks(document, field) ? found : found.trim() }
  const ours = row.values.get(found.trim())
  if (ours !== undefined) return { [field]: ours }
  throw new BridgeError(
    'MAPPING_VALUE',
    {
      zh: `${at.text} 的值不在值列表中（字段 ${field}）`,
      en: `The value at ${at.text} is not in its list (field ${field})`,
    },
    '422',
  )
}

export const missing = (place: string): BridgeError =>
  new BridgeError(
    'MAPPING_MISSING',
    {
      zh: `${place} 缺失或为空，而它是必填项`,
      en: `${place} is missing or blank, and it is required`,
    },
    '422',
  )

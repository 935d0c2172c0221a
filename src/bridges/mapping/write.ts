import {
  escapeAttribute,
  escapeText,
  joinDateTime,
  withoutControlCharacters,
  XML_DECLARATION,
} from '../../messages/index.js'
import { BridgeError } from '../errors.js'
import { flatOf, instantOf } from './fields.js'
import { missing } from './read.js'
import type { MappedPlace, MappingRow, MappingTable } from './table.js'
import { TIME_FORMS, writeInstant } from './times.js'

export interface WriteOptions {
  /** Of the documents' times, and of the places of a template. */
  readonly zone: string
  readonly now: Date
  /** For the place `uuid` of a template. */
  readonly uuid: string
}

/** The text for each place in one record. */
type Texts = readonly (readonly [place: MappedPlace, text: string])[]

/**
 * Writes documents of ours as the other system has them.
 * @param documents one, or several where the table has a place for records
 * @throws BridgeError MAPPING_VALUE, MAPPING_MISSING, MAPPING_SEVERAL, each with the place
 */
export function writeByTable(
  table: MappingTable,
  documents: readonly object[],
  options: WriteOptions,
): string {
  if (documents.length !== 1 && !table.each) throw several()
  const flats = documents.map((document) => flatOf(table.document, document))
  const [first = {}] = flats
  if (table.template) return fill(table, first, options)
  const records = flats.map((flat) => textsOf(table, flat, options))
  return table.format === 'xml' ? xmlOf(table, records) : jsonOf(table, records)
}

function fill(
  table: MappingTable,
  flat: Readonly<Record<string, string>>,
  options: WriteOptions,
): string {
  const ready: Readonly<Record<string, string>> = {
    now: writeInstant(options.now.getTime(), TIME_FORMS[0], options.zone),
    uuid: options.uuid,
  }
  const rowOf = (field: string): MappingRow =>
    table.rows.find((row) => row.field === field) ?? {
      field,
      at: undefined,
      fixed: undefined,
      values: undefined,
      time: TIME_FORMS[0],
      required: false,
    }
  const textAt = (field: string): string => valueOf(table, rowOf(field), flat, options)
  // What is required is required, even where the template has no place for it.
  for (const { field, required } of table.rows) if (required && field !== undefined) textAt(field)
  return table.template?.fill((place) => ready[place] ?? textAt(place)) ?? ''
}

const textsOf = (
  table: MappingTable,
  flat: Readonly<Record<string, string>>,
  options: WriteOptions,
): Texts =>
  table.rows.flatMap((row) =>
    row.at ? [[row.at, row.fixed ?? valueOf(table, row, flat, options)] as const] : [],
  )

/** Their value for a field; '' where there is none. */
function valueOf(
  { document }: MappingTable,
  row: MappingRow,
  flat: Readonly<Record<string, string>>,
  { zone }: WriteOptions,
): string {
  const { field = '' } = row
  const place = row.at?.text ?? field
  const instant = instantOf(document, field)
  const said = instant ? [flat[instant.date], flat[instant.time]] : [flat[field]]
  if (said.every((text) => text === undefined || text.trim() === '')) {
    if (row.required) throw missing(place)
    return said[0] ?? ''
  }
  if (instant) {
    const { epochMs } = joinDateTime(said[0], said[1], zone)
    if (epochMs === null) throw unwritable(place, field)
    return writeInstant(epochMs, row.time, zone)
  }
  const text = said[0] ?? ''
  if (!row.values) return text
  const theirs = [...row.values].find(([, ours]) => ours === text.trim())
  if (theirs) return theirs[0]
  throw unwritable(place, field)
}

interface Element {
  readonly name: string
  readonly attributes: Map<string, string>
  readonly children: Element[]
  text: string | undefined
}

const element = (name: string): Element => ({
  name,
  attributes: new Map(),
  children: [],
  text: undefined,
})

function xmlOf({ each, rows, namespace }: MappingTable, records: readonly Texts[]): string {
  const root = element(rows.find(({ at }) => at)?.at?.names[0] ?? each?.names[0] ?? 'root')
  const child = (parent: Element, name: string): Element => {
    const found = parent.children.find((one) => one.name === name)
    if (found) return found
    const made = element(name)
    parent.children.push(made)
    return made
  }
  for (const texts of records) {
    let record: Element | undefined
    for (const [place, text] of texts) {
      let at = root
      place.names.slice(1).forEach((name, index) => {
        const isRecord = place.inRecord && each && index + 2 === each.names.length
        if (!isRecord) at = child(at, name)
        else if (record) at = record
        else {
          record = element(name)
          at.children.push(record)
          at = record
        }
      })
      const before = place.attribute === undefined ? at.text : at.attributes.get(place.attribute)
      if (before !== undefined && before !== text) throw contradicts(place)
      if (place.attribute === undefined) at.text = text
      else at.attributes.set(place.attribute, text)
    }
  }
  if (namespace !== '') root.attributes.set('xmlns', namespace)
  return XML_DECLARATION + written(root)
}

function written({ name, attributes, children, text = '' }: Element): string {
  const list = [...attributes].map(
    ([attribute, value]) => ` ${attribute}="${escapeAttribute(withoutControlCharacters(value))}"`,
  )
  const inside = escapeText(withoutControlCharacters(text)) + children.map(written).join('')
  return `<${name}${list.join('')}>${inside}</${name}>`
}

type Json = string | Json[] | { [name: string]: Json }

function jsonOf({ each }: MappingTable, records: readonly Texts[]): string {
  const whole: Json[] = []
  records.forEach((texts, number) => {
    for (const [place, text] of texts) {
      const names = place.inRecord && each ? withRecord(place, each, number) : place.names
      put(whole, ['0', ...names], text, place)
    }
  })
  return JSON.stringify(whole[0] ?? {})
}

/** The names that lead to a place in one of the records. */
const withRecord = (
  { names }: MappedPlace,
  each: MappedPlace,
  number: number,
): readonly string[] => [...each.names, String(number), ...names.slice(each.names.length)]

/** Numbers in a pointer are places in a list. */
function put(
  into: Json[] | { [name: string]: Json },
  names: readonly string[],
  text: string,
  place: MappedPlace,
): void {
  const [name = '', ...rest] = names
  const values = into as { [name: string]: Json }
  const before = Object.hasOwn(values, name) ? values[name] : undefined
  if (rest.length === 0) {
    if (before !== undefined && before !== text) throw contradicts(place)
    define(values, name, text)
    return
  }
  const isNew = typeof before !== 'object'
  const next: Json = isNew ? (/^\d+$/.test(rest[0]!) ? [] : {}) : before
  if (isNew) define(values, name, next)
  put(next, rest, text, place)
}

/** As its own property, whatever it is called. */
const define = (into: object, name: string, value: Json): void =>
  void Object.defineProperty(into, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })

const unwritable = (place: string, field: string): BridgeError =>
  new BridgeError(
    'MAPPING_VALUE',
    {
      zh: `字段 ${field} 的值不能写到 ${place}：不在值列表中，或时间无法识别`,
      en: `The value of the field ${field} cannot be written at ${place}: it is not in the list, or its time cannot be read`,
    },
    '422',
  )

const contradicts = ({ text }: MappedPlace): BridgeError =>
  new BridgeError(
    'MAPPING_VALUE',
    {
      zh: `两行要在 ${text} 写入不同的值`,
      en: `Two rows would write different values at ${text}`,
    },
    '422',
  )

const several = (): BridgeError =>
  new BridgeError(
    'MAPPING_SEVERAL',
    {
      zh: '映射表没有设置多条记录的位置，只能写一个文档',
      en: 'The table has no place for several records, so that it writes one document',
    },
    '422',
  )

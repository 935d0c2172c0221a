import {
  isPointer,
  placeIn,
  namesOfPointer,
  readXmlPath,
  SectionReader,
  Template,
  type ReadSection,
  type SectionObject,
} from '../../messages/index.js'
import { instantOf, MAPPED_FIELDS, type MappedDocument } from './fields.js'
import type { MappedPlace, MappingRow, MappingTable } from './table.js'
import { TIME_FORMS } from './times.js'

const TABLE_SETTINGS = ['document', 'format', 'namespace', 'each', 'rows', 'template']
const ROW_SETTINGS = ['field', 'at', 'fixed', 'values', 'time', 'required']
/** Places of a template that no document fills. */
export const OTHER_PLACES = ['now', 'uuid']
const NAMESPACE = /^[^\s<>"{}|\\^`]*$/

/**
 * Reads tables that map documents of other systems, as settings and dialect files hold them:
 *
 *     [{
 *       "document": "crisis",
 *       "format": "xml",
 *       "rows": [
 *         { "field": "ExamNo", "at": "Request/Body/ReportId", "required": true },
 *         { "field": "CrisisSettor.code", "at": "Request/Body/Doctor/@no" },
 *         { "field": "CrisisCode", "at": "Request/Body/Level", "values": { "A": "1", "B": "2" } },
 *         { "field": "setAt", "at": "Request/Body/Time", "time": "yyyyMMddHHmmss" },
 *         { "field": "CrisisType", "fixed": "CT" },
 *         { "at": "Request/Header/Sender", "fixed": "PACS" }
 *       ]
 *     }]
 */
export function readMappingSection(section: unknown): ReadSection<readonly MappingTable[]> {
  const reader = new SectionReader()
  const tables = reader
    .list(section, '')
    .flatMap(([item, pointer]) => readTable(reader, item, pointer) ?? [])
  tables.forEach(({ document }, index) => {
    if (tables.findIndex((other) => other.document === document) === index) return
    reader.problem(`/${index}/document`, {
      zh: `已有一个 ${document} 的映射表`,
      en: `There is a table for ${document} already`,
    })
  })
  return reader.result(tables)
}

/** Reads one such table. */
export function readMappingTable(value: unknown): ReadSection<MappingTable> {
  const reader = new SectionReader()
  const table = readTable(reader, value, '')
  return table ? reader.result(table) : { problems: reader.problems }
}

function readTable(
  reader: SectionReader,
  value: unknown,
  pointer: string,
): MappingTable | undefined {
  const object = reader.object(value, pointer, TABLE_SETTINGS)
  if (!object) return undefined
  const document = required(reader, object, 'document', ['crisis', 'feedback'] as const)
  const format = required(reader, object, 'format', ['xml', 'json'] as const)
  const namespace = reader.text(object, 'namespace')
  if (!NAMESPACE.test(namespace)) {
    reader.problem(placeIn(pointer, 'namespace'), {
      zh: '命名空间应为不含空格的 URI',
      en: 'A namespace should be a URI without spaces',
    })
  }
  const each = placeOf(reader, object, 'each', format, undefined)
  // There is one root, which cannot stand there several times.
  if (each?.attribute !== undefined || (format === 'xml' && each?.names.length === 1)) {
    reader.problem(placeIn(pointer, 'each'), WRONG_PLACE[format])
  }
  const rows = reader
    .list(object.values['rows'], placeIn(pointer, 'rows'))
    .flatMap(([item, place]) => {
      const row = reader.object(item, place, ROW_SETTINGS)
      return row ? [rowOf(reader, row, { document, format, each })] : []
    })
  const template = templateOf(reader, object, document, each)
  if (rows.length === 0 && !template) {
    reader.problem(placeIn(pointer, 'rows'), { zh: '映射表没有行', en: 'The table has no rows' })
  }
  refuseContradictions(reader, pointer, document, format, rows)
  return { document, format, namespace, each, rows, template }
}

function required<T extends string>(
  reader: SectionReader,
  object: SectionObject,
  name: string,
  choices: readonly [T, ...T[]],
): T {
  const choice = reader.choice(object, name, choices)
  if (choice === undefined && object.values[name] === undefined) {
    const list = choices.join(', ')
    reader.problem(placeIn(object.pointer, name), {
      zh: `请填写：${list} 之一`,
      en: `This is missing; it is one of ${list}`,
    })
  }
  return choice ?? choices[0]
}

const WRONG_PLACE = {
  xml: {
    zh: 'XML 路径应如 Request/Body/ExamNo 或 Request/Body/Doctor/@code',
    en: 'A path in XML is written as Request/Body/ExamNo or Request/Body/Doctor/@code',
  },
  json: {
    zh: 'JSON 指针应以 / 开头，如 /data/examNo',
    en: 'A JSON pointer begins with a slash, such as /data/examNo',
  },
}

function placeOf(
  reader: SectionReader,
  object: SectionObject,
  name: string,
  format: MappingTable['format'],
  each: MappedPlace | undefined,
): MappedPlace | undefined {
  const text = reader.text(object, name)
  // The whole of a JSON document has an empty pointer, and is a list of records then.
  if (text === '' && !(format === 'json' && name === 'each' && object.values[name] === '')) {
    return undefined
  }
  const place = format === 'xml' ? readXmlPath(text) : jsonPlace(text)
  if (!place) {
    reader.problem(placeIn(object.pointer, name), WRONG_PLACE[format])
    return undefined
  }
  const inRecord =
    each !== undefined &&
    place.names.length + (place.attribute === undefined ? 0 : 1) > each.names.length &&
    each.names.every((one, index) => place.names[index] === one)
  return { ...place, inRecord }
}

const jsonPlace = (text: string): Omit<MappedPlace, 'inRecord'> | undefined =>
  isPointer(text) ? { text, names: namesOfPointer(text), attribute: undefined } : undefined

function rowOf(
  reader: SectionReader,
  object: SectionObject,
  table: Pick<MappingTable, 'document' | 'format' | 'each'>,
): MappingRow {
  const { document, format, each } = table
  const { pointer, values } = object
  const written = reader.text(object, 'field')
  const field = written === '' ? undefined : written
  if (field !== undefined && !MAPPED_FIELDS[document].includes(field)) {
    reader.problem(placeIn(pointer, 'field'), {
      zh: `没有字段 ${field}，可用的有：${MAPPED_FIELDS[document].join('、')}`,
      en: `There is no field ${field}; there is ${MAPPED_FIELDS[document].join(', ')}`,
    })
  }
  const at = placeOf(reader, object, 'at', format, each)
  const fixed = values['fixed'] === undefined ? undefined : reader.exactText(object, 'fixed')
  const isPlaced = values['at'] !== undefined && values['at'] !== ''
  if ([field !== undefined, isPlaced, fixed !== undefined].filter(Boolean).length !== 2) {
    reader.problem(pointer, {
      zh: '每行应恰好填写两项：字段与位置，或字段与固定值，或位置与固定值',
      en: 'A row has two of the three: a field, a place, a fixed value',
    })
  }
  const isInstant = field !== undefined && instantOf(document, field) !== undefined
  const time = reader.choice(object, 'time', TIME_FORMS)
  if (time !== undefined && !isInstant) {
    reader.problem(placeIn(pointer, 'time'), {
      zh: '时间格式只用于名称以 At 结尾的字段',
      en: 'The form of a time is only for fields whose name ends with At',
    })
  }
  return {
    field,
    at,
    fixed,
    values: valuesOf(reader, object, isInstant),
    time: time ?? TIME_FORMS[0],
    required: reader.flag(object, 'required'),
  }
}

function valuesOf(
  reader: SectionReader,
  object: SectionObject,
  isInstant: boolean,
): ReadonlyMap<string, string> | undefined {
  const given = object.values['values']
  const place = placeIn(object.pointer, 'values')
  if (given === undefined) return undefined
  const names = typeof given === 'object' && given !== null ? Object.keys(given) : []
  const list = reader.object(given, place, names)
  if (!list) return undefined
  if (isInstant || names.length === 0) {
    reader.problem(place, {
      zh: isInstant ? '时间字段没有值列表' : '值列表为空',
      en: isInstant ? 'A time has no list of values' : 'The list of values is empty',
    })
  }
  const values = new Map<string, string>()
  for (const name of names) {
    const theirs = name.trim()
    if (values.has(theirs)) {
      reader.problem(placeIn(place, name), {
        zh: '该值重复',
        en: 'This value stands there twice',
      })
    }
    values.set(theirs, reader.text(list, name))
  }
  return values
}

function templateOf(
  reader: SectionReader,
  object: SectionObject,
  document: MappedDocument,
  each: MappedPlace | undefined,
): Template | undefined {
  const text = reader.exactText(object, 'template')
  if (text.trim() === '') return undefined
  const template = new Template(text)
  const place = placeIn(object.pointer, 'template')
  const fault = template.fault([...MAPPED_FIELDS[document], ...OTHER_PLACES])
  if (fault) reader.problem(place, fault)
  if (each) {
    reader.problem(place, {
      zh: '有多条记录时不能使用模板',
      en: 'There is no template where there may be several records',
    })
  }
  return template
}

/** Rows of which one would undo what the other says. */
function refuseContradictions(
  reader: SectionReader,
  pointer: string,
  document: MappedDocument,
  format: MappingTable['format'],
  rows: readonly MappingRow[],
): void {
  const fields = rows.map(({ field }) => field)
  const placeOfRow = (row: MappingRow, name: string): string =>
    `${placeIn(placeIn(pointer, 'rows'), rows.indexOf(row))}/${name}`
  for (const row of rows) {
    const { field, at } = row
    const instant = field === undefined ? undefined : instantOf(document, field)
    const isTwice = field !== undefined && fields.indexOf(field) !== rows.indexOf(row)
    if (isTwice || (instant && [instant.date, instant.time].some((one) => fields.includes(one)))) {
      reader.problem(placeOfRow(row, 'field'), {
        zh: `字段 ${field} 已由另一行填写`,
        en: `The field ${field} has another row already`,
      })
    }
    const other = at && rows.map((one) => one.at).find((one) => one && isAround(one, at, format))
    if (!other) continue
    reader.problem(placeOfRow(row, 'at'), {
      zh: `与另一行的位置 ${other.text} 矛盾：同一处不能既是值又含下级，XML 也只能有一个根`,
      en: `The place ${other.text} of another row contradicts it: a value holds nothing else, and XML has one root`,
    })
  }
}

function isAround(outer: MappedPlace, inner: MappedPlace, format: MappingTable['format']): boolean {
  if (format === 'xml' && outer.names[0] !== inner.names[0]) return true
  return (
    outer.attribute === undefined &&
    inner.names.length > outer.names.length &&
    outer.names.every((name, index) => inner.names[index] === name)
  )
}

import { CRISIS_FIELDS, FEEDBACK_FIELDS, type FieldTable } from '../../messages/index.js'

export type MappedDocument = 'crisis' | 'feedback'

/** A date and a time of the documents, as one instant. */
interface Instant {
  readonly at: string
  readonly date: string
  readonly time: string
}

const INSTANTS: Readonly<Record<MappedDocument, readonly Instant[]>> = {
  crisis: [{ at: 'setAt', date: 'CrisisSetDate', time: 'CrisisSetTime' }],
  feedback: [
    { at: 'receiveAt', date: 'CrisisReceiveDate', time: 'CrisisReceiveTime' },
    { at: 'processAt', date: 'ProcessDate', time: 'ProcessTime' },
  ],
}

/** The header of feedback. A licence never enters a message of a flow. */
export const HEADER_NAMES: readonly string[] = ['Application', 'License']

export const TABLES: Readonly<Record<MappedDocument, FieldTable>> = {
  crisis: CRISIS_FIELDS,
  feedback: FEEDBACK_FIELDS,
}

const partsOf = (table: FieldTable): readonly string[] =>
  table.flatMap(([name, kind]) => (kind === 'person' ? [`${name}.code`, `${name}.name`] : [name]))

/** The names of all that a table can map, in the order of the document. */
export const MAPPED_FIELDS: Readonly<Record<MappedDocument, readonly string[]>> = {
  crisis: [...partsOf(CRISIS_FIELDS), 'setAt'],
  feedback: [...HEADER_NAMES, ...partsOf(FEEDBACK_FIELDS), 'receiveAt', 'processAt'],
}

export const instantOf = (document: MappedDocument, field: string): Instant | undefined =>
  INSTANTS[document].find(({ at }) => at === field)

/** True for a field whose blanks count. */
export const keepsBlanks = (document: MappedDocument, field: string): boolean =>
  TABLES[document].some(([name, kind]) => name === field && kind === 'text')

/** The values of a document by the names that a table has for them; what is absent is not there. */
export function flatOf(document: MappedDocument, values: object): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name of MAPPED_FIELDS[document]) {
    const [field = '', part] = name.split('.')
    const value: unknown = (values as Readonly<Record<string, unknown>>)[field]
    const text: unknown =
      part === undefined ? value : (value as Readonly<Record<string, unknown>> | undefined)?.[part]
    if (typeof text === 'string') flat[name] = text
  }
  return flat
}

/** The document whose values stand under the names of a table. */
export function nestedOf(flat: Readonly<Record<string, string>>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(flat)) {
    const [field = '', part] = name.split('.')
    if (part === undefined) values[field] = text
    else values[field] = { code: '', name: '', ...(values[field] as object), [part]: text }
  }
  return values
}

import {
  CRISIS_FIELDS,
  FEEDBACK_FIELDS,
  writeCrisisDocument,
  writeFeedbackDocument,
  type Crisis,
  type CrisisFeedback,
  type FeedbackHeader,
  type Person,
  type ExtraElement,
  type XmlElement,
} from '../../src/messages/index.js'
import type { Choices } from './choices.js'
import { id, text } from './texts.js'
import { writeDocument, type Written } from './xml-writer.js'

type Fields = Record<string, string | Person>

/** A document of the interface, and what must be read from it. */
export interface HonestDocument {
  readonly xml: string
  readonly records: readonly { readonly fields: Fields; readonly extra: readonly ExtraElement[] }[]
  readonly header?: Partial<FeedbackHeader>
}

export function crisisDocument(choices: Choices): HonestDocument {
  const records = [record(choices, CRISIS_FIELDS), ...more(choices, CRISIS_FIELDS)]
  if (choices.once(3)) {
    const crises = records.map(({ fields }) => fields as Crisis)
    const filled = crises.map((crisis) => ({ fields: printed(crisis, CRISIS_FIELDS), extra: [] }))
    return { xml: writeCrisisDocument(crises), records: filled }
  }
  const root = {
    name: cased(choices, 'XmlDocument'),
    children: [MARK, ...records.map((one) => written(choices, 'Crisis', one))],
    isLaidOut: true,
  }
  const all = beside(choices, root, records)
  return { xml: marked(writeDocument(choices, all.root)), records: all.records }
}

export function feedbackDocument(choices: Choices): HonestDocument {
  const header = { Application: id(choices), License: id(choices) }
  const first = record(choices, FEEDBACK_FIELDS)
  if (choices.once(3)) {
    const feedback = first.fields as CrisisFeedback
    const xml = writeFeedbackDocument(header, feedback)
    return { xml, header, records: [{ fields: printed(feedback, FEEDBACK_FIELDS), extra: [] }] }
  }
  const records = [first, ...more(choices, FEEDBACK_FIELDS)]
  const elements = records.map((one) => written(choices, 'CrisisResponse', one))
  const head = { name: cased(choices, 'Header'), children: fieldsOf(header), isLaidOut: true }
  const children = [MARK, ...(choices.once(2) ? [...elements, head] : [head, ...elements])]
  const root = { name: cased(choices, 'XmlDocument'), children, isLaidOut: true }
  const all = beside(choices, root, records)
  return { xml: marked(writeDocument(choices, all.root)), header, records: all.records }
}

// A comment that shows in every charset which one it is, and has halves where halves are written.
const MARK: Written = { name: 'mark' }
export const isMarked = (xml: string): boolean => xml.includes('<!-- 胎盘早剥 𠮷 -->')
const marked = (xml: string): string =>
  xml.replace(/<mark\s*(?:\/>|>\s*<\/mark\s*>)/, '<!-- 胎盘早剥 𠮷 -->')

const more = (choices: Choices, table: FieldTable): ReturnType<typeof record>[] =>
  choices.once(4) ? choices.list(2, () => record(choices, table)) : []

/** Puts an unknown element beside the records of a document, which each of them has. */
function beside(
  choices: Choices,
  root: Written & { readonly children: readonly Written[] },
  records: readonly ReturnType<typeof record>[],
): { readonly root: Written; readonly records: HonestDocument['records'] } {
  if (!choices.once(6)) return { root, records }
  const element: ExtraElement = { ...unknown(choices, 1), place: 'beside' }
  return {
    root: { ...root, children: [...root.children, element] },
    records: records.map(({ fields, extra }) => ({ fields, extra: [...extra, element] })),
  }
}

type FieldTable = typeof CRISIS_FIELDS | typeof FEEDBACK_FIELDS

function record(
  choices: Choices,
  table: FieldTable,
): { readonly fields: Fields; readonly extra: readonly ExtraElement[] } {
  const fields: Fields = {}
  for (const [name, kind] of table) {
    if (choices.once(6)) continue
    if (kind === 'person') fields[name] = { code: id(choices), name: id(choices) }
    else fields[name] = kind === 'text' ? text(choices) : id(choices)
  }
  const extra = choices.once(3) ? choices.list(2, () => unknown(choices, 2)) : []
  const [noted] = Object.keys(fields)
  if (noted === undefined || !choices.once(4)) return { fields, extra }
  const attributes = { [choices.pick(['unit', '单位', '__proto__', 'h:kind'])]: text(choices) }
  const known = {
    name: noted,
    prefix: '',
    attributes,
    children: [],
    text: '',
    place: 'known',
  } as const
  return { fields, extra: [known, ...extra] }
}

/** An element that the document does not name, whose names are those that spoil objects. */
function unknown(choices: Choices, depth: number): XmlElement {
  const name = choices.pick([
    'Extra',
    '__proto__',
    'constructor',
    '备注',
    'toString',
    'x.y-z',
    'valueOf',
  ])
  const keys = choices.list(2, () =>
    choices.pick(['a', '__proto__', 'hasOwnProperty', '码', 'Code']),
  )
  const attributes = Object.fromEntries(keys.map((key) => [key, text(choices)]))
  const children = depth > 0 ? choices.list(2, () => mixed(choices, depth - 1)) : []
  return { name, prefix: '', attributes, children, text: text(choices) }
}

/** An unknown element within another one, where text may follow it. */
function mixed(choices: Choices, depth: number): XmlElement {
  const tail = text(choices)
  return { ...unknown(choices, depth), ...(tail !== '' && { tail }) }
}

/** As our writer prints it: every element, the empty ones too, and nothing that it does not know. */
function printed(fields: Crisis | CrisisFeedback, table: FieldTable): Fields {
  const given = fields as Fields
  return Object.fromEntries(
    table.map(([name, kind]) => [
      name,
      given[name] ?? (kind === 'person' ? { code: '', name: '' } : ''),
    ]),
  )
}

function written(
  choices: Choices,
  name: string,
  { fields, extra }: ReturnType<typeof record>,
): Written {
  const noted = extra.find(({ place }) => place === 'known')
  const known = fieldsOf(fields, choices, noted)
  const unknown = extra.filter(({ place }) => place === undefined)
  const order = choices.once(3) ? known.toReversed() : known
  // The first of two that are equal is kept, and both stand there.
  const again = choices.once(6) ? known.slice(0, 1) : []
  return { name: cased(choices, name), children: [...order, ...unknown, ...again], isLaidOut: true }
}

function fieldsOf(fields: Fields, choices?: Choices, noted?: ExtraElement): Written[] {
  return Object.entries(fields).map(([name, value]) => {
    const tag = choices ? cased(choices, name) : name
    const more = noted?.name === name ? noted.attributes : {}
    if (typeof value === 'string') return { name: tag, attributes: more, text: value }
    const attributes: Record<string, string> =
      value.code === '' && choices?.once(2) ? {} : { code: value.code }
    return { name: tag, attributes: { ...attributes, ...more }, text: value.name }
  })
}

const cased = (choices: Choices, name: string): string =>
  choices.once(8) ? (choices.once(2) ? name.toUpperCase() : name.toLowerCase()) : name

import { MessageError } from './errors.js'
import { extraBehind, extraOf, isTechnical, prefixOf, type ExtraElement } from './extra.js'
import { escapeAttribute, escapeText, isBlank, withoutControlCharacters } from './text.js'
import {
  DEFAULT_MAX_DEPTH,
  refuseLostCharacters,
  XML_DECLARATION,
  type XmlElement,
} from './xml/index.js'

/** A member of staff as the documents print one: text = 姓名 (name), attribute `code` = 工号 (staff number). */
export interface Person {
  readonly code: string
  readonly name: string
}

/**
 * The kind of a field. `id` loses white space at its ends (pretty printing is not part of a number); `text`
 * is kept to the character; `person` is both.
 */
export type FieldKind = 'id' | 'text' | 'person'

export type FieldTable = readonly (readonly [name: string, kind: FieldKind])[]

export type FieldValues = Readonly<Record<string, string | Person>>

/**
 * Takes a table's fields out of a message's payload. Nothing is coerced: a number would already have lost
 * its leading zeros, so it is refused (A14).
 * @throws MessageError VALUE_NOT_TEXT, VALUE_CHARACTER, CHARSET_REPLACEMENT
 */
export function fieldsOfObject(source: object, table: FieldTable): Record<string, string | Person> {
  const values: Record<string, string | Person> = {}
  for (const [name, kind] of table) {
    const value: unknown = Object.hasOwn(source, name)
      ? (source as Record<string, unknown>)[name]
      : undefined
    if (value === undefined || value === null) continue
    if (kind === 'person') values[name] = personOfValue(name, value)
    else values[name] = kind === 'id' ? idOfValue(name, value) : textOfValue(name, value)
  }
  return values
}

function textOfValue(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw new MessageError(
      'VALUE_NOT_TEXT',
      {
        zh: `字段 ${name} 必须是字符串（数字会丢失前导零）`,
        en: `The field ${name} must be a string (a number would lose its leading zeros)`,
      },
      '422',
    )
  }
  refuseLostCharacters(value)
  return value
}

/** Writing drops what XML cannot carry: harmless in a sentence, but it would make another number of an id. */
function idOfValue(name: string, value: unknown): string {
  const id = textOfValue(name, value)
  if (withoutControlCharacters(id) === id) return id
  throw new MessageError(
    'VALUE_CHARACTER',
    {
      zh: `字段 ${name} 含有 XML 不允许的控制字符`,
      en: `The field ${name} holds control characters that XML does not allow`,
    },
    '422',
  )
}

function personOfValue(name: string, value: unknown): Person {
  if (typeof value === 'string') return { code: '', name: textOfValue(name, value) }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MessageError(
      'VALUE_NOT_TEXT',
      {
        zh: `字段 ${name} 必须是 {code, name} 对象`,
        en: `The field ${name} must be an object {code, name}`,
      },
      '422',
    )
  }
  const { code, name: called } = value as { code?: unknown; name?: unknown }
  return {
    code: code === undefined || code === null ? '' : idOfValue(`${name}.code`, code),
    name: called === undefined || called === null ? '' : textOfValue(`${name}.name`, called),
  }
}

// XML 1.0 section 2.3, Name without its colon.
const NAME_START =
  'A-Z_a-z\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f' +
  '\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffc\\u{10000}-\\u{effff}'
const XML_NAME = new RegExp(
  `^[${NAME_START}][${NAME_START}\\d.\\xb7\\u0300-\\u036f\\u203f\\u2040-]*$`,
  'u',
)

/** A document as it stands in a payload: its own unknown elements are there as `extra`, only when there are any. */
export function withExtra<T extends object>(
  document: T,
  extra: readonly ExtraElement[],
): T & { extra?: readonly ExtraElement[] } {
  return extra.length > 0 ? { ...document, extra } : document
}

/**
 * The unknown elements in a message's payload, as reading put them there.
 * @throws MessageError VALUE_NOT_TEXT when they are not of that shape, CHARSET_REPLACEMENT
 */
export function extraOfObject(source: object): readonly ExtraElement[] {
  const extra: unknown =
    (Object.hasOwn(source, 'extra') && (source as { extra?: unknown }).extra) || []
  return Array.isArray(extra) ? extra.map(extraOfValue) : refuseExtra()
}

function extraOfValue(value: unknown): ExtraElement {
  const element = elementOfValue(value, 1)
  const { place, after } = value as { place?: unknown; after?: unknown }
  if (place !== undefined && place !== 'beside' && place !== 'known') return refuseExtra()
  if (after !== undefined && typeof after !== 'string') return refuseExtra()
  return {
    ...element,
    ...(place !== undefined && { place }),
    ...(after !== undefined && { after }),
  }
}

function elementOfValue(value: unknown, depth: number): XmlElement {
  // A payload can hold itself, and no reader of ours takes what is nested deeper.
  if (typeof value !== 'object' || value === null || depth > DEFAULT_MAX_DEPTH) return refuseExtra()
  const { name, attributes, children, text, tail } = value as Record<string, unknown>
  if (typeof name !== 'string' || !XML_NAME.test(name)) return refuseExtra()
  if (text !== undefined && typeof text !== 'string') return refuseExtra()
  if (tail !== undefined && typeof tail !== 'string') return refuseExtra()
  const pairs = Object.entries(attributes ?? {})
  if (!pairs.every(([key, item]) => isAttributeName(key) && typeof item === 'string')) {
    return refuseExtra()
  }
  refuseLostCharacters(text ?? '')
  refuseLostCharacters(tail ?? '')
  for (const [, item] of pairs) refuseLostCharacters(item)
  const below = children ?? []
  if (!Array.isArray(below)) return refuseExtra()
  return {
    name,
    prefix: '',
    attributes: Object.fromEntries(pairs),
    children: below.map((child) => elementOfValue(child, depth + 1)),
    text: text ?? '',
    ...(tail !== undefined && { tail }),
  }
}

function isAttributeName(key: string): boolean {
  const parts = key.split(':')
  return parts.length < 3 && parts.every((part) => XML_NAME.test(part))
}

function refuseExtra(): never {
  throw new MessageError(
    'VALUE_NOT_TEXT',
    {
      zh: 'extra 应为 {name, text, attributes, children, tail, place, after} 元素的数组',
      en: 'extra should be an array of elements {name, text, attributes, children, tail, place, after}',
    },
    '422',
  )
}

export interface WriteFieldsOptions {
  /** Leaves out elements that would be empty. Default is false: the document prints every element. */
  readonly omitEmpty?: boolean
}

/** Writes a table's fields in the document's order, each with what was unknown about it and behind it. */
export function writeFields(
  values: FieldValues,
  table: FieldTable,
  extra: readonly ExtraElement[] = [],
  options: WriteFieldsOptions = {},
): string {
  let xml = writeAll(extraBehind(extra, undefined, (after) => after === ''))
  for (const [name, kind] of table) {
    xml += writeField(values[name], name, kind, extraOf(extra, name), options)
    if (extra.length > 0) xml += writeAll(extraBehind(extra, undefined, (after) => after === name))
  }
  const isNowhere = (after: string | undefined): boolean =>
    after !== '' && !table.some(([name]) => name === after)
  return xml + writeAll(extraBehind(extra, undefined, isNowhere))
}

function writeField(
  value: string | Person | undefined,
  name: string,
  kind: FieldKind,
  more: ExtraElement | undefined,
  { omitEmpty }: WriteFieldsOptions,
): string {
  const behind = content(more?.tail ?? '')
  if (kind === 'person') {
    const person = typeof value === 'object' ? value : { code: '', name: value ?? '' }
    if (!more && omitEmpty && isBlank(person.code) && isBlank(person.name)) return ''
    const attributes = ` code="${attribute(person.code)}"${attributesOf(more, NO_SCOPE, 'code')}`
    return `<${name}${attributes}>${content(person.name)}</${name}>${behind}`
  }
  const text = typeof value === 'string' ? value : ''
  if (!more && omitEmpty && isBlank(text)) return ''
  return `<${name}${attributesOf(more)}>${content(text)}</${name}>${behind}`
}

const writeAll = (elements: readonly XmlElement[]): string =>
  elements.map((element) => writeElement(element)).join('')

/**
 * Writes `XmlDocument` around records.
 * @param record the name of the records
 * @param bodies the fields of each
 * @param before what stands before them
 */
export function writeDocument(
  record: string,
  bodies: readonly string[],
  extra: readonly ExtraElement[] = [],
  before = '',
): string {
  const root = extraOf(extra, 'XmlDocument')
  const header = extraOf(extra, 'Header')
  const own = extraOf(extra, record)
  const records = bodies.map(
    (body) =>
      `<${record}${attributesOf(own)}>${content(own?.text ?? '')}${body}</${record}>${content(own?.tail ?? '')}`,
  )
  const beside = (isThere: (after: string | undefined) => boolean): string =>
    writeAll(extraBehind(extra, 'beside', isThere))
  return (
    `${XML_DECLARATION}<XmlDocument${attributesOf(root)}>${content(root?.text ?? '')}` +
    beside((after) => after === '') +
    before +
    content(header?.tail ?? '') +
    beside((after) => after === 'Header') +
    records.join('') +
    beside((after) => after !== '' && after !== 'Header') +
    '</XmlDocument>'
  )
}

/** The namespaces that elements around an element have declared, by `xmlns:` and the prefix. */
type Scope = Readonly<Record<string, string>>

const NO_SCOPE: Scope = {}

/**
 * An element that was read, written back with the text that follows it. Its prefix is left out: its namespace is not
 * known here.
 */
export function writeElement(element: XmlElement, around: Scope = NO_SCOPE): string {
  const { name, attributes, children, text, tail = '' } = element
  const scope = { ...around, ...attributes }
  const inside = content(text) + children.map((child) => writeElement(child, scope)).join('')
  return `<${name}${attributesOf(element, around)}>${inside}</${name}>${content(tail)}`
}

/** Attributes that were read, as they are written into a start tag, each prefix declared where it is used. */
function attributesOf(
  element: XmlElement | undefined,
  around: Scope = NO_SCOPE,
  but?: string,
): string {
  if (!element) return ''
  let xml = ''
  const declared = new Set<string>()
  for (const [key, value] of Object.entries(element.attributes)) {
    if (isTechnical(key) || key === but) continue
    const prefix = prefixOf(key)
    if (prefix !== '' && !declared.has(prefix)) {
      declared.add(prefix)
      const uri = element.attributes[`xmlns:${prefix}`] ?? around[`xmlns:${prefix}`] ?? ''
      xml += ` xmlns:${prefix}="${attribute(isUsable(uri) ? uri : `urn:undeclared:${prefix}`)}"`
    }
    xml += ` ${key}="${attribute(value)}"`
  }
  return xml
}

/** A prefix that nobody has declared, or to what it must not mean, would make readers refuse the whole document. */
const isUsable = (uri: string): boolean =>
  !isBlank(uri) && !/^http:\/\/www\.w3\.org\/(?:2000\/xmlns\/|XML\/1998\/namespace)$/.test(uri)

/** The text content of an element, fit for XML. */
export const content = (text: string): string => escapeText(withoutControlCharacters(text))

const attribute = (text: string): string => escapeAttribute(withoutControlCharacters(text))

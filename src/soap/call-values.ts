import { createHash, randomUUID } from 'node:crypto'
import {
  isoInZone,
  MessageError,
  ownText,
  readXml,
  withoutControlCharacters,
  type Operation,
  type XmlElement,
} from '../messages/index.js'
import type { CallValues } from './template.js'
import { TIME_LETTERS, type Place } from './template-places.js'

/** The things that a document brings to its call beside itself. */
export interface Occasion {
  /** The same for a document whenever it is sent. Default is one of this call alone. */
  readonly key?: string | undefined
  /** The message that it was made from, as JSON. */
  readonly message?: string | undefined
}

export interface ValueSource {
  readonly operation: Operation
  readonly zone: string
  /** Epoch ms. */
  readonly now: () => number
}

/**
 * The values of the places of all templates of one call. Each is made when it is asked for.
 * @param document as it is meant to be read in the end
 * @throws MessageError DOCUMENT_AMBIGUOUS, VALUE_CHARACTER
 */
export function callValues(
  document: string,
  base64: () => string,
  { operation, zone, now }: ValueSource,
  { key, message }: Occasion,
): CallValues {
  const at = now()
  let call: string | undefined
  let root: XmlElement | undefined
  let msg: unknown
  const text = ({ kind, as }: Place): string => {
    switch (kind) {
      case 'operation':
        return operation
      case 'id':
        return key === undefined ? (call ??= randomUUID()) : uuidOf(key)
      case 'call':
        return (call ??= randomUUID())
      case 'time':
        return timeText(at, zone, as)
      case 'field':
        return fieldIn((root ??= readXml(document)), as)
      case 'msg':
        msg ??= message === undefined ? {} : (JSON.parse(message) as unknown)
        return propertyText(msg, as) ?? ''
      default:
        return ''
    }
  }
  return {
    document: () => document,
    base64,
    text(place) {
      const value = text(place)
      if (withoutControlCharacters(value) !== value) throw badCharacter(place)
      return value
    },
  }
}

/** A UUID of version 5 form (RFC 9562 section 5.5) that is always the same for the same key. */
function uuidOf(key: string): string {
  const bytes = createHash('sha1').update(`node-red-crisis/${key}`).digest()
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex', 0, 16)
  const cut = [0, 8, 12, 16, 20].map((from, index, all) => hex.slice(from, all[index + 1] ?? 32))
  return cut.join('-')
}

/** @param pattern blank = `yyyy-MM-dd HH:mm:ss`; `iso` has the offset */
function timeText(epochMs: number, zone: string, pattern: string): string {
  const iso = isoInZone(epochMs, zone)
  if (pattern === 'iso') return iso
  const milliseconds = String(((epochMs % 1000) + 1000) % 1000).padStart(3, '0')
  const parts: Readonly<Record<string, string>> = {
    yyyy: iso.slice(0, 4),
    yy: iso.slice(2, 4),
    MM: iso.slice(5, 7),
    dd: iso.slice(8, 10),
    HH: iso.slice(11, 13),
    mm: iso.slice(14, 16),
    ss: iso.slice(17, 19),
    SSS: milliseconds,
  }
  return (pattern || 'yyyy-MM-dd HH:mm:ss').replace(TIME_LETTERS, (letters) => parts[letters] ?? '')
}

/** The text at a path, blank where there is none. @throws MessageError DOCUMENT_AMBIGUOUS */
function fieldIn(root: XmlElement, path: string): string {
  const names = path.split('/')
  const attribute = names.at(-1)?.startsWith('@') ? names.pop()?.slice(1) : undefined
  const found: XmlElement[] = []
  const look = (element: XmlElement): void => {
    const [end, ...others] = [...descend(element, names)]
    if (end) found.push(end, ...others)
    element.children.forEach(look)
  }
  look(root)
  if (found.length > 1) throw foundTwice(path)
  const [only] = found
  if (!only) return ''
  return attribute === undefined ? ownText(only) : (only.attributes[attribute] ?? '')
}

/** The elements that a path leads to from an element, which its first name names. */
function descend(element: XmlElement, [first, ...rest]: readonly string[]): XmlElement[] {
  if (element.name !== first) return []
  return rest.length === 0 ? [element] : element.children.flatMap((child) => descend(child, rest))
}

/** A property of a message as text; undefined where there is none that is a text, a number or a yes or no. */
export function propertyText(message: unknown, path: string): string | undefined {
  let value = message
  for (const name of path.replace(/^msg\./, '').split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined
}

const foundTwice = (path: string) =>
  new MessageError('DOCUMENT_AMBIGUOUS', {
    zh: `请求模板中的 {{field:${path}}} 在消息中有多个，未发送`,
    en: `{{field:${path}}} of the request's template is in the document more than once, so nothing was sent`,
  })

const badCharacter = ({ written }: Place) =>
  new MessageError('VALUE_CHARACTER', {
    zh: `请求模板中 ${written} 的值含有 XML 不允许的控制字符，未发送`,
    en: `The value of ${written} in the request's template has control characters that XML does not allow, so nothing was sent`,
  })

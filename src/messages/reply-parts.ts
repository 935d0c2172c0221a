import { prepareDocument } from './document.js'
import { MessageError } from './errors.js'
import { hasNameTwice } from './json-pointer.js'
import type { Found } from './reply-find.js'
import { xmlPlaces, type XmlPlace } from './reply-place.js'
import { isBlank } from './text.js'
import { readXml, type XmlElement, type XmlLimits } from './xml/index.js'

/** Something that an answer says beside its code: the name of the element, attribute or property, and its text. */
export interface Beside {
  readonly name: string
  readonly text: string
}

/** An answer as it was read, not judged yet. */
export interface ReadResponse {
  readonly code: string
  readonly desc: string
  readonly format: 'xml' | 'json' | 'text'
  /** All that stands beside the code, whatever it is called and however deep; the desc too. */
  readonly beside: readonly Beside[]
}

/** @throws MessageError those of the gate, DOCUMENT_EMPTY */
export function readXmlText(text: string, limits: XmlLimits): XmlElement {
  const { xml } = prepareDocument(text)
  if (xml === '') throw new MessageError('DOCUMENT_EMPTY', { zh: '内容为空', en: 'It is empty' })
  return readXml(xml, limits)
}

/** The places of a rule, which was checked when it was set. */
export const placesOf = (written: string): readonly XmlPlace[] => xmlPlaces(written) ?? []

/** The texts and attributes in an element, but for what was found in it. */
export function* besideIn(element: XmlElement, but?: Found): Generator<Beside> {
  const { name } = element
  const isHere = but?.element === element
  for (const [attribute, text] of Object.entries(element.attributes)) {
    if (isHere && attribute === but.attribute) continue
    if (!/^xmlns(?::|$)/.test(attribute)) yield { name: attribute.replace(/^.*:/, ''), text }
  }
  const isCode = isHere && but.attribute === undefined
  if (!isCode && !isBlank(element.text)) yield { name, text: element.text }
  for (const child of element.children) {
    yield* besideIn(child, but)
    if (!isBlank(child.tail)) yield { name, text: child.tail ?? '' }
  }
}

/**
 * A JSON text as a value.
 * @throws MessageError DOCUMENT_UNKNOWN where it is none; DOCUMENT_AMBIGUOUS where a name is there twice
 */
export function readJsonText(text: string): object {
  const trimmed = text.trim()
  let value: unknown
  try {
    value = JSON.parse(trimmed)
  } catch (cause) {
    throw new MessageError(
      'DOCUMENT_UNKNOWN',
      { zh: '应答不是有效的 JSON', en: 'The answer is not valid JSON' },
      '400',
      { cause },
    )
  }
  if (typeof value !== 'object' || value === null) throw otherShape()
  // JSON.parse keeps the last of two equal names, which would hide a contradiction.
  if (hasNameTwice(trimmed)) throw ambiguousCode()
  return value
}

/** A value in JSON; a leaf is one that says something. */
export interface JsonPart extends Beside {
  readonly pointer: string
  readonly isLeaf: boolean
  /** False for what stands in a list, which has the name of that. */
  readonly isNamed: boolean
}

/** All values in a JSON value. */
export function* leavesOf(value: object): Generator<JsonPart> {
  const waiting: { name: string; pointer: string; item: unknown; isNamed: boolean }[] = [
    { name: '', pointer: '', item: value, isNamed: false },
  ]
  // Without recursion: an answer may be nested as deep as it likes.
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { name, pointer, item, isNamed } = next
    if (Array.isArray(item)) {
      yield { name, pointer, text: '', isLeaf: false, isNamed }
      for (const [index, one] of item.entries()) {
        waiting.push({ name, pointer: `${pointer}/${index}`, item: one, isNamed: false })
      }
    } else if (typeof item === 'object' && item !== null) {
      yield { name, pointer, text: '', isLeaf: false, isNamed }
      for (const [key, one] of Object.entries(item)) {
        const escaped = key.replaceAll('~', '~0').replaceAll('/', '~1')
        waiting.push({ name: key, pointer: `${pointer}/${escaped}`, item: one, isNamed: true })
      }
    } else {
      const text = typeof item === 'string' ? item : item === null ? '' : JSON.stringify(item)
      yield { name, pointer, text, isLeaf: item !== null, isNamed }
    }
  }
}

export const otherShape = () =>
  new MessageError('DOCUMENT_UNKNOWN', {
    zh: '应答不是该对方“应答格式”设置所说的样子',
    en: "The answer has not the form that this peer's settings say",
  })

export const ambiguousCode = () =>
  new MessageError('DOCUMENT_AMBIGUOUS', {
    zh: '应答中没有唯一的 code',
    en: 'The answer does not have exactly one code',
  })

import { unescapeOnce } from './document.js'
import { MessageError } from './errors.js'
import { valueAtPointer } from './json-pointer.js'
import {
  ambiguousCode,
  besideIn,
  leavesOf,
  placesOf,
  readJsonText,
  readXmlText,
  type Beside,
} from './reply-parts.js'
import { withControlsShown } from './reply-controls.js'
import { findPlaces } from './reply-find.js'
import type { UnwrapStep } from './reply-rule.js'
import { isBlank } from './text.js'
import { ownText, type XmlLimits } from './xml/index.js'

/** The inner text of an answer, and all that its layers say beside it. */
export interface Unwrapped {
  readonly text: string
  readonly beside: readonly Beside[]
}

/**
 * Takes the layers off an answer, one after the other. Each is read as strictly as the answer itself.
 * @throws MessageError those of the gate; DOCUMENT_AMBIGUOUS where a place is not there exactly once; DOCUMENT_UNKNOWN
 * for what is not wrapped so
 */
export function unwrapped(
  text: string,
  steps: readonly UnwrapStep[],
  limits: XmlLimits = {},
): Unwrapped {
  let current = text
  const beside: Beside[] = []
  for (const { step, at } of steps) {
    switch (step) {
      case 'text':
        current = plainOf(current)
        break
      case 'base64':
        current = decoded(current)
        break
      case 'xml': {
        const root = readXmlText(current, limits)
        const [found, ...more] = findPlaces(root, placesOf(at))
        if (!found || more.length > 0) throw ambiguousCode()
        const { element, attribute } = found
        if (attribute === undefined && element.children.length > 0) throw ambiguousCode()
        current = attribute === undefined ? ownText(element) : found.text
        beside.push(...besideIn(root, found))
        break
      }
      case 'json': {
        const value = readJsonText(current)
        const inner = valueAtPointer(value, at)
        if (typeof inner !== 'string') throw ambiguousCode()
        current = inner
        const parts = [...leavesOf(value)].filter((part) => part.isLeaf && part.pointer !== at)
        beside.push(...parts.map(({ name, text: said }) => ({ name, text: said })))
        break
      }
    }
  }
  return { text: steps.length === 0 ? text : withControlsShown(current), beside }
}

const CDATA = /^<!\[CDATA\[([^]*)\]\]>$/

/** The text in CDATA that was itself sent as text, or the markup that was escaped once more. */
function plainOf(text: string): string {
  const trimmed = text.trim()
  const inner = CDATA.exec(trimmed)?.[1]
  if (inner !== undefined) return inner
  return /^&(?:amp;)*lt;/i.test(trimmed) ? unescapeOnce(trimmed) : text
}

/** White space is let in between, because some programs break the lines. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function decoded(text: string): string {
  const packed = text.replace(/\s+/g, '')
  if (isBlank(packed) || !BASE64.test(packed)) throw noBase64()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(packed, 'base64'))
  } catch {
    throw noBase64()
  }
}

const noBase64 = () =>
  new MessageError('DOCUMENT_UNKNOWN', {
    zh: '该层不是 UTF-8 文本的 base64',
    en: 'This layer is no base64 of a text in UTF-8',
  })

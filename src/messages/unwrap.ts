import { decodeBytes } from './bytes.js'
import { prepareDocument } from './document.js'
import { asCrisisError, MessageError, type Reason } from './errors.js'
import { isPointer } from './json-pointer.js'
import { readJsonTree, textOfTree } from './json-tree.js'
import { contentAt, readXmlPath, type XmlPath } from './xml-path.js'
import { ownText, readXml, type XmlLimits } from './xml/index.js'

/**
 * One step in which a wrapping is taken off a text:
 *
 * - `xml:Request/Body/Content`, `xml:Request/@data`: the content of that element or attribute
 * - `json:/data/xml`: the text at that JSON pointer
 * - `escaped`: the text is that of an XML element once more, escaped or in CDATA
 * - `base64` (RFC 4648, section 4), `url` (percent-encoding of UTF-8, RFC 3986 section 2.1)
 */
export type Wrapping =
  | { readonly kind: 'xml'; readonly word: string; readonly path: XmlPath }
  | { readonly kind: 'json'; readonly word: string; readonly pointer: string }
  | { readonly kind: 'escaped' | 'base64' | 'url'; readonly word: string }

/** No sender wraps as often. */
export const MOST_WRAPPINGS = 8

/** A step as it is written in settings; undefined where it is none. */
export function readWrapping(word: string): Wrapping | undefined {
  if (word === 'escaped' || word === 'base64' || word === 'url') return { kind: word, word }
  // Steps stand in one line of a dialog, with blanks or commas between them.
  if (/[\s,，]/.test(word)) return undefined
  const pointer = word.startsWith('json:') ? word.slice('json:'.length) : undefined
  if (pointer !== undefined) {
    return isPointer(pointer) ? { kind: 'json', word, pointer } : undefined
  }
  const path = word.startsWith('xml:') ? readXmlPath(word.slice('xml:'.length)) : undefined
  return path && { kind: 'xml', word, path }
}

/**
 * Takes the wrapping off a text, step by step.
 * @throws MessageError WRAPPING_UNREADABLE, which names the step
 */
export function unwrap(text: string, steps: readonly Wrapping[], limits: XmlLimits = {}): string {
  return steps.reduce((inner, step, index) => {
    try {
      return takeOff(inner, step, limits)
    } catch (thrown) {
      const { reason, answer } = asCrisisError(thrown)
      throw new MessageError(
        'WRAPPING_UNREADABLE',
        {
          zh: `拆封第 ${index + 1} 步 ${step.word}：${reason.zh}`,
          en: `Unwrapping, step ${index + 1} (${step.word}): ${reason.en}`,
        },
        answer,
        { cause: thrown },
      )
    }
  }, text)
}

function takeOff(text: string, step: Wrapping, limits: XmlLimits): string {
  switch (step.kind) {
    case 'xml':
      return contentAt(prepareDocument(text).xml, step.path, limits)
    case 'json':
      return textOfTree(readJsonTree(text), step.pointer) ?? refuse(NOTHING_THERE)
    case 'escaped':
      return textOf(text, limits)
    case 'base64':
      return ofBase64(text)
    case 'url':
      return ofPercents(text)
  }
}

function textOf(text: string, limits: XmlLimits): string {
  const element = readXml(`<text>${text}</text>`, limits)
  return element.children.length > 0 ? refuse(NOT_TEXT) : ownText(element)
}

function ofBase64(text: string): string {
  const written = text.replaceAll(/\s+/g, '')
  const isWhole = written.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(written)
  return isWhole ? decodeBytes(Buffer.from(written, 'base64')).text : refuse(NOT_BASE64)
}

function ofPercents(text: string): string {
  try {
    // Forms write a blank as a plus, and a plus as %2B.
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return refuse(NOT_PERCENTS)
  }
}

function refuse(reason: Reason): never {
  throw new MessageError('WRAPPING_UNREADABLE', reason)
}

const NOTHING_THERE: Reason = { zh: '此处没有内容', en: 'there is nothing at this place' }
const NOT_TEXT: Reason = {
  zh: '内容含有 XML 元素，不是转义或 CDATA 的文本',
  en: 'the content holds XML elements and is not escaped or in CDATA',
}
const NOT_BASE64: Reason = { zh: '内容不是 Base64', en: 'the content is not base64' }
const NOT_PERCENTS: Reason = {
  zh: '内容不是 UTF-8 的百分号编码',
  en: 'the content is not percent-encoded UTF-8',
}

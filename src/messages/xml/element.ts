import { isBlank } from '../text.js'
import type { XmlLimits } from './limits.js'
import { scanXml } from './scan.js'
import type { XmlScanner } from './scanner.js'
import { Token } from './token.js'

/** One element as it was read. Comments and instructions are left out; text and children keep their order. */
export interface XmlElement {
  /** Local name, as written. */
  readonly name: string
  /** Prefix as written, '' when there is none. */
  readonly prefix: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Character data and CDATA directly in this element, before its first child. */
  readonly text: string
  /** Character data and CDATA behind this element, up to its next sibling or its parent's end. Absent when empty. */
  readonly tail?: string
}

/**
 * Reads a whole document strictly into a tree.
 * @throws MessageError as scanXml
 */
export function readXml(xml: string, limits: XmlLimits = {}): XmlElement {
  return scanXml(xml, limits, (scanner) => {
    // In a document without an element the scanner throws.
    scanner.next()
    const root = readElement(scanner)
    scanner.next()
    return root
  })
}

interface Building {
  name: string
  prefix: string
  attributes: Readonly<Record<string, string>>
  children: Building[]
  text: string
  tail?: string
}

/** The element that the scanner has just opened, with all that is in it, up to its `Close`. */
export function readElement(scanner: XmlScanner): XmlElement {
  const root = opened(scanner)
  const open: Building[] = []
  let current = root
  for (;;) {
    switch (scanner.next()) {
      case Token.Open: {
        const element = opened(scanner)
        current.children.push(element)
        open.push(current)
        current = element
        break
      }
      case Token.Close: {
        const parent = open.pop()
        if (!parent) return root
        current = parent
        break
      }
      case Token.Text:
      case Token.Cdata: {
        const text = scanner.text()
        if (text === '') break
        const before = current.children.at(-1)
        if (before) before.tail = (before.tail ?? '') + text
        else current.text += text
        break
      }
    }
  }
}

const opened = (scanner: XmlScanner): Building => ({
  name: scanner.localName(),
  prefix: scanner.prefix(),
  attributes: attributesOf(scanner),
  children: [],
  text: '',
})

/** The attributes of the element that the scanner has just opened, by their qualified names. */
function attributesOf(scanner: XmlScanner): Readonly<Record<string, string>> {
  // Without a prototype: a sender may call an attribute `__proto__`.
  const attributes = Object.create(null) as Record<string, string>
  const { attributeCount, attributeNames, attributeValues } = scanner
  for (let i = 0; i < attributeCount; i++) attributes[attributeNames[i]!] = attributeValues[i]!
  return attributes
}

/** The text directly in an element, whatever stands between its pieces. */
export const ownText = (element: XmlElement): string =>
  element.children.reduce((text, { tail = '' }) => text + tail, element.text)

/** Every text in an element, in order, but for that of one below it. */
export function* textsOf(element: XmlElement, but?: XmlElement): Generator<string> {
  if (element === but) return
  if (element.children.length === 0 || !isBlank(element.text)) yield element.text
  for (const child of element.children) {
    yield* textsOf(child, but)
    if (!isBlank(child.tail)) yield child.tail ?? ''
  }
}

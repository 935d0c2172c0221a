import { MessageError } from './errors.js'
import { ownText, scanXml, Token, type XmlElement, type XmlLimits } from './xml/index.js'

/** The place of a value in XML, such as `Request/Body/Order/@no`: local names from the root on. */
export interface XmlPath {
  readonly text: string
  readonly names: readonly string[]
  /** Local name of the attribute, where the path ends with one. */
  readonly attribute: string | undefined
}

const NAME = /^[\p{L}_][\p{L}\p{N}\p{M}_.\-·]*$/u

/** A path as people write it; undefined where it is none. */
export function readXmlPath(text: string): XmlPath | undefined {
  const parts = text.trim().replace(/^\//, '').split('/')
  const last = parts.at(-1) ?? ''
  const attribute = last.startsWith('@') ? last.slice(1) : undefined
  const names = attribute === undefined ? parts : parts.slice(0, -1)
  const isRight =
    names.length > 0 &&
    names.every((name) => NAME.test(name)) &&
    (attribute === undefined || NAME.test(attribute))
  return isRight ? { text: parts.join('/'), names, attribute } : undefined
}

/** The elements at the names of a path. */
export function elementsAt(root: XmlElement, names: readonly string[]): readonly XmlElement[] {
  const [first, ...rest] = names
  let found = root.name === first ? [root] : []
  for (const name of rest) {
    found = found.flatMap(({ children }) => children.filter((child) => child.name === name))
  }
  return found
}

/**
 * The text at a path; undefined where there is no such place.
 * @throws MessageError DOCUMENT_AMBIGUOUS where the path finds two, or an element that holds others
 */
export function textAt(root: XmlElement, path: XmlPath): string | undefined {
  const [element, ...more] = elementsAt(root, path.names)
  if (more.length > 0) throw foundTwice(path.text)
  if (!element) return undefined
  if (path.attribute !== undefined) return attributeOf(element.attributes, path)
  if (element.children.length > 0) throw holdsElements(path.text)
  return ownText(element)
}

function attributeOf(
  attributes: Readonly<Record<string, string>>,
  path: XmlPath,
): string | undefined {
  const found = Object.entries(attributes).filter(
    ([name]) => !/^xmlns(?::|$)/.test(name) && name.replace(/^.*:/, '') === path.attribute,
  )
  if (found.length > 1) throw foundTwice(path.text)
  return found[0]?.[1]
}

interface Found {
  readonly start: number
  readonly attributes: Readonly<Record<string, string>>
  end: number
  text: string
  hasElements: boolean
}

/**
 * The content at a path of a document: its text, or the XML of the elements in it as it is written there.
 * @throws MessageError those of the gate, DOCUMENT_AMBIGUOUS where the path finds two, DOCUMENT_UNKNOWN where it
 * finds nothing
 */
export function contentAt(xml: string, path: XmlPath, limits: XmlLimits = {}): string {
  const found = scanXml(xml, limits, (scanner) => {
    const { names } = path
    const places: Found[] = []
    /** Number of names that the open elements agree with, from the root on. */
    let agreed = 0
    let open: Found | undefined
    for (;;) {
      switch (scanner.next()) {
        case Token.Open: {
          const { depth } = scanner
          if (open) open.hasElements = true
          else if (agreed === depth - 1 && scanner.localName() === names[depth - 1]) {
            agreed = depth
            if (depth < names.length) break
            const { attributeNames, attributeValues, attributeCount, position } = scanner
            const attributes: Record<string, string> = Object.create(null) as Record<string, string>
            for (let i = 0; i < attributeCount; i++) {
              attributes[attributeNames[i]!] = attributeValues[i]!
            }
            open = { start: position, end: position, attributes, text: '', hasElements: false }
            places.push(open)
          }
          break
        }
        case Token.Close: {
          const closed = scanner.depth + 1
          if (closed !== agreed) break
          if (open) open.end = scanner.position
          open = undefined
          agreed = closed - 1
          break
        }
        case Token.Text:
        case Token.Cdata:
          if (open && scanner.depth === names.length) open.text += scanner.text()
          break
        case Token.End:
          return places
      }
    }
  })
  const [place, ...more] = found
  if (more.length > 0) throw foundTwice(path.text)
  const content =
    place &&
    (path.attribute !== undefined
      ? attributeOf(place.attributes, path)
      : place.hasElements
        ? // The close tag of a well-formed element is the last `</` before its end.
          xml.slice(place.start, xml.lastIndexOf('</', place.end - 1))
        : place.text)
  if (content !== undefined) return content
  throw new MessageError('DOCUMENT_UNKNOWN', {
    zh: `XML 中没有 ${path.text}`,
    en: `The XML has no ${path.text}`,
  })
}

export const foundTwice = (place: string): MessageError =>
  new MessageError('DOCUMENT_AMBIGUOUS', {
    zh: `${place} 出现不止一次`,
    en: `${place} stands there more than once`,
  })

const holdsElements = (place: string): MessageError =>
  new MessageError('DOCUMENT_AMBIGUOUS', {
    zh: `${place} 含有下级元素，不是一个值`,
    en: `${place} holds elements and is not a value`,
  })

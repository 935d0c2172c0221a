import type { XmlPlace } from './reply-place.js'
import type { XmlElement } from './xml/index.js'

/** A text that stands at a place. */
export interface Found {
  readonly element: XmlElement
  /** The attribute that holds it, by its qualified name; undefined = it is the element's own. */
  readonly attribute: string | undefined
  readonly text: string
}

/** True where the root is one that some place begins with. */
export const startsAt = (root: XmlElement, places: readonly XmlPlace[]): boolean =>
  places.some(({ isAnywhere, names }) => isAnywhere || isNamed(root, names[0] ?? ''))

/**
 * All that stands at any of the places, each once.
 * @param isLoose true where the case of names does not matter
 */
export function findPlaces(
  root: XmlElement,
  places: readonly XmlPlace[],
  isLoose = false,
): readonly Found[] {
  const found: Found[] = []
  for (const { isAnywhere, names, attribute } of places) {
    const [first = '', ...rest] = names
    const start = isAnywhere ? [...withAllBelow(root)] : [root]
    const elements = rest.reduce<readonly XmlElement[]>(
      (parents, name) =>
        parents.flatMap(({ children }) => children.filter((one) => isNamed(one, name, isLoose))),
      start.filter((one) => isNamed(one, first, isLoose)),
    )
    for (const element of elements) {
      for (const one of textsAt(element, attribute, isLoose)) {
        const isKnown = found.some(
          (known) => known.element === one.element && known.attribute === one.attribute,
        )
        if (!isKnown) found.push(one)
      }
    }
  }
  return found
}

function textsAt(element: XmlElement, wanted: string | undefined, isLoose: boolean): Found[] {
  if (wanted === undefined) return [{ element, attribute: undefined, text: element.text }]
  return Object.entries(element.attributes)
    .filter(([name]) => isEqual(name.replace(/^.*:/, ''), wanted, isLoose))
    .map(([attribute, text]) => ({ element, attribute, text }))
}

/** An element and all in it. */
function* withAllBelow(element: XmlElement): Generator<XmlElement> {
  yield element
  for (const child of element.children) yield* withAllBelow(child)
}

const isNamed = (element: XmlElement, name: string, isLoose = false): boolean =>
  name === '*' || isEqual(element.name, name, isLoose)

const isEqual = (one: string, other: string, isLoose: boolean): boolean =>
  one === other || (isLoose && one.toLowerCase() === other.toLowerCase())

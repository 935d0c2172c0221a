// Loaded by the browser as well, so it imports nothing.

/** A place in an XML document: names from its root, or a name wherever it stands. */
export interface XmlPlace {
  readonly isAnywhere: boolean
  /** Local names of elements; `*` = any. */
  readonly names: readonly string[]
  /** Local name of an attribute of the last of them; undefined = its text is meant. */
  readonly attribute: string | undefined
}

const NAME = /^[\p{L}_][\p{L}\p{N}._-]*$/u

/**
 * Reads places as people write them: `Response/Body/ResultCode` from the root, `ResultCode` or `//Body/ResultCode`
 * wherever it stands, `response/@code` for an attribute, `*` for any one element, `|` between places of which one is
 * there. Undefined for what is no such place.
 */
export function xmlPlaces(written: string): readonly XmlPlace[] | undefined {
  const places = written.split('|').map((one) => placeOf(one.trim()))
  return places.every((place) => place !== undefined) ? places : undefined
}

function placeOf(written: string): XmlPlace | undefined {
  const start = /^\/{0,2}/.exec(written)?.[0] ?? ''
  const steps = written.slice(start.length).split('/')
  const last = steps.at(-1) ?? ''
  const attribute = last.startsWith('@') ? last.slice(1) : undefined
  const names = attribute === undefined ? steps : steps.slice(0, -1)
  if (attribute !== undefined && !NAME.test(attribute)) return undefined
  if (names.length === 0 || !names.every((name) => name === '*' || NAME.test(name)))
    return undefined
  const isAnywhere = start === '//' || (start === '' && names.length === 1)
  // That would be every element.
  if (isAnywhere && names[0] === '*') return undefined
  return { isAnywhere, names, attribute }
}

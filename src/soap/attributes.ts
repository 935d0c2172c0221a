import type { XmlScanner } from '../messages/index.js'

/** The attributes of an element in their order, by qualified names. Most elements have none. */
export type AttributeList = readonly (readonly [name: string, value: string])[]

export const NO_ATTRIBUTES: AttributeList = []

/** The attributes of the element that the scanner has just opened. */
export function attributesOf(scanner: XmlScanner): AttributeList {
  const { attributeCount, attributeNames, attributeValues } = scanner
  if (attributeCount === 0) return NO_ATTRIBUTES
  const list: [string, string][] = []
  for (let i = 0; i < attributeCount; i++) list.push([attributeNames[i]!, attributeValues[i]!])
  return list
}

/** The namespace that an element binds to a prefix, '' being the default one. */
export function namespaceBoundTo(attributes: AttributeList, prefix: string): string | undefined {
  if (attributes.length === 0) return undefined
  const wanted = prefix === '' ? 'xmlns' : `xmlns:${prefix}`
  return attributes.find(([name]) => name === wanted)?.[1]
}

/** An attribute by its local name; prefixes differ from one toolkit to the next. */
export function byLocalName(attributes: AttributeList, local: string): string | undefined {
  for (const [name, value] of attributes) {
    if (name.endsWith(local) && isLocalPart(name, local)) return value
  }
  return undefined
}

const isLocalPart = (name: string, local: string): boolean => {
  const colon = name.length - local.length - 1
  return colon === -1 || (name[colon] === ':' && !name.startsWith('xmlns:'))
}

export function isNil(attributes: AttributeList): boolean {
  const nil = byLocalName(attributes, 'nil')
  return nil !== undefined && /^\s*(?:true|1)\s*$/.test(nil)
}

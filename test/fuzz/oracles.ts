import { CrisisError, readXml, type XmlElement } from '../../src/messages/index.js'
import { readReference, type ReferenceElement } from './reference-xml.js'
import { readBySaxes, type GateOutcome } from './saxes-gate.js'

/** Refused for other reasons than that it is not well-formed, which is all that the reference knows. */
export const OTHER_REFUSALS: ReadonlySet<string> = new Set([
  'XML_TOO_DEEP',
  'XML_TOO_BIG',
  'CHARSET_REPLACEMENT',
])

/** The gate as it is today. */
export function readByGate(xml: string): GateOutcome {
  try {
    return { root: readXml(xml) }
  } catch (thrown) {
    if (thrown instanceof CrisisError) return { code: thrown.code }
    throw thrown
  }
}

/** What the gate does otherwise than that of version 0.1.0, or than the reference; undefined = nothing. */
export function differenceIn(xml: string, gate = readByGate(xml)): string | undefined {
  return differenceFromSaxes(xml, gate) ?? differenceFromReference(xml, gate)
}

export function differenceFromSaxes(xml: string, gate = readByGate(xml)): string | undefined {
  const saxes = readBySaxes(xml)
  if (gate.root && saxes.root) {
    return isSameTree(gate.root, saxes.root) ? undefined : 'read something else than saxes'
  }
  if (gate.code === saxes.code || hasBothFaults(xml, saxes.code, gate.code)) return undefined
  return `${gate.code ?? 'accepted'} where saxes says ${saxes.code ?? 'accepted'}`
}

export function differenceFromReference(xml: string, gate = readByGate(xml)): string | undefined {
  if (gate.code !== undefined && OTHER_REFUSALS.has(gate.code)) return undefined
  const reference = readReference(xml)
  if (!gate.root) return reference ? `refused what is well-formed: ${gate.code}` : undefined
  if (!reference) return 'accepted what is not well-formed'
  return isSameAsReference(gate.root, reference)
    ? undefined
    : 'read something else than the reference'
}

/**
 * What shows that a document has a fault of each code, well-formed or not. Where one has two faults, readers that look
 * for them at different places tell different ones: saxes looks at the values of attributes, at their number and at
 * references to U+FFFD when the tag or the text ends, and wants the end of a DOCTYPE before it tells of it.
 */
const SHOWN: Readonly<Record<string, (xml: string) => boolean>> = {
  XML_NOT_WELL_FORMED: (xml) => readReference(xml) === undefined,
  XML_DOCTYPE: (xml) => xml.includes('<!DOCTYPE'),
  XML_TOO_DEEP: (xml) => xml.split('<').length > MOST_LEVELS,
  // Not `\s`: U+FEFF, and other spaces of JavaScript, may stand in a name.
  XML_TOO_BIG: (xml) => /[^ \t\r\n<>"']{257}/.test(xml) || xml.split('=').length > MOST_ATTRIBUTES,
  CHARSET_REPLACEMENT: (xml) => /&#(?:0*65533|x0*fffd);/i.test(xml),
}
const MOST_LEVELS = 32
const MOST_ATTRIBUTES = 128

/** Codes may differ only where a document has both faults. */
const hasBothFaults = (xml: string, one = '', other = ''): boolean =>
  SHOWN[one]?.(xml) === true && SHOWN[other]?.(xml) === true

function isSameTree(a: XmlElement, b: XmlElement): boolean {
  const keys = Object.keys(a.attributes)
  const others = Object.keys(b.attributes)
  return (
    a.name === b.name &&
    a.prefix === b.prefix &&
    a.text === b.text &&
    a.tail === b.tail &&
    keys.length === others.length &&
    keys.every((key, index) => key === others[index] && a.attributes[key] === b.attributes[key]) &&
    a.children.length === b.children.length &&
    a.children.every((child, index) => isSameTree(child, b.children[index]!))
  )
}

function isSameAsReference(a: XmlElement, b: ReferenceElement): boolean {
  const keys = Object.keys(a.attributes)
  const others = [...b.attributes.keys()]
  return (
    (a.prefix === '' ? a.name : `${a.prefix}:${a.name}`) === b.name &&
    a.text === b.text &&
    (a.tail ?? '') === b.tail &&
    keys.length === others.length &&
    keys.every(
      (key, index) => key === others[index] && a.attributes[key] === b.attributes.get(key),
    ) &&
    a.children.length === b.children.length &&
    a.children.every((child, index) => isSameAsReference(child, b.children[index]!))
  )
}

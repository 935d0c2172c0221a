import { SaxesParser } from 'saxes'
import {
  CrisisError,
  refuseLostCharacters,
  refuseStops,
  type XmlElement,
  type XmlLimits,
} from '../../src/messages/index.js'

/**
 * The gate of version 0.1.0, which stood on saxes, to compare today's with: what it refused and read is to be refused
 * and read the same. It gives the code of a refusal without the reason.
 */
export type GateOutcome =
  | { readonly root: XmlElement; readonly code?: undefined }
  | { readonly root?: undefined; readonly code: string }

const MAX_DEPTH = 32
const MAX_ATTRIBUTES = 128
const MAX_NAME_LENGTH = 256

class Refused extends Error {
  constructor(readonly code: string) {
    super(code)
  }
}

export function readBySaxes(xml: string, limits: XmlLimits = {}): GateOutcome {
  try {
    return { root: read(xml, limits) }
  } catch (thrown) {
    if (thrown instanceof Refused || thrown instanceof CrisisError) return { code: thrown.code }
    throw thrown
  }
}

interface Building {
  name: string
  prefix: string
  attributes: Readonly<Record<string, string>>
  children: Building[]
  text: string
  tail?: string
}

function read(xml: string, limits: XmlLimits): XmlElement {
  if (xml.length > (limits.maxLength ?? 1 << 20)) throw new Refused('XML_TOO_BIG')
  refuseStops(xml, limits)
  refuseLostCharacters(xml)
  const parser = new SaxesParser({
    xmlns: false,
    position: false,
    // A declaration of 1.1 would let control characters in as references.
    defaultXMLVersion: '1.0',
    forceXMLVersion: true,
  })
  const open: Building[] = []
  let root: Building | undefined
  let attributes = 0
  const addText = (text: string): void => {
    refuseLostCharacters(text)
    const parent = open.at(-1)
    const before = parent?.children.at(-1)
    if (text === '') return
    if (before) before.tail = (before.tail ?? '') + text
    else if (parent) parent.text += text
  }
  parser.on('error', () => {
    throw new Refused('XML_NOT_WELL_FORMED')
  })
  parser.on('doctype', () => {
    throw new Refused('XML_DOCTYPE')
  })
  parser.on('attribute', ({ name }) => {
    checkName(name)
    if (++attributes > MAX_ATTRIBUTES) throw new Refused('XML_TOO_BIG')
  })
  parser.on('opentag', ({ name: qualified, attributes: values }) => {
    checkName(qualified)
    attributes = 0
    if (open.length >= (limits.maxDepth ?? MAX_DEPTH)) throw new Refused('XML_TOO_DEEP')
    Object.values(values).forEach(refuseLostCharacters)
    const colon = qualified.indexOf(':')
    const element: Building = {
      name: qualified.slice(colon + 1),
      prefix: colon < 0 ? '' : qualified.slice(0, colon),
      attributes: values,
      children: [],
      text: '',
    }
    if (open.length === 0) root = element
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.write(xml).close()
  refuseRunOnInstructions(xml)
  if (!root) throw new Error('a well-formed document has a root')
  return root
}

// Namespaces in XML 1.0, QName, of what is a Name already. Its local part is a name by itself, as it is written again.
const QUALIFIED_NAME = /^[^:]+(?::[^\u0300-\u036f:\d.\-\xb7\u203f\u2040][^:]*)?$/

function checkName(name: string): void {
  if (name.length > MAX_NAME_LENGTH) throw new Refused('XML_TOO_BIG')
  if (!QUALIFIED_NAME.test(name)) throw new Refused('XML_NOT_WELL_FORMED')
}

const SECTIONS = /<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>/gs
// Version 0.1.0 had `\s` here. U+FEFF and U+1680 are among it, which may stand in a name: it took `<?p\ufeff?x?>`.
const RUN_ON = /<\?[^ \t\r\n?]+\?(?!>)/

/**
 * saxes overlooks what stands right behind the target of an instruction, as in `<?p?x?>`; XML 1.0 section 2.6 wants
 * white space there. For a document that is well-formed otherwise, in which each section has its end.
 */
function refuseRunOnInstructions(xml: string): void {
  if (!RUN_ON.test(xml)) return
  for (const { 0: section } of xml.matchAll(SECTIONS)) {
    if (section.startsWith('<?') && section.search(RUN_ON) === 0) {
      throw new Refused('XML_NOT_WELL_FORMED')
    }
  }
}

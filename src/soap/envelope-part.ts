import type { XmlScanner } from '../messages/index.js'
import { attributesOf, type AttributeList } from './attributes.js'

/** An element of interest with the place and the text of its content. */
export interface Part {
  readonly name: string
  readonly prefix: string
  readonly attributes: AttributeList
  /** Indexes into the envelope: of the start tag, behind it, and behind the end tag. */
  readonly from: number
  readonly start: number
  end: number
  /** Character data and CDATA directly in the element, joined. */
  text: string
  /** Number of its pieces, and index behind the last of them. */
  pieces: number
  textEnd: number
  cdata: boolean
  /** Local name of its first child element. */
  firstChild: string | undefined
}

/** The element that the scanner has just opened. */
export function partOf(scanner: XmlScanner): Part {
  return {
    name: scanner.localName(),
    prefix: scanner.prefix(),
    attributes: attributesOf(scanner),
    from: scanner.from,
    start: scanner.position,
    end: scanner.position,
    text: '',
    pieces: 0,
    textEnd: 0,
    cdata: false,
    firstChild: undefined,
  }
}

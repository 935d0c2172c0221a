import { refusalOf, XmlFault } from './fault.js'
import { DEFAULT_MAX_DEPTH, refuseLength, refuseStops, type XmlLimits } from './limits.js'
import { XmlScanner } from './scanner.js'
import { Token } from './token.js'

/** One scanner serves nearly all documents, since each is read to its end before another begins. */
let spare: XmlScanner | undefined = new XmlScanner()

/**
 * The strict gate: reads a whole document token by token, or throws. Refused with a reason: whatever is not
 * well-formed XML 1.0 (cut short, mismatched, two roots, control characters, undeclared entities, names with stray
 * colons), a DOCTYPE, lone surrogates, U+FFFD, and whatever exceeds the limits.
 * @param read takes the tokens up to `End`. It may throw a refusal of its own before that: then the rest is still
 * scanned, because a document that is no XML at all is refused for that.
 * @throws MessageError XML_NOT_WELL_FORMED, XML_DOCTYPE, XML_TOO_DEEP, XML_TOO_BIG, CHARSET_REPLACEMENT, and
 * whatever `read` throws
 */
export function scanXml<T>(xml: string, limits: XmlLimits, read: (scanner: XmlScanner) => T): T {
  refuseLength(xml, limits)
  refuseStops(xml, limits)
  const maxDepth = limits.maxDepth ?? DEFAULT_MAX_DEPTH
  // A reader that scans another document meanwhile gets a scanner of its own.
  const scanner = spare ?? new XmlScanner()
  spare = undefined
  try {
    scanner.start(xml, maxDepth)
    return readWhole(scanner, read)
  } catch (thrown) {
    throw thrown instanceof XmlFault ? refusalOf(thrown, xml, maxDepth) : thrown
  } finally {
    scanner.stop()
    spare = scanner
  }
}

/**
 * The text between two places of a document, as it is to be read; undefined where anything else stands there, be it
 * markup or what is not well-formed. What stands around it has to be known: it is not looked at.
 * @param from index in the content of an element
 * @param to index of the `<` that ends the text
 */
export function textBetween(
  xml: string,
  from: number,
  to: number,
  limits: XmlLimits,
): string | undefined {
  const scanner = spare ?? new XmlScanner()
  spare = undefined
  try {
    refuseLength(xml, limits)
    refuseStops(xml, limits)
    scanner.start(xml, 1)
    scanner.enter(from)
    return scanner.next() === Token.Text && scanner.position === to ? scanner.text() : undefined
  } catch {
    return undefined
  } finally {
    scanner.stop()
    spare = scanner
  }
}

function readWhole<T>(scanner: XmlScanner, read: (scanner: XmlScanner) => T): T {
  try {
    return read(scanner)
  } catch (thrown) {
    if (!(thrown instanceof XmlFault)) while (scanner.next() !== Token.End);
    throw thrown
  }
}

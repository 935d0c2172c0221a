export { XML_DECLARATION } from './asides.js'
export { watchUnits } from './characters.js'
export { ownText, readElement, readXml, textsOf, type XmlElement } from './element.js'
export { refuseLostCharacters } from './fault.js'
export { markForbidden } from './forbidden.js'
export { knowNames } from './known-names.js'
export {
  DEFAULT_MAX_DEPTH,
  DEFAULT_MAX_DOCUMENT_LENGTH,
  DEFAULT_MAX_STOPS,
  refuseLength,
  refuseStops,
  type XmlLimits,
} from './limits.js'
export { scanXml, textBetween } from './scan.js'
export type { XmlScanner } from './scanner.js'
export { Token } from './token.js'

export { XML_DECLARATION } from './asides.js'
export { watchUnits } from './characters.js'
export { ownText, readElement, readXml, textsOf, type XmlElement } from './element.js'
export { refuseLostCharacters } from './fault.js'
export { knowNames } from './known-names.js'
export {
  DEFAULT_MAX_DEPTH,
  DEFAULT_MAX_DOCUMENT_LENGTH,
  DEFAULT_MAX_STOPS,
  refuseLength,
  refuseStops,
  type XmlLimits,
} from './limits.js'
export { scanXml } from './scan.js'
export { Token, type XmlScanner } from './scanner.js'

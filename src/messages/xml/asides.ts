// Parts beside the elements that are checked and passed over: the declaration, comments and instructions.
import { Class, classOf, isPair, isSpace } from './characters.js'
import { malformed } from './fault.js'
import { behindNameUnits, behindNcName } from './names.js'
import { Unit } from './units.js'

// Productions [23] to [26], [32], [80] and [81].
const DECLARATION =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/y
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

/**
 * The index behind a byte order mark and the declaration, where they stand.
 * @throws XmlFault XML_NOT_WELL_FORMED for a declaration that is none
 */
export function behindDeclaration(xml: string, units: Uint16Array): number {
  const from = units[0] === 0xfeff ? 1 : 0
  // The usual one, by comparison instead of the pattern.
  if (xml.startsWith(XML_DECLARATION, from)) return from + XML_DECLARATION.length
  // Anything but white space behind `<?xml` makes another instruction of it, such as `<?xml-stylesheet`.
  if (!xml.startsWith('<?xml', from) || !isSpace(units[from + 5]!)) return from
  DECLARATION.lastIndex = from
  return DECLARATION.test(xml) ? DECLARATION.lastIndex : malformed(from)
}

/**
 * The index behind the comment whose `<!-` stands at an index (production [15]).
 * @throws XmlFault XML_NOT_WELL_FORMED
 */
export function behindComment(units: Uint16Array, at: number): number {
  if (units[at + 3] !== Unit.Dash) malformed(at)
  let i = asideStop(units, at + 4)
  while (units[i] !== Unit.Dash || units[i + 1] !== Unit.Dash) i = asideStop(units, i + 1)
  // `--` may stand nowhere else in a comment.
  return units[i + 2] === Unit.Greater ? i + 3 : malformed(i)
}

/**
 * The index behind the processing instruction whose `<?` stands at an index (productions [16] and [17]).
 * @throws XmlFault XML_NOT_WELL_FORMED
 */
export function behindInstruction(units: Uint16Array, at: number): number {
  const from = at + 2
  let i = behindTarget(units, from)
  if (i === from || isReservedTarget(units, from, i)) malformed(at)
  if (isSpace(units[i]!)) i = asideStop(units, i)
  else if (units[i] !== Unit.Question || units[i + 1] !== Unit.Greater) malformed(i)
  while (units[i] !== Unit.Question || units[i + 1] !== Unit.Greater) i = asideStop(units, i + 1)
  return i + 2
}

/** A target is a Name of XML itself (production [5]), in which a colon is a character like any other. */
function behindTarget(units: Uint16Array, from: number): number {
  let i = units[from] === Unit.Colon ? from : behindNcName(units, from)
  while (units[i] === Unit.Colon) i = behindNameUnits(units, i + 1)
  return i
}

/** `xml` in any case: a declaration that stands elsewhere than at the start. */
const isReservedTarget = (units: Uint16Array, from: number, to: number): boolean =>
  to === from + 3 &&
  (units[from]! | 0x20) === 0x78 &&
  (units[from + 1]! | 0x20) === 0x6d &&
  (units[from + 2]! | 0x20) === 0x6c

/** The index of the next `-` or `?`. */
function asideStop(units: Uint16Array, from: number): number {
  let i = from
  for (;;) {
    const unit = units[i]!
    if ((classOf(unit) & Class.StopsAside) === 0 || unit === Unit.CarriageReturn) i++
    else if (unit === Unit.Dash || unit === Unit.Question) return i
    else if (isPair(units, i)) i += 2
    else malformed(i)
  }
}

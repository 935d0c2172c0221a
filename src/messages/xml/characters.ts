import { Unit } from './units.js'

/** Classes of code units, as bits. Half of a pair belongs to none but the stops. */
export const enum Class {
  /** Production [3], S. */
  Space = 1,
  /** Production [4a], NameChar, without the colon, which parts a prefix from a name. */
  Name = 2,
  /** Production [4], NameStartChar, without the colon. */
  NameStart = 4,
  /** Characters at which a run of character data ends or has to be looked at; so for the three below. */
  StopsText = 8,
  StopsCdata = 16,
  StopsValue = 32,
  StopsAside = 64,
  /** Named by `watchUnits`. */
  Watched = 128,
}

const STOPS = Class.StopsText | Class.StopsCdata | Class.StopsValue | Class.StopsAside

/** By code unit. The 0 behind the last unit of a document stops every run. */
const CLASSES = new Uint8Array(0x10000)

/** The classes of a code unit. */
export function classOf(unit: number): number {
  return CLASSES[unit]!
}

/** Makes a document show, by `XmlScanner.someWatched`, that one of these code units stands in a text or value of it. */
export function watchUnits(units: Iterable<number>): void {
  for (const unit of units) CLASSES[unit]! |= Class.Watched
}

function mark(characters: string, bits: number): void {
  for (const character of characters) CLASSES[character.charCodeAt(0)]! |= bits
}

// Production [2], Char: of the control characters only tab, line feed and carriage return are allowed. A carriage
// return stops the runs as well, because it is read as a line feed (section 2.11).
for (let unit = 0; unit < Unit.Space; unit++) {
  if (unit !== Unit.Tab && unit !== Unit.LineFeed) {
    CLASSES[unit] = STOPS
  }
}
mark('\t\n\r ', Class.Space)
// `]` may begin the `]]>` that production [14] forbids in character data.
mark('<&]', Class.StopsText)
mark(']', Class.StopsCdata)
// Tab and line feed are read as spaces in a value (section 3.3.3).
mark('<&"\'\t\n', Class.StopsValue)
mark('-?', Class.StopsAside)
mark('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_', Class.NameStart | Class.Name)
mark('0123456789-.', Class.Name)

// Beyond ASCII: half of a pair stops a run to be looked at. U+FFFD is refused (reading A10), as are U+FFFE and U+FFFF.
for (let unit = 0x80; unit < 0x10000; unit++) {
  if ((unit >= 0xd800 && unit < 0xe000) || unit >= 0xfffd) CLASSES[unit] = STOPS
  else if (isNameStartUnit(unit)) CLASSES[unit] = Class.NameStart | Class.Name
  else if (isNameLaterUnit(unit)) CLASSES[unit] = Class.Name
}

export function isSpace(unit: number): boolean {
  return (CLASSES[unit]! & Class.Space) !== 0
}

/** True when a surrogate pair begins here. */
export function isPair(units: Uint16Array, at: number): boolean {
  const high = units[at]!
  const low = units[at + 1]!
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff
}

/** Beyond ASCII: production [4], NameStartChar, of the basic plane; U+FFFD is refused everywhere. */
function isNameStartUnit(unit: number): boolean {
  return (
    (unit >= 0x3001 && unit <= 0xd7ff) ||
    (unit >= 0xc0 && unit <= 0x2ff && unit !== 0xd7 && unit !== 0xf7) ||
    (unit >= 0x370 && unit <= 0x1fff && unit !== 0x37e) ||
    unit === 0x200c ||
    unit === 0x200d ||
    (unit >= 0x2070 && unit <= 0x218f) ||
    (unit >= 0x2c00 && unit <= 0x2fef) ||
    (unit >= 0xf900 && unit <= 0xfdcf) ||
    (unit >= 0xfdf0 && unit <= 0xfffc)
  )
}

/** Beyond ASCII: the characters that production [4a], NameChar, adds to NameStartChar. */
function isNameLaterUnit(unit: number): boolean {
  return unit === 0xb7 || (unit >= 0x300 && unit <= 0x36f) || unit === 0x203f || unit === 0x2040
}

/** True when a surrogate pair for U+10000 to U+EFFFF begins here: all of these may start a name (production [4]). */
export function isNamePair(units: Uint16Array, at: number): boolean {
  return units[at]! <= 0xdb7f && isPair(units, at)
}

/** Production [2], Char, for the number of a character. */
export function isCharacter(point: number): boolean {
  if (point < Unit.Space) {
    return point === Unit.Tab || point === Unit.LineFeed || point === Unit.CarriageReturn
  }
  if (point <= 0xfffd) return point < 0xd800 || point >= 0xe000
  return point >= 0x10000 && point <= 0x10ffff
}

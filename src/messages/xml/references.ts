import { isCharacter } from './characters.js'
import { malformed, XmlFault } from './fault.js'
import { Unit } from './units.js'

/**
 * The index behind the reference whose `&` stands at an index: one of the five predefined entities (section 4.6) or
 * a character reference (section 4.1). There is no DOCTYPE, so there are no other entities.
 * @throws XmlFault XML_NOT_WELL_FORMED, CHARSET_REPLACEMENT
 */
export function behindReference(units: Uint16Array, at: number): number {
  const i = at + 2
  switch (units[at + 1]) {
    case 0x6c: // lt
    case 0x67: // gt
      if (units[i] === 0x74 && units[i + 1] === Unit.Semicolon) return i + 2
      break
    case 0x61: // amp, apos
      if (units[i] === 0x6d) {
        if (units[i + 1] === 0x70 && units[i + 2] === Unit.Semicolon) return i + 3
      } else if (
        units[i] === 0x70 &&
        units[i + 1] === 0x6f &&
        units[i + 2] === 0x73 &&
        units[i + 3] === Unit.Semicolon
      ) {
        return i + 4
      }
      break
    case 0x71: // quot
      if (
        units[i] === 0x75 &&
        units[i + 1] === 0x6f &&
        units[i + 2] === 0x74 &&
        units[i + 3] === Unit.Semicolon
      ) {
        return i + 4
      }
      break
    case Unit.Hash: {
      const behind = behindNumber(units, i)
      const point = characterOf(units, at)
      if (!isCharacter(point)) malformed(at)
      // A reference can name U+FFFD although the document itself does not hold it.
      if (point === 0xfffd) throw new XmlFault('CHARSET_REPLACEMENT', at)
      return behind
    }
  }
  return malformed(at)
}

/** The character of `&lt;` or `&gt;`, of which an escaped document is full; 0 for any other reference. */
export function angleBracketAt(units: Uint16Array, at: number): number {
  if (units[at + 2] !== 0x74 || units[at + 3] !== Unit.Semicolon) return 0
  const first = units[at + 1]
  return first === 0x6c ? Unit.Less : first === 0x67 ? Unit.Greater : 0
}

/** @returns the index behind the `;`, given that of the first digit or the `x` */
function behindNumber(units: Uint16Array, from: number): number {
  const isHex = units[from] === Unit.LowerX
  const first = isHex ? from + 1 : from
  let i = first
  while (digitOf(units[i]!, isHex) >= 0) i++
  return i > first && units[i] === Unit.Semicolon ? i + 1 : malformed(from - 2)
}

/** The value of a digit, -1 for what is none. */
function digitOf(unit: number, isHex: boolean): number {
  if (unit >= Unit.Zero && unit <= Unit.Nine) return unit - Unit.Zero
  const letter = unit | 0x20
  return isHex && letter >= Unit.LowerA && letter <= Unit.LowerF ? letter - Unit.LowerA + 10 : -1
}

/** The character that a reference, which `behindReference` has let pass or is looking at, stands for. */
export function characterOf(units: Uint16Array, at: number): number {
  switch (units[at + 1]) {
    case 0x6c:
      return Unit.Less
    case 0x67:
      return Unit.Greater
    case 0x61:
      return units[at + 2] === 0x6d ? Unit.Ampersand : Unit.Quote
    case 0x71:
      return Unit.DoubleQuote
    default: {
      const isHex = units[at + 2] === Unit.LowerX
      const base = isHex ? 16 : 10
      let point = 0
      for (let i = isHex ? at + 3 : at + 2; units[i] !== Unit.Semicolon; i++) {
        // There may be as many leading zeros as a sender likes, but a number beyond Unicode stays one.
        if (point <= 0x10ffff) point = point * base + digitOf(units[i]!, isHex)
      }
      return point
    }
  }
}

/**
 * Puts the character of a reference into the array, at or before the place of the reference: no reference is shorter
 * than the one or two units that it stands for.
 * @returns the index behind what was put
 */
export function putReferred(units: Uint16Array, at: number, to: number): number {
  const point = characterOf(units, at)
  if (point <= 0xffff) {
    units[to] = point
    return to + 1
  }
  units[to] = 0xd7c0 + (point >> 10)
  units[to + 1] = 0xdc00 | (point & 0x3ff)
  return to + 2
}

import { Class, classOf, isNamePair } from './characters.js'

/**
 * The index behind the name without colons (Namespaces in XML 1.0, production [4], NCName) that begins at an index;
 * that index itself where none begins.
 */
export function behindNcName(units: Uint16Array, from: number): number {
  if ((classOf(units[from]!) & Class.NameStart) !== 0) return behindNameUnits(units, from + 1)
  return isNamePair(units, from) ? behindNameUnits(units, from + 2) : from
}

/** The index behind the characters that may stand in a name but not at its start. */
export function behindNameUnits(units: Uint16Array, from: number): number {
  let i = from
  for (;;) {
    if ((classOf(units[i]!) & Class.Name) !== 0) i++
    else if (isNamePair(units, i)) i += 2
    else return i
  }
}

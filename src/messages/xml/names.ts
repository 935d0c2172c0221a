import {
  Class,
  CLASSES,
  isNameLaterUnit,
  isNamePair,
  isNameStartUnit,
  isPlainUnit,
} from './characters.js'

/**
 * The index behind the name without colons (Namespaces in XML 1.0, production [4], NCName) that begins at an index;
 * that index itself where none begins.
 */
export function behindNcName(units: Uint16Array, from: number): number {
  const unit = units[from]!
  if (unit < 0x80) {
    return (CLASSES[unit]! & Class.NameStart) === 0 ? from : behindNameUnits(units, from + 1)
  }
  if (isNameStartUnit(unit)) return behindNameUnits(units, from + 1)
  return isNamePair(units, from) ? behindNameUnits(units, from + 2) : from
}

/** The index behind the characters that may stand in a name but not at its start. */
export function behindNameUnits(units: Uint16Array, from: number): number {
  let i = from
  for (;;) {
    const unit = units[i]!
    if (unit < 0x80) {
      if ((CLASSES[unit]! & Class.Name) === 0) return i
      i++
    } else if (isPlainUnit(unit)) {
      if (!isNameStartUnit(unit) && !isNameLaterUnit(unit)) return i
      i++
    } else if (isNamePair(units, i)) i += 2
    else return i
  }
}

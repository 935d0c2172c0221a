/** The minutes of an offset such as `+08:00`; undefined for all else, such as a name. */
export function fixedOffsetOf(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'UTC') return 0
  const match = /^([+-])(\d{2}):(\d{2})$/.exec(zone)
  if (!match || Number(match[2]) > 14 || Number(match[3]) > 59) return undefined
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]))
}

// Texts that Intl would take as well although they are no names: other offsets, and abbreviations.
const MISTAKABLE = /^(?:[+-].*|(?!GMT|PRC)[A-Za-z]{3})$/

/**
 * True for a text that names a zone that this process knows. Abbreviations are no names: `CST` is taken for
 * Chicago's time, not for China's.
 */
export function isZone(zone: string): boolean {
  if (fixedOffsetOf(zone) !== undefined) return true
  if (MISTAKABLE.test(zone)) return false
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== ''
  } catch {
    return false
  }
}

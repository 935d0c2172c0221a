// Characters that XML 1.0 does not allow (section 2.2), which devices leave in the texts of reports: control characters,
// U+FFFE and U+FFFF. Lone surrogates and U+FFFD are lost text, which is refused in any case (reading A10).

// eslint-disable-next-line no-control-regex
const RAW = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g
/** By its number, at any depth of escaping. */
const REFERENCE = /&(?:amp;){0,3}#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi

const isForbidden = (point: number): boolean =>
  (point < 0x20 && point !== 0x09 && point !== 0x0a && point !== 0x0d) ||
  point === 0xfffe ||
  point === 0xffff

const numberOf = (hex: string | undefined, decimal: string | undefined): number =>
  hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)

/** The character that is forbidden at an index, by itself or by its number; undefined where none is. */
export function forbiddenAt(xml: string, index: number): number | undefined {
  const point = xml.codePointAt(index)
  if (point === undefined) return undefined
  if (isForbidden(point)) return point
  if (point !== 0x26) return undefined
  const [, hex, decimal] =
    /^&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/i.exec(xml.slice(index, index + 12)) ?? []
  if (hex === undefined && decimal === undefined) return undefined
  const referred = numberOf(hex, decimal)
  return isForbidden(referred) ? referred : undefined
}

/** The picture of a control character (U+2400 and on); that of a substitute for what has none. */
const markOf = (point: number): string =>
  String.fromCharCode(point < 0x20 ? 0x2400 + point : 0x2426)

/**
 * Puts a visible mark in the place of each character that XML does not allow, so that the rest can be read. The same
 * text where there is none.
 */
export function markForbidden(text: string): string {
  const marked = text.replace(RAW, (character) => markOf(character.charCodeAt(0)))
  if (!marked.includes('#')) return marked
  return marked.replace(REFERENCE, (whole, hex?: string, decimal?: string) => {
    const point = numberOf(hex, decimal)
    return isForbidden(point) ? markOf(point) : whole
  })
}

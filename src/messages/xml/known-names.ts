// Names that come with nearly every message: those of the interface document and of SOAP. For such a name the scanner
// gives out the string that the program itself holds. That costs no copy, and comparing it with another constant of
// the program takes no look at its characters.

const SLOTS = 256
const known: (string | undefined)[] = Array.from({ length: SLOTS })

/** Length, first character and last but two tell all names of the interface apart. */
const slotOf = (length: number, first: number, third: number): number =>
  (length + first * 3 + third * 5) & (SLOTS - 1)

/** Makes names of three characters or more known. Of two that share a slot the later one stays known. */
export function knowNames(names: readonly string[]): void {
  for (const name of names) {
    known[slotOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 3))] = name
  }
}

/** The known name that stands between two indexes, if one does. */
export function knownName(units: Uint16Array, from: number, to: number): string | undefined {
  const length = to - from
  if (length < 3) return undefined
  const name = known[slotOf(length, units[from]!, units[to - 3]!)]
  if (name === undefined || name.length !== length) return undefined
  for (let i = 0; i < length; i++) if (units[from + i] !== name.charCodeAt(i)) return undefined
  return name
}

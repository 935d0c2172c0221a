/*
 * Facts of a site for the figures, which the interface does not name: shifts, disciplines and departments, each as one text.
 */

/** Settings of a store that figures are made by. */
export interface TallySettings {
  /** `白班 08:00-16:00, 夜班 16:00-08:00`. */
  shifts: string
  /** CrisisTypes, `*` = all others: `CT, MR`. */
  radiologyTypes: string
  ultrasoundTypes: string
  /** `CT=放射科, US=超声科`. */
  departments: string
}

export const TALLY_DEFAULTS = {
  shifts: '',
  radiologyTypes: '',
  ultrasoundTypes: '',
  departments: '',
} satisfies TallySettings

export interface SaidShift {
  readonly name: string
  readonly times: string
}

/** The parts of a list, in Chinese or English punctuation. */
export const listedIn = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(/[,，、;；\n]+/)
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
]

const SHIFT =
  /^(\S.*?)\s*(?<!\d)((?:[01]?\d|2[0-3])[:：][0-5]\d\s*[-~至–—]\s*(?:[01]?\d|2[0-4])[:：][0-5]\d)$/

/** Shifts with their times; undefined where one cannot be read. */
export function shiftsIn(text: string): readonly SaidShift[] | undefined {
  const shifts = listedIn(text).map((part) => {
    const [, name = '', times = ''] = SHIFT.exec(part) ?? []
    return { name, times }
  })
  const names = shifts.map(({ name }) => name)
  return names.includes('') || new Set(names).size < names.length ? undefined : shifts
}

/** Departments by CrisisType; undefined where a part is no `type=department`. */
export function departmentsIn(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = listedIn(text).map((part) => part.split(/[=＝]/).map((side) => side.trim()))
  const isRight = pairs.every(
    ([type = '', name = '', ...more]) => type && name && more.length === 0,
  )
  return isRight ? (Object.fromEntries(pairs) as Record<string, string>) : undefined
}

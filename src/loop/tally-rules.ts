import { DEFAULT_ZONE, isZone } from '../messages/index.js'
import { shiftsAt, type Shift } from './calendar.js'
import { ANY_TYPE, siteDepartment, type Departments } from './department.js'
import type { Alert } from './exam.js'
import { normalised } from './identity.js'
import { shiftBetween } from './roster-cells.js'
import { isName, isNames, isRecord } from './shape.js'
import { cellOf, type Cell, type Discipline } from './tally.js'

/*
 * The rules by which a site says what the interface does not: the discipline and the department of a CrisisType, and
 * the shifts. They hold for alerts that are counted from then on; an alert keeps the cell that it has.
 */

export interface TallyRules {
  readonly zone: string
  readonly shifts: readonly Shift[]
  /** CrisisTypes of a discipline; `*` = all that no other names. */
  readonly types: Readonly<Record<Exclude<Discipline, 'other'>, readonly string[]>>
  readonly departments: Departments
}

export const NO_TALLY_RULES: TallyRules = {
  zone: DEFAULT_ZONE,
  shifts: [],
  types: { radiology: [], ultrasound: [] },
  departments: {},
}

/**
 * Reads rules out of settings, or out of a ledger; null = they are not such rules.
 * @param value `{ zone, shifts: [{ name, times: '08:00-16:00' }], radiology: ['CT'], ultrasound: ['US'], departments }`
 */
export function readTallyRules(value: unknown): TallyRules | null {
  if (!isRecord(value)) return null
  const { zone, shifts, radiology, ultrasound, departments } = value
  const read = (Array.isArray(shifts) ? shifts : [null]).map((one: unknown) => {
    const { name, times } = isRecord(one) ? one : {}
    return isName(name) && typeof times === 'string' ? shiftBetween(name.trim(), times) : undefined
  })
  const isRight =
    typeof zone === 'string' &&
    isZone(zone) &&
    isNames(radiology) &&
    isNames(ultrasound) &&
    isRecord(departments) &&
    Object.values(departments).every(isName)
  const known = read.filter((shift) => shift !== undefined)
  if (!isRight || known.length < read.length) return null
  return {
    zone,
    shifts: known,
    types: { radiology, ultrasound },
    departments: departments as Departments,
  }
}

/** The cell in which an alert is counted. */
export function cellBy(rules: TallyRules, alert: Pick<Alert, 'openedAt' | 'crisis'>): Cell {
  const { zone, shifts, departments } = rules
  const [shift = ''] = shiftsAt({ shifts, holidays: [], workdays: [] }, alert.openedAt, zone)
  const type = normalised(alert.crisis.CrisisType)
  const department = siteDepartment(departments, alert.crisis)
  return cellOf(alert, { department, shift, discipline: disciplineOf(rules, type) }, zone)
}

function disciplineOf({ types }: TallyRules, type: string): Discipline {
  const of = (wanted: string): Discipline | undefined =>
    (['radiology', 'ultrasound'] as const).find((one) =>
      types[one].some((name) => normalised(name) === wanted),
    )
  return of(type) ?? of(ANY_TYPE) ?? 'other'
}

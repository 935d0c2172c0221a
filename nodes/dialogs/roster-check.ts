import {
  csvOfRoster,
  GAP_REASONS,
  holesOf,
  onCall,
  segmentsOf,
  wantedBy,
  wantedOf,
  withoutAddress,
  type GapCode,
  type ReadRoster,
  type ReadTable,
  type Roster,
  type RosterHole,
  type RosterRow,
  type Wanted,
} from '../../src/loop/index.js'
import { asCrisisError, isZone, splitInstant, type Reason } from '../../src/messages/index.js'
import type { Runtime } from '../face/index.js'
import {
  calendarOf,
  fileOf,
  MOST_BYTES,
  readChanged,
  readFileTable,
  readTyped,
} from '../roster/index.js'
import { namesIn, ROSTER_DEFAULTS, type RosterConfig } from '../settings/index.js'
import { isObject, textsIn } from './asked.js'

/** A fault of a roster: in a row and a column of its table, or in a setting. */
export interface RosterFault {
  readonly row: number | null
  readonly column: string
  /** The part of the setting that cannot be read; '' = all of it. */
  readonly typed: string
  readonly reason: Reason
}

/** A hole in the words of a dialog, with its place in the week from 0 to 1. */
export interface ShownHole {
  readonly from: number
  readonly to: number
  /** By the clock of the roster, such as `10-01 16:00`; '' = it goes on beyond the week. */
  readonly since: string
  readonly until: string
  readonly gap: GapCode
  readonly reason: Reason
  readonly people: readonly string[]
}

/** A role that a plan calls: who is called now, and when nobody can be. */
export interface ShownRole extends Wanted {
  readonly people: readonly string[]
  readonly gap: Reason | null
  readonly holes: readonly ShownHole[]
}

export interface RosterWeek {
  readonly days: readonly { readonly at: number; readonly date: string; readonly weekday: number }[]
  readonly roles: readonly ShownRole[]
  /** People without any address. */
  readonly silent: readonly string[]
}

export interface RosterChecked {
  readonly faults: readonly RosterFault[]
  /** null = there are faults. */
  readonly week: RosterWeek | null
  /** The rows of a table that was loaded or pasted. */
  readonly rows?: readonly RosterRow[]
}

/** Time that the dialog looks ahead, in ms. */
const WEEK_MS = 7 * 24 * 60 * 60_000

/**
 * Says what is wrong with a roster as it stands in its dialog, and who is called by it, by the rules that the runtime has.
 * A table of Excel or WPS is read here too, since a browser does not know all of their charsets.
 */
export function serveRosterCheck(runtime: Runtime): void {
  runtime.answer('roster-check', (asked) => check(runtime, asked))
  runtime.answer('roster-csv', async (asked) => {
    const { rows, channels } = configIn(asked)
    const { language } = textsIn(asked, ['language'])
    return { csv: csvOfRoster(rows, namesIn(channels), language === 'zh' ? 'zh' : 'en') }
  })
}

async function check(
  runtime: Runtime,
  asked: Readonly<Record<string, unknown>>,
): Promise<RosterChecked> {
  const config = configIn(asked)
  const faults: RosterFault[] = calendarOf(config).problems.map(({ setting, typed, reason }) => ({
    row: null,
    column: setting,
    typed,
    reason,
  }))
  const zone = config.zone.trim()
  if (!isZone(zone)) faults.push({ row: null, column: 'zone', typed: zone, reason: ZONE })
  if (faults.length > 0) return { faults, week: null }
  const { errors, roster, rows } = await tableOf(runtime, config, asked)
  faults.push(...errors)
  const plans = plansIn(asked)
  const week =
    roster && weekOf(roster, plans.length > 0 ? wantedBy(plans, roster) : wantedOf(roster), zone)
  return { faults, week, ...(rows && { rows }) }
}

interface FoundTable {
  readonly errors: readonly RosterFault[]
  readonly roster: Roster | null
  readonly rows?: readonly RosterRow[]
}

async function tableOf(
  runtime: Runtime,
  config: RosterConfig,
  asked: Readonly<Record<string, unknown>>,
): Promise<FoundTable> {
  const { csv, bytes } = textsIn(asked, ['csv', 'bytes'])
  if (csv !== '') return ofTable(readFileTable(config, csv))
  if (bytes !== '') {
    const table = Buffer.from(bytes.slice(0, MOST_BYTES * 2), 'base64')
    return ofTable(readFileTable(config, table))
  }
  if (config.source !== 'file') return { ...faultsOf(readTyped(config)) }
  try {
    const found = await readChanged(fileOf(runtime.userDir, config), null)
    return faultsOf(readFileTable(config, found?.bytes ?? ''))
  } catch (thrown) {
    const { reason } = asCrisisError(thrown)
    return { errors: [{ row: null, column: 'file', typed: '', reason }], roster: null }
  }
}

const ofTable = (table: ReadTable): FoundTable => ({
  ...faultsOf(table),
  ...(table.roster && { rows: table.rows }),
})

const faultsOf = ({ roster, errors }: ReadRoster): FoundTable => ({
  roster,
  errors: errors.map(({ row, column, fault }) => ({ row, column, typed: '', reason: fault })),
})

function weekOf(roster: Roster, wanted: readonly Wanted[], zone: string): RosterWeek {
  const now = Date.now()
  const end = now + WEEK_MS
  const placeOf = (at: number): number => (at - now) / WEEK_MS
  const shown = (hole: RosterHole): ShownHole => ({
    from: placeOf(hole.from),
    to: placeOf(hole.to),
    since: hole.from === now ? '' : timeOf(hole.from, zone),
    until: hole.to === end ? '' : timeOf(hole.to, zone),
    gap: hole.gap,
    reason: GAP_REASONS[hole.gap],
    people: hole.unreachable.map(titleOf),
  })
  return {
    days: segmentsOf([], now, end, zone).map(({ from, wall }) => ({
      at: placeOf(from),
      date: wall.date.slice(5),
      weekday: new Date(`${wall.date}T00:00Z`).getUTCDay(),
    })),
    roles: wanted.map((one) => {
      const { people, gap } = onCall(roster, one, now, zone)
      const holes = holesOf(roster, [one], now, end, zone).map(shown)
      return { ...one, people: people.map(titleOf), gap: gap && GAP_REASONS[gap], holes }
    }),
    silent: withoutAddress(roster).map(titleOf),
  }
}

const titleOf = ({ code, name }: { readonly code: string; readonly name: string }): string =>
  code === '' ? name : `${name} ${code}`

function timeOf(at: number, zone: string): string {
  const { date, time } = splitInstant(at, zone)
  return `${date.slice(5)} ${time.slice(0, 5)}`
}

/** Whatever was sent, as texts. */
function configIn(asked: Readonly<Record<string, unknown>>): RosterConfig {
  const rows: readonly unknown[] = Array.isArray(asked['rows']) ? asked['rows'] : []
  const names = ['zone', 'file', 'channels', 'shifts', 'holidays', 'workdays'] as const
  return {
    ...ROSTER_DEFAULTS,
    ...textsIn(asked, names),
    source: asked['source'] === 'file' ? 'file' : 'table',
    rows: rows.map((row) => {
      const given = isObject(row) ? row['addresses'] : undefined
      const addresses = isObject(given) ? textsIn(given, Object.keys(given)) : {}
      return {
        ...textsIn(row, ['role', 'department', 'shift', 'days', 'code', 'name']),
        addresses,
      }
    }),
  }
}

/** The steps of the plans of the flows. */
function plansIn(asked: Readonly<Record<string, unknown>>): Parameters<typeof wantedBy>[0] {
  const steps: readonly unknown[] = Array.isArray(asked['steps']) ? asked['steps'] : []
  const read = steps.map((step) => {
    const { role, channels } = textsIn(step, ['role', 'channels'])
    return { role: role.trim(), channels: namesIn(channels) }
  })
  const known = read.filter(({ role }) => role !== '')
  return known.length > 0 ? [{ steps: known }] : []
}

const ZONE: Reason = {
  zh: '时区应为 +08:00 这样的偏移或 Asia/Shanghai 这样的名称',
  en: 'The time zone should be an offset such as +08:00 or a name such as Asia/Shanghai',
}

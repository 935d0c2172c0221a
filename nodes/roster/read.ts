import {
  rosterOfCsv,
  rosterOfRows,
  type ReadRoster,
  type ReadTable,
  type Roster,
} from '../../src/loop/index.js'
import { CrisisError, type Reason } from '../../src/messages/index.js'
import { namesIn, type RosterConfig } from '../settings/index.js'
import { calendarOf } from './calendar.js'

/** The table of a roster as it is typed; there must be a calendar. @throws CrisisError ROSTER_INVALID */
export const readTyped = (config: RosterConfig): ReadRoster =>
  rosterOfRows(config.rows, calendarFor(config), namesIn(config.channels))

/** The table of a roster as it stands in a file. @throws CrisisError ROSTER_INVALID for the calendar */
export const readFileTable = (config: RosterConfig, table: string | Uint8Array): ReadTable =>
  rosterOfCsv(table, calendarFor(config), namesIn(config.channels))

function calendarFor(config: RosterConfig) {
  const { calendar, problems } = calendarOf(config)
  if (calendar) return calendar
  const [first] = problems
  throw invalid(`“${first?.typed ?? ''}”`, first?.reason ?? NOTHING, problems.length - 1)
}

const NOTHING: Reason = { zh: '', en: '' }

/** The roster, or the first of its errors. @throws CrisisError ROSTER_INVALID */
export function wholeRoster({ roster, errors }: ReadRoster): Roster {
  if (roster) return roster
  throw invalid('', errors[0]?.reason ?? NOTHING, errors.length - 1)
}

function invalid(place: string, { zh, en }: Reason, others: number): CrisisError {
  const more =
    others > 0 ? { zh: `（另有 ${others} 处）`, en: ` (and ${others} more)` } : { zh: '', en: '' }
  return new CrisisError('ROSTER_INVALID', {
    zh: `值班表有误：${place}${zh}${more.zh}`,
    en: `The roster cannot be used: ${place && `${place} `}${en}${more.en}`,
  })
}

import { DEFAULT_ZONE, joinDateTime, splitInstant } from '../../src/messages/index.js'
import type { FlowMessage } from '../face/index.js'
import type { RegisterConfig } from '../settings/index.js'
import { askedTimes } from './input.js'

/** A time that is asked about, in epoch ms. */
export interface Period {
  readonly from: number
  /** It is not part of it. */
  readonly until: number
}

/** A time that no alert exceeds. */
const EVER = Number.MAX_SAFE_INTEGER

/**
 * The period of a message; else that of the settings. One that the message only begins, or only ends, is open at its
 * other end.
 * @throws CrisisError REGISTER_TIME
 */
export function periodOf(msg: FlowMessage, setting: RegisterConfig['period'], now: number): Period {
  const { from, until } = askedTimes(msg)
  if (from !== undefined || until !== undefined) return { from: from ?? 0, until: until ?? EVER }
  if (setting === 'all') return { from: 0, until: EVER }
  const [year = 0, month = 0, day = 0] = splitInstant(now).date.split('-').map(Number)
  const bounds: Readonly<Record<typeof setting, readonly [Ymd, Ymd]>> = {
    today: [
      [year, month, day],
      [year, month, day + 1],
    ],
    yesterday: [
      [year, month, day - 1],
      [year, month, day],
    ],
    thisMonth: [
      [year, month, 1],
      [year, month + 1, 1],
    ],
    lastMonth: [
      [year, month - 1, 1],
      [year, month, 1],
    ],
    thisYear: [
      [year, 1, 1],
      [year + 1, 1, 1],
    ],
    lastYear: [
      [year - 1, 1, 1],
      [year, 1, 1],
    ],
  }
  const [begin, end] = bounds[setting]
  return { from: startOf(begin), until: startOf(end) }
}

type Ymd = readonly [year: number, month: number, day: number]

/** A month or a day beyond the calendar is that of the year or month beside it. */
function startOf([year, month, day]: Ymd): number {
  const date = new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10)
  return joinDateTime(date, '00:00:00', DEFAULT_ZONE).epochMs ?? 0
}

/** The first and the last day of a period; undefined where it is open. */
export const daysOf = ({ from, until }: Period) => ({
  from: from === 0 ? undefined : splitInstant(from).date,
  to: until === EVER ? undefined : splitInstant(until - 1).date,
})

import type { Step } from '../../store/index.js'
import { sql, text } from './sql.js'

/** How many documents were started in which second; for the last minute only. */
type Starts = readonly (readonly [second: number, documents: number])[]

/** A second counts until it is over a minute ago as a whole: rather too few calls than too many. */
const KEPT_SECONDS = 61

export interface Pace {
  /** How many more may be started now. */
  readonly free: number
  /** In how many ms more may be started. */
  readonly againMs: number
  readonly starts: Starts
}

/** What a peer's limit of documents in a minute leaves, over all instances. */
export function* readPace(peer: string, perMinute: number, at: number): Step<Pace> {
  const [row] = yield sql('select starts from pace where peer = $1', peer)
  const second = Math.floor(at / 1_000)
  const all = row ? (JSON.parse(text(row, 'starts')) as Starts) : []
  // What lies ahead was noted by a clock that has been set back since.
  const starts = all.filter(([then]) => then <= second && then > second - KEPT_SECONDS)
  const started = starts.reduce((sum, [, documents]) => sum + documents, 0)
  const oldest = starts[0]?.[0] ?? second
  return {
    free: Math.max(0, perMinute - started),
    againMs: (oldest + KEPT_SECONDS) * 1_000 - at,
    starts,
  }
}

export function* notePace(peer: string, { starts }: Pace, count: number, at: number): Step<void> {
  const second = Math.floor(at / 1_000)
  const before = starts.filter(([then]) => then < second)
  const now = starts.filter(([then]) => then === second).reduce((sum, [, n]) => sum + n, count)
  yield sql(
    `insert into pace (peer, starts) values ($1, $2)
     on conflict (peer) do update set starts = excluded.starts`,
    peer,
    JSON.stringify([...before, [second, now]]),
  )
}

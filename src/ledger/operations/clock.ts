import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { now, number, sql } from './sql.js'

const HOUR_MS = 3_600_000

/** Largest difference between the clock and a steady one, in ms. More is a jump. */
const TOLERANCE_MS = 5 * 60_000
/** Time that the clock must have run without a jump before anything is removed by it, in ms. */
const AGREEMENT_MS = 24 * HOUR_MS
/** Longest stop of all instances without a doubt about the clock at the next start, in ms. */
const MOST_STOP_MS = 48 * HOUR_MS
/** Longer than any lease (a peer answers within an hour at the most), back-off or pause of a peer, in ms. */
const MOST_AHEAD_MS = 2 * HOUR_MS

export interface ClockArgs {
  readonly actor: Actor
  /** The look before of this process, and how long ago that was on its monotonic clock; null for its first. */
  readonly before: { readonly at: number; readonly elapsedMs: number } | null
}

export interface ClockLook {
  /** The time of the database's clock, in epoch ms. */
  readonly at: number
  /** True when it has run steadily for a day: what is to be removed for its age may be. */
  readonly isSteady: boolean
  /** By how much it has jumped since the look before, in ms; negative when set back, 0 when it has not. */
  readonly jumpMs: number
  /** Number of leases and waiting times that were beyond any that are ever given, and were ended. */
  readonly freed: number
}

/**
 * Compares the database's clock with what the ledger has seen of it. A clock that is years ahead for a minute must
 * not make everything old, and one that is set back must not leave anything waiting for a time that is far off.
 */
export function* lookAtClock({ actor, before }: ClockArgs): Step<ClockLook> {
  const at = yield* now()
  yield sql(
    'insert into clock (id, seen_at, steady_ms) values (1, $1, 0) on conflict do nothing',
    at,
  )
  // Changes nothing but locks the row: instances look one after the other.
  const [row] = yield sql('update clock set id = id where id = 1 returning seen_at, steady_ms')
  const seenAt = number(row, 'seen_at')
  const jumpMs = before ? at - before.at - before.elapsedMs : Math.min(0, at - seenAt)
  const hasJumped = Math.abs(jumpMs) > TOLERANCE_MS
  const isDoubtful = hasJumped || (!before && at - seenAt > MOST_STOP_MS)
  const passed = before
    ? Math.min(Math.max(0, at - Math.max(seenAt, before.at)), before.elapsedMs)
    : 0
  const steadyMs = isDoubtful ? 0 : Math.min(AGREEMENT_MS, number(row, 'steady_ms') + passed)
  yield sql('update clock set seen_at = $1, steady_ms = $2 where id = 1', at, steadyMs)
  if (hasJumped) yield* audit(actor, at, { kind: 'clockJumped', detail: { ms: jumpMs } })
  const freed = yield* freeWhatIsFarOff(at, hasJumped || !before)
  if (freed > 0) yield* audit(actor, at, { kind: 'farOffFreed', detail: { rows: freed } })
  return {
    at,
    isSteady: before !== null && steadyMs >= AGREEMENT_MS,
    jumpMs: hasJumped ? jumpMs : 0,
    freed,
  }
}

/**
 * What was written by a clock that was ahead would wait until that time has come.
 * @param waiting whether what waits is looked at too, of which there may be much; leases in use are few
 */
function* freeWhatIsFarOff(at: number, waiting: boolean): Step<number> {
  let freed = 0
  for (const { statement, in: ms } of waiting ? [...LEASED, ...WAITING] : LEASED) {
    freed += (yield sql(statement, at + ms, at + MOST_AHEAD_MS)).length
  }
  return freed
}

/** By then whoever has it has it no more, and it is taken back as after any other lease. */
const LEASE_LEFT_MS = 60_000

const LEASED = [
  {
    statement:
      "update outbox set lease_until = $1 where state = 'leased' and lease_until > $2 returning id",
    in: LEASE_LEFT_MS,
  },
  {
    statement:
      "update page set lease_until = $1 where state = 'leased' and lease_until > $2 returning id",
    in: LEASE_LEFT_MS,
  },
  { statement: 'update peer set open_until = $1 where open_until > $2 returning id', in: 0 },
]

const WAITING = [
  {
    statement: 'update owed set lease_until = $1 where lease_until > $2 returning id',
    in: LEASE_LEFT_MS,
  },
  {
    statement: "update outbox set due = $1 where state = 'ready' and due > $2 returning id",
    in: 0,
  },
  {
    statement: "update page set due = $1 where state = 'waiting' and due > $2 returning id",
    in: 0,
  },
]

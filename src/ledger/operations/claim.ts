import type { Step } from '../../store/index.js'
import type { Claimed } from '../types.js'
import { audit, type Actor } from './audit.js'
import { AT_ONCE } from './outbox.js'
import { notePace, readPace } from './pace.js'
import { number, sql } from './sql.js'
import { transition } from './transition.js'

/** Longer than any back-off: what is due later than this was put off by a clock that has been set back since. */
const LONGEST_WAIT_MS = 10 * 60_000

export interface Claim {
  readonly actor: Actor
  readonly peer: string
  readonly lease: string
  readonly leaseMs: number
  /** Number that the instance can take. */
  readonly limit: number
  /** Most documents on their way to the peer at a time, by all instances. */
  readonly parallel: number
  /** Most documents in a minute, by all instances; 0 = no limit. */
  readonly perMinute: number
  /** With the message of each document, which a request may be filled from. Default is without. */
  readonly withMessage?: boolean
}

export interface Claims {
  readonly documents: readonly Claimed[]
  /** In how many ms to ask again, although nothing else happens; null when there is no need to. */
  readonly againMs: number | null
}

/** Another instance is claiming just now, which is a matter of one commit. */
const CLAIMING_MS = 50

/**
 * Takes documents that are due: the oldest of each lane only, so that no correction overtakes what it
 * corrects, and no lane waits for another; what was never tried comes first. Leases of this peer that ran out
 * are given back first; those of other peers are left alone, because their instance may be about to record what
 * became of them. The peer's limits hold for all instances together.
 */
export function* claim(args: Claim): Step<Claims> {
  // One at a time, or two would not see each other's leases. Waiting for it could end in a deadlock, because a
  // transaction holds the locks of all its operations.
  const [turn] = yield sql('select {try:$1} as mine, {now} as now', `claim/${args.peer}`)
  if (number(turn, 'mine') === 0) return { documents: [], againMs: CLAIMING_MS }
  const at = number(turn, 'now')
  yield* endLeases(args, at)
  if (args.perMinute === 0) return { documents: yield* take(args, args.limit, at), againMs: null }
  const pace = yield* readPace(args.peer, args.perMinute, at)
  if (pace.free === 0) return { documents: [], againMs: pace.againMs }
  const documents = yield* take(args, Math.min(args.limit, pace.free), at)
  if (documents.length > 0) yield* notePace(args.peer, pace, documents.length, at)
  return { documents, againMs: null }
}

export function* endLeases(args: Pick<Claim, 'actor' | 'peer'>, at: number): Step<void> {
  const expired = yield* transition(
    'returned',
    {
      where: "peer = $1 and state = 'leased' and lease_until < $2",
      params: [args.peer, at],
    },
    { lease: null, lease_until: null, due: AT_ONCE },
  )
  for (const { id, alert } of expired) {
    yield* audit(args.actor, at, { kind: 'leaseExpired', outbox: id, alert })
  }
}

function* take(args: Claim, limit: number, at: number): Step<readonly Claimed[]> {
  const taken = yield* transition(
    'claimed',
    {
      picked: `with c as materialized (
       select id from outbox x where peer = $1 and state = 'ready' and blocked is null
         and (due <= $2 or due > $4) and not exists (
         select 1 from outbox p where p.peer = x.peer and p.lane = x.lane and p.id < x.id
           and p.state in ('ready', 'leased') and (p.blocked is null or p.state = 'leased'))
       order by due, id
       limit (select case when n <= 0 then 0 when n < $3 then n else $3 end from (
         select $5 - count(*) as n from outbox where peer = $1 and state = 'leased') free) {skip}
     )`,
      where: 'id in (select id from c)',
      params: [args.peer, at, limit, at + LONGEST_WAIT_MS, args.parallel],
    },
    { attempts: { sql: 'attempts + 1' }, lease: args.lease, lease_until: at + args.leaseMs },
  )
  const claimed: Claimed[] = []
  for (const one of taken) {
    claimed.push({
      id: one.id,
      peer: one.peer,
      operation: one.operation,
      lane: one.lane,
      document: one.document,
      alert: one.alert,
      attempts: one.attempts,
      ambiguous: one.attempts > 1 ? yield* ambiguousAttempts(one.id) : 0,
      acceptedAt: one.at,
      lease: args.lease,
      ...(args.withMessage && { message: one.message }),
    })
  }
  return claimed
}

function* ambiguousAttempts(outbox: number): Step<number> {
  const [row] = yield sql(
    `select coalesce(sum(1 + alike), 0) as n from attempt where outbox = $1 and class = 'ambiguous'`,
    outbox,
  )
  // PostgreSQL's sum of big numbers comes as text.
  return Number(row?.['n'])
}

export interface Release {
  readonly id: number
  readonly lease: string
}

/** Gives back what was claimed and not tried, as at a redeploy; it does not count as an attempt. */
export function* release(args: Release): Step<void> {
  yield* transition(
    'returned',
    { where: 'id = $1 and lease = $2', params: [args.id, args.lease] },
    { attempts: { sql: 'attempts - 1' }, lease: null, lease_until: null },
  )
}

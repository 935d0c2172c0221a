import type { Step } from '../../store/index.js'
import type { ToQuarantine } from '../types.js'
import { audit, type Actor } from './audit.js'
import { insert, now, number, sql } from './sql.js'

/** Keeps what could not be understood, with its bytes. */
export function* quarantine(args: { actor: Actor; item: ToQuarantine }): Step<number> {
  const at = yield* now()
  const { item } = args
  const id = yield* insert(
    `insert into quarantine (at, service, operation, remote, code, reason_zh, reason_en, charset, bytes)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
    at,
    item.service,
    item.operation,
    item.remoteAddress,
    item.code,
    item.reasonZh,
    item.reasonEn,
    item.charset,
    item.raw,
  )
  yield* audit(args.actor, at, { kind: 'quarantined', detail: { quarantine: id, code: item.code } })
  return id
}

/** Numbers of removed items: those that were too old, and those that had to make room for newer ones. */
export interface TrimmedQuarantine {
  readonly old: number
  readonly forRoom: number
  /** True when there may be more. */
  readonly isMore: boolean
}

/** So few that whoever wants to store something waits some ms for it. */
const TRIM_BATCH = 200

/** Removes the oldest items of the quarantine: those from before a time, and those beyond so many bytes in all. */
export function* trimQuarantine(args: {
  readonly actor: Actor
  readonly maxBytes: number
  /** In ms. */
  readonly maxAgeMs: number
}): Step<TrimmedQuarantine> {
  const at = yield* now()
  const before = at - args.maxAgeMs
  const rows = yield sql(
    `delete from quarantine where id in (
       select id from (
         select id, at, sum(length(bytes)) over (order by id desc) as total from quarantine) q
       where total > $1 or at < $2 order by id limit $3)
     returning at`,
    args.maxBytes,
    before,
    TRIM_BATCH,
  )
  const old = rows.filter((row) => number(row, 'at') < before).length
  const forRoom = rows.length - old
  if (rows.length > 0) {
    yield* audit(args.actor, at, { kind: 'quarantineTrimmed', detail: { old, forRoom } })
  }
  return { old, forRoom, isMore: rows.length === TRIM_BATCH }
}

export interface PeerHealth {
  readonly failures: number
  readonly failingSince: number | null
  /** True once, for the instance that is to raise the alarm. */
  readonly alarm: boolean
  /** True once, when a peer that was alarmed of has recovered. */
  readonly recovered: boolean
}

/** Counts a peer's failures in a row, so that one alarm is raised when it goes bad and one when it recovers. */
export function* notePeer(args: {
  actor: Actor
  peer: string
  ok: boolean
  alarmAfter: number
}): Step<PeerHealth> {
  const at = yield* now()
  yield sql('insert into peer (id) values ($1) on conflict do nothing', args.peer)
  // Changes nothing but locks the row: of two instances that count at the same moment one raises the alarm.
  const [before] = yield sql('update peer set id = id where id = $1 returning *', args.peer)
  const alarmed = number(before, 'alarmed') === 1
  if (args.ok) {
    if (number(before, 'failures') > 0) {
      yield sql(
        'update peer set failures = 0, failing_since = null, open_until = 0, alarmed = 0 where id = $1',
        args.peer,
      )
    }
    if (alarmed)
      yield* audit(args.actor, at, { kind: 'peerRecovered', detail: { peer: args.peer } })
    return { failures: 0, failingSince: null, alarm: false, recovered: alarmed }
  }
  const failures = number(before, 'failures') + 1
  const alarm = failures >= args.alarmAfter && !alarmed
  const since = (before?.['failing_since'] ?? at) as number
  yield sql(
    'update peer set failures = $2, failing_since = $3, alarmed = $4 where id = $1',
    args.peer,
    failures,
    since,
    alarm || alarmed ? 1 : 0,
  )
  if (alarm)
    yield* audit(args.actor, at, { kind: 'peerFailing', detail: { peer: args.peer, failures } })
  return { failures, failingSince: since, alarm, recovered: false }
}

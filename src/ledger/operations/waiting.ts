import type { Step } from '../../store/index.js'
import type { WaitCode } from '../../loop/index.js'
import { audit, type Actor } from './audit.js'
import { AT_ONCE } from './outbox.js'
import { endingChanges, expiry, tellFlow, type Ending } from './outcome.js'
import { noteLong } from './reports.js'
import { now, number, sql, text } from './sql.js'
import { documentOf, transitionOne, type Document } from './transition.js'
import { endReturned } from './withdraw.js'

/** The peer takes documents again: those that only waited for that go at once. Returns how many there are. */
export function* hastenPeer(args: { readonly peer: string }): Step<number> {
  const rows = yield sql(
    `update outbox set due = ${AT_ONCE}
     where peer = $1 and state = 'ready' and due > ${AT_ONCE} and class <> 'ambiguous' returning id`,
    args.peer,
  )
  return rows.length
}

export interface Expire {
  readonly actor: Actor
  readonly peer: string
  /** For documents that were given no time of their own, in ms; null = never. */
  readonly expiresAfterMs: number | null
}

export interface Expired {
  readonly outbox: number
  readonly ending: Ending
}

const BATCH = 100

const NEVER_TRIED: Ending = {
  class: 'unreachable',
  code: '',
  reasonZh: '尚未发送',
  reasonEn: 'never sent',
  reply: null,
}

/** Makes dead letters of what has waited longer than it may, tried or not, and ends what was taken back. */
export function* expireDocuments(args: Expire): Step<readonly Expired[]> {
  const at = yield* now()
  yield* endReturned(args.actor, args.peer, at)
  const rows = yield sql(
    `select * from outbox where peer = $1 and state = 'ready' and blocked is null
       and (expires_at <= $2 or (expires_at is null and at <= $3))
     order by id limit ${BATCH} {skip}`,
    args.peer,
    at,
    // Nothing was accepted before the year 1970.
    args.expiresAfterMs === null ? -1 : at - args.expiresAfterMs,
  )
  const expired: Expired[] = []
  for (const one of rows.map(documentOf)) {
    const { id: outbox, alert } = one
    const ending = expiry(lastEnding(one))
    if (!(yield* transitionOne('expired', outbox, endingChanges(ending, at)))) continue
    const detail = { class: ending.class, code: ending.code }
    yield* audit(args.actor, at, { kind: 'dead', alert, outbox, detail })
    yield* tellFlow(one, 'dead', ending, at)
    expired.push({ outbox, ending })
  }
  return expired
}

function lastEnding({ class: kind, code, reasonZh, reasonEn }: Document): Ending {
  if (kind === null) return NEVER_TRIED
  return {
    class: kind,
    code: code ?? '',
    reasonZh: reasonZh ?? '',
    reasonEn: reasonEn ?? '',
    reply: null,
  }
}

export interface NoteOld {
  readonly actor: Actor
  readonly peer: string
  readonly ageMs: number
}

export interface Old {
  /** How many have come to this age since it was asked last; each is counted once, by one instance. */
  readonly documents: number
  /** The oldest of them. */
  readonly outbox: number
}

/** Documents that have waited so long that somebody should know; null when there is no new one. */
export function* noteOld(args: NoteOld): Step<Old | null> {
  const at = yield* now()
  const rows = yield sql(
    `update outbox set told_old = 1
     where peer = $1 and state in ('ready', 'leased') and blocked is null and told_old = 0 and at <= $2
     returning id`,
    args.peer,
    at - args.ageMs,
  )
  if (rows.length === 0) return null
  const outbox = Math.min(...rows.map((row) => number(row, 'id')))
  yield* audit(args.actor, at, { kind: 'old', outbox, detail: { documents: rows.length } })
  return { documents: rows.length, outbox }
}

export interface Waits extends Old {
  /** How many wait for what; what nobody waits for is left out. */
  readonly codes: Readonly<Partial<Record<WaitCode, number>>>
  /** How long the oldest of them has waited, in ms. */
  readonly oldestMs: number
}

/**
 * Feedback that has waited so long that somebody should know, each counted once, by one instance; null when
 * there is no new one, or when others of the peer were told of within that same time: a flood is one alarm.
 */
export function* noteWaits(args: NoteOld): Step<Waits | null> {
  const at = yield* now()
  const [told] = yield sql(
    'select max(wait_told) as last from report where peer = $1 and waits is not null',
    args.peer,
  )
  const last = told?.['last']
  // What lies ahead was noted by a clock that has been set back since.
  if (typeof last === 'number' && last > at - args.ageMs && last <= at) return null
  const rows = yield* noteLong(args.peer, at - args.ageMs, at)
  const [first, ...others] = rows.toSorted((a, b) => number(a, 'at') - number(b, 'at'))
  if (!first) return null
  const codes: Partial<Record<WaitCode, number>> = {}
  for (const row of rows) {
    const code = text(row, 'waits') as WaitCode
    codes[code] = (codes[code] ?? 0) + 1
  }
  const outbox = number(first, 'id')
  const documents = others.length + 1
  yield* audit(args.actor, at, { kind: 'waits', outbox, detail: { documents } })
  return { documents, outbox, codes, oldestMs: at - number(first, 'at') }
}

import { writeReport } from '../../loop/index.js'
import type { Step } from '../engine/types.js'
import { audit, type Actor } from './audit.js'
import { cancel } from './dead-letters.js'
import { endLeases } from './claim.js'
import { AT_ONCE } from './outbox.js'
import { now, number, sql, text } from './sql.js'
import { lockDocuments, type Document } from './transition.js'
import { endReturned } from './withdraw.js'

/** A peer is noted as looked after at most so often. */
const TEND_MS = 60_000

/** Notes that an instance looks after the documents of a peer, as long as there are some that nobody has to decide on. */
export function* tend({ peer }: { readonly peer: string }): Step<void> {
  yield sql(
    `insert into peer (id, tended_at) select $1, {now}
     where exists (select 1 from outbox where peer = $1 and state in ('ready', 'leased'))
       or exists (select 1 from outbox where peer = $1 and state = 'parked')
     on conflict (id) do update set tended_at = excluded.tended_at
     where abs(coalesce(peer.tended_at, 0) - excluded.tended_at) >= ${TEND_MS}`,
    peer,
  )
}

/** What is undelivered to one peer. */
export interface Undelivered {
  readonly peer: string
  /** Documents that are to be sent, that wait for something else, and that need a person. */
  readonly waiting: number
  readonly parked: number
  readonly dead: number
  /** When the oldest of them was accepted, in epoch ms. */
  readonly oldestAt: number
  /** For how long no instance has looked after it: since `oldestAt` if none has noted that; in ms. */
  readonly untendedMs: number
}

/** Each part has its own index. */
const PARTS = [
  ['waiting', "in ('ready', 'leased')"],
  ['parked', "= 'parked'"],
  ['dead', "in ('held', 'dead')"],
] as const

/** What is undelivered, by peer; which of them are in no flow only Node-RED knows. */
export function* undeliveredByPeer(): Step<readonly Undelivered[]> {
  const at = yield* now()
  const tended = new Map<unknown, unknown>()
  for (const row of yield sql('select id, tended_at from peer'))
    tended.set(row['id'], row['tended_at'])
  const found = new Map<string, Omit<Undelivered, 'peer' | 'untendedMs'>>()
  for (const [part, states] of PARTS) {
    const rows = yield sql(
      `select peer, count(*) as documents, min(at) as oldest from outbox where state ${states} group by peer`,
    )
    for (const row of rows) {
      const peer = text(row, 'peer')
      const oldest = number(row, 'oldest')
      const before = found.get(peer) ?? { waiting: 0, parked: 0, dead: 0, oldestAt: oldest }
      found.set(peer, {
        ...before,
        [part]: number(row, 'documents'),
        oldestAt: Math.min(before.oldestAt, oldest),
      })
    }
  }
  return [...found].map(([peer, one]) => {
    const since = tended.get(peer)
    return { peer, ...one, untendedMs: at - (typeof since === 'number' ? since : one.oldestAt) }
  })
}

/** So few that whoever wants to store something waits but shortly for it. */
const BATCH = 50

export interface PassOnDocuments {
  readonly actor: Actor
  readonly from: string
  readonly to: string
  /** What the other peer is to be told to be called by, in the Header of feedback. */
  readonly application: string
  /** The last number of the batch before; 0 at first. */
  readonly after: number
}

export interface PassedOn {
  readonly documents: number
  /** What stays because something later of the same alert has been sent to the other peer already. */
  readonly overtaken: number
  /** For the next batch; null when this was the last one. */
  readonly after: number | null
}

const UNDELIVERED = PARTS.map(
  ([, states]) => `select id from outbox where peer = $1 and state ${states}`,
).join(' union all ')

/**
 * Gives a batch of what is undelivered to a peer that is gone to another one, dead letters included, in the order in
 * which it was accepted. What an instance has on its way stays.
 */
export function* passOnDocuments(args: PassOnDocuments): Step<PassedOn> {
  const { actor, from, to, after } = args
  const at = yield* now()
  yield* endLeases({ actor, peer: from }, at)
  yield* endReturned(actor, from, at)
  const found = yield* lockDocuments(
    `id in (select id from outbox where id in (${UNDELIVERED}) and state <> 'leased' and id > $2
       order by id limit ${BATCH})`,
    from,
    after,
  )
  let documents = 0
  for (const one of found) {
    // Whatever the other peer is to be sent of this lane is committed before, or after.
    yield sql('{lock:$1}', `${to}/${one.lane}`)
    if (yield* isOvertaken(one, to)) continue
    yield* passOn(args, one, at)
    documents++
  }
  const last = found.length < BATCH ? undefined : found.at(-1)
  return { documents, overtaken: found.length - documents, after: last?.id ?? null }
}

/** Sent now, it would come after its own correction. A dead letter is not sent by itself. */
function* isOvertaken({ id, alert, state, operation }: Document, to: string): Step<boolean> {
  if (alert === null || state === 'held' || state === 'dead') return false
  const [later] = yield sql(
    `select id from outbox where alert = $1 and peer = $2 and operation = $3 and id > $4 and attempts > 0 limit 1`,
    alert,
    to,
    operation,
    id,
  )
  return later !== undefined
}

/** With those that go out with it. */
function* passOn(
  { actor, from, to, application }: PassOnDocuments,
  one: Document,
  at: number,
): Step<void> {
  const telling = one.telling && { ...one.telling, application }
  yield sql(
    `update outbox set peer = $2, due = ${AT_ONCE}, document = $3, telling = $4 where id = $1`,
    one.id,
    to,
    telling?.says ? writeReport(telling, telling.says) : one.document,
    telling && JSON.stringify(telling),
  )
  const merged = yield* lockDocuments('merged_into = $1', one.id)
  for (const { id, telling: own } of merged) {
    yield sql(
      'update outbox set peer = $2, telling = $3 where id = $1',
      id,
      to,
      own && JSON.stringify({ ...own, application }),
    )
  }
  yield* audit(actor, at, {
    kind: 'passedOn',
    outbox: one.id,
    alert: one.alert,
    detail: { from, to },
  })
}

export interface GiveUpDocuments {
  readonly actor: Actor
  readonly peer: string
  readonly by: string
  readonly reason: string
}

/**
 * A person has decided that a batch of what is undelivered to a peer that is gone is not to be sent; the flows that
 * sent it are told. Returns how many; called again until it is none.
 */
export function* giveUpDocuments({ peer, ...decision }: GiveUpDocuments): Step<number> {
  const at = yield* now()
  yield* endLeases({ actor: decision.actor, peer }, at)
  yield* endReturned(decision.actor, peer, at)
  const rows = yield sql(
    `select id from outbox where id in (${UNDELIVERED}) and state <> 'leased'
     order by id limit ${BATCH}`,
    peer,
  )
  for (const row of rows) yield* cancel({ ...decision, id: number(row, 'id') })
  return rows.length
}

import { isOvertakenElsewhere, writeReport } from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { audit } from './audit.js'
import { cancel } from './dead-letters.js'
import { endLeases } from './claim.js'
import { AT_ONCE } from './outbox.js'
import { lockExam } from './exam/load.js'
import { reportsOf, rewriteReport, unsaidReport, type StoredReport } from './reports.js'
import { now, number, sql, text } from './sql.js'
import { lockDocuments, type Document } from './transition.js'
import { keepPassOn, type GiveUp, type PassOn } from './unclaimed-handouts.js'
import { endReturned } from './withdraw.js'

/** A peer is noted as looked after at most so often. */
const TEND_MS = 60_000

/** Notes that an instance looks after the documents of a peer, as long as there are some that nobody has to decide on. */
export function* tend({ peer }: { readonly peer: string }): Step<void> {
  yield sql(
    `insert into peer (id, tended_at) select $1, {now}
     where exists (select 1 from outbox where peer = $1 and state in ('ready', 'leased'))
       or exists (select 1 from report where peer = $1 and waits is not null)
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
  ['waiting', "outbox where state in ('ready', 'leased') and blocked is null"],
  ['parked', 'report where waits is not null'],
  ['dead', "outbox where state in ('held', 'dead')"],
] as const

/** What is undelivered, by peer; which of them are in no flow only Node-RED knows. */
export function* undeliveredByPeer(): Step<readonly Undelivered[]> {
  const at = yield* now()
  const tended = new Map<unknown, unknown>()
  for (const row of yield sql('select id, tended_at from peer'))
    tended.set(row['id'], row['tended_at'])
  const found = new Map<string, Omit<Undelivered, 'peer' | 'untendedMs'>>()
  for (const [part, source] of PARTS) {
    const rows = yield sql(
      `select peer, count(*) as documents, min(at) as oldest from ${source} group by peer`,
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

export interface PassOnDocuments extends Omit<PassOn, 'kind'> {
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

/** Numbers of what is undelivered: documents, and reports that no document says yet. */
const UNDELIVERED = `select id, lane, 1 as written from outbox where peer = $1 and state = 'ready'
  union all select id, lane, 1 from outbox where peer = $1 and state in ('held', 'dead')
  union all select id, lane, 0 from report where peer = $1 and waits is not null and outbox is null`

/**
 * Gives a batch of what is undelivered to a peer that is gone to another one, dead letters included, in the order in
 * which it was accepted. What an instance has on its way stays.
 */
export function* passOnDocuments(args: PassOnDocuments): Step<PassedOn> {
  const { actor, from, to, after } = args
  const at = yield* now()
  yield* endLeases({ actor, peer: from }, at)
  yield* endReturned(actor, from, at)
  const found = yield sql(
    `select id, lane from (${UNDELIVERED}) c where +id > $2 order by +id limit ${BATCH}`,
    from,
    after,
  )
  const last = found.length < BATCH ? undefined : found.at(-1)
  const decided = found.length > 0 ? yield* keepPassOn(args.decision, at) : {}
  let documents = 0
  let overtaken = 0
  for (const lane of new Set(found.map((row) => text(row, 'lane')))) {
    // Whatever the other peer is to be sent of this lane is committed before, or after.
    yield* lockExam(lane)
    // With the lock: one that was found may have ended since, and another one may say what it was to say.
    const rows = yield sql(
      `select id, written from (${UNDELIVERED}) c where lane = $2 and +id > $3 order by +id`,
      from,
      lane,
      after,
    )
    for (const row of rows) {
      const passOn = row['written'] === 1 ? passOnDocument : passOnReport
      const passed = yield* passOn(args, number(row, 'id'))
      if (passed) {
        const { id: outbox, alert } = passed
        yield* audit(actor, at, {
          kind: 'passedOn',
          outbox,
          alert,
          detail: { from, to, ...decided },
        })
        documents++
      } else overtaken++
    }
  }
  return { documents, overtaken, after: last ? number(last, 'id') : null }
}

/** The document of the same alert behind one that another peer may have seen. */
function* triedBehind({ id, alert, operation }: Document, peer: string): Step<number | undefined> {
  if (alert === null) return undefined
  const [later] = yield sql(
    `select id from outbox where alert = $1 and peer = $2 and operation = $3 and id > $4 and attempts > 0 limit 1`,
    alert,
    peer,
    operation,
    id,
  )
  return later && number(later, 'id')
}

type Passed = Pick<Document, 'id' | 'alert'> | null

/** With the reports that it says. @returns null when something later has been sent to the other peer already */
function* passOnDocument(args: PassOnDocuments, id: number): Step<Passed> {
  const { to } = args
  // An instance may be about to take it.
  const [one] = yield* lockDocuments("id = $1 and state in ('ready', 'held', 'dead')", id)
  if (!one || isOvertakenElsewhere(one, yield* triedBehind(one, to))) return null
  const reports = yield* reportsOf(id)
  for (const report of reports) yield* rewriteReport(moved(args, report))
  const last = reports.at(-1)
  const written = last && one.says && writeReport(moved(args, last).report, one.says)
  yield sql(
    `update outbox set peer = $2, due = ${AT_ONCE}, document = $3 where id = $1`,
    id,
    to,
    written ?? one.document,
  )
  return one
}

function* passOnReport(args: PassOnDocuments, id: number): Step<Passed> {
  const report = yield* unsaidReport(id)
  if (report) yield* rewriteReport(moved(args, report))
  return report
}

const moved = ({ to, application }: PassOnDocuments, one: StoredReport): StoredReport => ({
  ...one,
  peer: to,
  report: { ...one.report, application },
})

type GiveUpDocuments = Omit<GiveUp, 'node'> & { readonly peer: string }

/**
 * A person has decided that a batch of what is undelivered to a peer that is gone is not to be sent; the flows that
 * sent it are told. Returns how many; called again until it is none.
 */
export function* giveUpDocuments({ peer, ...decision }: GiveUpDocuments): Step<number> {
  const at = yield* now()
  yield* endLeases({ actor: decision.actor, peer }, at)
  yield* endReturned(decision.actor, peer, at)
  const rows = yield sql(`select id from (${UNDELIVERED}) c order by +id limit ${BATCH}`, peer)
  for (const row of rows) yield* cancel({ ...decision, id: number(row, 'id') })
  return rows.length
}

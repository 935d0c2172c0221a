import type { Telling } from '../../loop/index.js'
import type { Step } from '../engine/types.js'
import type { ParkedCode } from '../types.js'
import { audit, type Actor } from './audit.js'
import { endingChanges, endingOfWithdrawn, tellFlow } from './outcome.js'
import { sql } from './sql.js'
import {
  documentOf,
  documents,
  lockDocuments,
  markLeased,
  transitionOne,
  type Document,
} from './transition.js'

/** Why feedback is taken back: what it speaks of is void, or has been corrected. */
export type Withdrawn = Extract<ParkedCode, 'alertCancelled' | 'revised'>

/** A document with those that were merged into it. */
interface Group {
  readonly carrier: Document
  readonly telling: Telling
  readonly merged: readonly Document[]
  /** Whether any of them speaks of the alert that is taken back. */
  readonly isMeant: boolean
  /** Whom all of them speak of, without the alert that is taken back. */
  readonly others: readonly number[]
}

/**
 * An alert is no longer what feedback was told of: what speaks of it alone is ended, and its flow is told; what
 * speaks of others as well goes on for those. What no peer can have seen is parked for that, to be written anew.
 * @param all also what says its final words already and is not parked, and what needs a person: of another patient
 *   it may not be said any more, whoever sends it
 */
export function* withdraw(
  actor: Actor,
  pair: string,
  alert: number,
  code: Withdrawn,
  all: boolean,
  at: number,
): Step<void> {
  // None is taken to be delivered meanwhile. Each part has its own index.
  const found = yield* lockDocuments(
    `operation = 'SynCrisisResponseInfo' and id in (
       select id from outbox where lane = $1 and state in ('ready', 'parked')
       union all select id from outbox where lane = $1 and state in ('ready', 'leased')
       union all select id from outbox where lane = $1 and state in ('held', 'dead') and $3 = 1)
       and (telling is not null or alert = $2)`,
    pair,
    alert,
    all ? 1 : 0,
  )
  for (const one of found) {
    if (one.telling === null) {
      if (all) yield* stop(actor, one, code, at)
      continue
    }
    // A dead letter is sent again by people only.
    const isTried = one.attempts > 0 || one.endedAt !== null
    const group = yield* groupOf(one, one.telling, alert)
    const isFinal = group.telling.says !== null && (one.state !== 'parked' || isTried)
    if (!group.isMeant) continue
    if (isFinal && !all) continue
    if (isTried) yield* withdrawTried(actor, group, alert, code, at)
    else yield* withdrawUnseen(actor, group, alert, code, at)
  }
}

function* groupOf(carrier: Document, telling: Telling, alert: number): Step<Group> {
  const merged = yield* documents('merged_into = $1', carrier.id)
  const all = [carrier, ...merged].flatMap((one) => one.telling?.alerts ?? [])
  return {
    carrier,
    telling,
    merged,
    isMeant: all.includes(alert),
    others: [...new Set(all)].filter((id) => id !== alert),
  }
}

/** A peer may have seen it, so it goes on with its words as long as they are anybody's. */
function* withdrawTried(
  actor: Actor,
  { carrier, telling, others }: Group,
  alert: number,
  code: Withdrawn,
  at: number,
): Step<void> {
  if (others.length === 0) yield* stop(actor, carrier, code, at)
  else if (telling.alerts.includes(alert)) {
    yield* keepTelling(carrier, { ...telling, alerts: others })
  }
}

/** Each of the group is what it was before they were merged, and is ended or waits to be written anew. */
function* withdrawUnseen(
  actor: Actor,
  { carrier, merged }: Group,
  alert: number,
  code: Withdrawn,
  at: number,
): Step<void> {
  const separated: Document[] = []
  for (const { id } of merged) {
    const one = yield* transitionOne('separated', id, {
      merged_into: null,
      ended_at: null,
      parked: 'otherFinding',
    })
    if (one) separated.push(one)
  }
  for (const one of [carrier, ...separated]) {
    const { telling } = one
    const alerts = telling?.alerts.filter((id) => id !== alert) ?? []
    if (!telling || alerts.length === 0) {
      yield* end(actor, one, code, at)
      continue
    }
    yield* keepTelling(one, { ...telling, alerts, says: null })
    const isParked = yield* transitionOne('parked', one.id, { parked: 'otherFinding' })
    if (!isParked && one === carrier) continue
    yield* audit(actor, at, {
      kind: 'parked',
      outbox: one.id,
      alert: one.alert,
      detail: { parked: 'otherFinding' },
    })
  }
}

function* keepTelling({ id }: Document, telling: Telling): Step<void> {
  yield sql('update outbox set telling = $2 where id = $1', id, JSON.stringify(telling))
}

/** Ends it, or has it ended when the attempt that is being made is over. */
function* stop(actor: Actor, one: Document, code: Withdrawn, at: number): Step<void> {
  if (one.state === 'leased') yield* markLeased(one.id, code)
  else yield* end(actor, one, code, at)
}

/** Ends a document that is not to be sent; its flow is told unless it knows already. */
export function* end(actor: Actor, before: Document, code: Withdrawn, at: number): Step<void> {
  const ending = endingOfWithdrawn(code, before.operation)
  const changes = { ...endingChanges(ending, at), parked: null }
  const ended = yield* transitionOne('withdrawn', before.id, changes)
  if (!ended) return
  yield* audit(actor, at, {
    kind: 'cancelled',
    outbox: before.id,
    alert: before.alert,
    detail: { code: ending.code },
  })
  if (before.endedAt === null) yield* tellFlow(before, 'cancelled', ending, at)
}

/** Ends what was taken back while it was on the wire, and came back because its instance gave up or died. */
export function* endReturned(actor: Actor, peer: string, at: number): Step<void> {
  const rows = yield sql(
    `select * from outbox where parked in ('alertCancelled', 'revised') and peer = $1
       and id in (select id from outbox where state = 'parked') {skip}`,
    peer,
  )
  for (const one of rows.map(documentOf)) yield* end(actor, one, one.parked as Withdrawn, at)
}

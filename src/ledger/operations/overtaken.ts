import { isWithin } from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { OVERTAKEN } from './outcome.js'
import { sql } from './sql.js'
import { documents, transitionOne, type Document } from './transition.js'

const DEAD = "state in ('held', 'dead')"

/**
 * A document has come to its end. The dead letters before it that said the same, or what has been overtaken by it now
 * that it is delivered, need nobody any more. Their flows were told when they died.
 */
export function* closeOvertaken(
  actor: Actor,
  later: Document,
  isDelivered: boolean,
  at: number,
): Step<void> {
  for (const one of yield* deadBefore(later)) {
    const isSame = one.node === later.node && one.document === later.document
    const closes = isSame || (isDelivered && (yield* isOvertakenBy(one, later)))
    if (closes) yield* endOvertaken(actor, one, later.id, at)
  }
}

/** By index: those of the alert, or of the lane. */
function* deadBefore({ id, peer, operation, alert, lane }: Document): Step<readonly Document[]> {
  const before = `peer = $2 and operation = $3 and id < $4 and ${DEAD}`
  if (operation === 'SynCrisisResponseInfo') {
    return yield* documents(`lane = $1 and ${before}`, lane, peer, operation, id)
  }
  return alert === null
    ? []
    : yield* documents(`alert = $1 and ${before}`, alert, peer, operation, id)
}

function* isOvertakenBy(one: Document, later: Document): Step<boolean> {
  if (one.operation === 'SynCrisisResponseInfo') {
    const [said, says] = [one.says, later.says]
    return said !== null && says !== null && isWithin(said, says)
  }
  return !(yield* isCurrent(one)) || one.revision === later.revision
}

/** Carries the content that counts, so that nothing but the same can overtake it. */
function* isCurrent({ alert, revision }: Document): Step<boolean> {
  if (alert === null || revision === null) return false
  const [row] = yield sql('select revision from alert where id = $1', alert)
  return row?.['revision'] === revision
}

export function* endOvertaken(
  actor: Actor,
  { id, alert }: Document,
  by: number | null,
  at: number,
): Step<boolean> {
  const ended = yield* transitionOne('overtaken', id, {
    code: OVERTAKEN.code,
    reason_zh: OVERTAKEN.reasonZh,
    reason_en: OVERTAKEN.reasonEn,
  })
  if (ended) yield* audit(actor, at, { kind: 'overtaken', outbox: id, alert, detail: { by } })
  return ended !== undefined
}

/**
 * The later document that a dead letter must not be sent after: of the same critical value a later content, of an exam
 * any later feedback. Null when it may be sent again.
 */
export function* overtakenBy(one: Document): Step<number | null> {
  const later =
    one.operation === 'SynCrisisInfo'
      ? one.alert === null
        ? []
        : yield* documents(
            `alert = $1 and peer = $2 and operation = 'SynCrisisInfo' and id > $3
             and state in ('ready', 'leased', 'done')`,
            one.alert,
            one.peer,
            one.id,
          )
      : yield* documents(
          `lane = $1 and peer = $2 and operation = $4 and id > $3 and id in (
             select id from outbox where peer = $2 and lane = $1 and state in ('ready', 'leased')
             union all select id from outbox where lane = $1 and says is not null and state = 'done'
             union all select id from outbox where alert = $5 and state = 'done')`,
          one.lane,
          one.peer,
          one.id,
          one.operation,
          one.alert,
        )
  for (const other of later.toReversed()) {
    if (one.operation === 'SynCrisisResponseInfo') return other.id
    const isSame = one.revision !== null && one.revision === other.revision
    if (isSame || !(yield* isCurrent(one))) return other.id
  }
  return null
}

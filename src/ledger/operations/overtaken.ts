import {
  DEAD_STATES,
  isClosedBy,
  overtakerOf,
  STANDING_STATES,
  type Exam,
} from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { OVERTAKEN } from './outcome.js'
import { listed } from './sql.js'
import { documents, transitionOne, type Document } from './transition.js'

/**
 * A document has come to its end. The dead letters before it that need nobody any more are closed. Their flows were
 * told when they died.
 * @param exam that of the document, as far as a delivery changes it; null where it is not known
 */
export function* closeOvertaken(
  actor: Actor,
  exam: Exam | null,
  later: Document,
  isDelivered: boolean,
  at: number,
): Step<void> {
  for (const one of yield* deadBefore(later)) {
    if (isClosedBy(exam, one, later, isDelivered)) yield* endOvertaken(actor, one, later.id, at)
  }
}

/** By index: those of the alert, or of the lane. */
function* deadBefore({ id, peer, operation, alert, lane }: Document): Step<readonly Document[]> {
  const [column, value] = operation === 'SynCrisisInfo' ? ['alert', alert] : ['lane', lane]
  return yield* documents(
    `${column} = $1 and peer = $2 and operation = $3 and id < $4 and state in ${listed(DEAD_STATES)}`,
    value,
    peer,
    operation,
    id,
  )
}

export function* endOvertaken(
  actor: Actor,
  { id, alert }: Document,
  by: number,
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

/** The later document that a dead letter must not be sent after; null when it may be sent again. */
export function* overtakenBy(exam: Exam | null, one: Document): Step<number | null> {
  return overtakerOf(exam, one, yield* standingAfter(one))
}

/** By index as well. */
function* standingAfter(one: Document): Step<readonly Document[]> {
  const { id, peer, operation, alert, lane } = one
  if (operation === 'SynCrisisInfo') {
    return yield* documents(
      `alert = $1 and peer = $2 and operation = $3 and id > $4 and state in ${listed(STANDING_STATES)}`,
      alert,
      peer,
      operation,
      id,
    )
  }
  return yield* documents(
    `lane = $1 and peer = $2 and operation = $3 and id > $4 and id in (
       select id from outbox where peer = $2 and lane = $1 and state in ('ready', 'leased')
       union all select id from outbox where lane = $1 and says is not null and state = 'done'
       union all select id from outbox where alert = $5 and state = 'done')`,
    lane,
    peer,
    operation,
    id,
    alert,
  )
}

import type { CrisisFeedback } from '../../messages/index.js'
import type { Step } from '../../store/index.js'
import type { BlockedCode, ToDeliver } from '../types.js'
import { audit, type Actor } from './audit.js'
import { lockExam } from './exam/load.js'
import { insert, now } from './sql.js'

/** No time of day, so that no clock that is set back can put off what may go now. */
export const AT_ONCE = 0

export interface Enqueue {
  readonly actor: Actor
  readonly item: ToDeliver
  /** Why it is not to be sent yet. */
  readonly blocked?: BlockedCode | null
  /** The content of a feedback, with the true times. */
  readonly says?: CrisisFeedback
  /** The revision that the flow says it is. */
  readonly saidRevision?: number | undefined
  /** Seconds by which the times in the document are not those that were said. */
  readonly clockOffset?: number | undefined
  /** The dead letter that it is sent instead of. */
  readonly replayOf?: number | undefined
}

/** Puts a document into the outbox. Once this is committed it is owed, whatever happens to us. */
export function* enqueue(args: Enqueue): Step<number> {
  const { actor, item, blocked = null, says, saidRevision, clockOffset, replayOf } = args
  const at = yield* now()
  // Ids are handed out before the commit: within a lane they must be in the order of the commits.
  yield* lockExam(item.lane)
  const outbox = yield* insert(
    `insert into outbox (peer, operation, lane, document, alert, node, message, state, due, expires_at, at,
       revision, flags, says, blocked, named, replay_of)
     values ($1, $2, $3, $4, $5, $6, $7, 'ready', ${AT_ONCE}, $8, $9, $10, $11, $12, $13, $14, $15) returning id`,
    item.peer,
    item.operation,
    item.lane,
    item.document,
    item.alert,
    item.node,
    item.message,
    item.expiresAfterMs === null ? null : at + item.expiresAfterMs,
    at,
    item.revision ?? null,
    item.flags ? JSON.stringify(item.flags) : null,
    says ? JSON.stringify(says) : null,
    blocked,
    saidRevision ?? null,
    replayOf ?? null,
  )
  yield* audit(actor, at, {
    kind: blocked === null ? 'queued' : 'parked',
    alert: item.alert,
    outbox,
    detail: {
      operation: item.operation,
      ...(blocked !== null && { parked: blocked }),
      ...(clockOffset !== undefined && { clockOffset }),
    },
  })
  return outbox
}

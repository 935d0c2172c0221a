import type { Step } from '../engine/types.js'
import type { ToDeliver, WaitCode } from '../types.js'
import { enqueue } from './outbox.js'
import { takeOver } from './owed.js'
import {
  examOf,
  levelFor,
  saysNow,
  settle,
  whyParked,
  writeTelling,
  type Telling,
} from './parked.js'
import type { Sent } from './send.js'
import { now } from './sql.js'
import { levelOf, tell, type NotTold, type Tell } from './told.js'

export interface SendFeedback extends Pick<
  Telling,
  'application' | 'extra' | 'omitEmpty' | 'omitEmptyProcess' | 'perAlert' | 'combinedOnly'
> {
  readonly tell: Tell
  readonly item: Omit<ToDeliver, 'alert' | 'document' | 'revision' | 'flags'>
  /** The message that the flow was given and that is hereby taken over from it. */
  readonly owed?: number | undefined
}

export interface SentFeedback extends Sent {
  /** Why it was not noted, and nothing will be sent. */
  readonly refused: NotTold | null
  /** What it waits for before it goes out. */
  readonly parked: WaitCode | null
}

/**
 * A feedback that a flow hands over: noted as told, and owed to the PACS; at once, or when it no longer has to
 * wait. What waits and was never tried goes out with the next message, as one.
 */
export function* sendFeedback(args: SendFeedback): Step<SentFeedback> {
  const { tell: told, item, owed, ...options } = args
  yield* takeOver(owed)
  const { actor, system, pair, feedback, stage } = told
  const { refused, alert, alerts, before, flags } = yield* tell(told)
  if (refused) return { outbox: null, alert, refused, parked: null }
  const exam = yield* examOf(system, pair)
  const telling: Telling = { ...options, feedback, stage, alerts, says: null }
  const parked = whyParked(exam, telling)
  const says = saysNow(exam, telling)
  const at = yield* now()
  const outbox = yield* enqueue({
    actor,
    item: { ...item, alert, document: writeTelling(telling, says), flags },
    parked,
    telling: JSON.stringify({ ...telling, says: parked ? null : says } satisfies Telling),
  })
  const gone = yield* settle(actor, exam, at, parked ? null : outbox)
  const level = levelFor(exam, telling)
  const isStep = parked === 'otherFinding' && level > before && level < levelOf(stage)
  if (isStep && !gone.includes(item.peer) && !telling.combinedOnly) {
    // The exam has come a step further, of which no message of a flow speaks alone.
    const step: Telling = { ...telling, stage: 'received', says }
    yield* enqueue({
      actor,
      item: { ...item, node: '', message: '{}', alert, document: writeTelling(step, says) },
      telling: JSON.stringify(step),
    })
  }
  return { outbox, alert, refused: null, parked }
}

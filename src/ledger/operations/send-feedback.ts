import { isDeepStrictEqual } from 'node:util'
import {
  levelFor,
  levelOf,
  saysNow,
  tellsReception,
  waitsFor,
  writeReport,
  type Telling,
  type WaitCode,
} from '../../loop/index.js'
import type { Step } from '../engine/types.js'
import type { ToDeliver } from '../types.js'
import { audit } from './audit.js'
import { lockExam } from './exam/load.js'
import { enqueue } from './outbox.js'
import { takeOver } from './owed.js'
import { examOf, settle } from './parked.js'
import type { Sent } from './send.js'
import { now } from './sql.js'
import { tell, type NotTold, type Tell } from './told.js'
import { documents } from './transition.js'

export interface SendFeedback extends Pick<
  Telling,
  | 'application'
  | 'extra'
  | 'omitEmpty'
  | 'omitEmptyProcess'
  | 'perAlert'
  | 'combinedOnly'
  | 'clockOffset'
> {
  readonly tell: Tell
  readonly item: Omit<ToDeliver, 'alert' | 'document' | 'revision' | 'flags'>
  /** The flow was given it again, because it may not have had it; it may have been put into the outbox then. */
  readonly again: boolean
  /** The message that the flow was given and that is hereby taken over from it. */
  readonly owed?: number | undefined
}

export interface SentFeedback extends Sent {
  /** Why it was not noted, and nothing will be sent. */
  readonly refused: NotTold | null
  /** What it waits for before it goes out. */
  readonly parked: WaitCode | null
  /** It was put into the outbox before, which `outbox` names. */
  readonly known: boolean
}

/**
 * A feedback that a flow hands over: noted as told, and owed to the PACS; at once, or when it no longer has to
 * wait. What waits and was never tried goes out with the next message, as one.
 */
export function* sendFeedback(args: SendFeedback): Step<SentFeedback> {
  const { tell: told, item, owed, again, ...options } = args
  yield* takeOver(owed)
  const { actor, system, pair, feedback, stage, key, revision } = told
  const about = { key, ...(revision !== undefined && { revision }) }
  const sent = again ? yield* findSent(args, { feedback, about, extra: options.extra }) : null
  if (sent) return sent
  const { refused, alert, alerts, before, flags } = yield* tell(told)
  if (refused) return { outbox: null, alert, refused, parked: null, known: false }
  const exam = yield* examOf(system, pair)
  const telling: Telling = { ...options, feedback, stage, about, alerts, says: null }
  const parked = waitsFor(exam, telling)
  const says = saysNow(exam, telling)
  const at = yield* now()
  const offset = options.clockOffset
  const outbox = yield* enqueue({
    actor,
    item: {
      ...item,
      alert,
      document: writeReport(telling, says),
      flags: offset ? [...flags, 'clockOffset'] : flags,
    },
    parked,
    telling: { ...telling, says: parked ? null : says },
    clockOffset: offset?.seconds,
  })
  const gone = yield* settle(actor, exam, at, parked ? null : outbox)
  const level = levelFor(exam, telling)
  const isStep = parked === 'otherFinding' && level > before && level < levelOf(stage)
  const isTold = gone.includes(item.peer) || telling.combinedOnly || !tellsReception(says)
  if (isStep && !isTold) {
    // The exam has come a step further, of which no message of a flow speaks alone.
    const step: Telling = { ...telling, stage: 'received', says }
    yield* enqueue({
      actor,
      item: { ...item, node: '', message: '{}', alert, document: writeReport(step, says) },
      telling: step,
      clockOffset: offset?.seconds,
    })
  }
  return { outbox, alert, refused: null, parked, known: false }
}

/**
 * The same feedback of the same node, unless it has ended with a person. It is not noted again either: a finding that
 * has come to the exam since is not what it was about.
 */
function* findSent(
  { tell: { actor, system, pair }, item }: SendFeedback,
  said: Pick<Telling, 'feedback' | 'about' | 'extra'>,
): Step<SentFeedback | null> {
  // Whoever puts it there for the first time may be about to commit.
  yield* lockExam(system, pair)
  const before = yield* documents(
    `lane = $1 and telling is not null and peer = $2 and node = $3
       and coalesce((select c.state from outbox c where c.id = outbox.merged_into), state)
         in ('ready', 'leased', 'done', 'parked')`,
    pair,
    item.peer,
    item.node,
  )
  const wanted: unknown = JSON.parse(JSON.stringify(said))
  const same = before.find(({ telling }) => {
    const { feedback, about, extra } = telling!
    return isDeepStrictEqual({ feedback, about, extra }, wanted)
  })
  if (!same) return null
  const { id: outbox, alert } = same
  yield* audit(actor, yield* now(), { kind: 'sentBefore', alert, outbox })
  return { outbox, alert, refused: null, parked: null, known: true }
}

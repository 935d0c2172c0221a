import { isDeepStrictEqual } from 'node:util'
import type { Step } from '../engine/types.js'
import type { ToDeliver, WaitCode } from '../types.js'
import { audit } from './audit.js'
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
import { now, number, sql, text } from './sql.js'
import { levelOf, tell, type NotTold, type Tell } from './told.js'

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
  const parked = whyParked(exam, telling)
  const says = saysNow(exam, telling)
  const at = yield* now()
  const offset = options.clockOffset
  const outbox = yield* enqueue({
    actor,
    item: {
      ...item,
      alert,
      document: writeTelling(telling, says),
      flags: offset ? [...flags, 'clockOffset'] : flags,
    },
    parked,
    telling: JSON.stringify({ ...telling, says: parked ? null : says } satisfies Telling),
    clockOffset: offset?.seconds,
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
      clockOffset: offset?.seconds,
    })
  }
  return { outbox, alert, refused: null, parked, known: false }
}

/**
 * The same feedback of the same node, unless it has ended with a person. It is not noted again either: what has
 * come to the exam since is not what it spoke of.
 */
function* findSent(
  { tell: { actor, system, pair }, item }: SendFeedback,
  said: Pick<Telling, 'feedback' | 'about' | 'extra'>,
): Step<SentFeedback | null> {
  // Whoever puts it there for the first time may be about to commit.
  yield sql('{lock:$1}', `${system}/${pair}`)
  const rows = yield sql(
    `select o.id, o.alert, o.telling from outbox o left join outbox c on c.id = o.merged_into
     where o.lane = $1 and o.telling is not null and o.peer = $2 and o.node = $3
       and coalesce(c.state, o.state) in ('ready', 'leased', 'done', 'parked') order by o.id`,
    pair,
    item.peer,
    item.node,
  )
  const wanted: unknown = JSON.parse(JSON.stringify(said))
  const row = rows.find((one) => {
    const { feedback, about, extra } = JSON.parse(text(one, 'telling')) as Telling
    return isDeepStrictEqual({ feedback, about, extra }, wanted)
  })
  if (!row) return null
  const [outbox, alert] = [number(row, 'id'), row['alert'] as number | null]
  yield* audit(actor, yield* now(), { kind: 'sentBefore', alert, outbox })
  return { outbox, alert, refused: null, parked: null, known: true }
}

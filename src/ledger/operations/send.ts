import { writeFeedbackDocument, type XmlElement } from '../../messages/index.js'
import type { Step } from '../engine/types.js'
import type { CrisisToStore, Origin, ToDeliver } from '../types.js'
import type { Actor } from './audit.js'
import { storeCrises } from './crisis.js'
import { enqueue } from './outbox.js'
import { takeOver } from './owed.js'
import { number, sql } from './sql.js'
import { tell, type Tell, type Told } from './told.js'

export interface SendCrisis {
  readonly actor: Actor
  readonly origin: Origin
  readonly crisis: CrisisToStore
  readonly item: Omit<ToDeliver, 'alert'>
  /** The flow was given it again, because it may not have had it; it may have been put into the outbox then. */
  readonly again: boolean
  /** The message that the flow was given and that is hereby taken over from it. */
  readonly owed?: number | undefined
}

export interface Sent {
  /** The outbox's number for it; null when nothing was put there. */
  readonly outbox: number | null
  readonly alert: number | null
}

/**
 * A critical value that a flow hands over: known as an alert, and owed to the peer, in one transaction. One
 * that came in by a service of ours is known already; passing it on is no re-send.
 */
export function* sendCrisis(args: SendCrisis): Step<Sent> {
  const { system } = args.origin
  yield* takeOver(args.owed)
  const [known] = yield sql(
    `select k.alert from alert_key k join revision r on r.alert = k.alert
     where k.system = $1 and k.key = $2 and r.content = $3`,
    system,
    args.crisis.key,
    args.crisis.content,
  )
  const alert = known ? number(known, 'alert') : yield* storeOwn(args)
  const before = args.again && alert !== null ? yield* findSent(args.item, alert) : null
  const outbox = before ?? (yield* enqueue({ actor: args.actor, item: { ...args.item, alert } }))
  return { outbox, alert }
}

/** The same document to the same peer, unless it has ended with a person: sent twice it would overtake its correction. */
function* findSent(item: SendCrisis['item'], alert: number): Step<number | null> {
  const [row] = yield sql(
    `select id from outbox where alert = $1 and peer = $2 and node = $3 and document = $4
       and state in ('ready', 'leased', 'done') limit 1`,
    alert,
    item.peer,
    item.node,
    item.document,
  )
  return row ? number(row, 'id') : null
}

function* storeOwn(args: SendCrisis): Step<number | null> {
  const [stored] = yield* storeCrises({
    actor: args.actor,
    origin: args.origin,
    crises: [args.crisis],
    emitResends: false,
    target: '',
  })
  return stored?.alert ?? null
}

export interface SendFeedback {
  readonly tell: Tell
  readonly item: Omit<ToDeliver, 'alert' | 'document'>
  readonly application: string
  readonly extra: readonly XmlElement[]
  readonly omitEmpty: boolean
  /** As for a critical value. */
  readonly owed?: number | undefined
}

export interface SentFeedback extends Sent, Pick<Told, 'because'> {}

/**
 * A feedback that a flow hands over: noted as told, and owed to the PACS unless it has to wait for another
 * finding. The licence is a secret and is put in only when the document is sent.
 */
export function* sendFeedback(args: SendFeedback): Step<SentFeedback> {
  yield* takeOver(args.owed)
  const { feedback, because, alert } = yield* tell(args.tell)
  if (!feedback) return { outbox: null, alert, because }
  const document = writeFeedbackDocument({ Application: args.application, License: '' }, feedback, {
    omitEmpty: args.omitEmpty,
    extra: args.extra,
  })
  const outbox = yield* enqueue({ actor: args.tell.actor, item: { ...args.item, alert, document } })
  return { outbox, alert, because }
}

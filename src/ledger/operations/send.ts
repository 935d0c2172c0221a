import {
  alertFor,
  contentHandedOver,
  isCancelled,
  sentBefore,
  STANDING_STATES,
  type SentContent,
} from '../../loop/index.js'
import type { Crisis } from '../../messages/index.js'
import type { Row, Step } from '../../store/index.js'
import type { CrisisToStore, Origin, StoredCrisis, ToDeliver } from '../types.js'
import { audit, type Actor } from './audit.js'
import { storeCrisis } from './crisis.js'
import { loadExam, type LoadedExam } from './exam/load.js'
import { enqueue } from './outbox.js'
import { takeOver, type TakenOver } from './handouts.js'
import { keepRaw } from './records.js'
import { listed, now, number, sql, text } from './sql.js'

/** A document that a flow hands over. */
export interface HandedOver extends TakenOver {
  /** The flow was given it again, because it may not have had it; it may have been put into the outbox then. */
  readonly redelivered: boolean
}

export interface SendCrisis extends HandedOver {
  readonly actor: Actor
  readonly origin: Origin
  readonly crisis: CrisisToStore
  /** The revision that the flow says it is, as it came in; absent = the flow does not know. */
  readonly revision?: number | undefined
  readonly item: Omit<ToDeliver, 'alert' | 'revision' | 'flags'>
}

export interface Sent {
  /** The outbox's number for it; null when nothing was put there. */
  readonly outbox: number | null
  readonly alert: number | null
  /** It was put into the outbox before, which `outbox` names. */
  readonly known: boolean
}

export interface SentCrisis extends Sent {
  /** `known`: it came in by a service of ours, or was sent before; passing it on is no re-send. */
  readonly kind: StoredCrisis['kind'] | 'known'
  readonly revision: number
  readonly wrongPatient: boolean
  /** It has been corrected since. It is sent all the same, and somebody should know. */
  readonly earlier: boolean
  /**
   * Why it is not sent.
   * - `cancelled`: people have cancelled the alert
   * - `overtaken`: it was handed out again, and a correction of it has gone to the peer meanwhile
   */
  readonly refused: 'cancelled' | 'overtaken' | null
}

/**
 * A critical value that a flow hands over: known as an alert, and owed to the peer, in one transaction.
 */
export function* sendCrisis(given: SendCrisis): Step<SentCrisis> {
  const { actor, item } = given
  const isFirst = yield* takeOver(given)
  // Another instance may have sent it, because this one stood still for longer than its lease.
  const args = { ...given, redelivered: given.redelivered || !isFirst }
  const exam = yield* loadExam({ system: args.origin.system, examKey: args.crisis.examKey })
  const found = knownOf(exam, args)
  if (found?.refused) return { ...found, outbox: null }
  const again = args.redelivered ? yield* endAgain(exam, args, found?.revision ?? null) : null
  if (again) return again
  const known = found ?? (yield* storeOwn(exam, args))
  const { alert, revision, kind } = known
  const flags = [
    ...(kind === 'revision' || kind === 'outOfOrder' ? [kind] : []),
    ...(known.wrongPatient ? ['possibleWrongPatient'] : []),
  ]
  const document = { ...item, alert, revision, ...(flags.length > 0 && { flags }) }
  return {
    ...known,
    outbox: yield* enqueue({ actor, item: document, saidRevision: args.revision }),
  }
}

type Known = Omit<SentCrisis, 'outbox'> & { readonly alert: number }

/**
 * Whatever was handed out again is not put into the outbox once more because of what stands there.
 * @param n the revision that has its content; null when none has
 */
function* endAgain(
  exam: LoadedExam,
  { actor, crisis, item, revision }: SendCrisis,
  n: number | null,
): Step<SentCrisis | null> {
  const alert = alertFor(exam.alerts, crisis)
  if (!alert) return null
  const again = {
    crisis: crisis.crisis,
    document: item.document,
    saidRevision: revision,
    revision: n,
  }
  const before = sentBefore(alert, again, yield* sentContents(alert.id, item))
  if (!before) return null
  const { outbox, isSame } = before
  const kind = isSame ? 'sentBefore' : 'overtaken'
  yield* audit(actor, yield* now(), { kind, alert: alert.id, outbox })
  return {
    kind: 'known',
    alert: alert.id,
    revision: n ?? revision ?? 0,
    wrongPatient: false,
    earlier: false,
    refused: isSame ? null : 'overtaken',
    known: isSame,
    outbox: isSame ? outbox : null,
  }
}

/** The documents of an alert that its node has put into the outbox for a peer, and that stand. */
function* sentContents(
  alert: number,
  { peer, node }: SendCrisis['item'],
): Step<readonly SentContent[]> {
  const rows = yield sql(
    `select o.id, o.document, o.named, o.revision, r.document as content
     from outbox o left join revision r on r.alert = o.alert and r.n = o.revision
     where o.alert = $1 and o.peer = $2 and o.node = $3 and o.operation = 'SynCrisisInfo'
       and o.state in ${listed(STANDING_STATES)}
     order by o.id`,
    alert,
    peer,
    node,
  )
  return rows.map(sentContentOf)
}

const sentContentOf = (row: Row): SentContent => ({
  id: number(row, 'id'),
  document: text(row, 'document'),
  saidRevision: row['named'] as number | null,
  revision: row['revision'] as number | null,
  crisis: row['content'] === null ? null : (JSON.parse(text(row, 'content')) as Crisis),
})

/** The critical value as it is known already. */
function knownOf(exam: LoadedExam, { crisis, revision, redelivered }: SendCrisis): Known | null {
  const found = contentHandedOver(exam.alerts, crisis, revision)
  if (!found) return null
  const { alert } = found
  return {
    alert: alert.id,
    kind: 'known',
    revision: found.revision,
    wrongPatient: false,
    // It is we who hand it out again, and nobody has withdrawn a correction.
    earlier: !redelivered && found.revision !== alert.revision,
    refused: isCancelled(alert) ? 'cancelled' : null,
    known: false,
  }
}

function* storeOwn(exam: LoadedExam, { actor, origin, crisis }: SendCrisis): Step<Known> {
  const at = yield* now()
  const raw = yield* keepRaw(origin, 'SynCrisisInfo', at)
  const stored = yield* storeCrisis({ actor, target: '' }, exam, crisis, { raw, at })
  const { alert, kind, revision, wrongPatient, earlier } = stored
  return { alert, kind, revision, wrongPatient, earlier, refused: null, known: false }
}

import { contentHandedOver, isCancelled, type Exam } from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import type { CrisisToStore, Origin, StoredCrisis, ToDeliver } from '../types.js'
import { audit, type Actor } from './audit.js'
import { storeCrisis } from './crisis.js'
import { loadExam } from './exam/load.js'
import { enqueue } from './outbox.js'
import { takeOver } from './handouts.js'
import { keepRaw } from './records.js'
import { findBefore, type Before } from './send-again.js'
import { now } from './sql.js'

export interface SendCrisis {
  readonly actor: Actor
  readonly origin: Origin
  readonly crisis: CrisisToStore
  /** The revision that the flow says it is, as it came in; absent = the flow does not know. */
  readonly revision?: number | undefined
  readonly item: Omit<ToDeliver, 'alert' | 'revision' | 'flags'>
  /** The flow was given it again, because it may not have had it; it may have been put into the outbox then. */
  readonly redelivered: boolean
  /** The message that the flow was given and that is hereby taken over from it. */
  readonly owed?: number | undefined
}

export interface Sent {
  /** The outbox's number for it; null when nothing was put there. */
  readonly outbox: number | null
  readonly alert: number | null
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
  /** It was put into the outbox before, which `outbox` names. */
  readonly known: boolean
}

/**
 * A critical value that a flow hands over: known as an alert, and owed to the peer, in one transaction.
 */
export function* sendCrisis(args: SendCrisis): Step<SentCrisis> {
  const { actor, item } = args
  yield* takeOver(args.owed)
  const exam = yield* loadExam({ system: args.origin.system, examKey: args.crisis.examKey })
  const found = knownOf(exam, args)
  if (found?.refused) return { ...found, outbox: null }
  const n = found?.revision ?? null
  const before = args.redelivered ? yield* findBefore(exam, args, n) : null
  if (before) return yield* endAgain(args, before, n)
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

/** What was handed out again and is not put into the outbox, because of what stands there. */
function* endAgain(
  { actor, revision = 0 }: SendCrisis,
  before: Before,
  n: number | null,
): Step<SentCrisis> {
  const { outbox, alert, isSame } = before
  yield* audit(actor, yield* now(), { kind: isSame ? 'sentBefore' : 'overtaken', alert, outbox })
  return {
    kind: 'known',
    alert,
    revision: n ?? revision,
    wrongPatient: false,
    earlier: false,
    refused: isSame ? null : 'overtaken',
    known: isSame,
    outbox: isSame ? outbox : null,
  }
}

/** The critical value as it is known already. */
function knownOf(exam: Exam, { crisis, revision, redelivered }: SendCrisis): Known | null {
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

function* storeOwn(exam: Exam, { actor, origin, crisis }: SendCrisis): Step<Known> {
  const at = yield* now()
  const raw = yield* keepRaw(origin, 'SynCrisisInfo', at)
  const args = { actor, emitResends: false, target: '' }
  const stored = yield* storeCrisis(args, exam, crisis, { raw, at })
  const { alert, kind, revision, wrongPatient, earlier } = stored
  return { alert, kind, revision, wrongPatient, earlier, refused: null, known: false }
}

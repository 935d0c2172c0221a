import {
  saidBefore,
  tell,
  waitsFor,
  type FlowFeedback,
  type NotTold,
  type Report,
  type WaitCode,
} from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import type { ToDeliver } from '../types.js'
import { audit, type Actor } from './audit.js'
import { loadExam, lockExam, type ExamKey } from './exam/load.js'
import { saveExam } from './exam/save.js'
import { takeOver } from './handouts.js'
import { insertReport, loadReports, type NewReport } from './reports.js'
import type { HandedOver, Sent } from './send.js'
import { sayUnasked, sayNow } from './say.js'
import { now } from './sql.js'

type Options = Omit<Report, 'feedback' | 'stage' | 'about' | 'alerts' | 'corrected' | 'isRetold'>

export interface SendFeedback extends Options, HandedOver {
  readonly tell: FlowFeedback & ExamKey & { readonly actor: Actor }
  readonly item: Omit<ToDeliver, 'alert' | 'document' | 'revision' | 'flags'>
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
  const { tell: told, item, owed, isOneOfMore, redelivered, ...options } = args
  const isFirst = yield* takeOver({ owed, isOneOfMore })
  const { actor, feedback, stage, key, revision } = told
  const about = { key, ...(revision !== undefined && { revision }) }
  // Another instance may have sent it, because this one stood still for longer than its lease.
  const mayBeSent = redelivered || !isFirst
  const sent = mayBeSent ? yield* findSent(args, { feedback, about, extra: options.extra }) : null
  if (sent) return sent
  const at = yield* now()
  const before = yield* loadExam(told)
  const { exam: after, refused, alert, alerts, applied, flags } = tell(before, told, at)
  const exam = yield* saveExam(before, after, { at })
  for (const one of applied) yield* audit(actor, at, { kind: `told:${stage}`, alert: one })
  if (refused) return { outbox: null, alert, refused, parked: null, known: false }
  const report: Report = { ...options, feedback, stage, about, alerts }
  const { peer, node, message, lane, expiresAfterMs } = item
  const own: NewReport = {
    peer,
    lane,
    alert,
    node,
    message,
    expiresAfterMs,
    report,
    flags: JSON.stringify(options.clockOffset ? [...flags, 'clockOffset'] : flags),
  }
  const id = yield* insertReport(own, at)
  const { documents } = yield* sayNow(actor, exam, at)
  const parked = waitsFor(exam, report)
  // The exam may have come a step further, of which no message of a flow speaks alone.
  if (parked === 'otherFinding') yield* sayUnasked(actor, exam, at)
  return { outbox: documents.get(id) ?? id, alert, refused: null, parked, known: false }
}

/** The same feedback of the same node, which is neither noted nor said again. */
function* findSent(
  { tell: told, item }: SendFeedback,
  said: Pick<Report, 'feedback' | 'about' | 'extra'>,
): Step<SentFeedback | null> {
  // Whoever puts it there for the first time may be about to commit.
  yield* lockExam(told.examKey)
  const { reports, documents } = yield* loadReports(item.lane)
  const own = reports.filter(({ peer, node }) => peer === item.peer && node === item.node)
  const same = saidBefore(own, documents, said)
  if (!same) return null
  const { alert } = same
  const outbox = same.outbox ?? same.id
  yield* audit(told.actor, yield* now(), { kind: 'sentBefore', alert, outbox })
  return { outbox, alert, refused: null, parked: null, known: true }
}

import type { DocumentState, WithdrawnCode } from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import type { AttemptRecord } from '../types.js'
import { owe } from './handouts.js'
import { noteEnded, reportsOf, type StoredReport } from './reports.js'
import type { Changes, Document } from './transition.js'

/** How a document ended, or what its last attempt came to. */
export type Ending = Pick<AttemptRecord, 'class' | 'code' | 'reasonZh' | 'reasonEn' | 'reply'>

export const EXPIRED = 'EXPIRED'

/** The ending of a document that its peer was not asked about. */
const notSent = (code: string, reasonZh: string, reasonEn: string): Ending => ({
  class: 'rejected',
  code,
  reasonZh,
  reasonEn,
  reply: null,
})

export const CANCELLED = notSent(
  'CANCELLED',
  '已由人工取消，不再发送',
  'Cancelled by a person; it is not sent any more',
)

const ALERT_CANCELLED = notSent(
  'ALERT_CANCELLED',
  '该危急值已由人工作废，不再发送；如对方可能已收到，请电话告知',
  'People have cancelled this critical value; it is not sent any more. Telephone the other side if it may have it',
)

const FEEDBACK_CANCELLED = notSent(
  'FEEDBACK_CANCELLED',
  '该反馈所针对的危急值已由人工作废，反馈不再发送',
  'People have cancelled the critical value that this feedback speaks of, so it is not sent',
)

/** A feedback that was told and still waits speaks of a content that nobody has acknowledged. */
const FEEDBACK_REVISED = notSent(
  'FEEDBACK_REVISED',
  '反馈等待期间危急值已被更正，不再发送：请按更正后的内容重新确认',
  'The critical value was corrected while its feedback waited, which is not sent: acknowledge the correction',
)

/** A later document of the same alert or exam is with the peer already, or on its way to it. */
export const OVERTAKEN = notSent(
  'OVERTAKEN',
  '同一危急值或检查之后的文档已发送，本文档不再发送',
  'A later document of the same critical value or exam was sent, so this one is not sent any more',
)

/** What becomes of a document that is taken back. */
export function endingOfWithdrawn(code: WithdrawnCode, operation: string): Ending {
  if (code === 'revised') return FEEDBACK_REVISED
  return operation === 'SynCrisisInfo' ? ALERT_CANCELLED : FEEDBACK_CANCELLED
}

/** Too old to be sent by itself; says what the last attempt came to. */
export const expiry = (last: Ending): Ending => ({
  ...last,
  code: EXPIRED,
  reasonZh: `在有效期内未能送达，需人工处理。最后一次：${last.reasonZh}`,
  reasonEn: `Not delivered in time; a person must decide. The last attempt: ${last.reasonEn}`,
})

/** What of a document changes with its end, or with what its last attempt came to. */
export const endingChanges = (end: Ending, endedAt: number | null): Changes => ({
  lease: null,
  lease_until: null,
  class: end.class,
  code: end.code,
  reason_zh: end.reasonZh,
  reason_en: end.reasonEn,
  ended_at: endedAt,
})

/** A document as far as the outcome of a message tells of it. */
type Carrier = Pick<Document, 'attempts'> & { readonly outbox: number }

/** Owes the outcome to the node that sent the document, and of each report that it says to the node of that. */
export function* tellFlow(
  document: Document,
  state: DocumentState,
  ending: Ending,
  at: number,
): Step<void> {
  const { id: outbox, attempts } = document
  yield* tellNode(document, { outbox, attempts }, state, ending, at)
  if (document.operation !== 'SynCrisisResponseInfo') return
  for (const report of yield* reportsOf(outbox)) {
    if (!report.isOver) yield* endReport(report, { outbox, attempts }, state, ending, at)
  }
}

/** Ends the report of a flow. */
export function* endReport(
  report: StoredReport,
  carrier: Carrier,
  state: DocumentState,
  ending: Ending,
  at: number,
): Step<void> {
  yield* noteEnded(report, at)
  yield* tellNode({ ...report, revision: null }, carrier, state, ending, at)
}

type Told = Pick<Document, 'node' | 'message' | 'alert' | 'revision' | 'flags' | 'at'>

function* tellNode(
  { node, message, alert, revision, flags, at: acceptedAt }: Told,
  { outbox, attempts }: Carrier,
  state: DocumentState,
  ending: Ending,
  at: number,
): Step<void> {
  if (node === '') return
  yield* owe({
    kind: 'outcome',
    target: node,
    alert,
    at,
    content: {
      outbox,
      message: JSON.parse(message) as unknown,
      revision,
      flags: JSON.parse(flags ?? '[]') as unknown,
      state,
      class: ending.class,
      code: ending.code,
      reasonZh: ending.reasonZh,
      reasonEn: ending.reasonEn,
      reply: ending.reply,
      attempts,
      acceptedAt,
      endedAt: at,
    },
  })
}

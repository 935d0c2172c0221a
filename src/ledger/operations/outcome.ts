import type { DocumentState } from '../../loop/index.js'
import type { Step } from '../engine/types.js'
import type { AttemptRecord } from '../types.js'
import { owe } from './owed.js'
import { sql } from './sql.js'
import { documents, type Changes, type Document } from './transition.js'

/** How a document ended, or what its last attempt came to. */
export type Ending = Pick<AttemptRecord, 'class' | 'code' | 'reasonZh' | 'reasonEn' | 'reply'>

export const EXPIRED = 'EXPIRED'

const ALERT_CANCELLED: Ending = {
  class: 'rejected',
  code: 'ALERT_CANCELLED',
  reasonZh: '该危急值已由人工作废，不再发送；如对方可能已收到，请电话告知',
  reasonEn:
    'People have cancelled this critical value; it is not sent any more. Telephone the other side if it may have it',
  reply: null,
}

const FEEDBACK_CANCELLED: Ending = {
  class: 'rejected',
  code: 'FEEDBACK_CANCELLED',
  reasonZh: '该反馈所针对的危急值已由人工作废，反馈不再发送',
  reasonEn:
    'People have cancelled the critical value that this feedback speaks of, so it is not sent',
  reply: null,
}

/** What was told and still waits speaks of a content that nobody has acknowledged. */
const FEEDBACK_REVISED: Ending = {
  class: 'rejected',
  code: 'FEEDBACK_REVISED',
  reasonZh: '反馈等待期间危急值已被更正，不再发送：请按更正后的内容重新确认',
  reasonEn:
    'The critical value was corrected while its feedback waited, which is not sent: acknowledge the correction',
  reply: null,
}

/** A later document of the same alert or exam is with the peer already, or on its way to it. */
export const OVERTAKEN: Ending = {
  class: 'rejected',
  code: 'OVERTAKEN',
  reasonZh: '同一危急值或检查之后的文档已发送，本文档不再发送',
  reasonEn:
    'A later document of the same critical value or exam was sent, so this one is not sent any more',
  reply: null,
}

/** What becomes of a document that is taken back. */
export function endingOfWithdrawn(code: 'alertCancelled' | 'revised', operation: string): Ending {
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

/** Says how a document has ended, where that depends on the document itself. */
export function* setEnding(outbox: number, end: Ending, at: number): Step<void> {
  yield sql(
    `update outbox set class = $2, code = $3, reason_zh = $4, reason_en = $5, ended_at = $6 where id = $1`,
    outbox,
    end.class,
    end.code,
    end.reasonZh,
    end.reasonEn,
    at,
  )
}

/** Owes the outcome to the node that sent the document, and of each message that was merged into it to its own. */
export function* tellFlow(
  carrier: Document,
  state: DocumentState,
  end: Ending,
  at: number,
): Step<void> {
  const merged = yield* documents('merged_into = $1', carrier.id)
  for (const one of [carrier, ...merged]) yield* tellNode(carrier, one, state, end, at)
}

/** @param one the document whose message it is; `carrier` is the one that went out */
function* tellNode(
  carrier: Document,
  one: Document,
  state: DocumentState,
  end: Ending,
  at: number,
): Step<void> {
  if (one.node === '') return
  yield* owe({
    kind: 'outcome',
    target: one.node,
    alert: one.alert,
    at,
    content: {
      outbox: carrier.id,
      message: JSON.parse(one.message) as unknown,
      revision: one.revision,
      flags: JSON.parse(one.flags ?? '[]') as unknown,
      state,
      class: end.class,
      code: end.code,
      reasonZh: end.reasonZh,
      reasonEn: end.reasonEn,
      reply: end.reply,
      attempts: carrier.attempts,
      acceptedAt: one.at,
      endedAt: at,
    },
  })
}

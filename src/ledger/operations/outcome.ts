import type { Row, Step } from '../engine/types.js'
import type { AttemptRecord, DeliveryState } from '../types.js'
import { owe } from './owed.js'
import { number, sql, text } from './sql.js'

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

export function* setState(
  row: Row,
  state: DeliveryState,
  due: number,
  end: Ending,
  at: number,
): Step<void> {
  yield sql(
    `update outbox set state = $2, due = $3, lease = null, lease_until = null, class = $4, code = $5,
       reason_zh = $6, reason_en = $7, ended_at = $8${state === 'parked' ? '' : ', parked = null'}
     where id = $1`,
    number(row, 'id'),
    state,
    due,
    end.class,
    end.code,
    end.reasonZh,
    end.reasonEn,
    state === 'ready' || state === 'parked' ? null : at,
  )
}

/** Owes the outcome to the node that sent the document, and of each message that was merged into it to its own. */
export function* tellFlow(row: Row, state: DeliveryState, end: Ending, at: number): Step<void> {
  const merged = yield sql(
    'select * from outbox where merged_into = $1 order by id',
    number(row, 'id'),
  )
  for (const one of [row, ...merged]) yield* tellNode(row, one, state, end, at)
}

/** @param one the document whose message it is; `row` is the one that went out */
function* tellNode(row: Row, one: Row, state: DeliveryState, end: Ending, at: number): Step<void> {
  const node = text(one, 'node')
  if (node === '') return
  yield* owe({
    kind: 'outcome',
    target: node,
    alert: one['alert'] as number | null,
    at,
    content: {
      outbox: number(row, 'id'),
      message: JSON.parse(text(one, 'message')) as unknown,
      revision: one['revision'] ?? null,
      flags: JSON.parse((one['flags'] as string | null) ?? '[]') as unknown,
      state,
      class: end.class,
      code: end.code,
      reasonZh: end.reasonZh,
      reasonEn: end.reasonEn,
      reply: end.reply,
      attempts: number(row, 'attempts'),
      acceptedAt: number(one, 'at'),
      endedAt: at,
    },
  })
}

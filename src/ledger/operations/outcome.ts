import type { Row, Step } from '../engine/types.js'
import type { AttemptRecord, DeliveryState } from '../types.js'
import { owe } from './owed.js'
import { number, sql, text } from './sql.js'

/** How a document ended, or what its last attempt came to. */
export type Ending = Pick<AttemptRecord, 'class' | 'code' | 'reasonZh' | 'reasonEn' | 'reply'>

export const EXPIRED = 'EXPIRED'

export const ALERT_CANCELLED: Ending = {
  class: 'rejected',
  code: 'ALERT_CANCELLED',
  reasonZh: '该危急值已由人工作废，不再发送；如对方可能已收到，请电话告知',
  reasonEn:
    'People have cancelled this critical value; it is not sent any more. Telephone the other side if it may have it',
  reply: null,
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

/**
 * Owes the outcome to the node that sent the document, and of each message that was merged into it to its own;
 * returns one of the nodes.
 */
export function* tellFlow(row: Row, state: DeliveryState, end: Ending, at: number): Step<string> {
  const merged = yield sql(
    'select * from outbox where merged_into = $1 order by id',
    number(row, 'id'),
  )
  let told = ''
  for (const one of [row, ...merged]) told = (yield* tellNode(row, one, state, end, at)) || told
  return told
}

/** @param one the document whose message it is; `row` is the one that went out */
function* tellNode(
  row: Row,
  one: Row,
  state: DeliveryState,
  end: Ending,
  at: number,
): Step<string> {
  const node = text(one, 'node')
  if (node === '') return node
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
  return node
}

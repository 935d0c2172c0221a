import type { NotAcknowledged } from '../../src/ledger/index.js'
import { CrisisError, type FailureCode, type Reason } from '../../src/messages/index.js'

type Refusal = readonly [code: string, zh: string, en: string, answer: FailureCode]

/** Why an act does not count. */
const REFUSALS: Readonly<Record<NotAcknowledged, Refusal>> = {
  unknownAlert: [
    'ACK_UNKNOWN',
    '找不到所指的危急值，未作任何记录',
    'There is no such critical value; nothing was recorded',
    '404',
  ],
  several: [
    'ACK_SEVERAL',
    '该检查有几条未处理的危急值，一次确认不能同时关闭几条：请以 msg.crisis.id 指明其中一条',
    'This exam has several open critical values, and one acknowledgement must not close them all: name one by msg.crisis.id',
    '409',
  ],
  otherSystem: [
    'ACK_SYSTEM',
    '该危急值属于另一套 PACS 或另一院区，未作任何记录',
    'This critical value is of another PACS or hospital; nothing was recorded',
    '409',
  ],
  cancelled: [
    'ACK_CANCELLED',
    '该危急值已由人工作废，未作任何记录',
    'People have cancelled this critical value; nothing was recorded',
    '409',
  ],
  closed: [
    'ACK_CLOSED',
    '该危急值已处理完毕，未作任何记录',
    'This critical value was processed already; nothing was recorded',
    '409',
  ],
  revised: [
    'ACK_REVISED',
    '所确认的是更正之前的内容，未作任何记录：请按更正后的内容重新确认',
    'This is about the content before its correction; nothing was recorded: acknowledge the correction',
    '409',
  ],
  personMissing: [
    'ACK_PERSON',
    '没有说明是谁：需要工号或姓名，未作任何记录',
    'It does not say who: a staff number or a name is needed; nothing was recorded',
    '422',
  ],
  nobodyNamed: [
    'ACK_TO',
    '没有说明转交给谁，或转交给了本人，未作任何记录',
    'It is passed on to nobody, or to the same person; nothing was recorded',
    '422',
  ],
  known: ['ACK_KNOWN', '此前已有相同的记录，无需重复', 'The same was recorded before', '409'],
}

export function notCounted(why: NotAcknowledged): CrisisError {
  const [code, zh, en, answer] = REFUSALS[why]
  return new CrisisError(code, { zh, en }, answer)
}

export const reasonOf = (why: NotAcknowledged): Reason => notCounted(why).reason

export const wordUnknown = (): CrisisError =>
  new CrisisError(
    'ACK_WORD',
    {
      zh: '无法识别该回复（不在“回复用语”表中），未作任何记录',
      en: 'The reply is none of the words in the table of replies; nothing was recorded',
    },
    '422',
  )

export const alertMissing = (): CrisisError =>
  new CrisisError(
    'ACK_UNKNOWN',
    {
      zh: '没有说明是哪一条危急值：需要 msg.crisis.id，或 payload 中的 ExamNo、ApplyNo',
      en: 'It does not say which critical value: give msg.crisis.id, or ExamNo and ApplyNo in the payload',
    },
    '422',
  )

/** @param expected the kind of value that is wanted */
export const fieldInvalid = (name: string, expected: Reason): CrisisError =>
  new CrisisError(
    'ACK_FIELD',
    {
      zh: `“${name}”应为${expected.zh}，未作任何记录`,
      en: `${name} should be ${expected.en}; nothing was recorded`,
    },
    '422',
  )

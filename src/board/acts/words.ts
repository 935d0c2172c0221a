import type { NotAcknowledged } from '../../ledger/index.js'
import type { Reason } from '../../messages/index.js'

/* Why an act is not done, or what is missing. */

export const NOT_ACKNOWLEDGED: Readonly<Record<NotAcknowledged, Reason>> = {
  unknownAlert: { zh: '找不到该危急值', en: 'There is no such critical value' },
  several: {
    zh: '该检查有几条未处理的危急值，请选择其中一条',
    en: 'The exam has several open critical values; choose one of them',
  },
  otherSystem: {
    zh: '该危急值属于另一套 PACS 或另一院区',
    en: 'This critical value is of another PACS or hospital',
  },
  cancelled: { zh: '该危急值已作废', en: 'This critical value was cancelled' },
  closed: { zh: '该危急值已处理完毕', en: 'This critical value was processed already' },
  revised: {
    zh: '内容已经更正：请按更正后的内容重新确认',
    en: 'The content was corrected meanwhile; look at it and acknowledge that',
  },
  personMissing: { zh: '没有说明是谁', en: 'It does not say who' },
  nobodyNamed: {
    zh: '没有说明转交给谁，或转交给了本人',
    en: 'It is passed on to nobody, or to the same person',
  },
  known: { zh: '此前已有相同的记录', en: 'The same was recorded before' },
}

export const NO_FLOW: Reason = {
  zh: '已记录。流程中没有使用同一台账的 crisis acknowledge 节点，不会自动反馈给 PACS',
  en: 'Recorded. No crisis acknowledge node of the flows uses this ledger, so that the PACS is not told by itself',
}
export const REASON_MISSING: Reason = { zh: '请填写原因', en: 'Give a reason' }
export const SECOND_MISSING: Reason = {
  zh: '需要第二人以其账号和密码确认',
  en: 'A second person has to confirm with their own account and password',
}
export const SECOND_SAME: Reason = {
  zh: '第二人不能是本人',
  en: 'The second person must be another one',
}
export const NOT_DECIDED = {
  none: {
    zh: '没有可以这样处理的危急值，可能已由他人处理',
    en: 'There is nothing left to decide so; somebody else may have done it',
  },
  several: { zh: '所指的检查不止一个', en: 'More than one exam is meant' },
} as const satisfies Readonly<Record<string, Reason>>
export const NO_DOCUMENT: Reason = {
  zh: '没有这样的待处理文档，可能已由他人处理',
  en: 'There is no such document left; somebody else may have dealt with it',
}
export const OVERTAKEN: Reason = {
  zh: '未再发送：后来的文档已经说明了同样的内容',
  en: 'Not sent again: a later document has said the same, or more',
}
export const MASKED_EDIT: Reason = {
  zh: '修改文档需要有查看患者信息的权限',
  en: 'To correct a document you must be allowed to see patients',
}
export const OTHER_EXAM: Reason = {
  zh: '修改后的文档说的是另一检查或另外几条内容：检查流水号与申请单号不能改变',
  en: 'The corrected document speaks of another exam, or of more or fewer: ExamNo and ApplyNo must stay',
}
export const LICENCE_TYPED: Reason = {
  zh: '身份验证码（License）由系统在发送时填入，请保持为空',
  en: 'The licence is put in when the document is sent; leave it blank',
}
export const RESULT_MISSING: Reason = {
  zh: '请填写处理结果',
  en: 'Give the result of the processing',
}
export const TIME_WRONG: Reason = {
  zh: '时间应带时区，且不能在将来',
  en: 'The time should have an offset, and must not lie in the future',
}
export const FIELD_MISSING: Reason = { zh: '有必填项未填写', en: 'A field that is needed is blank' }
export const NO_CALL: Reason = {
  zh: '没有这样的电话记录或危急值',
  en: 'There is no such telephone call, or no such critical value',
}
export const CALL_MATCHED: Reason = {
  zh: '该电话记录已经对应过',
  en: 'This telephone call was matched before',
}

/** The call is matched, and nothing else has changed. */
export const onlyMatched = ({ zh, en }: Reason): Reason => ({
  zh: `已对应；未另记接收：${zh}`,
  en: `Matched; no reception was recorded beside it: ${en}`,
})

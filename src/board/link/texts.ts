import type { ActKind } from '../../loop/index.js'
import type { Reason } from '../../messages/index.js'

/* The words of the link page. */

const words = (zh: string, en: string): Reason => ({ zh, en })

export const T = {
  title: words('危急值确认', 'Critical value'),
  other: words('English', '中文'),
  safe: words('收到一条危急值', 'A critical value for you'),
  exam: words('检查号尾号', 'Exam no.'),
  level: words('危急等级编码', 'Level code'),
  setAt: words('设定时间', 'Set at'),
  cameAt: words('收到时间', 'Came in at'),
  who: words('请先确认您的身份', 'First say who you are'),
  typed: words('您的工号或姓名', 'Your staff number or name'),
  go: words('查看危急值', 'Show the critical value'),
  wrong: words(
    '工号或姓名与此链接不符，还可尝试 {n} 次',
    'That does not match this link. Tries left: {n}',
  ),
  value: words('危急值', 'Critical value'),
  memo: words('描述', 'Description'),
  examNo: words('检查流水号', 'Exam no.'),
  applyNo: words('申请单号', 'Request no.'),
  sickNo: words('病人号', 'Patient no.'),
  type: words('类型', 'Type'),
  settor: words('设定医生', 'Set by'),
  you: words('您的身份', 'You are'),
  takenOver: words(
    '此链接原本发给他人，提交后将记录为由您接手',
    'This link is for somebody else; it will be recorded that you took it over',
  ),
  receivedBy: words('已由 {name} 接收', 'Received by {name}'),
  readBack: words('我已复述此危急值并核对无误', 'I have read the value back, and it was confirmed'),
  note: words('处理结果或备注', 'Result, or a remark'),
  more: words('拒绝，或转交他人', 'Refuse, or pass it on'),
  to: words('转交给（工号或姓名）', 'Pass on to (staff number or name)'),
  choose: words('请选择', 'Choose'),
  recorded: words('已记录', 'Recorded'),
  recordedAt: words('记录时间', 'Recorded at'),
  nothing: words('未作任何记录', 'Nothing was recorded'),
  next: words('处理完成后，在此记录处理结果', 'Once it is processed, record the result here'),
  recordNext: words('记录处理结果', 'Record the result'),
  failing: words(
    '系统故障，无法记录，请改用电话',
    'The system could not record it; use the telephone',
  ),
  oldForm: words(
    '页面已过期，请重新确认身份',
    'The page was open for too long; say again who you are',
  ),
} as const satisfies Readonly<Record<string, Reason>>

/** The acts of a person, as their buttons say. */
export const ACT_TEXTS: Readonly<Record<ActKind, Reason>> = {
  received: words('已接收', 'Received'),
  processed: words('已处理', 'Processed'),
  refused: words('拒绝（通知下一位）', 'Refuse (the next person is called)'),
  passedOn: words('转交', 'Pass on'),
}

/** The acts that were recorded. */
export const DONE_TEXTS: Readonly<Record<ActKind, Reason>> = {
  received: words('已接收', 'Received'),
  processed: words('已处理', 'Processed'),
  refused: words('已拒绝，将立即通知下一位', 'Refused; the next person is called at once'),
  passedOn: words('已转交', 'Passed on'),
}

/** Unmistakable, and before everything else. */
export const MARKS = {
  revised: words(
    '此危急值已被更正，请打开最新通知中的链接',
    'This critical value was corrected; open the link of the latest message',
  ),
  cancelled: words('作废：此危急值已取消', 'VOID: this critical value was cancelled'),
  possibleWrongPatient: words('病人可能有误，请核对', 'POSSIBLY THE WRONG PATIENT: check'),
  revision: words('更正后的内容，请以此为准', 'CORRECTED: this is the content that counts'),
} as const satisfies Readonly<Record<string, Reason>>

/** Why a link cannot be used. */
export const STATES = {
  used: words(
    '此链接已使用过，只能使用一次。如需再次操作，请打开最新通知中的链接。',
    'This link was used before, and works only once. For anything else open the link of the latest message.',
  ),
  expired: words(
    '此链接已过期。请打开最新通知中的链接，或拨打电话。',
    'This link has expired. Open the link of the latest message, or telephone.',
  ),
  locked: words(
    '身份多次输入错误，此链接已锁定。请拨打电话。',
    'Too many wrong tries: this link is locked. Telephone.',
  ),
  gone: words(
    '此链接对应的记录已超过保存期限。',
    'What this link was about is past its retention.',
  ),
  foreign: words(
    '此链接不是由本系统发出的，可能来自其他医院或其他系统。',
    'This link was not issued here; it may be of another hospital or another system.',
  ),
  forged: words(
    '此链接无效：不完整或被改动过。请完整复制通知中的链接。',
    'This link is not valid: it is cut short or was changed. Copy the whole link of the message.',
  ),
  busy: words('错误次数过多，请稍后再试。', 'Too many wrong attempts; try again later.'),
} as const satisfies Readonly<Record<string, Reason>>

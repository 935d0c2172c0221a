import type { ActKind, Reason } from '../../api.js'
import { words } from '../language.js'

/** A field of an act as a person fills it in. */
export interface Field {
  readonly name: string
  readonly label: Reason
  readonly kind: 'text' | 'area' | 'time' | 'tick' | 'password' | 'choice'
  readonly isRequired: boolean
  readonly hint?: Reason
}

export interface ActForm {
  readonly title: Reason
  /** The consequence, before anything is sent. */
  readonly explain: Reason
  readonly fields: readonly Field[]
  readonly needsReason: boolean
  /** Another person signs as well. */
  readonly needsSecond: boolean
  /** Cannot be taken back. */
  readonly isGrave: boolean
}

const text = (name: string, label: Reason, isRequired = true): Field => ({
  name,
  label,
  isRequired,
  kind: 'text',
})

const READ_BACK: Field = {
  name: 'readBack',
  label: words('我已复述此危急值并核对无误', 'I have read the value back, and it was confirmed'),
  kind: 'tick',
  isRequired: false,
}
const DONE_AT: Field = {
  name: 'doneAt',
  label: words('实际时间', 'When it really happened'),
  kind: 'time',
  isRequired: true,
}
const NOTE: Field = {
  name: 'note',
  label: words('备注', 'Remark'),
  kind: 'area',
  isRequired: false,
}

const plain = { needsReason: false, needsSecond: false, isGrave: false, fields: [] }

/** Acts of the person themselves: they say by which way, and on which content. */
export const PERSON_ACTS: ReadonlySet<ActKind> = new Set<ActKind>([
  'received',
  'readBack',
  'processed',
  'passedOn',
])

/** The forms of all acts but those that have a page of their own. */
export const ACT_FORMS: Readonly<Partial<Record<ActKind, ActForm>>> = {
  received: {
    ...plain,
    title: words('接收', 'Receive'),
    explain: words(
      '记录由您接收此危急值，您成为负责人。',
      'It is recorded that you received this value, and you become its owner.',
    ),
    fields: [DONE_AT, READ_BACK, NOTE],
  },
  readBack: {
    ...plain,
    title: words('复述确认', 'Read back'),
    explain: words(
      '记录您已将危急值内容复述给报告方，对方确认无误。',
      'It is recorded that you read the value back to whoever reported it, and it was confirmed.',
    ),
    fields: [NOTE],
  },
  processed: {
    ...plain,
    title: words('处理', 'Process'),
    explain: words(
      '记录处理结果。未复述或未处理的，请勿提交。',
      'The result is recorded. Do not send this before it is really done.',
    ),
    fields: [
      { name: 'result', label: words('处理结果', 'Result'), kind: 'area', isRequired: true },
      {
        name: 'suggest',
        label: words('处理意见', 'Measures taken'),
        kind: 'area',
        isRequired: false,
      },
      DONE_AT,
    ],
  },
  passedOn: {
    ...plain,
    title: words('转交', 'Pass on'),
    explain: words(
      '转交后由对方负责；对方接收前，提醒仍会继续。',
      'The other person becomes the owner; reminders go on until they have received it.',
    ),
    fields: [
      text('toCode', words('对方工号', 'Staff number')),
      text('toName', words('对方姓名', 'Name')),
    ],
    needsReason: true,
  },
  replay: {
    ...plain,
    title: words('重新发送', 'Send again'),
    explain: words(
      '原样再发一次。对方若已收到，可能出现重复。',
      'Sent once more as it is. If the other side has it already, it may be there twice.',
    ),
    needsReason: true,
  },
  editAndSend: {
    ...plain,
    title: words('修改后发送', 'Edit and send'),
    explain: words(
      '修改后的内容作为新文书发送，原文书保留备查。',
      'The edited content is sent as a new document; the old one is kept.',
    ),
    fields: [
      { name: 'document', label: words('文书内容', 'Document'), kind: 'area', isRequired: true },
    ],
    needsReason: true,
    isGrave: true,
  },
  giveUp: {
    ...plain,
    title: words('放弃发送', 'Give up'),
    explain: words(
      '不再发送。请先用电话等方式告知对方。',
      'It will not be sent any more. Tell the other side in another way first.',
    ),
    needsReason: true,
    isGrave: true,
  },
  passOn: {
    ...plain,
    title: words('转给其他节点', 'Pass on to a node'),
    explain: words(
      '这些消息原来的节点已不在流程中，转给指定节点继续处理。',
      'The node these messages were for is no longer in the flows; another one takes them.',
    ),
    fields: [{ name: 'target', label: words('节点', 'Node'), kind: 'choice', isRequired: true }],
    needsReason: true,
  },
  liftHold: {
    ...plain,
    title: words('解除暂停', 'Lift the hold'),
    explain: words(
      '确认病人无误后解除，自动反馈随即继续。需两人确认。',
      'Only once the patient is certain; feedback goes on at once. Two people decide.',
    ),
    needsReason: true,
    needsSecond: true,
  },
  cancelAlert: {
    ...plain,
    title: words('作废危急值', 'Cancel the value'),
    explain: words(
      '已通知的人会收到作废通知，历史保留。接口不能撤回，请电话告知 PACS。需两人确认。',
      'Whoever was told is told that it is void; history stays. The interface cannot withdraw it, so telephone the PACS. Two people decide.',
    ),
    needsReason: true,
    needsSecond: true,
    isGrave: true,
  },
  chooseContent: {
    ...plain,
    title: words('确定内容', 'Choose the content'),
    explain: words(
      '内容有矛盾时，指定以哪一次为准。需两人确认。',
      'Where contents contradict each other, say which one counts. Two people decide.',
    ),
    fields: [text('revision', words('第几次内容', 'Number of the content'))],
    needsReason: true,
    needsSecond: true,
  },
  matchPhoneCall: {
    ...plain,
    title: words('与记录对应', 'Match to an exam'),
    explain: words(
      '电话记录归入此检查；接听人视为在当时接收。',
      'The call becomes part of this exam; whoever took it counts as having received it then.',
    ),
  },
}

import type { Act } from '../../src/board/api.js'

/** An act of the board as a person does it: which button, what they fill in, and what must arrive. */
export interface ActScene {
  readonly place: string
  /** The button that opens the dialog; null = the form stands in the page. */
  readonly button: string | null
  readonly fill: Readonly<Record<string, string>>
  readonly tick?: readonly string[]
  readonly sent: Act
}

const AT = '2026-03-05T16:30'
const DONE_AT = '2026-03-05T16:30:00+08:00'
const SECOND = { secondUser: 'zhao', secondPassword: 'second-word' }
const exam = { place: 'exam/2' }
const onExam = { alert: 2 }
const own = { how: 'board', revision: '2' }
const onDead = { alert: 1, id: 'dead-1' }

/** All acts there are. */
export const ACT_SCENES: readonly ActScene[] = [
  {
    ...{ ...exam, button: '[data-act=received]', fill: { doneAt: AT, note: '床旁' } },
    tick: ['readBack'],
    sent: {
      ...{ kind: 'received', ...onExam },
      fields: { ...own, doneAt: DONE_AT, readBack: 'yes', note: '床旁' },
    },
  },
  {
    ...{ ...exam, button: '[data-act=readBack]', fill: { note: '' } },
    sent: { kind: 'readBack', ...onExam, fields: { ...own, note: '' } },
  },
  {
    ...{ ...exam, button: '[data-act=processed]' },
    fill: { result: '急诊手术', suggest: '观察', doneAt: AT },
    sent: {
      ...{ kind: 'processed', ...onExam },
      fields: { ...own, result: '急诊手术', suggest: '观察', doneAt: DONE_AT },
    },
  },
  {
    ...{ ...exam, button: '[data-act=passedOn]' },
    fill: { toCode: '040118', toName: '王敏', reason: '换班' },
    sent: {
      ...{ kind: 'passedOn', ...onExam, reason: '换班' },
      fields: { ...own, toCode: '040118', toName: '王敏' },
    },
  },
  {
    ...{ ...exam, button: '[data-act=chooseContent]' },
    fill: { revision: '2', reason: '已核对', ...SECOND },
    sent: {
      ...{ kind: 'chooseContent', ...onExam, reason: '已核对' },
      fields: { revision: '2', ...SECOND },
    },
  },
  {
    ...{ ...exam, button: '[data-act=liftHold]', fill: { reason: '病人无误', ...SECOND } },
    sent: { kind: 'liftHold', ...onExam, reason: '病人无误', fields: SECOND },
  },
  {
    ...{ ...exam, button: '[data-act=cancelAlert]', fill: { reason: '误报', ...SECOND } },
    sent: { kind: 'cancelAlert', ...onExam, reason: '误报', fields: SECOND },
  },
  {
    ...{ place: 'stuck', button: '[data-act=replay]', fill: { reason: '对方已恢复' } },
    sent: { kind: 'replay', ...onDead, reason: '对方已恢复', fields: {} },
  },
  {
    ...{ place: 'stuck', button: '[data-act=editAndSend]' },
    fill: { document: '<XmlDocument/>', reason: '更正检查号' },
    sent: {
      ...{ kind: 'editAndSend', ...onDead, reason: '更正检查号' },
      fields: { document: '<XmlDocument/>' },
    },
  },
  {
    ...{ place: 'stuck', button: '[data-act=giveUp]', fill: { reason: '已电话告知' } },
    sent: { kind: 'giveUp', ...onDead, reason: '已电话告知', fields: {} },
  },
  {
    ...{ place: 'stuck', button: '[data-act=passOn]', fill: { target: 'node-b', reason: '改名' } },
    sent: {
      ...{ kind: 'passOn', id: 'unclaimed-1', reason: '改名' },
      fields: { target: 'node-b' },
    },
  },
  {
    ...{ place: 'downtime', button: null },
    fill: {
      ...{ at: AT, ExamNo: '7', SickNo: 'C7', callerCode: '1', callerName: '赵' },
      ...{ calledCode: '2', calledName: '李', text: '夹层', note: '断网' },
    },
    tick: ['readBack'],
    sent: {
      kind: 'phoneCall',
      fields: {
        ...{ at: DONE_AT, ExamNo: '7', SickNo: 'C7', callerCode: '1', callerName: '赵' },
        ...{ calledCode: '2', calledName: '李', text: '夹层', readBack: 'yes', note: '断网' },
      },
    },
  },
  {
    ...{ place: 'downtime', button: '[data-act=matchPhoneCall]', fill: {} },
    sent: { kind: 'matchPhoneCall', alert: 2, id: 'call-0', fields: {} },
  },
  {
    ...{ place: 'accounts', button: '[data-account=add]' },
    fill: {
      ...{ user: 'chen', name: '陈医生', code: '040200', role: 'act' },
      ...{ password: 'invented-1', repeat: 'invented-1' },
    },
    tick: ['patients'],
    sent: {
      ...{ kind: 'account', id: 'chen' },
      fields: {
        ...{ action: 'add', name: '陈医生', code: '040200', role: 'act', patients: 'yes' },
        password: 'invented-1',
      },
    },
  },
  {
    ...{ place: 'accounts', button: '[data-account=change]', fill: { role: 'look' } },
    sent: {
      ...{ kind: 'account', id: 'lixiao' },
      fields: { action: 'change', name: '李晓医生', code: '040007', role: 'look', patients: 'yes' },
    },
  },
  {
    ...{ place: 'accounts', button: '[data-account=password]' },
    fill: { password: 'invented-2', repeat: 'invented-2' },
    sent: {
      ...{ kind: 'account', id: 'lixiao' },
      fields: { action: 'password', password: 'invented-2' },
    },
  },
  ...(['lock', 'unlock', 'delete'] as const).map((action): ActScene => ({
    ...{ place: 'accounts', button: `[data-account=${action}]`, fill: {} },
    sent: {
      ...{ kind: 'account', id: action === 'unlock' ? 'quality' : 'lixiao' },
      fields: { action },
    },
  })),
  {
    ...{ place: 'password', button: null },
    fill: { oldPassword: 'invented-1', password: 'invented-3', repeat: 'invented-3' },
    sent: {
      kind: 'account',
      fields: { action: 'ownPassword', oldPassword: 'invented-1', password: 'invented-3' },
    },
  },
]

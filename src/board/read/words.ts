import { isoInZone, type Reason } from '../../messages/index.js'

/* The words of a timeline. Names of people stand beside them. */

export const ARRIVED: Reason = { zh: '收到危急值', en: 'The critical value came in' }

export const revision = (n: number): Reason => ({
  zh: `收到另一份内容（第 ${n} 份）`,
  en: `Another content came in (no. ${n})`,
})

export const STAGES: Readonly<Record<string, Reason>> = {
  notified: { zh: '对方系统已收到', en: 'The peer has it' },
  received: { zh: '已接收（由反馈得知）', en: 'Received, as feedback says' },
  processed: { zh: '已处理（由反馈得知）', en: 'Processed, as feedback says' },
  fedBack: { zh: '已反馈给 PACS', en: 'The PACS has been told' },
  cancelled: { zh: '已作废', en: 'Cancelled' },
}

/** @param saidAt ISO 8601, as a document gives it */
export const withTime = ({ zh, en }: Reason, saidAt: string | null): Reason =>
  saidAt === null ? { zh, en } : { zh: `${zh}，所述时间 ${saidAt}`, en: `${en}, at ${saidAt}` }

const FEEDBACK: Readonly<Record<string, Reason>> = {
  received: { zh: '接收', en: 'receiving' },
  processed: { zh: '处理', en: 'processing' },
}
const NOTHING: Reason = { zh: '未说明', en: 'nothing' }

export function feedback(stage: string, application: string, state: string): Reason {
  const { zh, en } = FEEDBACK[stage] ?? NOTHING
  const from = application.trim()
  const late = state === 'matched' ? { zh: '', en: '' } : { zh: '（未能对应）', en: ' (no match)' }
  return {
    zh: `收到反馈：${zh}${from && `，来自 ${from}`}${late.zh}`,
    en: `Feedback came in on ${en}${from && `, from ${from}`}${late.en}`,
  }
}

const OPERATIONS: Readonly<Record<string, Reason>> = {
  SynCrisisInfo: { zh: '危急值', en: 'Critical value' },
  SynCrisisResponseInfo: { zh: '反馈', en: 'Feedback' },
}

export function delivery(operation: string, peer: string, state: Reason): Reason {
  const what = OPERATIONS[operation] ?? { zh: operation, en: operation }
  return {
    zh: `${what.zh}交由“${peer}”：${state.zh}`,
    en: `${what.en} for “${peer}”: ${state.en}`,
  }
}

const WAITS: Readonly<Record<string, Reason>> = {
  otherFinding: { zh: '等待同一检查的另一项', en: 'waits for another finding of the exam' },
  process: { zh: '等待处理结果', en: 'waits for the processing' },
  wrongPatient: { zh: '患者存疑，暂停', en: 'held: the patient is in doubt' },
}

export const waits = (code: string | null): Reason =>
  WAITS[code ?? ''] ?? { zh: '等待发送', en: 'waits' }

export function attempt(n: number, kind: string, code: string, desc: string): Reason {
  const said = desc.trim() === '' ? { zh: '', en: '' } : { zh: `，对方：${desc}`, en: `; ${desc}` }
  const { zh, en } = CLASSES[kind] ?? { zh: kind, en: kind }
  return {
    zh: `第 ${n} 次发送：${zh}（${code}）${said.zh}`,
    en: `Attempt ${n}: ${en} (${code})${said.en}`,
  }
}

const CLASSES: Readonly<Record<string, Reason>> = {
  delivered: { zh: '已送达', en: 'delivered' },
  rejected: { zh: '被拒绝', en: 'rejected' },
  ambiguous: { zh: '结果不明', en: 'ambiguous' },
  unreachable: { zh: '无法连接', en: 'unreachable' },
  unauthorized: { zh: '未获授权', en: 'unauthorized' },
}

export function page(channel: string, step: number | null, round: number | null): Reason {
  if (step === null) return { zh: `通知，渠道“${channel}”`, en: `Paged by “${channel}”` }
  return {
    zh: `第 ${step} 步第 ${round ?? 1} 次通知，渠道“${channel}”`,
    en: `Paged by “${channel}”, step ${step}, round ${round ?? 1}`,
  }
}

export const pageAttempt = (channel: string, { zh, en }: Reason): Reason => ({
  zh: `渠道“${channel}”：${zh}`,
  en: `“${channel}”: ${en}`,
})

const ACTS: Readonly<Record<string, Reason>> = {
  received: { zh: '已接收', en: 'Received' },
  processed: { zh: '已处理', en: 'Processed' },
  refused: { zh: '无法处理', en: 'Refused' },
  passedOn: { zh: '转交', en: 'Passed on' },
}

export interface TimedAct {
  readonly kind: string
  readonly how: string
  readonly readBack: number | null
  readonly to: string
  readonly note: string
  readonly doneAt: number
  readonly at: number
}

/** So much between doing and saying is no news, in ms. */
const AT_ONCE_MS = 60_000

export function act({ kind, how, readBack, to, note, doneAt, at }: TimedAct): Reason {
  const { zh, en } = ACTS[kind] ?? { zh: kind, en: kind }
  const isLate = Math.abs(at - doneAt) > AT_ONCE_MS
  const done = isLate ? isoInZone(doneAt) : ''
  const back = BACK[readBack ?? -1]
  return {
    zh: [zh + (to && `给 ${to}`), `方式 ${how}`, done && `实际时间 ${done}`, back?.zh, note]
      .filter((part) => part)
      .join('，'),
    en: [en + (to && ` to ${to}`), `by ${how}`, done && `done at ${done}`, back?.en, note]
      .filter((part) => part)
      .join(', '),
  }
}

const BACK: Readonly<Record<number, Reason>> = {
  0: { zh: '未复述', en: 'not read back' },
  1: { zh: '已复述', en: 'read back' },
}

const DECISIONS: Readonly<Record<string, Reason>> = {
  lift: { zh: '解除暂停', en: 'Hold lifted' },
  cancelAlert: { zh: '作废', en: 'Cancelled' },
  chooseContent: { zh: '确定内容', en: 'Content chosen' },
  cancel: { zh: '放弃发送', en: 'Document given up' },
  replay: { zh: '重新发送', en: 'Document sent again' },
  editAndSend: { zh: '修改后发送', en: 'Document corrected and sent' },
  giveUp: { zh: '放弃交付', en: 'Message given up' },
}

export function decision(kind: string, people: readonly string[], reason: string): Reason {
  const { zh, en } = DECISIONS[kind] ?? { zh: kind, en: kind }
  const named = people.filter((one) => one.trim() !== '')
  const by = {
    zh: named.length > 0 ? `（${named.join('、')}）` : '',
    en: named.length > 0 ? ` (${named.join(', ')})` : '',
  }
  const why = reason.trim() === '' ? { zh: '', en: '' } : { zh: `：${reason}`, en: `: ${reason}` }
  return { zh: zh + by.zh + why.zh, en: en + by.en + why.en }
}

type Detail = Readonly<Record<string, string | number>>

const NOTED: Readonly<Record<string, (detail: Detail) => Reason>> = {
  escalated: ({ step, round }) => ({
    zh: `升级方案第 ${step} 步到期（第 ${round} 次）`,
    en: `Step ${step} of the plan was due (round ${round})`,
  }),
  notAcknowledged: ({ why }) => ({
    zh: `一次确认未计入（${why}）`,
    en: `An acknowledgement did not count (${why})`,
  }),
  phoneCallMatched: ({ call }) => ({
    zh: `与电话记录 ${call} 对应`,
    en: `Matched to the telephone call ${call}`,
  }),
}

/** The words for an entry that the audit alone has; null = something else tells it, or it is of no interest here. */
export const noted = (kind: string, detail: Detail): Reason | null => NOTED[kind]?.(detail) ?? null

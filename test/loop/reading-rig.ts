import {
  acknowledge,
  arrivalOf,
  readFeedbackStage,
  saidBy,
  spokenOf,
  type Alert,
  type AlertStage,
  type Arriving,
  type Exam,
  type Milestone,
  type Report,
  type Said,
  type ToldParts,
} from '../../src/loop/index.js'
import type { Crisis, CrisisFeedback } from '../../src/messages/index.js'
import { alertOf as anyAlertOf } from './exams.js'

/* The exam that the rules of the reading are asked about. */

export const AT = Date.UTC(2026, 0, 1, 12)
export const MINUTE = 60_000
export const iso = (ms: number): string => new Date(ms).toISOString()

export const CRISIS: Crisis = {
  ExamNo: '00000001',
  ApplyNo: '00000001',
  SickNo: 'C0001',
  CrisisCode: '1',
  CrisisName: '胎盘早剥',
  CrisisMemo: '加急处理。',
  CrisisSettor: { code: '040001', name: '诊断员' },
  CrisisSetDate: '2026-01-01',
  CrisisSetTime: '19:30:00',
}

export const RECEIVED: CrisisFeedback = {
  ExamNo: '00000001',
  ApplyNo: '00000001',
  CrisisReceiver: { code: '040002', name: '医生' },
  CrisisReceiveDate: '2026-01-01',
  CrisisReceiveTime: '19:40:00',
}
export const PROCESS: CrisisFeedback = {
  ProcessStaff: { code: '040003', name: '处理员' },
  ProcessDate: '2026-01-01',
  ProcessTime: '19:50:00',
  ProcessResult: '已处理',
}

export const alertOf = (id: number, change: Partial<Alert> = {}): Alert =>
  anyAlertOf(id, {
    finding: `f${id}`,
    sickNo: 'C0001',
    setAt: iso(AT - 30 * MINUTE),
    openedAt: AT - 30 * MINUTE,
    crisis: CRISIS,
    milestones: [stored(AT - 30 * MINUTE)],
    ...change,
  })

export const arriving = (change: Partial<Arriving> = {}): Arriving => ({
  crisis: CRISIS,
  extra: [],
  flags: [],
  key: 'other key',
  content: 'other content',
  documentHash: 'other content',
  finding: 'f1',
  setAt: iso(AT - 30 * MINUTE),
  ...change,
})

export const said = (feedback: CrisisFeedback): Said => {
  const { stage, receivedAt, processedAt } = readFeedbackStage(feedback)
  return saidBy(feedback, { stage, receiveAt: receivedAt.at, processAt: processedAt.at })
}

export const receivedAt = (ms: number, code = '040002'): Said => ({
  received: { at: iso(ms), person: { code, name: '医生' } },
  processed: null,
})

export const stored = (at: number): Milestone => ({
  stage: 'stored',
  at,
  saidAt: null,
  code: '',
  name: '',
})

export const parts = (feedback: CrisisFeedback): ToldParts => {
  const { ExamNo: _e, ApplyNo: _a, ...rest } = feedback
  return 'ProcessStaff' in rest
    ? { received: pickReceived(rest), processed: PROCESS }
    : { received: rest }
}
export const pickReceived = ({
  CrisisReceiver,
  CrisisReceiveDate,
  CrisisReceiveTime,
}: CrisisFeedback) => ({ CrisisReceiver, CrisisReceiveDate, CrisisReceiveTime }) as CrisisFeedback

export const report = (change: Partial<Report> = {}): Report => ({
  feedback: RECEIVED,
  stage: 'received',
  alerts: [1],
  application: 'HIS',
  extra: [],
  omitEmpty: false,
  omitEmptyProcess: false,
  perAlert: false,
  combinedOnly: false,
  ...change,
})

export const exam = (
  stages: readonly AlertStage[],
  told: readonly (ToldParts | null)[] = [parts(RECEIVED)],
  change: Partial<Alert> = {},
): Exam => ({
  system: '',
  key: 'x',
  alerts: stages.map((stage, n) => alertOf(n + 1, { stage, ...change })),
  told: told.flatMap((one, n) => (one ? [{ alert: n + 1, parts: one }] : [])),
})

export const BOTH: CrisisFeedback = { ...RECEIVED, ...PROCESS }
export const both = report({ feedback: BOTH, stage: 'processed' })
export const kindOf = (known: Alert | undefined, item: Arriving): string =>
  arrivalOf(known, item).kind
export const far = (stage: AlertStage, what: Said, milestones = [stored(AT - 30 * MINUTE)]) =>
  acknowledge(alertOf(1, { stage, milestones }), what, AT)
export const corrected = [stored(AT - 30 * MINUTE), stored(AT - 10 * MINUTE)]
export const second = alertOf(2, { setAt: iso(AT), openedAt: AT })
export const idsOf = (alerts: readonly Alert[], what: Said) =>
  spokenOf(alerts, what).map(({ alert }) => alert.id)
export const levelSaid = (feedback: CrisisFeedback): number =>
  (feedback.CrisisReceiver ? 1 : 0) + (feedback.ProcessResult ? 2 : 0)

import {
  splitInstant,
  type Crisis,
  type CrisisFeedback,
  type Person,
} from '../../src/messages/index.js'

/*
 * The documents of a simulated system. All of them are invented, and carry an ExamNo by which everybody sees so: a
 * simulated system takes no others, so that it can close no critical value of a patient.
 */

/** No PACS has such numbers. */
export const EXAM_PREFIX = 'SIMULATED-'

/** True for a document that a simulated system has made, or that somebody has made for one. */
export const isSimulated = ({ ExamNo }: { readonly ExamNo?: string }): boolean =>
  ExamNo?.startsWith(EXAM_PREFIX) === true

let counted = 0

/** @param now epoch ms */
export function inventCrisis(now: number): Crisis {
  const { date, time } = splitInstant(now)
  const number = `${now.toString(36)}-${++counted}`.toUpperCase()
  return {
    ExamNo: `${EXAM_PREFIX}${number}`,
    ApplyNo: `${EXAM_PREFIX}${number}`,
    SickNo: 'SIMULATED',
    OrderNo: '',
    CrisisType: '模拟',
    CrisisCode: '1',
    CrisisName: '模拟危急值，请勿处理',
    CrisisMemo: '由模拟系统发出 / sent by a simulated system',
    CrisisSettor: { code: 'SIM0', name: '模拟诊断员' },
    CrisisSetDate: date,
    CrisisSetTime: time,
  }
}

export const RECEIVER: Person = { code: 'SIM1', name: '模拟接收者' }
export const OTHER_RECEIVER: Person = { code: 'SIM2', name: '模拟接收者二' }
const PROCESSOR: Person = { code: 'SIM3', name: '模拟处理者' }

const keysOf = ({ ExamNo = '', ApplyNo = '' }: Crisis): CrisisFeedback => ({ ExamNo, ApplyNo })

/** Somebody has received a critical value. @param at epoch ms */
export function receivedBy(crisis: Crisis, receiver: Person, at: number): CrisisFeedback {
  const { date, time } = splitInstant(at)
  return {
    ...keysOf(crisis),
    CrisisReceiver: receiver,
    CrisisReceiveDate: date,
    CrisisReceiveTime: time,
  }
}

/** The same, with the processing added. */
export function processedAfter(received: CrisisFeedback, at: number): CrisisFeedback {
  const { date, time } = splitInstant(at)
  return {
    ...received,
    ProcessStaff: PROCESSOR,
    ProcessDate: date,
    ProcessTime: time,
    ProcessSuggest: '',
    ProcessResult: '模拟处理',
  }
}

import type { Crisis, CrisisFeedback } from '../../src/messages/index.js'
import { MINUTE_MS, type Content, type Feedback, type Word } from './model-finding.js'
import type { TraceEvent } from './model-trace.js'

/* The documents of a trace, made of the small numbers of its events. */

const FINDINGS = [
  { CrisisCode: '1', CrisisName: '胎盘早剥' },
  { CrisisCode: '2', CrisisName: '前置胎盘' },
  // Not named: equal to nothing.
  { CrisisCode: '', CrisisName: '' },
]
const PATIENTS = ['C0001', 'C0002', '']
/** Minutes from the start of the trace at which a finding is set; the last is not said. */
const SET = [-30, -45, 2, null]
/** When something is said, in minutes from the start; the last two say only the minute. */
const SAID = [-60, -20, -3, 4, 120, 1, 240]

interface Written {
  readonly date: string
  readonly time: string
}

/** As a PACS in China writes it. */
function written(ms: number): Written {
  const [date = '', time = ''] = new Date(ms + 8 * 60 * MINUTE_MS).toISOString().split(/[T.]/)
  return { date, time }
}

export function contentOf(
  { finding, memo, set, patient }: Extract<TraceEvent, { kind: 'crisis' }>,
  exam: string,
  start: number,
): Content {
  const minutes = SET[set] ?? null
  const setMs = minutes === null ? null : start + minutes * MINUTE_MS
  const at = setMs === null ? null : written(setMs)
  const crisis: Crisis = {
    ExamNo: exam,
    ApplyNo: exam,
    SickNo: PATIENTS[patient]!,
    ...FINDINGS[finding]!,
    CrisisMemo: `描述 ${memo}`,
    CrisisSettor: { code: '1', name: '诊断员' },
    ...(at && { CrisisSetDate: at.date, CrisisSetTime: at.time }),
  }
  return { crisis, setMs }
}

export interface Saying {
  readonly exam: string
  readonly start: number
  /** Which of the times. */
  readonly said: number
  /** Code of who has received; absent = nobody. */
  readonly receiver?: string | undefined
  readonly staff?: string | undefined
  /** The result is missing, so that nothing is asserted of the processing (A22). */
  readonly isFragment?: boolean
}

export function feedbackOf(saying: Saying): Feedback {
  const { exam, start, said, receiver, staff, isFragment = false } = saying
  const isMinute = said >= SAID.length - 2
  const from = isMinute ? Math.floor(start / MINUTE_MS) * MINUTE_MS : start
  const receivedAt = from + SAID[said]! * MINUTE_MS
  const processedAt = receivedAt + MINUTE_MS
  const [received, processed] = [written(receivedAt), written(processedAt)]
  const document: CrisisFeedback = {
    ExamNo: exam,
    ApplyNo: exam,
    ...(receiver !== undefined && {
      CrisisReceiver: { code: receiver, name: `接收 ${receiver}` },
      CrisisReceiveDate: received.date,
      CrisisReceiveTime: received.time,
    }),
    ...(staff !== undefined && {
      ProcessStaff: { code: staff, name: `处理 ${staff}` },
      ProcessDate: processed.date,
      ProcessTime: processed.time,
      ...(!isFragment && { ProcessResult: `已处理 ${staff}` }),
    }),
  }
  const words: Word[] = []
  if (document.CrisisReceiver) {
    words.push({ stage: 'received', who: document.CrisisReceiver, at: receivedAt })
  }
  if (document.ProcessStaff && !isFragment) {
    words.push({ stage: 'processed', who: document.ProcessStaff, at: processedAt })
  }
  return { document, words }
}

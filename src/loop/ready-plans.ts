import type { Reason } from '../messages/index.js'
import { NATIONAL_LIMIT_MS, type PlanStep } from './plan.js'

/*
 * Plans to begin with. A site chooses one and changes what it likes; its roles are those of the roster. Limits as they
 * are found in the field stand in `domain.md` 2.2.
 */

interface ReadyStep extends Omit<PlanStep, 'role'> {
  readonly role: Reason
}

interface ReadyPlan {
  readonly name: Reason
  readonly limits: { readonly receivedMs: number; readonly processedMs: number }
  readonly steps: readonly ReadyStep[]
}

const MINUTE_MS = 60_000

const NURSE: Reason = { zh: '病区护士', en: 'Ward nurse' }
const HEAD_NURSE: Reason = { zh: '护士长', en: 'Head nurse' }
const DOCTOR: Reason = { zh: '值班医师', en: 'Doctor on call' }
const OFFICE: Reason = { zh: '医务科', en: 'Medical office' }
const DUTY: Reason = { zh: '总值班', en: 'Duty manager' }

const until = (
  stage: PlanStep['until'],
  afterMs: number,
  role: Reason,
  repeatMs: number | null = null,
  cap: number | null = null,
): ReadyStep => ({ afterMs, until: stage, role, channels: [], repeatMs, cap })

export const READY_PLANS = {
  /** Reminder after 5 min, the doctor on call after 10, the duty manager after 15; processed within 30 min. */
  standard: {
    name: {
      zh: '标准：5、10、15 分钟接收，30 分钟处理',
      en: 'Standard: 5, 10, 15 min to receive, 30 to process',
    },
    limits: { receivedMs: NATIONAL_LIMIT_MS, processedMs: 30 * MINUTE_MS },
    steps: [
      until('received', 5 * MINUTE_MS, NURSE),
      until('received', 10 * MINUTE_MS, DOCTOR),
      until('received', 15 * MINUTE_MS, DUTY, 5 * MINUTE_MS, 3),
      until('processed', 30 * MINUTE_MS, DUTY, 10 * MINUTE_MS, 6),
    ],
  },
  /** Like DHC's type 1045: the pop-up repeats every 5 min, and after 15 min without handling it goes to 医务科. */
  dhc: {
    name: {
      zh: '东华风格：每 5 分钟提醒，15 分钟未处理转医务科',
      en: 'DHC style: every 5 min, unhandled after 15 to the medical office',
    },
    limits: { receivedMs: NATIONAL_LIMIT_MS, processedMs: 15 * MINUTE_MS },
    steps: [
      until('processed', 5 * MINUTE_MS, DOCTOR, 5 * MINUTE_MS, 2),
      until('processed', 15 * MINUTE_MS, OFFICE, 5 * MINUTE_MS, 6),
    ],
  },
  /**
   * Like NSYY's own system: the nurse has 420 s, the doctor is told 60 s later, all is handled within 600 s, and a
   * sweep repeats every 100 s. Its time for the doctor to receive has no step, since the interface has one reception.
   */
  fast: {
    name: {
      zh: '快速：7 分钟护士接收，8 分钟转医师，10 分钟处理',
      en: 'Fast: nurse within 7 min, doctor after 8, processed within 10',
    },
    limits: { receivedMs: 420_000, processedMs: 600_000 },
    steps: [
      until('received', 420_000, HEAD_NURSE),
      until('received', 480_000, DOCTOR),
      until('processed', 600_000, DUTY, 100_000, 6),
    ],
  },
} as const satisfies Readonly<Record<string, ReadyPlan>>

export type ReadyPlanId = keyof typeof READY_PLANS

/** A ready plan as settings hold it, for `readPlan`. */
export function readyPlan(id: ReadyPlanId, language: keyof Reason): object {
  const { name, limits, steps }: ReadyPlan = READY_PLANS[id]
  return {
    id,
    name: name[language],
    limits,
    steps: steps.map((step) => ({ ...step, role: step.role[language] })),
  }
}

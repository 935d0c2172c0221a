import {
  isBlank,
  joinDateTime,
  splitInstant,
  type CrisisFeedback,
  type Person,
} from '../messages/index.js'
import { acknowledge, advanced } from './acknowledgement.js'
import {
  isCancelled,
  isClosed,
  isHeld,
  isNobody,
  isSamePerson,
  NOBODY,
  trimmed,
  withAlert,
  type Alert,
  type Exam,
} from './exam.js'
import type { Plan } from './plan.js'
import { eventStart, passOver, type Timer } from './timer.js'

/*
 * A person's act on an alert: what counts, and what does not and why. Receiving and processing bring the alert further
 * and so stop its plan; refusing and passing on never do (A23).
 */

export const ACT_KINDS = ['received', 'processed', 'refused', 'passedOn'] as const

export type ActKind = (typeof ACT_KINDS)[number]

/** The thing that a person did, as a flow or a link page has heard of it. */
export interface Act {
  readonly kind: ActKind
  readonly person: Person
  /** Doctor, nurse …, as the flow says it (A24); '' = not said. */
  readonly role: string
  /** When the person did it, in epoch ms. */
  readonly at: number
  /** The way it came: `link`, `reply`, `keypress`, `form`, `telephone` … */
  readonly how: string
  /** The person has read the value back; null = not said. */
  readonly readBack: boolean | null
  /** The result of the processing, or a remark; '' = none. */
  readonly note: string
  /** The measures that are suggested with a processing; absent = none. */
  readonly suggest?: string | undefined
  /** The content that the person was told of; absent = the one that counts. */
  readonly revision?: number | undefined
  /** The step of the plan that called the person, from 1; absent = not said. */
  readonly step?: number | undefined
  /** The person that it is passed on to. */
  readonly to: Person | null
}

/** An act that was counted before. */
export interface EarlierAct extends Pick<Act, 'kind' | 'person' | 'note' | 'to'> {
  /** Epoch ms of our clock. */
  readonly countedAt: number
}

/**
 * Why an act does not count, and nothing is changed.
 * - `unknownAlert`: there is no such alert
 * - `otherSystem`: it is one of another PACS, or hospital, than the node is for
 * - `cancelled`: people have cancelled the alert
 * - `closed`: somebody has processed it, so that nothing is left to receive, to refuse or to pass on
 * - `revised`: the person was told of a content that has been corrected since
 * - `personMissing`: nobody is named who did it
 * - `nobodyNamed`: passed on to nobody, or to the person themselves
 * - `known`: the same person has said the same before
 */
export type NotCounted =
  | 'unknownAlert'
  | 'otherSystem'
  | 'cancelled'
  | 'closed'
  | 'revised'
  | 'personMissing'
  | 'nobodyNamed'
  | 'known'

export interface WeighBy {
  /** The PACS that the node is for; null = any. */
  readonly system: string | null
  /** Of the times in the feedback document. */
  readonly zone: string
  /** The result of a processing that is said without one: the document wants some (A22). */
  readonly result: string
  /** All acts that were counted for the alert before, the oldest first. */
  readonly earlier: readonly EarlierAct[]
  /** Epoch ms of our clock. */
  readonly at: number
}

export type Weighed =
  | { readonly counts: false; readonly why: NotCounted }
  | {
      readonly counts: true
      /** The exam afterwards. */
      readonly exam: Exam
      readonly flags: readonly string[]
      /** The feedback for the PACS, with what was said before (A20); null = there is nothing to tell it. */
      readonly feedback: CrisisFeedback | null
    }

const not = (why: NotCounted): Weighed => ({ counts: false, why })

/**
 * Weighs an act on an alert of an exam. The step that called the person is not asked for: who answers a page counts for
 * the alert, wherever its plan has come to meanwhile (goalert #2775).
 * @param id the number of the alert
 */
export function weigh(exam: Exam, id: number, act: Act, by: WeighBy): Weighed {
  const alert = exam.alerts.find((one) => one.id === id)
  if (!alert) return not('unknownAlert')
  if (by.system !== null && by.system !== exam.system) return not('otherSystem')
  if (isCancelled(alert)) return not('cancelled')
  if (isNobody(act.person)) return not('personMissing')
  if (act.kind === 'passedOn' && !isPassedOn(act)) return not('nobodyNamed')
  if (act.revision !== undefined && act.revision !== alert.revision) return not('revised')
  const present = by.earlier.filter(({ countedAt }) => countedAt >= eventStart(alert))
  const own = present.findLast(({ person }) => isSamePerson(person, act.person))
  if (own && isSameAct(own, act)) return not('known')
  // A processing that differs from the one before is kept beside it (reading section 2).
  if (isClosed(alert) && act.kind !== 'processed') return not('closed')
  const flags = [
    ...(isHeld(exam.alerts) ? ['possibleWrongPatient'] : []),
    ...(own && isOtherAnswer(own, act) ? ['otherAnswer'] : []),
  ]
  if (act.kind === 'refused' || act.kind === 'passedOn') {
    return { counts: true, exam, flags, feedback: null }
  }
  const statement = { at: saidAt(act.at, by.zone), person: act.person }
  const said = { received: null, processed: null, [act.kind]: statement }
  const acknowledged = acknowledge(alert, said, by.at)
  if (!acknowledged.counts) return not('revised')
  if (acknowledged.milestones.length === 0) return not('known')
  const after = advanced(alert, acknowledged, by.at)
  const feedback = feedbackOn(after, act, by)
  const isUnreceived = act.kind === 'processed' && receptionIn(after) === null
  return {
    counts: true,
    exam: withAlert(exam, after),
    flags: [...flags, ...acknowledged.flags, ...(isUnreceived ? ['processWithoutReceive'] : [])],
    feedback,
  }
}

const isPassedOn = ({ to, person }: Act): boolean =>
  to !== null && !isNobody(to) && !isSamePerson(to, person)

const isSameAct = (before: EarlierAct, { kind, note, to }: Act): boolean =>
  before.kind === kind &&
  (kind !== 'processed' || before.note.trim() === note.trim()) &&
  (kind !== 'passedOn' || isSamePerson(before.to ?? NOBODY, to ?? NOBODY))

/** To process after receiving is the course of things; all else is another answer. */
const isOtherAnswer = (before: EarlierAct, { kind }: Act): boolean =>
  !(before.kind === 'received' && kind === 'processed')

/** As a document says it, which knows no parts of a second. */
function saidAt(at: number, zone: string): string | null {
  const { date, time } = splitInstant(at, zone)
  return joinDateTime(date, time, zone).at
}

/** The first reception of the content that counts, with the time that was said of it; null = there is none. */
function receptionIn({ milestones }: Alert): (Person & { readonly saidAt: string }) | null {
  const start = milestones.findLastIndex(({ stage }) => stage === 'stored')
  for (const { stage, saidAt: said, code, name } of milestones.slice(Math.max(0, start))) {
    if (stage === 'received' && said !== null) return { saidAt: said, code, name }
  }
  return null
}

/** The feedback document of an act: cumulative, and with nothing in it that nobody has said (A20). */
function feedbackOn(alert: Alert, act: Act, { zone, result }: WeighBy): CrisisFeedback {
  const { ExamNo, ApplyNo } = alert.crisis
  const received =
    act.kind === 'received'
      ? { person: act.person, at: act.at }
      : receivedBefore(receptionIn(alert))
  const receivedAt = received && splitInstant(received.at, zone)
  const processedAt = splitInstant(act.at, zone)
  return {
    ...(!isBlank(ExamNo) && { ExamNo: trimmed(ExamNo) }),
    ...(!isBlank(ApplyNo) && { ApplyNo: trimmed(ApplyNo) }),
    ...(received &&
      receivedAt && {
        CrisisReceiver: received.person,
        CrisisReceiveDate: receivedAt.date,
        CrisisReceiveTime: receivedAt.time,
      }),
    ...(act.kind === 'processed' && {
      ProcessStaff: act.person,
      ProcessDate: processedAt.date,
      ProcessTime: processedAt.time,
      ...(!isBlank(act.suggest) && { ProcessSuggest: trimmed(act.suggest) }),
      ProcessResult: act.note.trim() || result,
    }),
  }
}

const receivedBefore = (reception: ReturnType<typeof receptionIn>) =>
  reception && {
    person: { code: reception.code, name: reception.name },
    at: Date.parse(reception.saidAt),
  }

/**
 * The timer of an alert after a person has refused it: the next step is due at once. A refusal of a step that the plan
 * has left already makes nobody else be called twice.
 * @param step that called the person, from 1; undefined = the last one that has fired
 */
export function afterRefusal(
  alert: Parameters<typeof passOver>[0],
  plan: Plan,
  timer: Timer,
  step: number | undefined,
  now: number,
): Timer | null {
  const { revision, storedAt, level } = timer
  if (level === 0 || (step !== undefined && step !== level)) return timer
  return passOver(alert, plan, timer, { revision, storedAt, step: level - 1 }, now)
}

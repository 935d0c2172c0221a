import type { CrisisFeedback, Person } from '../messages/index.js'
import type { DescribedFeedback } from './describe.js'
import {
  CLOCK_TOLERANCE_MS,
  furthest,
  isCancelled,
  isClosed,
  isNobody,
  isSamePerson,
  NOBODY,
  withAlert,
  type Alert,
  type AlertStage,
  type Exam,
  type Milestone,
} from './exam.js'

/** Somebody's statement, with the time that they gave for it. */
export interface Statement {
  readonly at: string | null
  readonly person: Person
}

/** The statements of a feedback; null = nothing of that stage (A22). */
export interface Said {
  readonly received: Statement | null
  readonly processed: Statement | null
}

const NOTHING_SAID: Said = { received: null, processed: null }

/** A receiver with a time is a reception, whatever else is missing (reading 1.2). */
export function saidBy(
  feedback: Pick<CrisisFeedback, 'CrisisReceiver' | 'ProcessStaff'>,
  times: Pick<DescribedFeedback, 'stage' | 'receiveAt' | 'processAt'>,
): Said {
  const { CrisisReceiver: receiver = NOBODY, ProcessStaff: staff = NOBODY } = feedback
  const { stage, receiveAt, processAt } = times
  return {
    received:
      receiveAt !== null && !isNobody(receiver) ? { at: receiveAt, person: receiver } : null,
    processed: stage === 'processed' ? { at: processAt, person: staff } : null,
  }
}

/** An alert, and as much of a feedback as speaks of it. */
export interface SpokenOf {
  readonly alert: Alert
  readonly said: Said
}

/**
 * The alerts of an exam that a feedback speaks of. The interface's key cannot tell two findings of one exam apart
 * (A19), so it speaks of all of them; but where there are several, a statement from before a finding was set is
 * about the others. A cancelled alert is spoken of only where there is no other.
 */
export function spokenOf(alerts: readonly Alert[], said: Said): readonly SpokenOf[] {
  const valid = alerts.filter((alert) => !isCancelled(alert))
  const all = valid.length > 0 ? valid : alerts
  // With one alert nothing else can be meant, whatever the clocks say.
  if (all.length < 2 || !(said.received ?? said.processed)) {
    return all.map((alert) => ({ alert, said }))
  }
  const received = begunBy(all, said.received)
  const processed = begunBy(all, said.processed)
  return all
    .map((alert) => ({
      alert,
      said: {
        ...NOTHING_SAID,
        ...(received.includes(alert) && { received: said.received }),
        ...(processed.includes(alert) && { processed: said.processed }),
      },
    }))
    .filter((one) => one.said.received !== null || one.said.processed !== null)
}

/** A finding that is closed is not what is spoken of while another one is open. */
export function openFirst(spoken: readonly SpokenOf[]): readonly SpokenOf[] {
  const open = spoken.filter(({ alert }) => !isClosed(alert))
  return open.length > 0 ? open : spoken
}

/** The alerts that had begun when something was said; where none had, those that its clock may have been slow for. */
function begunBy(alerts: readonly Alert[], statement: Statement | null): readonly Alert[] {
  if (!statement) return []
  if (statement.at === null) return alerts
  const said = Date.parse(statement.at)
  // Some say only the minute.
  const latest = said % MINUTE_MS === 0 ? said + MINUTE_MS - 1 : said
  const begun = alerts.filter((alert) => beginOf(alert) <= latest)
  if (begun.length > 0) return begun
  return alerts.filter((alert) => beginOf(alert) - CLOCK_TOLERANCE_MS <= said)
}

const MINUTE_MS = 60_000

/** When the critical value was set, or else came in (A16). */
const beginOf = ({ setAt, openedAt }: Alert): number =>
  setAt === null ? openedAt : Date.parse(setAt)

/** How long feedback that overtook its critical value is matched again, in ms (reading section 2). */
export const REMATCH_MS = 10 * 60_000

/** The same feedback, as it was stored before. */
export interface SeenFeedback {
  /** `matched` with an alert; `orphan` and `lost` are feedback whose alert has not come, yet or ever. */
  readonly state: 'matched' | 'orphan' | 'lost'
  /** It was accepted although its exam was not known. */
  readonly isAccepted: boolean
}

/**
 * What a feedback comes to. `new` is stored; `duplicate` is counted and changes nothing; `orphanAgain` waits for its
 * critical value anew.
 * @param isKnown the exam has alerts
 */
export function feedbackArrival(
  isKnown: boolean,
  seen: SeenFeedback | null,
): 'new' | 'duplicate' | 'orphanAgain' {
  if (!seen) return 'new'
  if (seen.state === 'matched' || (!isKnown && seen.isAccepted)) return 'duplicate'
  return isKnown ? 'new' : 'orphanAgain'
}

export interface Acknowledged {
  readonly stage: AlertStage
  readonly flags: readonly string[]
  /** What is to be noted: what is known already is not noted twice. */
  readonly milestones: readonly Milestone[]
  /** True when anything that was said counts for the content that there is now. */
  readonly counts: boolean
}

/** The alert after it. */
export function advanced(alert: Alert, { stage, milestones }: Acknowledged, at: number): Alert {
  if (milestones.length === 0) return alert
  const has = (wanted: AlertStage) => milestones.some((one) => one.stage === wanted)
  return {
    ...alert,
    stage,
    receivedAt: alert.receivedAt ?? (has('received') ? at : null),
    processedAt: alert.processedAt ?? (has('processed') ? at : null),
    milestones: [...alert.milestones, ...milestones],
  }
}

/** Applies a feedback that came in to its exam. */
export interface Heard {
  /** The exam afterwards. */
  readonly exam: Exam
  /** The alerts that it spoke of, as they were. */
  readonly alerts: readonly Alert[]
  /** Those of them that something of it was said of, although it may be known already. */
  readonly applied: readonly number[]
  readonly flags: readonly string[]
  /** True when anything that it says counts; false for a word on a content that was corrected since, for one. */
  readonly counts: boolean
}

/**
 * A feedback comes in, with all alerts that it speaks of.
 * @param stage how far it goes; `none` = it is kept and changes nothing
 */
export function hear(
  exam: Exam,
  spoken: readonly SpokenOf[],
  stage: 'none' | 'received' | 'processed',
  at: number,
): Heard {
  const flags = new Set<string>()
  if (spoken.length > 1) flags.add('severalAlerts')
  if (spoken.length === 0) flags.add('beforeAlerts')
  const applied: number[] = []
  let counts = false
  let after = exam
  for (const { alert, said } of spoken) {
    // It is kept and handed out, but changes nothing (reading section 2).
    if (isCancelled(alert)) flags.add('afterCancel')
    if (isCancelled(alert) || stage === 'none') {
      counts = true
      continue
    }
    const acknowledged = acknowledge(alert, said, at)
    for (const flag of acknowledged.flags) flags.add(flag)
    counts ||= acknowledged.counts
    applied.push(alert.id)
    after = withAlert(after, advanced(alert, acknowledged, at))
  }
  return {
    exam: after,
    alerts: spoken.map(({ alert }) => alert),
    applied,
    flags: [...flags],
    counts,
  }
}

/**
 * How far a feedback brings an alert, and what is to be noted of it. The first reception stays and another
 * receiver is added beside it; results that differ are all kept.
 * @param at epoch ms of our clock
 */
export function acknowledge(alert: Alert, said: Said, at: number): Acknowledged {
  const { milestones } = alert
  const flags = new Set<string>()
  const start = Math.max(
    0,
    milestones.findLastIndex(({ stage }) => stage === 'stored'),
  )
  const earlier = milestones.slice(0, start)
  const present = milestones.slice(start)
  // What was said of a content that has been corrected since is no word on the correction: neither when it is
  // repeated nor when it comes in late.
  const counted = (stage: AlertStage, statement: Statement | null): Statement | null => {
    if (!statement) return null
    const isOld =
      earlier.some((entry) => isSame(entry, stage, statement)) ||
      (start > 0 && isBefore(statement, present[0]!.at))
    if (isOld) flags.add('beforeRevision')
    return isOld ? null : statement
  }
  const received = counted('received', said.received)
  const processed = counted('processed', said.processed)
  if ([received, processed].some((statement) => statement && isSkewed(statement, alert, at))) {
    flags.add('clockSkew')
  }
  const { CrisisSettor: settor = NOBODY } = alert.crisis
  // Whoever set the critical value has also received it: a shared account, or nobody was told (A25).
  if (received && isSamePerson(settor, received.person)) flags.add('selfAck')
  const noted: Milestone[] = []
  if (received) {
    const receivers = present.filter(({ stage }) => stage === 'received')
    const isKnown = receivers.some((entry) => isSamePerson(entry, received.person))
    if (receivers.length > 0 && !isKnown) flags.add('otherReceiver')
    if (!isKnown) noted.push(milestone('received', received, at))
  }
  if (processed) {
    if (alert.processedAt !== null) flags.add('processedAgain')
    const isKnown = present.some((entry) => isSame(entry, 'processed', processed))
    if (!isKnown) noted.push(milestone('processed', processed, at))
  }
  const reached = processed ? 'processed' : received ? 'received' : alert.stage
  return {
    stage: furthest(alert.stage, reached),
    flags: [...flags],
    milestones: noted,
    counts: received !== null || processed !== null,
  }
}

const milestone = (
  stage: AlertStage,
  { at: saidAt, person }: Statement,
  at: number,
): Milestone => ({
  stage,
  at,
  saidAt,
  ...person,
})

function isSkewed({ at: saidAt }: Statement, { setAt }: Alert, at: number): boolean {
  if (saidAt === null) return false
  const said = Date.parse(saidAt)
  return (
    said > at + CLOCK_TOLERANCE_MS ||
    (setAt !== null && said < Date.parse(setAt) - CLOCK_TOLERANCE_MS)
  )
}

/** An honest acknowledgement of a correction must not be dropped because a clock is slow. */
const isBefore = ({ at }: Statement, then: number): boolean =>
  at !== null && Date.parse(at) < then - CLOCK_TOLERANCE_MS

const isSame = (entry: Milestone, stage: AlertStage, { at, person }: Statement): boolean =>
  entry.stage === stage && entry.saidAt === at && isSamePerson(entry, person)

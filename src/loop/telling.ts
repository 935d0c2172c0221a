import type { CrisisFeedback } from '../messages/index.js'
import { acknowledge, advanced, saidBy, spokenOf, type Said } from './acknowledgement.js'
import { alertWithKey } from './arrival.js'
import type { DescribedFeedback } from './describe.js'
import { isCancelled, UNKNOWN_ALERT, withAlert, type Exam } from './exam.js'
import { partsOf, type ToldStage } from './report.js'

/** The feedback of a flow, on its way to the PACS. */
export interface FlowFeedback extends Pick<DescribedFeedback, 'receiveAt' | 'processAt'> {
  /** The alert that the flow speaks of (K); '' = all of the exam. */
  readonly key: string
  /** The revision that the flow speaks of; absent = the current one. */
  readonly revision?: number | undefined
  readonly feedback: CrisisFeedback
  readonly stage: ToldStage
}

/**
 * Why nothing was noted, and nothing is to be sent.
 * - `unknownAlert`: it is not known which alert is meant: the one that is named is none of this exam, or all of
 *   the exam were set after what was said
 * - `cancelled`: the alert was cancelled
 * - `revised`: it speaks of a content that has been corrected since
 */
export type NotTold = 'unknownAlert' | 'cancelled' | 'revised'

/** Applies the feedback of a flow to its exam. */
export interface Told {
  readonly refused: NotTold | null
  /** The exam afterwards. */
  readonly exam: Exam
  /** The first of the alerts that are spoken of; null for an exam that is not known here. */
  readonly alert: number | null
  /** The alerts that it is noted with; `UNKNOWN_ALERT` for an exam that is not known here. */
  readonly alerts: readonly number[]
  /** Those of them that have come further by it. */
  readonly applied: readonly number[]
  readonly flags: readonly string[]
}

/** A flow tells a clinician's feedback: it is noted with each alert that it speaks of. */
export function tell(exam: Exam, telling: FlowFeedback, at: number): Told {
  const all = exam.alerts
  const named = alertWithKey(all, telling.key)
  const current = all.filter((alert) => !isCancelled(alert))
  const said = saidBy(telling.feedback, telling)
  // What a flow says of one alert is of that one, whatever its clock says.
  const speaksOf = named ? [{ alert: named, said }] : spokenOf(current, said)
  const alert = (named ?? speaksOf[0]?.alert ?? current[0])?.id ?? null
  const nothing = { exam, alert, alerts: [], applied: [], flags: [] }
  if (all.length === 0) {
    const alerts = [UNKNOWN_ALERT]
    return { ...nothing, refused: null, alerts, exam: withTold(exam, UNKNOWN_ALERT, telling, said) }
  }
  // One acknowledgement must not close two findings.
  if (telling.key !== '' && !named) return { ...nothing, refused: 'unknownAlert' }
  if (current.length === 0 || (named && isCancelled(named))) {
    return { ...nothing, refused: 'cancelled' }
  }
  if (speaksOf.length === 0) return { ...nothing, refused: 'unknownAlert' }
  const flags = new Set<string>()
  const alerts: number[] = []
  const applied: number[] = []
  let after = exam
  for (const one of speaksOf) {
    const { id, revision } = one.alert
    // A later number may be that of an earlier content, which came late.
    if (telling.revision !== undefined && telling.revision !== revision) continue
    const acknowledged = acknowledge(one.alert, one.said, at)
    after = withAlert(after, advanced(one.alert, acknowledged, at))
    if (acknowledged.flags.includes('beforeRevision') && !acknowledged.counts) continue
    alerts.push(id)
    if (acknowledged.milestones.length > 0) applied.push(id)
    const wasTold = exam.told.some(({ alert: of, parts }) => of === id && parts.processed)
    for (const flag of acknowledged.flags) {
      // A person's act has been counted before its feedback comes by.
      const isOwn = acknowledged.milestones.length === 0 && !wasTold
      if (flag !== 'processedAgain' || !isOwn) flags.add(flag)
    }
    after = withTold(after, id, telling, one.said)
  }
  if (alerts.length === 0) return { ...nothing, exam: after, refused: 'revised' }
  return { refused: null, exam: after, alert, alerts, applied, flags: [...flags] }
}

/** The exam with what was told of an alert beside what was told of it before. */
function withTold(exam: Exam, alert: number, { feedback }: FlowFeedback, said: Said): Exam {
  const before = exam.told.find((one) => one.alert === alert)
  const parts = { ...before?.parts, ...partsOf(feedback, said) }
  const others = exam.told.filter((one) => one !== before)
  const told = [...others, { alert, parts }].toSorted((a, b) => a.alert - b.alert)
  return { ...exam, told }
}

import { isBlank } from '../messages/index.js'
import type { AlertStage } from './exam.js'
import { normalised } from './identity.js'
import type { ListedValue } from './source-list.js'

/*
 * A list from the source beside the ledger. What never reached us leaves no trace here, so that only the list of the
 * source can show it.
 */

/** An alert as far as a list can name it. */
export interface ListedAlert {
  /** K. */
  readonly id: string
  /** The PACS whose numbers these are. */
  readonly system: string
  readonly ExamNo: string
  readonly ApplyNo: string
  /** CrisisCode. */
  readonly code: string
  /** When it was set, in epoch ms; null = the document does not say. */
  readonly setAt: number | null
  /** When it came in, in epoch ms. */
  readonly openedAt: number
  readonly stage: AlertStage
}

export interface Difference {
  readonly listed: ListedValue
  readonly alert: ListedAlert
  /** The facts that differ. */
  readonly in: readonly ('code' | 'time')[]
}

export interface ListComparison {
  /** Number of listed values that the ledger has as they are. */
  readonly matched: number
  readonly missingInLedger: readonly ListedValue[]
  readonly missingInSource: readonly ListedAlert[]
  readonly different: readonly Difference[]
}

/** A list may leave the seconds out, in ms. */
export const LISTED_TIME_MS = 60_000

/**
 * Compares a list with alerts.
 * @param alerts those of the exams that the list names, and those of its period
 * @param isOfPeriod true for an alert that the list would have to name
 */
export function compareList(
  list: readonly ListedValue[],
  alerts: readonly ListedAlert[],
  isOfPeriod: (alert: ListedAlert) => boolean,
): ListComparison {
  const free = new Set(alerts)
  const byExam = Map.groupBy(alerts, ({ ExamNo }) => normalised(ExamNo))
  const byApply = Map.groupBy(alerts, ({ ApplyNo }) => normalised(ApplyNo))
  const sameExam = (value: ListedValue): readonly ListedAlert[] => {
    const found = isBlank(value.ExamNo)
      ? byApply.get(normalised(value.ApplyNo))
      : byExam.get(normalised(value.ExamNo))
    return (found ?? []).filter((alert) => free.has(alert) && agree(value.ApplyNo, alert.ApplyNo))
  }
  // Those that agree in everything first: the findings of one exam must not be taken for one another.
  const rest = list.filter((value) => {
    const same = sameExam(value).find((alert) => differences(value, alert).length === 0)
    if (same) free.delete(same)
    return !same
  })
  const different: Difference[] = []
  const missingInLedger: ListedValue[] = []
  for (const listed of rest) {
    // One that differs in both is another finding.
    const alert = sameExam(listed).find((one) => differences(listed, one).length === 1)
    if (!alert) missingInLedger.push(listed)
    else {
      free.delete(alert)
      different.push({ listed, alert, in: differences(listed, alert) })
    }
  }
  return {
    matched: list.length - rest.length,
    missingInLedger,
    missingInSource: [...free].filter(isOfPeriod),
    different,
  }
}

/** A fact that the list does not say, or the document, differs from nothing. */
function differences(value: ListedValue, alert: ListedAlert): readonly ('code' | 'time')[] {
  const isLate =
    value.at !== null && alert.setAt !== null && Math.abs(value.at - alert.setAt) >= LISTED_TIME_MS
  return [
    ...(agree(value.code, alert.code) ? [] : ['code' as const]),
    ...(isLate ? ['time' as const] : []),
  ]
}

const agree = (listed: string, own: string): boolean =>
  isBlank(listed) || isBlank(own) || normalised(listed) === normalised(own)

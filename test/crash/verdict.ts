import { nameOf, revisionOf } from './feeder.js'
import type { Recorded } from './recorder.js'

export interface Verdict {
  readonly acknowledged: number
  /** Answered 0 and not in the ledger. */
  readonly notStored: readonly string[]
  /** Answered 0 and never taken over, with an answer that came through. */
  readonly notDelivered: readonly string[]
  readonly delivered: number
  /** Taken over more than once. */
  readonly duplicates: number
  /** Exams of which an earlier revision arrived behind a later one. */
  readonly overtaken: readonly string[]
}

export function judgeRun(
  acknowledged: readonly string[],
  stored: ReadonlySet<string>,
  recorded: readonly Recorded[],
): Verdict {
  const whole = new Set(
    recorded.filter(({ answer }) => answer === 'whole').map(({ exam, memo }) => nameOf(exam, memo)),
  )
  const latest = new Map<string, number>()
  const overtaken = new Set<string>()
  for (const { exam, memo } of recorded) {
    const revision = revisionOf(memo)
    if (revision < (latest.get(exam) ?? 0)) overtaken.add(exam)
    else latest.set(exam, revision)
  }
  return {
    acknowledged: acknowledged.length,
    notStored: acknowledged.filter((name) => !stored.has(name)),
    notDelivered: acknowledged.filter((name) => !whole.has(name)),
    delivered: whole.size,
    duplicates:
      recorded.length - new Set(recorded.map(({ exam, memo }) => nameOf(exam, memo))).size,
    overtaken: [...overtaken],
  }
}

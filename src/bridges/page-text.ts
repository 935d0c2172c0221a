import { trimmed } from '../loop/index.js'
import type { Crisis, Flag } from '../messages/index.js'
import { pagingText, type PagingLanguage } from './paging.js'
import { situationOf } from './situation.js'

/** The step of a plan that a page is of. */
export interface PageTextStep {
  readonly number: number
  readonly of: number
  readonly round: number
  readonly role: string
  readonly until: 'received' | 'processed'
}

/** The subject of a page. */
export interface PageAbout {
  /** Absent for a page that no plan has asked for. */
  readonly step?: PageTextStep | undefined
  readonly crisis: Pick<Crisis, 'ExamNo' | 'ApplyNo' | 'CrisisType' | 'CrisisCode'>
  readonly flags: readonly Flag[]
  /** '' = not told. */
  readonly hospital: string
  /** Number of this sending among those that may have reached somebody, from 1. */
  readonly attempt: number
  readonly link?: string | undefined
  /** ISO 8601 with offset; null or absent = not known. */
  readonly setAt?: string | null | undefined
  readonly lateSeconds?: number | undefined
  /** The time of the page, in epoch ms. */
  readonly now: number
}

/** The words of a page, which name neither patient nor finding. */
export function pageText(
  { crisis, flags, hospital, attempt, link }: PageAbout,
  language: PagingLanguage,
): { readonly title: string; readonly text: string } {
  const { title, payload } = pagingText({
    crisis,
    id: trimmed(crisis.ExamNo),
    language,
    hospital,
    link,
    situation: situationOf({ flags }),
    repeated: attempt > 1,
  })
  return { title, text: payload }
}

import { TEXT_DAMAGED, type Crisis, type Flag } from '../messages/index.js'
import { chinese, english, type PageTextStep, type PageWords } from './page-words.js'
import { levelOf } from './page-level.js'
import { pageKind } from './page-kind.js'
import type { PagingLanguage } from './paging.js'

export type { PageTextStep } from './page-words.js'

/** The subject of a page. */
export interface PageAbout {
  /** Absent for a page that no plan has asked for. */
  readonly step?: PageTextStep | undefined
  /** Only ExamNo (ApplyNo where there is none), CrisisType and CrisisCode are looked at. */
  readonly crisis: Pick<Crisis, 'ExamNo' | 'ApplyNo' | 'CrisisType' | 'CrisisCode'>
  /** Those of `msg.crisis`: `cancelled`, `possibleWrongPatient`, `revision`, `redelivered`, `textDamaged`. */
  readonly flags: readonly Flag[]
  /** '' = not told. */
  readonly hospital: string
  /** As the flow names it; '' = not told. */
  readonly department?: string | undefined
  /**
   * Number of this sending among those that may have reached somebody, from 1; from 2 on the page is marked as a
   * repetition. One that was not taken does not count: nobody has seen it.
   */
  readonly attempt: number
  /** Address to log in at; must name no patient. */
  readonly link?: string | undefined
  /** ISO 8601 with offset; null or absent = not known. */
  readonly setAt?: string | null | undefined
  /** Time by which the step is later than its plan says, in seconds. Default is 0. */
  readonly lateSeconds?: number | undefined
  /** The time of the page, in epoch ms, by which the age of the critical value counts. */
  readonly now: number
}

export interface PageText {
  /** For a lock screen and for a digest: nothing but marks, level, end of the exam number and step. */
  readonly title: string
  /** The title's content and all else, with the link at its end. */
  readonly text: string
}

/**
 * Most characters of a text without its link: two parts of an SMS, of 67 characters each, or of 153 where all are ASCII
 * (3GPP TS 23.040, with the header of a part).
 */
const MOST = { ascii: 306, other: 134 } as const

const LONGEST_NAME = 20

/**
 * The words of a page. They name neither patient nor finding: a page stands on lock screens and in group chats. What is
 * unusual comes first, then what to do; what does not fit into two parts of an SMS is left out.
 */
export function pageText(about: PageAbout, language: PagingLanguage): PageText {
  const words = language === 'zh-CN' ? chinese(wordsOf(about)) : english(wordsOf(about))
  const { title, first, more } = words
  const text = more.reduce((said, part) => (fits(said + part) ? said + part : said), first)
  const link = about.link?.trim() ?? ''
  return { title, text: link === '' ? text : `${text} ${link}` }
}

const fits = (text: string): boolean =>
  text.length <= (/^[\x20-\x7e]*$/.test(text) ? MOST.ascii : MOST.other)

function wordsOf(about: PageAbout): PageWords {
  const { step, crisis, flags, attempt, setAt, now, lateSeconds = 0 } = about
  const isCancelled = flags.includes('cancelled')
  return {
    marks: {
      cancelled: isCancelled,
      // One that is void is nobody's any more, whatever else it was.
      wrongPatient: !isCancelled && flags.includes('possibleWrongPatient'),
      corrected: !isCancelled && flags.includes('revision'),
      repeated: attempt > 1 || flags.includes('redelivered'),
    },
    level: levelOf(crisis.CrisisCode),
    kind: pageKind(crisis.CrisisType),
    exam: examEnd(crisis),
    department: shortened(about.department),
    hospital: shortened(about.hospital),
    step,
    set: setOf(setAt, now),
    lateMinutes: Math.floor(Math.max(0, lateSeconds) / 60),
    isDamaged: flags.includes(TEXT_DAMAGED),
  }
}

const EXAM_END = 4

/** Long enough to find the exam among open ones; the whole number would lead to the patient. */
function examEnd({ ExamNo = '', ApplyNo = '' }: PageAbout['crisis']): string {
  const [number = ''] = [ExamNo, ApplyNo]
    .map((text) => text.replace(/[^0-9A-Za-z]/g, ''))
    .filter((text) => text !== '')
  return number.slice(-EXAM_END)
}

const shortened = (name = ''): string => {
  const characters = Array.from(name.replace(/\s+/g, ' ').trim())
  return characters.slice(0, LONGEST_NAME).join('')
}

const MINUTE_MS = 60_000

/** Past this age a time of day says too little. */
const DATED_MINUTES = 12 * 60

function setOf(setAt: string | null | undefined, now: number): PageWords['set'] {
  const [, date, time] = /^\d{4}-(\d\d-\d\d)T(\d\d:\d\d)/.exec(setAt ?? '') ?? []
  const at = Date.parse(setAt ?? '')
  if (date === undefined || time === undefined || Number.isNaN(at)) return undefined
  const minutes = Math.floor((now - at) / MINUTE_MS)
  // A clock that runs ahead makes no age.
  const isKnown = minutes >= 0
  const isDated = !isKnown || minutes >= DATED_MINUTES
  return { at: isDated ? `${date} ${time}` : time, minutes: isKnown ? minutes : undefined }
}

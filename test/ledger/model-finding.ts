import type { Crisis, CrisisFeedback, Person } from '../../src/messages/index.js'

/* The parts of an exam in plain data, and what two of them have in common. */

export const MINUTE_MS = 60_000

/** A critical value, with its set time as an instant; null when the document does not say. */
export interface Content {
  readonly crisis: Crisis
  readonly setMs: number | null
}

/** Somebody has received, or processed. */
export interface Word {
  readonly stage: 'received' | 'processed'
  readonly who: Person
  readonly at: number
}

/** A feedback, with its words; it may also assert nothing (A22). */
export interface Feedback {
  readonly document: CrisisFeedback
  readonly words: readonly Word[]
}

export interface Finding {
  /** The contents, in the order in which they came. */
  readonly contents: Content[]
  /** Place of the content that counts. */
  current: number
  /** The patient's number, as far as any content has named it. */
  patient: string
  readonly openedAt: number
  /** When the content that counts began to, by our clock. */
  since: number
  isCorrected: boolean
  isCancelled: boolean
  isHeld: boolean
  /** The peer has the content that counts. */
  isNotified: boolean
  /** A PACS was told of its processing. */
  isReported: boolean
  /** What was said of the content that counts, and of those before it. */
  said: Word[]
  saidBefore: Word[]
  /** What flows have said of the content that counts, for a PACS. */
  told: Telling[]
  /** Another finding came when this was closed: what was told until then is not told of that one. */
  past: Telling[]
}

/** A finding that something was told of. */
export interface SpokenOf {
  readonly finding: Finding
  /** When the content that counted had begun to. */
  readonly since: number
  /** It was cancelled since, or is of another patient. */
  isVoid: boolean
}

/** Feedback that a flow has handed over for a PACS. */
export interface Telling {
  readonly id: string
  readonly feedback: CrisisFeedback
  /** What it speaks of; empty for an exam that is not known. */
  readonly about: readonly SpokenOf[]
  readonly parts: Readonly<Record<Word['stage'], string>>
  /** Changes of the exam that there had been. */
  readonly epoch: number
  state: 'open' | 'dead' | 'done' | 'ended'
  /** A person has seen it dead and decided, or something later has said the same. */
  isClosed: boolean
}

export type Mode = 'default' | 'perAlert' | 'combinedOnly'

/** What may be said at a moment: of either stage, the words of somebody. */
export type MaySay = Readonly<Record<Word['stage'], ReadonlySet<string>>>

export interface Arrived {
  readonly kind: 'new' | 'revision' | 'outOfOrder' | 'resend'
  readonly finding: Finding
  /** Place of the content. */
  readonly content: number
  readonly late: boolean
  readonly earlier: boolean
  readonly wrongPatient: boolean
}

export const levelOf = ({ said }: Finding): number =>
  said.some(({ stage }) => stage === 'processed') ? 2 : said.length > 0 ? 1 : 0

export const isClosed = (finding: Finding): boolean => finding.isCancelled || levelOf(finding) === 2

export const trim = (text: string | undefined): string => (text ?? '').trim()
export const documentText = ({ crisis }: Content): string => JSON.stringify(crisis)
export const isUnnamed = ({ crisis }: Content): boolean =>
  trim(crisis.CrisisCode) === '' && trim(crisis.CrisisName) === ''
export const findingText = ({ crisis }: Content): string =>
  JSON.stringify([crisis.CrisisCode, crisis.CrisisName])

/** K, in clear. */
export const keyText = (content: Content): string =>
  content.setMs === null || isUnnamed(content)
    ? documentText(content)
    : JSON.stringify([content.setMs, findingText(content)])

export const isSamePerson = (one: Person, other: Person): boolean =>
  trim(one.code) || trim(other.code)
    ? trim(one.code) === trim(other.code)
    : trim(one.name) === trim(other.name)

/** The words of a feedback of one stage, as one text: a name of one is never put beside a time of another. */
export function partText(document: CrisisFeedback, stage: Word['stage']): string {
  const values =
    stage === 'received'
      ? [document.CrisisReceiver, document.CrisisReceiveDate, document.CrisisReceiveTime]
      : [document.ProcessStaff, document.ProcessDate, document.ProcessTime, document.ProcessResult]
  const isFilled = values.some((value) =>
    typeof value === 'string' ? value !== '' : value && value.code + value.name !== '',
  )
  return isFilled ? JSON.stringify(values) : ''
}

export const isSameWord = (one: Word, other: Word): boolean =>
  one.stage === other.stage && one.at === other.at && isSamePerson(one.who, other.who)

export function forget(finding: Finding): void {
  finding.told = []
  finding.past = []
}

export const newFinding = (content: Content, at: number): Finding => ({
  contents: [content],
  current: 0,
  patient: trim(content.crisis.SickNo),
  openedAt: at,
  since: at,
  isCorrected: false,
  isCancelled: false,
  isHeld: false,
  isNotified: false,
  isReported: false,
  said: [],
  saidBefore: [],
  told: [],
  past: [],
})

import type { Reason } from '../messages/index.js'

export type { Reason } from '../messages/index.js'

/**
 * All that goes between the board's server and its page, as JSON. Times are epoch ms; the page shows them in the zone
 * of the session. Whoever may not see patients gets their names and numbers masked by the server.
 */

export type Role = 'look' | 'act' | 'administer'

export interface PersonView {
  readonly code: string
  readonly name: string
}

export interface SessionView {
  /** null = nobody has signed in. */
  readonly person: PersonView | null
  readonly role: Role
  readonly seesPatients: boolean
  /** Sent back with each act, so that no form of another site can act. */
  readonly formToken: string
  readonly signIn: 'accounts' | 'proxy' | 'node-red'
  readonly hospital: string
  /** As in `+08:00`. */
  readonly zone: string
  readonly language: 'zh-CN' | 'en-US'
  readonly now: number
}

export interface SignIn {
  readonly user: string
  readonly password: string
}

export interface Problem {
  readonly code: string
  readonly reason: Reason
}

/** Something that has gone wrong, as the trouble messages of `crisis watch` name it. */
export interface TroubleView {
  readonly code: string
  readonly reason: Reason
  readonly at: number
}

/** The next moment at which something is expected of people. */
export interface DueView {
  /** `received` or `processed`: what has to be done until then. */
  readonly until: 'received' | 'processed'
  /** The limit; it lies in the past where the exam is overdue. */
  readonly at: number
  /** The step of the plan that falls due next, from 1, and when; null = none does. */
  readonly step: number | null
  readonly stepAt: number | null
}

export interface PageView {
  readonly id: number
  readonly person: PersonView | null
  readonly role: string
  readonly channel: string
  readonly state: 'owed' | 'sending' | 'accepted' | 'failed' | 'superseded'
  readonly at: number
  readonly reason: Reason | null
}

export interface OpenRow {
  readonly alert: number
  readonly id: string
  readonly system: string
  readonly ExamNo: string
  readonly ApplyNo: string
  readonly SickNo: string
  readonly patient: string
  readonly CrisisType: string
  readonly CrisisCode: string
  /** The finding; blank where the session may not see patients. */
  readonly text: string
  readonly department: string
  readonly stage: 'stored' | 'notified' | 'received'
  readonly openedAt: number
  readonly due: DueView | null
  readonly isOverdue: boolean
  readonly owner: PersonView | null
  readonly ownerSince: number | null
  /** The latest page, and how many there were. */
  readonly page: PageView | null
  readonly pages: number
  readonly trouble: TroubleView | null
  readonly revision: number
  /** Why people have to decide about it; null = nothing holds it. */
  readonly hold: string | null
}

export interface OpenCounts {
  readonly open: number
  readonly overdue: number
  /** Documents and pages that are still to be delivered. */
  readonly owed: number
  /** Things that need a person: dead letters, quarantine, orphans, holds, unclaimed. */
  readonly stuck: number
  readonly lastTrouble: TroubleView | null
}

export interface OpenView {
  readonly now: number
  readonly rows: readonly OpenRow[]
  readonly counts: OpenCounts
  /** True where there are more than are shown. */
  readonly isCut: boolean
}

export interface OpenUpdate {
  readonly now: number
  readonly isWhole: boolean
  readonly changed: readonly OpenRow[]
  readonly gone: readonly number[]
  readonly counts: OpenCounts
}

export interface TimelineEntry {
  readonly at: number
  /** As in the trace: `arrived`, `revision`, `page`, `attempt`, `feedback`, `act`, `trouble`, `audit`. */
  readonly kind: string
  readonly words: Reason
  readonly person: PersonView | null
  /** Raw bytes that belong to it, asked for by `api/raw?alert=…&n=…`. */
  readonly raw: readonly RawPart[]
}

export interface RawPart {
  readonly name: 'request' | 'reply' | 'document'
  readonly n: number
  readonly bytes: number
}

export interface RevisionView {
  readonly revision: number
  readonly at: number
  /** Field by field in the document's own names, in its order. */
  readonly fields: readonly { readonly name: string; readonly value: string }[]
}

export interface ExamView {
  readonly now: number
  readonly row: Omit<OpenRow, 'stage'> & {
    readonly stage: string
    readonly closedAt: number | null
  }
  readonly revisions: readonly RevisionView[]
  readonly pages: readonly PageView[]
  readonly timeline: readonly TimelineEntry[]
  readonly audit: readonly {
    readonly at: number
    readonly who: string
    readonly action: string
    readonly reason: string
  }[]
  /** The acts that this session may do here. */
  readonly acts: readonly ActKind[]
}

export interface RawView {
  readonly charset: string
  /** Laid out for people where it is XML or JSON; masked where the session may not see patients. */
  readonly text: string
  readonly isMasked: boolean
}

export type StuckKind = 'dead' | 'quarantine' | 'orphan' | 'hold' | 'waiting' | 'unclaimed' | 'page'

export interface StuckRow {
  readonly kind: StuckKind
  readonly id: string
  readonly alert: number | null
  readonly ExamNo: string
  readonly where: string
  readonly at: number
  readonly reason: Reason
  readonly acts: readonly ActKind[]
  /** Whom `passOn` may name as its `target`; empty where nothing can be passed on. */
  readonly targets: readonly { readonly id: string; readonly name: string }[]
}

export interface StuckView {
  readonly now: number
  readonly rows: readonly StuckRow[]
  readonly isCut: boolean
}

export type ActKind =
  | 'received'
  | 'processed'
  | 'passedOn'
  | 'readBack'
  | 'replay'
  | 'editAndSend'
  | 'giveUp'
  | 'passOn'
  | 'liftHold'
  | 'cancelAlert'
  | 'chooseContent'
  | 'phoneCall'
  | 'matchPhoneCall'
  | 'account'

/** An act of whoever is signed in; `fields` are those that the kind needs. */
export interface Act {
  readonly kind: ActKind
  readonly alert?: number
  readonly id?: string
  readonly reason?: string
  readonly fields?: Readonly<Record<string, string>>
}

export interface ActAnswer {
  readonly isDone: boolean
  /** Why not, or what is needed next, such as a second person. */
  readonly reason: Reason | null
}

/** Days such as `2026-01-31`, in the zone of the hospital; absent or blank = any. */
export interface SearchQuery {
  readonly ExamNo?: string
  readonly ApplyNo?: string
  readonly SickNo?: string
  /** Staff number or name of whoever received or processed. */
  readonly doctor?: string
  readonly department?: string
  readonly stage?: string
  readonly from?: string
  readonly until?: string
  /** `SearchView.next` of the part before. */
  readonly after?: string
}

export interface FoundRow {
  readonly alert: number
  readonly id: string
  readonly ExamNo: string
  readonly ApplyNo: string
  readonly SickNo: string
  readonly patient: string
  readonly text: string
  readonly department: string
  readonly stage: string
  readonly openedAt: number
  readonly closedAt: number | null
  readonly receivedBy: PersonView | null
  readonly processedBy: PersonView | null
  readonly isOverdue: boolean
}

export interface SearchView {
  readonly now: number
  readonly rows: readonly FoundRow[]
  /** Asks for the next part; null = there is none. */
  readonly next: string | null
}

export interface RegisterQuery {
  readonly from?: string
  readonly until?: string
  readonly department?: string
  readonly shift?: string
  /** Only the rows that this figure counts as not done in time, by its code. */
  readonly missed?: string
  readonly after?: string
}

export interface RegisterView {
  readonly now: number
  readonly columns: readonly { readonly key: string; readonly words: Reason }[]
  readonly rows: readonly {
    readonly alert: number
    readonly isOverdue: boolean
    /** In the order of the columns. */
    readonly cells: readonly string[]
  }[]
  readonly next: string | null
}

export type FigureGroup = 'day' | 'month' | 'quarter' | 'year' | 'department' | 'shift'

export interface FiguresQuery {
  readonly from?: string
  readonly until?: string
  readonly by: FigureGroup
  readonly department?: string
  readonly shift?: string
}

export interface FigureView {
  readonly code: string
  readonly numerator: number
  readonly denominator: number
  /** In the denominator, and neither done nor late for good. */
  readonly open: number
  /** Left out of both. */
  readonly excluded: number
}

export interface FigureMeaning {
  readonly code: string
  readonly name: Reason
  readonly numerator: Reason
  readonly denominator: Reason
  readonly source: string
  /** False = so many for each value. */
  readonly isShare: boolean
}

export interface FiguresView {
  readonly now: number
  readonly meanings: readonly FigureMeaning[]
  /** In order; `label` is a day, month, department or shift, '' = not known. */
  readonly groups: readonly { readonly label: string; readonly figures: readonly FigureView[] }[]
  readonly whole: readonly FigureView[]
  /** Alerts that have come in or changed and are not counted yet. */
  readonly uncounted: number
  /** True where there are too many groups to show. */
  readonly isCut: boolean
}

export interface DutyView {
  readonly role: string
  /** '' = all departments that have nobody of their own. */
  readonly department: string
  /** As in `08:00–16:00`; '' = the whole day. */
  readonly shift: string
  readonly people: readonly (PersonView & { readonly channels: readonly string[] })[]
  /** Why nobody can be called; null = somebody can. */
  readonly gap: Reason | null
}

export interface RosterView {
  readonly now: number
  readonly rosters: readonly {
    readonly name: string
    /** When it was last read from its file; null = it is a table of the node. */
    readonly readAt: number | null
    readonly problem: Reason | null
    readonly duties: readonly DutyView[]
  }[]
}

export interface AccountRow {
  readonly user: string
  readonly person: PersonView
  readonly role: Role
  readonly seesPatients: boolean
  readonly isLocked: boolean
  /** The first administrator stands in the node and cannot be changed here. */
  readonly isFirst: boolean
  readonly lastSignIn: number | null
}

export interface AccountsView {
  readonly now: number
  readonly rows: readonly AccountRow[]
}

/** `api/phone-calls`: what was told by telephone, the latest first. */
export interface PhoneCallRow {
  readonly id: string
  readonly at: number
  readonly caller: PersonView
  readonly called: PersonView
  readonly ExamNo: string
  readonly SickNo: string
  readonly text: string
  readonly isReadBack: boolean
  readonly note: string
  readonly enteredBy: string
  /** The alert that it was matched to; null = none yet. */
  readonly alert: number | null
}

export interface PhoneCallsView {
  readonly now: number
  readonly rows: readonly PhoneCallRow[]
  /** Open exams that a call can be matched to by its exam or patient number, by the call. */
  readonly candidates: Readonly<
    Record<string, readonly { readonly alert: number; readonly ExamNo: string }[]>
  >
}

import type { Act, ActAnswer, OpenUpdate, PersonView, Role } from '../api.js'

/** A session as reads and acts know it: nothing of it comes from the request. */
export interface SessionFacts {
  readonly person: PersonView
  readonly role: Role
  /** False: names and numbers of patients, findings and raw texts are masked. */
  readonly seesPatients: boolean
  readonly language: 'zh-CN' | 'en-US'
  /**
   * Of an act: the second person, whose own password the server has checked; never the first one. Their `secondUser` and
   * `secondPassword` have been taken out of the act's fields.
   */
  readonly second?: PersonView | null
}

/** The views below `api/`, each asked by its name. Those of the session and of the accounts are the server's own. */
export const VIEW_NAMES = [
  'open',
  'exam',
  'raw',
  'stuck',
  'search',
  'register',
  'figures',
  'roster',
  'phone-calls',
] as const

export type ViewName = (typeof VIEW_NAMES)[number]

/**
 * Answers one view as JSON of `api.ts`; null where the id that it is about does not exist (404).
 * @throws CrisisError for a question that makes no sense (`answer` 422 → 400), LedgerError while the ledger fails (503);
 * its reason is shown to the person
 */
export type ReadView = (facts: SessionFacts, query: URLSearchParams) => Promise<object | null>

/** A file to be saved, piece by piece, so that a year of rows is never in memory at once. */
export interface CsvFile {
  /** As in `register-2026-03.csv`: ASCII without quotes. */
  readonly name: string
  readonly parts: AsyncIterable<string>
}

/** The read model as the server asks it. */
export interface BoardReads {
  readonly views: Readonly<Record<ViewName, ReadView>>
  /** The register as a file, cells guarded against formulas. */
  registerCsv(facts: SessionFacts, query: URLSearchParams): Promise<CsvFile>
  /**
   * Follows the open exams for one event stream: `tell` is called with the whole of them soon, then with each
   * difference. One snapshot serves all streams. Never throws; a read that fails is told by `failed`, and tried again.
   * @returns how to stop that
   */
  follow(
    facts: Pick<SessionFacts, 'seesPatients'>,
    tell: (update: OpenUpdate) => void,
    failed: (thrown: unknown) => void,
  ): () => void
}

/** The acts of people, but for accounts. */
export interface BoardActs {
  /**
   * Does an act of whoever is signed in, who has at least the role `act`. Its parts have been checked for their types
   * only, and for their length: `reason` and fields are texts of at most 4 000 characters, `document` of 400 000.
   * @throws CrisisError as a view does
   */
  act(facts: SessionFacts, act: Act): Promise<ActAnswer>
}

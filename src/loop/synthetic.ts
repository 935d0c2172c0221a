/*
 * A synthetic critical value goes the way of a real one, from the call to the commit, and shows that this way is open.
 * It is of nobody: no flow is given it, and nothing counts it.
 */

const PREFIX = 'SYNTHETIC-'

/** The ExamNo of a synthetic critical value. @param nonce that nobody can guess */
export const syntheticKey = (nonce: string): string => `${PREFIX}${nonce}`

/** True for an ExamNo of a synthetic critical value, which no PACS gives; the ledger knows those that it expects. */
export const isSyntheticKey = (examNo: string | undefined): examNo is string =>
  examNo?.startsWith(PREFIX) === true

import { SHEETS_CHANGE, STARTS_FORMULA } from '../loop/index.js'

/*
 * Tables as text that Excel and WPS open as they are: UTF-8 with its mark, lines that end with CR LF, quotes where they
 * are needed (RFC 4180).
 */

/** The mark by which Excel knows UTF-8. */
export const CSV_MARK = '\ufeff'

/** The lines of a table, each with its end. */
export const csvLines = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('')

function cellOf(text: string): string {
  const safe = asText(text)
  return /[",\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * A cell that no sheet runs, and that keeps what it says: what would begin a formula gets an apostrophe before it, and a
 * number whose digits a sheet would change (leading zeros, more than eleven digits) a tab behind it, which makes it text.
 */
function asText(text: string): string {
  if (STARTS_FORMULA.test(text)) return `'${text}`
  return SHEETS_CHANGE.test(text) ? `${text}\t` : text
}

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
  if (FORMULA.test(text)) return `'${text}`
  return CHANGED.test(text) ? `${text}\t` : text
}

/** Sheets take the full-width forms for the same, and pass over blanks before them. */
const FORMULA = /^[\s\u3000]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/
/** `1-2` would be a day, `1E5` a hundred thousand. */
const CHANGED = /^(?:0\d+|\d{12,}|\d+[Ee]\d+|\d+[-/]\d+(?:[-/]\d+)?)$/

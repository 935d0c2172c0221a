/*
 * Tables of text as Excel and WPS save them: commas, tabs or semicolons, quotes where needed (RFC 4180), a mark or a
 * line `sep=;` before the rest.
 */

const DELIMITERS = [',', '\t', ';'] as const

/** The cells of a table; a record of blank cells alone stays, so that numbers of rows are those of the sheet. */
export function readCsv(text: string): readonly (readonly string[])[] {
  const marked = text.startsWith('\ufeff') ? text.slice(1) : text
  const said = /^sep=([,;\t])\r?\n/i.exec(marked)
  const body = said ? marked.slice(said[0].length) : marked
  return recordsOf(body, said?.[1] ?? delimiterOf(body))
}

/** The delimiter that stands most often in the first line, outside of quotes. */
function delimiterOf(text: string): string {
  const [line = ''] = text.replaceAll(/"(?:[^"]|"")*"/g, '').split(/[\r\n]/, 1)
  const countOf = (delimiter: string): number => line.split(delimiter).length
  return DELIMITERS.toSorted((a, b) => countOf(b) - countOf(a))[0] ?? ','
}

function recordsOf(text: string, delimiter: string): readonly (readonly string[])[] {
  const records: string[][] = []
  let record: string[] = []
  let cell = ''
  let isQuoted = false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charAt(i)
    if (isQuoted) {
      if (unit !== '"') cell += unit
      else if (text.charAt(i + 1) === '"') cell += text.charAt(++i)
      else isQuoted = false
    } else if (unit === '"' && cell === '') isQuoted = true
    else if (unit === delimiter) {
      record.push(cell)
      cell = ''
    } else if (unit === '\n' || unit === '\r') {
      if (unit === '\r' && text.charAt(i + 1) === '\n') i++
      records.push([...record, cell])
      record = []
      cell = ''
    } else cell += unit
  }
  if (record.length > 0 || cell !== '') records.push([...record, cell])
  return records
}

/** The letters of a column as Excel names it, from 0: A, B … Z, AA. */
export function columnLetters(column: number): string {
  const letter = String.fromCharCode(0x41 + (column % 26))
  return column < 26 ? letter : columnLetters(Math.floor(column / 26) - 1) + letter
}

/**
 * A table as text: with the mark of UTF-8, by which Excel knows Chinese, and the ends of lines of Windows. A cell that Excel
 * would take for a number or a formula begins with a tab, so that it stays the text that it is; whoever reads it trims.
 */
export const writeCsv = (records: readonly (readonly string[])[]): string =>
  `\ufeff${records.map((record) => `${record.map(cellOf).join(',')}\r\n`).join('')}`

function cellOf(text: string): string {
  const isChanged = STARTS_FORMULA.test(text) || SHEETS_CHANGE.test(text) || DATE_FIRST.test(text)
  const kept = isChanged ? `\t${text}` : text
  return /[",;\t\r\n]/.test(kept) ? `"${kept.replaceAll('"', '""')}"` : kept
}

/** The days of a duty, such as `2026-10-01~2026-10-07`. */
const DATE_FIRST = /^\d{1,4}[-/]\d/

/** A cell that a sheet runs. Sheets take the full-width forms for the same, and pass over blanks before them. */
export const STARTS_FORMULA = /^[\s\u3000]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/
/** A number whose digits a sheet changes: leading zeros and more than eleven digits; `1-2` would be a day, `1E5` a hundred thousand. */
export const SHEETS_CHANGE = /^(?:0\d+|\d{12,}|\d+[Ee]\d+|\d+[-/]\d+(?:[-/]\d+)?)$/

import { withoutControlCharacters } from '../messages/index.js'

const ESCAPES: Readonly<Record<string, string>> = {
  '|': '\\F\\',
  '^': '\\S\\',
  '~': '\\R\\',
  '\\': '\\E\\',
  '&': '\\T\\',
}

const UNESCAPES: Readonly<Record<string, string>> = {
  F: '|',
  S: '^',
  R: '~',
  E: '\\',
  T: '&',
  '.br': '\n',
}

/**
 * Text for a field of an HL7 v2 message with the usual delimiters (HL7 2.5.1 section 2.7). Every kind of line
 * end becomes `\.br\`, because a bare one would end the segment. Other control characters are no text and
 * would break the MLLP frame, so they are left out.
 */
export function escapeHl7(text: string): string {
  return withoutControlCharacters(text).replace(
    /\r\n|[\r\n|^~\\&]/g,
    (found) => ESCAPES[found] ?? '\\.br\\',
  )
}

/** The text of a field. An escape that is not known here stays as it was written. */
export function unescapeHl7(field: string): string {
  return field.replace(/\\(F|S|R|E|T|\.br)\\/g, (whole, name: string) => UNESCAPES[name] ?? whole)
}

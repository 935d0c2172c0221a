/** Blank = nothing but white space, U+3000 and NBSP included; blank counts as absent (reading A21). */
export function isBlank(text: string | undefined): boolean {
  // String.prototype.trim removes every Unicode space separator, U+3000, U+00A0 and U+FEFF among them.
  return text === undefined || text.trim() === ''
}

// eslint-disable-next-line no-control-regex
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

/** Removes what XML 1.0 cannot carry (section 2.2, Char): control characters and lone surrogates. */
export function withoutControlCharacters(text: string): string {
  return text.replace(NOT_XML, '')
}

const TEXT_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Written as references because a reader would otherwise turn them into a space or a line feed
  // (XML 1.0 sections 2.11 and 3.3.3).
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\t': '&#x9;',
}

/** Text for the content of an element; line feeds and tabs stay readable. Expects XML characters only. */
export function escapeText(text: string): string {
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, (c) => TEXT_ESCAPES[c] ?? c) : text
}

/** Text for an attribute in double quotes. Expects XML characters only. */
export function escapeAttribute(text: string): string {
  return /[&<>"\r\n\t]/.test(text)
    ? text.replace(/[&<>"\r\n\t]/g, (c) => TEXT_ESCAPES[c] ?? c)
    : text
}

/** Cuts to at most `limit` UTF-8 bytes without cutting a character (reading A6). */
export function cutToBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length <= limit) return text
  let end = limit
  // A continuation byte is 10xxxxxx: step back to the first byte of the character that does not fit.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

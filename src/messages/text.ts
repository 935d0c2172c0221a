/** Blank = nothing but white space, U+3000 and NBSP included; blank counts as absent (reading A21). */
export function isBlank(text: string | undefined): boolean {
  // String.prototype.trim removes every Unicode space separator, U+3000, U+00A0 and U+FEFF among them.
  return text === undefined || text.trim() === ''
}

// eslint-disable-next-line no-control-regex
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

// Without the `u` flag halves of pairs match too, but it is seven times as fast on text that has neither.
// eslint-disable-next-line no-control-regex
const PERHAPS_NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/

/** Removes what XML 1.0 cannot carry (section 2.2, Char): control characters and lone surrogates. */
export function withoutControlCharacters(text: string): string {
  return PERHAPS_NOT_XML.test(text) ? text.replace(NOT_XML, '') : text
}

// White space is written as references where a reader would otherwise turn it into a space or a line feed
// (XML 1.0 sections 2.11 and 3.3.3).
const CARRIAGE_RETURN = '&#xD;'

const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': CARRIAGE_RETURN,
  '\n': '&#xA;',
  '\t': '&#x9;',
}

/** Text for the content of an element; line feeds and tabs stay readable. Expects XML characters only. */
export function escapeText(text: string): string {
  // A loop takes half the time of a replace with a function, and whole documents go through here.
  let escaped = ''
  let done = 0
  for (let i = 0; i < text.length; i++) {
    let reference: string
    switch (text.charCodeAt(i)) {
      case 0x26:
        reference = '&amp;'
        break
      case 0x3c:
        reference = '&lt;'
        break
      case 0x3e:
        reference = '&gt;'
        break
      case 0x0d:
        reference = CARRIAGE_RETURN
        break
      default:
        continue
    }
    escaped += text.slice(done, i) + reference
    done = i + 1
  }
  return done === 0 ? text : escaped + text.slice(done)
}

/** Text for an attribute in double quotes. Expects XML characters only. */
export function escapeAttribute(text: string): string {
  return /[&<>"\r\n\t]/.test(text)
    ? text.replace(/[&<>"\r\n\t]/g, (c) => ATTRIBUTE_ESCAPES[c] ?? c)
    : text
}

/** Cuts to at most `limit` UTF-8 bytes without cutting a character (reading A6). */
export function cutToBytes(text: string, limit: number): string {
  // No UTF-16 code unit takes more than three bytes: most texts need not be counted.
  if (text.length * 3 <= limit) return text
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length <= limit) return text
  let end = limit
  // A continuation byte is 10xxxxxx: step back to the first byte of the character that does not fit.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

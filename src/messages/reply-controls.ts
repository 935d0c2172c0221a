const NUMBER = '#(?:x0*(fff[ef]|1[0-9a-f]|[0-8bcef])|0*(6553[45]|1[124-9]|2\\d|3[01]|[0-8]));'
const RAW = '[\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]'
/** As they are, or by number: `&#xB;`, `&#11;`. */
const CONTROL = new RegExp(`${RAW}|&${NUMBER}`, 'gi')
/** The same in a document whose markup is escaped, where `&amp;#11;` is the character too. */
const ESCAPED_CONTROL = new RegExp(`${RAW}|&(?:amp;)?${NUMBER}`, 'gi')
const ESCAPED_MARKUP = /^[\0-\x20]*&lt;/i

/** Control pictures of Unicode: U+240B for U+000B. */
const PICTURES = 0x2400
/** Stands for what has no picture. */
const OTHER = '\u2426'

/**
 * A peer's answer with a visible mark for each character that XML forbids: it is read so that a code is found that would
 * otherwise be sent for again for ever. A mark in the code itself makes it another code, which is no success.
 */
export function withControlsShown(text: string): string {
  const control = ESCAPED_MARKUP.test(text) ? ESCAPED_CONTROL : CONTROL
  return withoutPadding(text).replace(control, (whole: string, hex?: string, decimal?: string) => {
    const byNumber = decimal === undefined ? whole.charCodeAt(0) : Number(decimal)
    const number = hex === undefined ? byNumber : Number.parseInt(hex, 16)
    return number < 0x20 ? String.fromCharCode(PICTURES + number) : OTHER
  })
}

/**
 * Terminators and fillings of programs that count characters otherwise than we do, around markup or JSON. An answer of
 * one word is left as it is: there they may be part of the word.
 */
function withoutPadding(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && text.charCodeAt(from) <= 0x20) from++
  while (from < to && text.charCodeAt(to - 1) <= 0x20) to--
  return /[>}]/.test(text.charAt(to - 1)) ? text.slice(from, to) : text
}

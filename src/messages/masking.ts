import { encodeText } from './gb-encoding.js'
import { isBlank } from './text.js'

/** Shown in place of a licence. */
export const MASK = '●●●●'

/** In bytes: the same in every encoding that holds ASCII. */
const BYTES_MASK = '****'

/** `<` and `>`, also escaped, also more than once. */
const LT = '(?:<|&(?:amp;)*(?:lt|#0*60|#x0*3c);)'
const GT = '(?:>|&(?:amp;)*(?:gt|#0*62|#x0*3e);)'

/**
 * An element of a secret, up to its end: the secret may stand in CDATA. Attributes are bounded and the content is
 * lazy, because a pattern that remembers each character of a large body runs out of stack.
 */
const elementOf = (name: string): RegExp =>
  new RegExp(
    `(${LT}(?:[\\w.-]+:)?${name}\\b(?:(?!${LT}|${GT})[^]){0,4000}(?<!/)${GT})[^]+?(?=${LT}/|$)`,
    'gi',
  )

/** The licence that feedback carries. */
const LICENCE_ELEMENT = elementOf('License')

/** A password as WS-Security carries it, should a peer quote the call. */
const PASSWORD_ELEMENT = elementOf('Password')

const ENTITIES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
}

/** A text that may quote a licence, with a mask in its place. */
export function withoutWord(text: string, licence: string, mask = MASK): string {
  return withoutPattern(text, licence, (character) => [character], mask)
}

/** The words of a peer without the secrets that the call to it carried. */
export const withoutSecrets = {
  text: (text: string, secrets: readonly string[]): string =>
    secrets.reduce((rest, secret) => withoutWord(rest, secret), text),
  bytes: (bytes: Uint8Array, secrets: readonly string[]): Buffer =>
    secrets.reduce(withoutBytes, withoutElement(bytes, PASSWORD_ELEMENT)),
} as const

/** The same for bytes of any encoding that a body may come in; those that are not the licence stay as they are. */
export function withoutBytes(bytes: Uint8Array, licence: string): Buffer {
  return inEveryEncoding(bytes, (text, encode) => withoutPattern(text, licence, encode, BYTES_MASK))
}

/**
 * A call as it may be kept: whatever stands where a licence belongs is masked, right or wrong, and so is a
 * licence that was issued, wherever it stands.
 */
export function withoutLicences(raw: Buffer, issued: readonly string[]): Buffer {
  return issued.reduce(withoutBytes, withoutElement(raw, LICENCE_ELEMENT))
}

function withoutElement(bytes: Uint8Array, element: RegExp): Buffer {
  return inEveryEncoding(bytes, (text) =>
    text.replace(element, (_all, tag: string) => tag + BYTES_MASK),
  )
}

/** The ways in which a character may be written in a text. */
type Encode = (character: string) => readonly string[]

const inBytes: Encode = (character) =>
  (['UTF-8', 'GB18030'] as const).flatMap((charset) => {
    try {
      return [encodeText(character, charset).toString('latin1')]
    } catch {
      // The charset does not have it, so it cannot stand in a text of it.
      return []
    }
  })

/**
 * Bytes as texts that can be turned back into them without loss: one character a byte, which shows UTF-8 and
 * GBK, and one for two bytes, either end first and from either of them, which shows UTF-16.
 */
function inEveryEncoding(
  bytes: Uint8Array,
  mask: (text: string, encode: Encode) => string,
): Buffer {
  let masked = Buffer.from(mask(Buffer.from(bytes).toString('latin1'), inBytes), 'latin1')
  // ASCII in UTF-16 is full of zeros.
  if (!masked.includes(0)) return masked
  for (const isSwapped of [false, true]) {
    for (const start of [0, 1]) {
      const end = start + ((masked.length - start) & ~1)
      const units = Buffer.from(masked.subarray(start, end))
      const text = (isSwapped ? units.swap16() : units).toString('utf16le')
      const after = Buffer.from(
        mask(text, (character) => [character]),
        'utf16le',
      )
      masked = Buffer.concat([
        masked.subarray(0, start),
        isSwapped ? after.swap16() : after,
        masked.subarray(end),
      ])
    }
  }
  return masked
}

function withoutPattern(text: string, licence: string, encode: Encode, mask: string): string {
  if (isBlank(licence)) return text
  const characters = Array.from(licence.trim()).map((character) => formsOf(character, encode))
  // Only as a word of its own: a short licence may be part of some number. A letter behind a byte of Chinese may
  // be the second half of that.
  const word = `(?<!(?<![\\x80-\\xff])[0-9A-Za-z])${characters.join('')}(?![0-9A-Za-z])`
  return text.replace(new RegExp(word, 'g'), () => mask)
}

/** A character as it is, and as XML may escape it, also more than once. */
function formsOf(character: string, encode: Encode): string {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16).replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
  const named = ENTITIES[character]
  const escaped = [`#0*${code}`, `#x0*${hex}`, ...(named === undefined ? [] : [named])]
  const plain = [...new Set(encode(character))].map((form) =>
    form.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'),
  )
  return `(?:${plain.join('|')}|&(?:amp;)*(?:${escaped.join('|')});)`
}

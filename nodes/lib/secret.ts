import { isBlank } from '../../src/messages/index.js'
import { MASK } from './message.js'

/** In bytes of an encoding that need not be known. */
const BYTES_MASK = '****'

/** The licence that feedback carries, in an envelope's text or as an element. */
const LICENCE_ELEMENT = /((?:<|&lt;)License\b[^<>&]*(?:>|&gt;))([^<&]*)/gi

// A reply quotes a call inside of strings inside of strings, each of which is escaped once more.
const escapedAs = (c: string, name: string): string =>
  `(?:${c}|&(?:amp;)*(?:${name}|#\\d+|#x[\\da-fA-F]+);)`
const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&(?:amp;)*',
  '<': escapedAs('<', 'lt'),
  '>': escapedAs('>', 'gt'),
  '"': escapedAs('"', 'quot'),
  "'": escapedAs("'", 'apos'),
}

/** A text that may quote a licence, with a mask in its place. */
export function withoutWord(text: string, licence: string, mask = MASK): string {
  if (isBlank(licence)) return text
  // Only as a word of its own: a short licence may be part of some number.
  const quoted = licence
    .trim()
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/[&<>"']/g, (c) => ESCAPED[c] ?? c)
  const word = new RegExp(`(?<![0-9A-Za-z])${quoted}(?![0-9A-Za-z])`, 'g')
  return text.replace(word, () => mask)
}

/** A password as WS-Security carries it, should a peer quote the call. */
const PASSWORD_ELEMENT = /((?:<|&lt;)(?:[\w.-]+:)?Password\b[^<>&]*(?:>|&gt;))([^<&]*)/gi

/** What a peer said, without the secrets that the call to it carried. */
export const withoutSecrets = {
  text: (text: string, secrets: readonly string[]): string =>
    secrets.reduce((rest, secret) => withoutWord(rest, secret), text),
  bytes(bytes: Uint8Array, secrets: readonly string[]): Buffer {
    const text = Buffer.from(bytes).toString('latin1')
    const masked = text.replace(PASSWORD_ELEMENT, (_all, tag: string) => tag + BYTES_MASK)
    return secrets.reduce(withoutBytes, Buffer.from(masked, 'latin1'))
  },
} as const

/** The same for bytes; those that are not the licence stay as they are. */
export function withoutBytes(bytes: Uint8Array, licence: string): Buffer {
  const text = Buffer.from(bytes).toString('latin1')
  const own = Buffer.from(licence, 'utf8').toString('latin1')
  return Buffer.from(withoutWord(text, own, BYTES_MASK), 'latin1')
}

/**
 * A call as it may be kept: whatever stands where a licence belongs is masked, right or wrong, and so is a
 * licence that was issued, wherever it stands.
 */
export function withoutLicences(raw: Buffer, issued: readonly string[]): Buffer {
  const text = raw.toString('latin1')
  const masked = text.replace(LICENCE_ELEMENT, (_all, tag: string) => tag + BYTES_MASK)
  return issued.reduce(withoutBytes, Buffer.from(masked, 'latin1'))
}

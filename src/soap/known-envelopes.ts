import type { XmlLimits } from '../messages/index.js'
import { envelopeLimits } from './envelope-reader.js'

/** More than the toolkits of any site; headers with a number of their own are new each time. */
const MAX_KNOWN = 50
/** In UTF-16 code units. What is kept may hold on to the whole text it was read from. */
const MAX_KEPT_LENGTH = 16_384

/** What no character data can hold, or the parser would not report as it stands (XML 1.0 sections 2.2, 2.4, 2.11). */
const NOT_PLAIN = /[\0-\x08\x0b-\x1f\ufffd-\uffff]|\]\]>|&(?!(?:lt|gt|amp|quot|apos);)/

/** An escaped document in an envelope. */
interface Escaped {
  /** Index behind the tag in front of it. */
  readonly start: number
  /** What a parser says of it. */
  readonly text: string
  /** The envelope without it, and the depth it may have: what all else of the call depends on. */
  readonly around: string
}

/**
 * Envelopes that the gate has let pass. A caller sends the same one each time but for the document in it, so it
 * need not go through the parser again: only the document is checked to be plain text, and taken out.
 */
export class KnownEnvelopes<Call extends { readonly argument: string | null }> {
  readonly #calls = new Map<string, Call>()

  get size(): number {
    return this.#calls.size
  }

  /** The call, where all but its document is known. */
  find({ around, text }: Escaped): Call | undefined {
    const known = this.#calls.get(around)
    return known && { ...known, argument: text }
  }

  keep({ around, text }: Escaped, call: Call): void {
    if (around.length + text.length > MAX_KEPT_LENGTH) return
    if (this.#calls.size >= MAX_KNOWN) this.#calls.clear()
    this.#calls.set(around, { ...call, argument: null })
  }
}

/** The document of an envelope where it is plain escaped text, as nearly all toolkits write it. */
export function findEscaped(xml: string, limits: XmlLimits): Escaped | undefined {
  const { maxLength = 0, maxDepth } = envelopeLimits(limits)
  const first = xml.indexOf('&lt;')
  if (first < 0 || xml.length > maxLength) return undefined
  const start = xml.lastIndexOf('>', first) + 1
  const end = xml.indexOf('<', first)
  const escaped = xml.slice(start, end)
  // It begins with its own `<`, so it is neither blank nor escaped twice.
  if (end < 0 || xml.slice(start, first).trim() !== '') return undefined
  if (NOT_PLAIN.test(escaped) || !escaped.isWellFormed()) return undefined
  const text = escaped
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    // Last, so that nothing is unescaped twice.
    .replace(/&amp;/g, '&')
  // No XML holds a NUL, so no two envelopes look the same without their documents.
  return { start, text, around: `${maxDepth} ${xml.slice(0, start)}\0${xml.slice(end)}` }
}

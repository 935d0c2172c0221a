import { MASK, withoutSecrets } from '../../messages/index.js'

const BYTES_MASK = '****'

/** Shorter ones are masked only as words of their own: anywhere, they would take half of a text with them. */
const SHORTEST_ANYWHERE = 6

/** Most bytes of an answer that are kept. */
export const MAX_EVIDENCE_BYTES = 16 << 10

/** Longest words of a channel that a reason quotes, in characters. */
const MAX_WORDS = 200

/** Texts that a channel must never show: keys, tokens, passwords, secrets to sign with. */
export class Secrets {
  readonly #values: readonly string[]
  /** As they may be written in an address, in JSON or in HTML; the longest first. */
  readonly #forms: readonly string[]

  constructor(values: readonly (string | undefined)[]) {
    this.#values = [...new Set(values.filter((value) => value !== undefined))].filter(
      (value) => value.trim() !== '',
    )
    const anywhere = this.#values.filter((value) => value.length >= SHORTEST_ANYWHERE)
    this.#forms = [...new Set(anywhere.flatMap(formsOf))].toSorted((a, b) => b.length - a.length)
  }

  /** These and one more, such as a token that was fetched. */
  with(...values: readonly string[]): Secrets {
    return new Secrets([...this.#values, ...values])
  }

  text(text: string): string {
    const rest = this.#forms.reduce((masked, form) => masked.replaceAll(form, MASK), text)
    return withoutSecrets.text(rest, this.#values)
  }

  /** Bytes as they may be kept: without secrets, and no more than `MAX_EVIDENCE_BYTES`. */
  bytes(bytes: Uint8Array): Buffer {
    const latin = Buffer.from(bytes).toString('latin1')
    const rest = this.#forms.reduce(
      (masked, form) => masked.replaceAll(Buffer.from(form).toString('latin1'), BYTES_MASK),
      latin,
    )
    const masked = withoutSecrets.bytes(Buffer.from(rest, 'latin1'), this.#values)
    return masked.subarray(0, MAX_EVIDENCE_BYTES)
  }

  /** Words of a channel as a reason may quote them: on one line, short, without secrets. */
  words(said: string): string {
    const line = this.text(said).replace(/\p{C}+|\s+/gu, ' ')
    return Array.from(line.trim()).slice(0, MAX_WORDS).join('')
  }
}

function formsOf(secret: string): readonly string[] {
  const inAddress = encodeURIComponent(secret)
  const inForm = new URLSearchParams({ s: secret }).toString().slice(2)
  return [
    secret,
    inAddress,
    inForm,
    ...[inAddress, inForm].map((form) => form.replace(/%../g, (code) => code.toLowerCase())),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('/', '\\/'),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  ]
}

/** The secret parts of a robot's address: what stands in its query, its login and the end of its path. */
export function secretsOfAddress(address: string): readonly string[] {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    return [address]
  }
  const last = url.pathname.split('/').at(-1) ?? ''
  return [
    ...url.searchParams.values(),
    ...[url.username, url.password].map(decoded),
    // The end of a path may as well be `send`.
    ...(last.length >= SHORTEST_SEGMENT ? [decoded(last)] : []),
  ].filter((value) => value !== '')
}

const SHORTEST_SEGMENT = 12

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

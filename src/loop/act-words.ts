import { ACT_KINDS, type ActKind } from './acknowledge.js'

/** Words, or digits of a keypad, that stand for an act. */
export interface ActWords {
  /** With commas between them. */
  readonly words: string
  readonly action: ActKind
}

/**
 * The act that a reply stands for; null when it is none of them. Only the whole of it counts, since "not received" has
 * "received" in it: what is not understood is for a person.
 */
export function actIn(table: readonly ActWords[], said: unknown): ActKind | null {
  if (typeof said !== 'string' && typeof said !== 'number') return null
  const reply = plain(String(said))
  if (reply === '') return null
  const named = ACT_KINDS.find((kind) => plain(kind) === reply)
  if (named) return named
  const row = table.find(({ words }) => wordsIn(words).includes(reply))
  return row?.action ?? null
}

/** The first word that stands for two acts; undefined = there is none. */
export function wordTwice(table: readonly ActWords[]): string | undefined {
  const all = table.flatMap(({ words }) => wordsIn(words))
  return all.find((word, n) => all.indexOf(word) !== n)
}

const wordsIn = (words: string): readonly string[] =>
  words
    .split(/[,，、;；]/)
    .map(plain)
    .filter((word) => word !== '')

/** Full-width digits, capitals, and the stop at the end of a sentence make no difference. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\s.!。！#]+$/u, '')

import { STATUS_WORDS } from '../../nodes/face/status.js'

/** The words with their texts, the longest text first: one may begin as another does. */
const TEXTS = Object.entries(STATUS_WORDS)
  .flatMap(([word, { zh, en }]) => [zh, en].map((text) => ({ word, text })))
  .toSorted((one, other) => other.text.length - one.text.length)

/**
 * A status as tests speak of it: colour and word, and a count and an age where there are any, such as
 * `red unreachable 3 · 40s`. What begins with no word of ours is the reason of an error.
 */
export function statusOf(fill: string, text: string): string {
  const known = TEXTS.find((one) => text.startsWith(one.text))
  if (!known) return `${fill} error`
  return `${fill} ${known.word}${text.slice(known.text.length).replace(/(?:：|: |，|, ).*/, '')}`
}

// Text that was damaged before it came to us, told by the marks that each kind of damage leaves. What it said cannot
// be had back with certainty, so it is never repaired, only flagged.
import type { Flag } from './document.js'
import { canCarry, encodeText } from './gb-encoding.js'
import { watchUnits } from './xml/index.js'

/** Raised beside one of the causes. */
export const TEXT_DAMAGED: Flag = 'textDamaged'

/**
 * The likely cause:
 *
 * - `charactersAsQuestionMarks`: a database or driver without Chinese put `?` or `¿` for each character
 * - `charactersReplaced`: characters were lost before (U+FFFD), and what stood in their place was read as GBK
 * - `utf8ReadAsGbk`, `utf8ReadAsLatin1`, `gbkReadAsLatin1`: a program read the text in another charset
 */
export type DamageCause =
  | 'charactersAsQuestionMarks'
  | 'charactersReplaced'
  | 'utf8ReadAsGbk'
  | 'utf8ReadAsLatin1'
  | 'gbkReadAsLatin1'

/** The likely cause of the damage of a text, undefined where it shows none. */
export function damageOf(text: string): DamageCause | undefined {
  if (isQuestioned(text)) return 'charactersAsQuestionMarks'
  // U+FFFD in UTF-8, twice, read as GBK; and memory that nobody has filled.
  if (/锟斤拷|(?:烫烫|屯屯){2}/.test(text)) return 'charactersReplaced'
  const western = damageAsLatin1(text)
  if (western) return western
  return isUtf8AsGbk(text) ? 'utf8ReadAsGbk' : undefined
}

/** The flags of a document some of whose texts show damage. */
export function damageFlags(texts: readonly string[]): readonly Flag[] {
  const causes = new Set<Flag>()
  for (const text of texts) {
    const cause = damageOf(text)
    if (cause) causes.add(cause)
  }
  return causes.size === 0 ? [] : [TEXT_DAMAGED, ...causes]
}

const NO_WORDS = /^[\s\d?.,:;()%+*/_-]+$/

/**
 * A question is asked with one or two marks behind its words. Four in a row, marks without a word, or two of the
 * Spanish one, which Oracle puts in place of what it cannot carry, ask nothing.
 */
function isQuestioned(text: string): boolean {
  return /\?{4}|¿{2}/.test(text) || (text.includes('??') && NO_WORDS.test(text))
}

/** Runs of characters that Windows-1252 has above ASCII. */
const WESTERN =
  /[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2026\u2030\u2039\u203a\u20ac\u2122]{3,}/g
const CHINESE = /[\u4e00-\u9fff\u3400-\u4dbf]/
/** The 3 755 characters of the first level of GB 2312, of which most texts consist, begin with B0 to D7. */
const LEVEL_1_PAIRS = /^(?:[\xb0-\xd7][\xa1-\xfe]){2,}$/

function damageAsLatin1(text: string): DamageCause | undefined {
  for (const [run] of text.matchAll(WESTERN)) {
    const bytes = windows1252Bytes(run)
    const asUtf8 = decode(bytes, 'utf-8')
    if (asUtf8 !== undefined && CHINESE.test(asUtf8)) return 'utf8ReadAsLatin1'
    if (LEVEL_1_PAIRS.test(bytes.toString('latin1'))) return 'gbkReadAsLatin1'
  }
  return undefined
}

/** Characters of Windows-1252 from 0x80 to 0x9f, which Latin-1 does not have, by their code. */
const WINDOWS_1252 = new Map(
  Array.from({ length: 0x20 }, (_, i): [string, number] => [
    new TextDecoder('windows-1252').decode(Uint8Array.of(0x80 + i)),
    0x80 + i,
  ]),
)

const windows1252Bytes = (run: string): Buffer =>
  Buffer.from(
    Array.from(run, (character) => WINDOWS_1252.get(character) ?? character.charCodeAt(0)),
  )

/** The characters that the first two bytes of a Chinese one in UTF-8 (E4 to E9, 80 to BF) are in GBK: all are rare. */
const FIRST_AS_GBK = new RegExp(`[${firstAsGbk()}]`)

function firstAsGbk(): string {
  const pairs: number[] = []
  for (let lead = 0xe4; lead <= 0xe9; lead++) {
    // GBK has no second byte 7F, and UTF-8 none below 80.
    for (let trail = 0x80; trail <= 0xbf; trail++) pairs.push(lead, trail)
  }
  return new TextDecoder('gb18030').decode(Uint8Array.from(pairs))
}

/**
 * A Chinese character has three bytes in UTF-8, so that two of them, read as GBK, are three others. The bytes of a
 * real Chinese text are hardly ever UTF-8 by accident, and never Chinese in UTF-8 throughout.
 */
function isUtf8AsGbk(text: string): boolean {
  if (!FIRST_AS_GBK.test(text)) return false
  // Characters that GBK does not have for certain part the text; behind one, the rest may begin in the middle.
  const runs = Array.from(text, (one) => (one > '\x7f' && canCarry(one, 'GBK') ? one : '\n'))
    .join('')
    .split('\n')
    .filter((run) => run.length >= 3)
  return runs.some((run) => {
    const bytes = encodeText(run, 'GBK')
    return [0, 1, 2].some((skipped) => wasUtf8(bytes.subarray(skipped)))
  })
}

function wasUtf8(bytes: Buffer): boolean {
  // The last character may have been cut in two.
  const was = decode(bytes, 'utf-8', true) ?? ''
  return was.length >= 2 && Array.from(was).every((one) => WAS_UTF8.test(one))
}

/** Chinese characters and the signs that stand between them. */
const WAS_UTF8 = /[\u4e00-\u9fff\u3400-\u4dbf\u3000-\u303f\uff00-\uffef\u2010-\u2027]/

function decode(bytes: Buffer, charset: string, isCut = false): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return undefined
  }
}

/** A character that stands in no text by chance; three of the others in a row do not either. */
const RARE = 2
const FROM_WESTERN = 1

/** By code unit. A look at each unit costs a small part of what the patterns do. */
const SIGNS = new Uint8Array(0x10000)
for (let unit = 0x80; unit <= 0xff; unit++) SIGNS[unit] = FROM_WESTERN
for (const [character] of WINDOWS_1252) SIGNS[character.charCodeAt(0)] = FROM_WESTERN
for (const character of `¿锟烫屯${firstAsGbk()}`) SIGNS[character.charCodeAt(0)] = RARE
const QUESTION = 0x3f

watchUnits([...SIGNS.keys()].filter((unit) => SIGNS[unit] !== 0 || unit === QUESTION))

/**
 * True when one of the signs of damage stands in a part of a document. Few documents have a unit that makes it worth
 * asking, and of these nearly all have none of the signs.
 */
export function showsDamage(units: Uint16Array, from: number, to: number): boolean {
  let western = 0
  for (let i = from; i < to; i++) {
    const unit = units[i]!
    const sign = SIGNS[unit]
    if (sign === RARE || (unit === QUESTION && units[i + 1] === QUESTION)) return true
    western = sign === FROM_WESTERN ? western + 1 : 0
    if (western === 3) return true
  }
  return false
}

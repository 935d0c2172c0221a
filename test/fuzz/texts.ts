import type { Choices } from './choices.js'

/** What layers of escaping, trimming, coercing and charsets are known to spoil. Invented throughout. */
const PIECES = [
  '胎盘早剥',
  '00000001',
  ' ',
  '&',
  '<',
  '>',
  '"',
  "'",
  ']]>',
  '&lt;',
  '&amp;lt;',
  '&#60;',
  '&#xD842;&#xDFB7;',
  '--',
  '<?xml version="1.0" encoding="GBK"?>',
  '<![CDATA[',
  '</XmlDocument>',
  '<XmlDocument>',
  '__proto__',
  '\n',
  '\t',
  '\r',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u3000',
  '\u200b',
  '\ufeff',
  '𠮷',
  '😀',
  '血钾 6.8 mmol/L↑',
  '①⑳㈱',
  '㎎·℃±',
  'e\u0301',
  '{"code":"0"}',
  '0x10',
  '1e3',
  'true',
  'null',
  'NaN',
  '成功',
  '失败',
  '-1',
] as const

/** A text as somebody may type, paste or send it. */
export const text = (choices: Choices): string =>
  choices.list(4, () => (choices.once(4) ? character(choices) : choices.pick(PIECES))).join('')

/** A number or name that trimming leaves as it is. */
export const id = (choices: Choices): string => text(choices).trim()

/** Any character of XML 1.0 but U+FFFD, which counts as lost. */
function character(choices: Choices): string {
  const ranges = [
    [0x20, 0x7e],
    [0xa0, 0x2ff],
    [0x4e00, 0x9fa5],
    [0x2000, 0x33ff],
    [0xe000, 0xfffc],
    [0x10000, 0x1ffff],
    [0x100000, 0x10ffff],
  ] as const
  const [first, last] = choices.pick(ranges)
  return String.fromCodePoint(
    first + (((choices.below(0x100) << 8) | choices.below(0x100)) % (last - first + 1)),
  )
}

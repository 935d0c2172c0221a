import type { Dice } from './choices.js'

/** What decides, or nearly decides, something for a reader of XML, and some of what decides nothing. */
const TOKENS = [
  ...Array.from('<>/&;"\'=?!-[]: \t\r\na1x#.x_'),
  ...['<a>', '</a>', '<a', '</', '/>', '<b/>', '<a:b', ' b="1"', " c='2'", ' xml:b=""', '=""'],
  ...['&lt;', '&gt;', '&amp;', '&apos;', '&quot;', '&#65;', '&#x41;', '&#xD;', '&#0;', '&#x1F600;'],
  ...['&#xFFFD;', '&#xD83D;', '&#x110000;', '&#00000000000000000000065;', '&x;', '&l', 'amp;'],
  ...[
    '<!--',
    '-->',
    '--',
    '<!-',
    '<![CDATA[',
    ']]>',
    ']]',
    '<![',
    '<!',
    '<!DOCTYPE a>',
    '<!DOCTYPE',
  ],
  ...['<?', '?>', '<?p', '<?p ', '<?xml', '<?xml version="1.0"?>', '??', '<?XML ?>', '<?p:q?>'],
  ...[
    '\r\n',
    '\ufeff',
    '\0',
    '\x0b',
    '\x7f',
    '\x85',
    '\xa0',
    '\xb7',
    '\xd7',
    '\xf7',
    '\u0300',
    '\u037e',
  ],
  ...['\u2028', '\u3000', '姓', '胎', '\ud7ff', '\ue000', '\ufdd0', '\ufffc', '\ufffd', '\ufffe'],
  ...['\ud83d', '\ude00', '😀', '\u{10000}', '\u{effff}', '\u{f0000}', '\u{10ffff}'],
]

const NAMES = [
  'a',
  'b',
  'a',
  'Crisis',
  'Crasis',
  'p:a',
  'p:b',
  '姓名',
  '_',
  'x.y-z',
  '__proto__',
  '\u{20000}x',
]
const ATTRIBUTES = ['a', 'b', 'c', 'code', 'xmlns', 'xmlns:p', 'p:a', '码', '__proto__', 'd', 'e']
const TEXTS = [
  'x',
  ' ',
  '\n',
  '\r\n',
  '\r',
  ']',
  ']]',
  '>',
  '胎盘早剥',
  '😀',
  '"',
  "'",
  '\t',
  'b c',
]
const REFERENCES = [
  '&lt;',
  '&gt;',
  '&amp;',
  '&apos;',
  '&quot;',
  '&#10;',
  '&#x20BB7;',
  '&#13;',
  '&#x9;',
]
const SILENCES = ['<!---->', '<!-- - a -->', '<?p?>', '<?p x?y??>', '<?p:q  ?>', '<!--<&]]>-->']
const DECLARATIONS = [
  '',
  '',
  '\ufeff',
  '<?xml version="1.0"?>',
  '<?xml version="1.0" encoding="UTF-8"?>',
  `\ufeff<?xml version='1.1' encoding='x-._0' standalone = 'no' ?>`,
  '<?xml\tversion="1.23"\r\nstandalone="yes"?>',
]

/** A document that a careful sender might write, with a bit of everything that XML has in it. */
function goodDocument(draw: Dice): string {
  const beside = (): string => pick(draw, ['', '', '', ' ', '\n', ...SILENCES])
  const root = element(draw, draw.below(200) === 0 ? 33 : draw.below(4))
  return pick(draw, DECLARATIONS) + beside() + beside() + root + beside() + beside()
}

function element(draw: Dice, depth: number): string {
  const name = draw.below(1000) === 0 ? 'n'.repeat(254 + draw.below(5)) : pick(draw, NAMES)
  const gap = (): string => (draw.below(4) === 0 ? pick(draw, [' ', '\n', '\t', '\r\n']) : '')
  const count = draw.below(1000) === 0 ? 126 + draw.below(5) : draw.below(3) * draw.below(4)
  let tag = `<${name}`
  for (let i = 0; i < count; i++) {
    const attribute = i < 8 && draw.below(8) > 0 ? ATTRIBUTES[(i * 3) % 11]! : `a${i}`
    const twice = draw.below(100) === 0 ? pick(draw, ATTRIBUTES) : attribute
    tag += `${gap() || ' '}${twice}${gap()}=${gap()}${value(draw)}`
  }
  tag += gap()
  if (depth === 0 && draw.below(3) === 0) return `${tag}/>`
  // One child in each level of a deep document.
  const pieces = depth > 4 ? 1 : draw.below(4)
  let content = depth > 4 ? '' : piece(draw, 0)
  for (let i = 0; i < pieces; i++) content += piece(draw, depth, depth > 4)
  return `${tag}>${content}</${name}${gap()}>`
}

function piece(draw: Dice, depth: number, isDeep = false): string {
  if (depth > 0 && (isDeep || draw.below(3) === 0)) return element(draw, depth - 1)
  switch (draw.below(5)) {
    case 0:
      return pick(draw, REFERENCES)
    case 1:
      return pick(draw, SILENCES)
    case 2:
      return `<![CDATA[${pick(draw, [...TEXTS, '<&>', ']]', '<a>', ']>'])}]]>`
    case 3:
      return ''
    default:
      return pick(draw, TEXTS) + pick(draw, TEXTS)
  }
}

function value(draw: Dice): string {
  const quote = pick(draw, ['"', "'"])
  let text = ''
  for (let i = draw.below(3); i > 0; i--) {
    const piece = pick(draw, draw.below(3) === 0 ? REFERENCES : TEXTS)
    text += piece === quote ? '' : piece
  }
  return quote + text + quote
}

/** Documents at the limits of the gate, and at the size from which a scanner needs more room than it keeps. */
const LARGE: readonly ((draw: Dice) => string)[] = [
  (draw) => `<a>${'胎'.repeat((1 << 16) - 8 + draw.below(3))}</a>`,
  (draw) => `<a>${'x'.repeat((1 << 20) - 7 + draw.below(2))}</a>`,
  (draw) => `<a>${' '.repeat(20_000)}${'\n'.repeat(19_998 + draw.below(3))}</a>`,
  (draw) => `<a ${Array.from({ length: 127 + draw.below(3) }, (_, i) => `a${i}=""`).join(' ')}/>`,
]

/** A well-formed document, one with a few changes, or markup put together by chance: short ones, in great numbers. */
export function smallDocument(draw: Dice): string {
  if (draw.below(500) === 0) return pick(draw, LARGE)(draw)
  const kind = draw.below(8)
  if (kind === 0) {
    const markup = Array.from({ length: 1 + draw.below(7) }, () => pick(draw, TOKENS)).join('')
    return pick(draw, [markup, `<a>${markup}</a>`, `<a${markup}></a>`, `<a b="${markup}"/>`])
  }
  let text = goodDocument(draw)
  for (let changes = kind < 3 ? 0 : 1 + draw.below(3); changes > 0; changes--) {
    const at = draw.below(text.length + 1)
    const to = at + draw.below(3)
    text = text.slice(0, at) + (draw.below(4) === 0 ? '' : pick(draw, TOKENS)) + text.slice(to)
  }
  return text
}

const pick = <T>(draw: Dice, list: readonly T[]): T => list[draw.below(list.length)]!

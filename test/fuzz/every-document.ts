/**
 * All documents of the kinds that are few enough to write out: where readers of XML fail they fail on
 * a few characters in a row.
 */
export function* everyDocument(length: number): Generator<string> {
  for (const [, frame] of PLACES) yield* everyString(ALPHABET, length, frame)
  for (const { tokens, frame, more } of SEQUENCES) yield* everyString(tokens, length + more, frame)
}

type Frame = (text: string) => string

/** What means something to a reader of XML, and one letter. */
const ALPHABET = Array.from('<>&;\'"/=?!-[] a')

/** Where these characters mean something else each. */
const PLACES: readonly (readonly [about: string, frame: Frame])[] = [
  ['the whole document', (text) => text],
  ['content', (text) => `<a>${text}</a>`],
  ['the inside of a tag', (text) => `<a ${text}></a>`],
  ['the end of a tag', (text) => `<a b="1"${text}></a>`],
  ['a value in quotation marks', (text) => `<a b="${text}"/>`],
  ['a value in apostrophes', (text) => `<a b='${text}'/>`],
  ['behind <!', (text) => `<a><!${text}</a>`],
  ['behind <?', (text) => `<a><?${text}</a>`],
  ['behind &', (text) => `<a>&${text};</a>`],
  ['CDATA', (text) => `<a><![CDATA[${text}]]></a>`],
  ['a comment', (text) => `<a><!--${text}--></a>`],
  ['an instruction', (text) => `<a><?a ${text}?></a>`],
  ['the name of an end tag', (text) => `<a></a${text}>`],
  ['before the root', (text) => `${text}<a/>`],
  ['behind the root', (text) => `<a/>${text}`],
]

interface Sequence {
  readonly tokens: readonly string[]
  readonly frame: Frame
  /** How many tokens more than the length that is asked for. */
  readonly more: number
}

/** Longer ones, of whole pieces of markup. */
const SEQUENCES: readonly Sequence[] = [
  {
    tokens: [
      '<a>',
      '</a>',
      '<b/>',
      '<?a?>',
      '<!---->',
      '<![CDATA[',
      ']]>',
      ' ',
      'a',
      '\ufeff',
      '&lt;',
    ],
    frame: (text) => text,
    more: 0,
  },
  {
    tokens: [
      'version',
      'encoding',
      'standalone',
      '=',
      '"1.0"',
      "'1.1'",
      '"utf-8"',
      '"yes"',
      ' ',
      '?',
    ],
    frame: (text) => `<?xml ${text}?><a/>`,
    more: 0,
  },
  { tokens: ['a', ':', '1', '-', '.', ' ', '='], frame: (text) => `<a ${text}"1"/>`, more: 1 },
  { tokens: ['a', ':', '1', '-', ' '], frame: (text) => `<${text}/>`, more: 1 },
  { tokens: ['a', ':', '1', '?', ' ', 'xml'], frame: (text) => `<a><?${text}?></a>`, more: 1 },
  {
    tokens: ['\r', '\n', ' ', 'a'],
    frame: (text) => `<a b="${text}">${text}<![CDATA[${text}]]></a>`,
    more: 1,
  },
  {
    tokens: ['&', '#', 'x', '0', '9', 'D', 'f', ';', 'lt', 'l'],
    frame: (text) => `<a>${text}</a>`,
    more: 0,
  },
  { tokens: [']', '>', '&gt;', '<![CDATA[', 'a'], frame: (text) => `<a>${text}</a>`, more: 1 },
  { tokens: ['-', '>', '<!--', '-->', '<'], frame: (text) => `<a>${text}</a>`, more: 1 },
]

function* everyString(tokens: readonly string[], length: number, frame: Frame): Generator<string> {
  // Counted up as a number with so many digits is.
  for (let size = 0; size <= length; size++) {
    const digits = Array.from({ length: size }, () => 0)
    for (;;) {
      yield frame(digits.map((digit) => tokens[digit]).join(''))
      let place = size - 1
      while (place >= 0 && digits[place] === tokens.length - 1) digits[place--] = 0
      if (place < 0) break
      digits[place]!++
    }
  }
}

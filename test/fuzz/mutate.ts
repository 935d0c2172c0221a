import type { Dice } from './choices.js'

/** What readers of XML, SOAP, HTTP and JSON look for, and what is nearly that. */
const TOKENS = [
  '<',
  '>',
  '/',
  '&',
  ';',
  '"',
  "'",
  '=',
  ':',
  '?',
  '!',
  '-',
  ']',
  '[',
  '#',
  '{',
  '}',
  ',',
  '\\',
  '%',
  ' ',
  '\n',
  '\r',
  '\r\n',
  '\t',
  '\0',
  '\u0001',
  '\u000b',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u3000',
  '\ufeff',
  '\ufffd',
  '\ufffe',
  '𠮷',
  '医',
  '。',
  'e\u0301',
  '&lt;',
  '&gt;',
  '&amp;',
  '&quot;',
  '&apos;',
  '&lt',
  '&nbsp;',
  '&x;',
  '&#65;',
  '&#x41;',
  '&#0;',
  '&#x0B;',
  '&#xD842;&#xDFB7;',
  '&#55362;&#57271;',
  '&#xD842;',
  '&#xFFFD;',
  '&#xFFFE;',
  '&#x110000;',
  '&#99999999;',
  '&#x;',
  '&#;',
  '&#13;',
  '&#10;',
  '<!--',
  '-->',
  '--',
  '<![CDATA[',
  ']]>',
  ']]',
  '<?p ',
  '<?p?',
  '?>',
  '<?xml version="1.0"?>',
  "<?xml version='1.1' encoding='x' standalone='no'?>",
  '<?XML ?>',
  '<!DOCTYPE a>',
  '<!DOCTYPE a [<!ENTITY x "y">]>',
  '<a>',
  '</a>',
  '<a/>',
  '<a b="1">',
  ' a="1"',
  ' a="1" a="2"',
  ' xmlns=""',
  ' xmlns:s="urn:x"',
  ' xsi:nil="true"',
  ' href="#id0"',
  ' id="id0"',
  ' ref="id0"',
  ' xsi:type="xsd:string"',
  ' s:encodingStyle=""',
  ' __proto__="x"',
  ' constructor="x"',
  '<__proto__>',
  '</__proto__>',
  '<__proto__/>',
  '__proto__',
  'hasOwnProperty',
  'toString',
  '<:>',
  '</:>',
  '<:a/>',
  '<a:b:c/>',
  '<s:Envelope',
  '<s:Body>',
  '</s:Body>',
  '<s:Fault>',
  '</s:Fault>',
  '<s:Header>',
  '</s:Header>',
  'Envelope',
  '<XmlDocument>',
  '</XmlDocument>',
  '<Crisis>',
  '</Crisis>',
  '<CrisisResponse>',
  '</CrisisResponse>',
  '<ExamNo>1</ExamNo>',
  '<EXAMNO>2</EXAMNO>',
  '<License>x</License>',
  '<Header>',
  '</Header>',
  'xmldocument',
  '<response>',
  '</response>',
  '<code>0</code>',
  '<code>1</code>',
  '<Code>0</Code>',
  '<desc>成功</desc>',
  '失败',
  '<ResultCode>0</ResultCode>',
  '"code":"0"',
  '"code":1',
  '"CODE":"0"',
  '"c\\u006fde":"0"',
  '"desc":{}',
  '{"code":"0"}',
  'null',
  'true',
  '0',
  '1',
  '-0',
  '00',
  '1e400',
  '0.0',
  '+0',
  'charset=',
  'charset=GBK',
  'charset="utf-16"',
  'encoding="GB18030"',
  'gzip',
  'deflate',
  'content-encoding: gzip\n',
  'multipart/related; boundary=',
  'boundary="uuid:1"',
  '--uuid:1',
  '\r\n\r\n',
  'start="<root@x>"',
  '::ffff:',
  '10.0.0.1',
  '/8',
  '255.255.255.255',
  '::',
  '[::1]:80',
  '%25',
].map((token) => Buffer.from(token))

/** Bytes that start or break off characters of some charset. */
const BYTES = [
  0x00, 0x0a, 0x0d, 0x1f, 0x20, 0x26, 0x3c, 0x3e, 0x7f, 0x80, 0x81, 0xa0, 0xbf, 0xc0, 0xc3, 0xe4,
  0xed, 0xef, 0xf0, 0xfe, 0xff,
]

const MAX_CASE_BYTES = 1 << 13

/** Changes an input in one to eight places; `other` is another one to take pieces from. */
export function mutate(bytes: Buffer, other: Buffer, dice: Dice): Buffer {
  let mutant = bytes
  do mutant = change(mutant, other, dice)
  while (dice.below(2) === 1)
  return mutant.subarray(0, MAX_CASE_BYTES)
}

function change(bytes: Buffer, other: Buffer, dice: Dice): Buffer {
  const at = dice.below(bytes.length + 1)
  const to = Math.min(
    bytes.length,
    at + 1 + dice.below(dice.below(4) === 0 ? bytes.length + 1 : 12),
  )
  const put = (piece: Buffer, until = at): Buffer =>
    Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(until)])
  switch (dice.below(11)) {
    case 0:
      return put(Buffer.alloc(0), to)
    case 1:
      return put(bytes.subarray(at, to))
    case 2:
      return put(dice.bytes(1 + dice.below(4)), to)
    case 3:
      return put(Buffer.from([BYTES[dice.below(BYTES.length)] ?? 0]), at + dice.below(2))
    case 4: {
      const flipped = Buffer.from(bytes.subarray(at, at + 1)).map(
        (byte) => byte ^ (1 << dice.below(8)),
      )
      return put(Buffer.from(flipped), at + 1)
    }
    case 5:
    case 6:
      return put(TOKENS[dice.below(TOKENS.length)] ?? Buffer.alloc(0))
    case 7:
      return put(TOKENS[dice.below(TOKENS.length)] ?? Buffer.alloc(0), to)
    case 8: {
      const from = dice.below(other.length + 1)
      return put(other.subarray(from, from + 1 + dice.below(64)), dice.below(2) === 0 ? at : to)
    }
    case 9:
      return betweenTags(bytes, other, dice)
    default:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(dice.below(other.length + 1))])
  }
}

/** Puts a whole piece of markup where one may stand, so that more mutants stay well-formed. */
function betweenTags(bytes: Buffer, other: Buffer, dice: Dice): Buffer {
  const at = bytes.indexOf('<', dice.below(bytes.length + 1))
  const from = other.indexOf('<', dice.below(other.length + 1))
  if (at < 0 || from < 0) return bytes
  const name = /^<([^\s/>?!]+)/.exec(other.toString('latin1', from, from + 64))?.[1]
  const end = name === undefined ? -1 : other.indexOf(`</${name}>`, from, 'latin1')
  const piece =
    end < 0
      ? other.subarray(from, other.indexOf('>', from) + 1)
      : other.subarray(from, end + (name?.length ?? 0) + 3)
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
}

/** One piece many times over, behind a tag or anywhere: what takes long on this is not linear. */
export function inflate(bytes: Buffer, dice: Dice, length: number): Buffer {
  const tags = [...bytes.entries()].flatMap(([index, byte]) => (byte === 0x3e ? [index + 1] : []))
  const isBehindTag = tags.length > 0 && dice.below(2) === 0
  const at = isBehindTag ? tags[dice.below(tags.length)]! : dice.below(bytes.length + 1)
  const pieces = [
    Buffer.from(' '),
    Buffer.from('\n'),
    TOKENS[dice.below(TOKENS.length)]!,
    bytes.subarray(at, at + 1 + dice.below(16)),
  ]
  const piece = pieces[dice.below(pieces.length)]!
  const times = Math.floor(length / Math.max(1, piece.length))
  const many = Array.from({ length: times }, () => piece)
  return Buffer.concat([bytes.subarray(0, at), ...many, bytes.subarray(at)])
}

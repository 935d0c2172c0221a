import { MessageError } from './errors.js'
import { readXml } from './xml/index.js'

/** The charsets that we can send in. */
export const OUT_CHARSETS = ['UTF-8', 'GBK', 'GB18030'] as const
export type OutCharset = (typeof OUT_CHARSETS)[number]

/**
 * Two-byte codes that the standard gave away after Windows and Java had settled what they call GBK (CP936):
 * `TextDecoder` knows them, a receiver of GBK need not. The first is ⊕, which Java's GBK reads as ♁.
 */
const NOT_IN_GBK: readonly (readonly [first: number, last: number])[] = [
  [0xa892, 0xa892],
  [0xa2e3, 0xa2e3],
  [0xa8bf, 0xa8bf],
  [0xa989, 0xa995],
  [0xfe50, 0xfea0],
]

/** Private characters, and those whose code GB 18030 changed between its editions: no two receivers agree. */
const DISPUTED = /[\ue000-\uf8ff\u1e3f\u9fb4-\u9fbb\ufe10-\ufe19]/

const FOUR_BYTE_POINTERS = 39_420
const SUPPLEMENTARY_POINTER = 189_000

/** Code of each character of the basic plane; 0 = none. */
let codes: Uint32Array | undefined

/**
 * Replaces each character that a charset cannot carry by its reference, which every reader of XML understands
 * whatever the encoding (XML 1.0 section 4.1). It stands in the document and not only around it, so that a
 * receiver whose strings are GBK does not lose it before the document is read.
 * @throws MessageError VALUE_CHARACTER when it stands where XML allows no reference
 */
export function withReferences(xml: string, charset: OutCharset): string {
  if (charset === 'UTF-8') return xml
  let result = ''
  let done = 0
  for (let i = 0; i < xml.length; i++) {
    const point = xml.codePointAt(i) ?? 0
    const width = point > 0xffff ? 2 : 1
    if (point >= 0x80 && codeOf(point, charset) === 0) {
      result += `${xml.slice(done, i)}&#${point};`
      done = i + width
    }
    i += width - 1
  }
  if (done === 0) return xml
  result += xml.slice(done)
  if (/<!\[CDATA\[|<!--/.test(xml) || !isWellFormed(result)) throw cannotCarry(charset)
  return result
}

/**
 * @throws MessageError VALUE_CHARACTER for what the charset cannot carry; see `withReferences`
 */
export function encodeText(text: string, charset: OutCharset): Buffer {
  if (charset === 'UTF-8') return Buffer.from(text, 'utf8')
  const bytes = Buffer.allocUnsafe(text.length * 4)
  let length = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    if (point < 0x80) {
      length = bytes.writeUInt8(point, length)
      continue
    }
    const code = codeOf(point, charset)
    if (code === 0) throw cannotCarry(charset)
    length = code > 0xffff ? bytes.writeUInt32BE(code, length) : bytes.writeUInt16BE(code, length)
  }
  return bytes.subarray(0, length)
}

/** True when a charset has a character. */
export const canCarry = (character: string, charset: OutCharset): boolean => {
  const point = character.codePointAt(0) ?? 0
  return charset === 'UTF-8' || point < 0x80 || codeOf(point, charset) !== 0
}

function codeOf(point: number, charset: OutCharset): number {
  if (point > 0xffff) {
    return charset === 'GB18030' ? fourBytes(point - 0x10000 + SUPPLEMENTARY_POINTER) : 0
  }
  const code = (codes ??= makeCodes())[point] ?? 0
  if (charset === 'GB18030') return code
  const late = NOT_IN_GBK.some(([first, last]) => code >= first && code <= last)
  return code > 0xffff || late ? 0 : code
}

/** Node decodes GBK and GB18030 but encodes neither: the table is what its decoder says, turned round. */
function makeCodes(): Uint32Array {
  const table = new Uint32Array(0x10000)
  const decoder = new TextDecoder('gb18030')
  const put = (bytes: Buffer, code: number): void => {
    const text = decoder.decode(bytes)
    const point = text.charCodeAt(0)
    if (text.length === 1 && point >= 0x80 && text !== '\ufffd' && !DISPUTED.test(text)) {
      // The first of two codes is the usual one.
      table[point] ||= code
    }
  }
  const two = Buffer.alloc(2)
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue
      const code = (lead << 8) | trail
      two.writeUInt16BE(code)
      put(two, code)
    }
  }
  const four = Buffer.alloc(4)
  for (let pointer = 0; pointer < FOUR_BYTE_POINTERS; pointer++) {
    const code = fourBytes(pointer)
    four.writeUInt32BE(code)
    put(four, code)
  }
  return table
}

/** Four bytes count through 126 × 10 × 126 × 10 places (Encoding Standard, gb18030 encoder). */
function fourBytes(pointer: number): number {
  const last = 0x30 + (pointer % 10)
  const third = 0x81 + (Math.floor(pointer / 10) % 126)
  const second = 0x30 + (Math.floor(pointer / 1260) % 10)
  const first = 0x81 + Math.floor(pointer / 12_600)
  return first * 0x1000000 + ((second << 16) | (third << 8) | last)
}

function isWellFormed(xml: string): boolean {
  try {
    // Our own, in which every character may have become a reference.
    readXml(xml, { maxStops: Infinity })
    return true
  } catch {
    return false
  }
}

const cannotCarry = (charset: OutCharset) =>
  new MessageError('VALUE_CHARACTER', {
    zh: `要发送的消息含有 ${charset} 无法表示的字符，且其所在位置不能写成字符引用；请改用 UTF-8 或 GB18030`,
    en: `The message to send holds a character that ${charset} cannot carry, where no reference may stand; use UTF-8 or GB18030`,
  })

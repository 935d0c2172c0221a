import { MessageError } from './errors.js'
import { FlagSet, type Flag } from './document.js'
import { refuseLostCharacters, XML_DECLARATION } from './xml/index.js'

export interface DecodeOptions {
  /** The HTTP Content-Type header, if any; only its `charset` is used. */
  readonly contentType?: string | undefined
  /**
   * True when bytes that call themselves UTF-8 (or nothing) and are not may be read as GB18030, which
   * contains GBK. Some senders mislabel GBK; for all others such bytes are damaged and are refused.
   * Default is false.
   */
  readonly allowGbk?: boolean
}

/**
 * Source of the encoding: a byte order mark, a label, nothing (UTF-8 is the default), or the bytes themselves
 * against their labels.
 */
export type CharsetSource = 'mark' | 'contentType' | 'declaration' | 'default' | 'bytes'

export interface DecodedText {
  readonly text: string
  /** The encoding that was used, as the WHATWG Encoding Standard names it. */
  readonly charset: string
  readonly from: CharsetSource
  /** `charsetMislabelled`, `charsetUnknown` */
  readonly flags: readonly Flag[]
}

/**
 * Bytes to text, never guessing silently (reading A10; RFC 3023 section 3, XML 1.0 appendix F): a byte order
 * mark, then the charset of Content-Type, then the XML declaration, then UTF-8. Decoding is fatal, so no
 * replacement character is ever made, and one that the sender made is refused.
 * @throws MessageError CHARSET_UNREADABLE, CHARSET_REPLACEMENT
 */
export function decodeBytes(bytes: Uint8Array, options: DecodeOptions = {}): DecodedText {
  return decodePlainUtf8(bytes, options.contentType) ?? decodeAny(bytes, options)
}

const NO_FLAGS: readonly Flag[] = []

/**
 * Bytes as nearly all are: UTF-8 that begins with its markup and is labelled so, or not at all. All others are left to
 * the whole rule. `toString` decodes faster than a fatal decoder and puts U+FFFD where a byte is wrong; both that and
 * a U+FFFD of the sender make the whole rule decide.
 */
function decodePlainUtf8(
  bytes: Uint8Array,
  contentType: string | undefined,
): DecodedText | undefined {
  // A zero behind `<` shows UTF-16.
  if (bytes[0] !== 0x3c || bytes[1] === 0) return undefined
  const label = contentType === undefined ? undefined : charsetNamedBy(contentType)
  if (label !== undefined && label !== 'utf-8') return undefined
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString()
  if (text.includes('\ufffd')) return undefined
  const declared = text.startsWith(XML_DECLARATION)
    ? 'utf-8'
    : charsetOfDeclaration(bytes)?.toLowerCase()
  if (declared !== undefined && declared !== 'utf-8') return undefined
  const from =
    label === undefined ? (declared === undefined ? 'default' : 'declaration') : 'contentType'
  return { text, charset: 'utf-8', from, flags: NO_FLAGS }
}

/** The charsets of Content-Types that were met: its name, `unknown`, or nothing. */
const namedBy = new Map<string, string | undefined>()
const MOST_CONTENT_TYPES = 100

function charsetNamedBy(contentType: string): string | undefined {
  if (namedBy.has(contentType)) return namedBy.get(contentType)
  const label = charsetOfContentType(contentType)
  const name = label === undefined ? undefined : (encodingName(label) ?? 'unknown')
  // A caller that makes labels up costs the others no more than a search.
  if (namedBy.size >= MOST_CONTENT_TYPES) namedBy.clear()
  namedBy.set(contentType, name)
  return name
}

function decodeAny(bytes: Uint8Array, options: DecodeOptions): DecodedText {
  const flags = new FlagSet()
  const marked = charsetOfMark(bytes)
  const labels = [
    { from: 'contentType' as const, label: charsetOfContentType(options.contentType) },
    { from: 'declaration' as const, label: charsetOfDeclaration(bytes) },
  ].filter(({ label }) => label !== undefined)
  const named = labels.flatMap(({ from, label }): Candidate[] => {
    const charset = encodingName(label ?? '')
    return charset === undefined ? [] : [{ charset, from }]
  })
  if (named.length < labels.length) flags.add('charsetUnknown')
  const known = named.filter(({ charset }) => isPossible(charset, bytes))
  if (known.length < named.length) flags.add('charsetMislabelled')

  const chosen = marked ?? known[0] ?? { charset: 'utf-8', from: 'default' }
  if (known.some(({ charset }) => !sameEncoding(charset, chosen.charset))) {
    flags.add('charsetMislabelled')
  }

  const proven = !marked && chosen.charset !== 'utf-8' && isChineseUtf8(bytes)
  const sure: Candidate | undefined = proven ? { charset: 'utf-8', from: 'bytes' } : marked
  const candidates = sure ? [sure] : [chosen, ...known.slice(1)]
  if (options.allowGbk && !sure && !candidates.some(({ charset }) => charset === 'gb18030')) {
    candidates.push({ charset: 'gb18030', from: 'bytes' })
  }

  for (const { charset, from } of candidates) {
    const text = tryDecode(bytes, charset)
    if (text === undefined) continue
    if (charset !== chosen.charset) flags.add('charsetMislabelled')
    refuseLostCharacters(text)
    return { text, charset, from, flags: flags.list }
  }
  const name = chosen.charset.toUpperCase()
  throw new MessageError('CHARSET_UNREADABLE', {
    zh: `消息不是有效的 ${name} 编码，请检查发送方的字符编码与声明是否一致`,
    en: `The message is not valid ${name}; check that the sender's charset matches its label`,
  })
}

interface Candidate {
  readonly charset: string
  readonly from: CharsetSource
}

// Without `stream` a decoder keeps nothing from one text to the next, and nearly all texts are UTF-8.
const UTF_8 = new TextDecoder('utf-8', { fatal: true })

function tryDecode(bytes: Uint8Array, charset: string): string | undefined {
  try {
    if (charset === 'utf-8') return UTF_8.decode(bytes)
    // The Encoding Standard decodes GBK as GB18030; Node 22's own decoder of GBK lacks the four bytes.
    const decoder = charset === 'gbk' ? 'gb18030' : charset
    // The decoder removes a byte order mark of its own encoding.
    return new TextDecoder(decoder, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const CHINESE = /[\u4e00-\u9fff]/

/**
 * UTF-8 checks itself: what is strict UTF-8 and holds Chinese is nothing else, whatever its labels say. Without
 * Chinese it proves nothing: 模 in GBK is strict UTF-8 too. Reading UTF-8 as GBK seldom fails and always
 * makes nonsense of a finding.
 */
function isChineseUtf8(bytes: Uint8Array): boolean {
  return CHINESE.test(tryDecode(bytes, 'utf-8') ?? '')
}

function charsetOfMark(bytes: Uint8Array): Candidate | undefined {
  const [a, b, c, d] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return { charset: 'utf-8', from: 'mark' }
  if (a === 0xff && b === 0xfe) return { charset: 'utf-16le', from: 'mark' }
  if (a === 0xfe && b === 0xff) return { charset: 'utf-16be', from: 'mark' }
  // UTF-16 without a mark shows itself by the zero in `<?` (XML 1.0 appendix F.1).
  if (a === 0x3c && b === 0 && c !== 0 && d === 0) return { charset: 'utf-16le', from: 'bytes' }
  if (a === 0 && b === 0x3c && c === 0 && d !== 0) return { charset: 'utf-16be', from: 'bytes' }
  return undefined
}

function charsetOfContentType(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType ?? '')?.[1]
}

const DECLARATION_WINDOW = 200

function charsetOfDeclaration(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(
    bytes.buffer,
    bytes.byteOffset,
    Math.min(bytes.length, DECLARATION_WINDOW),
  )
  return /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/i.exec(head.toString('latin1'))?.[1]
}

/** Only labels that the Encoding Standard knows are kept: there are some two hundred of them. */
const encodings = new Map<string, string>()

function encodingName(label: string): string | undefined {
  const key = label.toLowerCase()
  const known = encodings.get(key)
  if (known !== undefined) return known
  try {
    const { encoding } = new TextDecoder(key)
    encodings.set(key, encoding)
    return encoding
  } catch {
    return undefined
  }
}

/**
 * Two labels that servers put on by themselves and that the bytes disprove: `ISO-8859-1`, the default of
 * Java servers, holds no Chinese, and reading Chinese by it never fails but makes nonsense of a finding;
 * `utf-16`, which .NET declares in every string, is full of zeros.
 */
function isPossible(name: string, bytes: Uint8Array): boolean {
  if (name === 'windows-1252') return bytes.every((byte) => byte < 0x80)
  return !name.startsWith('utf-16') || bytes.includes(0)
}

/** GBK and GB2312 are read as their superset GB18030 and `utf-16` may be either end first: no mislabelling. */
function sameEncoding(a: string, b: string): boolean {
  const family = (name: string) =>
    name === 'gbk' ? 'gb18030' : name.startsWith('utf-16') ? 'utf-16' : name
  return family(a) === family(b)
}

import { MessageError } from './errors.js'
import { FlagSet, type Flag } from './document.js'
import { refuseLostCharacters } from './xml.js'

export interface DecodeOptions {
  /** The HTTP Content-Type header, if any; only its `charset` is used. */
  readonly contentType?: string | undefined
  /**
   * Whether bytes that call themselves UTF-8 (or nothing) and are not may be read as GB18030, which
   * contains GBK. Some senders mislabel GBK; for all others such bytes are damaged and are refused.
   * Default is false.
   */
  readonly allowGbk?: boolean
}

export interface DecodedText {
  readonly text: string
  /** The encoding that was used, as the WHATWG Encoding Standard names it. */
  readonly charset: string
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
  const flags = new FlagSet()
  const marked = charsetOfMark(bytes)
  const labels = [charsetOfContentType(options.contentType), charsetOfDeclaration(bytes)].filter(
    (label) => label !== undefined,
  )
  const named = labels.map(encodingName).filter((name) => name !== undefined)
  if (named.length < labels.length) flags.add('charsetUnknown')
  const known = named.filter((name) => isPossible(name, bytes))
  if (known.length < named.length) flags.add('charsetMislabelled')

  const chosen = marked ?? known[0] ?? 'utf-8'
  if (known.some((name) => !sameEncoding(name, chosen))) flags.add('charsetMislabelled')

  const sure = marked ?? (chosen !== 'utf-8' && isChineseUtf8(bytes) ? 'utf-8' : undefined)
  const candidates = sure ? [sure] : [chosen, ...known.slice(1)]
  if (options.allowGbk && !sure && !candidates.includes('gb18030')) candidates.push('gb18030')

  for (const charset of candidates) {
    const text = tryDecode(bytes, charset)
    if (text === undefined) continue
    if (charset !== chosen) flags.add('charsetMislabelled')
    refuseLostCharacters(text)
    return { text, charset, flags: flags.list }
  }
  throw new MessageError('CHARSET_UNREADABLE', {
    zh: `消息不是有效的 ${chosen.toUpperCase()} 编码，请检查发送方的字符编码与声明是否一致`,
    en: `The message is not valid ${chosen.toUpperCase()}; check that the sender's charset matches its label`,
  })
}

function tryDecode(bytes: Uint8Array, charset: string): string | undefined {
  try {
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
 * Chinese it proves nothing: 联通 in GBK is strict UTF-8 too. Reading UTF-8 as GBK seldom fails and always
 * makes nonsense of a finding.
 */
function isChineseUtf8(bytes: Uint8Array): boolean {
  return CHINESE.test(tryDecode(bytes, 'utf-8') ?? '')
}

function charsetOfMark(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  // UTF-16 without a mark shows itself by the zero in `<?` (XML 1.0 appendix F.1).
  if (a === 0x3c && b === 0 && c !== 0 && d === 0) return 'utf-16le'
  if (a === 0 && b === 0x3c && c === 0 && d !== 0) return 'utf-16be'
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

function encodingName(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding
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

import type { KeptBytes } from '../../ledger/index.js'
import { decodeBytes, layOut, MASK } from '../../messages/index.js'
import type { RawView } from '../api.js'

/** Longer texts are cut: nobody reads them, and a browser would stand still. */
const MOST_CHARACTERS = 200_000

/**
 * Bytes that came or went, as a person reads them: XML and JSON are laid out; whoever may not see patients sees the
 * elements and only what is no word of a patient in them. Secrets are not in what the ledger keeps.
 */
export async function rawView(
  { charset, bytes }: KeptBytes,
  seesPatients: boolean,
): Promise<RawView> {
  const { text, charset: used } = decoded(Buffer.from(bytes), charset)
  const laid = await laidOut(text)
  const shown = seesPatients ? (laid?.text ?? text) : (laid?.masked() ?? MASK)
  const isCut = shown.length > MOST_CHARACTERS
  return {
    charset: used,
    text: isCut ? `${shown.slice(0, MOST_CHARACTERS)}\n…` : shown,
    isMasked: !seesPatients,
  }
}

function decoded(
  bytes: Buffer,
  charset: string,
): { readonly text: string; readonly charset: string } {
  try {
    const contentType = charset === '' ? undefined : `text/xml; charset=${charset}`
    return decodeBytes(bytes, { contentType, allowGbk: true })
  } catch {
    // Of damaged bytes a person sees as much as there is; what is wrong shows as U+FFFD.
    return { text: bytes.toString('utf8'), charset: charset || 'utf-8' }
  }
}

interface LaidOut {
  readonly text: string
  readonly masked: () => string
}

/** null = neither XML that passes the gate nor JSON. */
async function laidOut(text: string): Promise<LaidOut | null> {
  const trimmed = text.trim()
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) return laidOutJson(trimmed)
  if (!trimmed.startsWith('<')) return null
  try {
    const xml = await layOut(trimmed)
    return { text: xml, masked: () => maskedXml(xml) }
  } catch {
    return null
  }
}

function laidOutJson(text: string): LaidOut | null {
  try {
    const value: unknown = JSON.parse(text)
    const masked = () =>
      JSON.stringify(value, (key, part: unknown) => (isPlainWord(key, part) ? part : MASK), 2)
    return { text: JSON.stringify(value, null, 2), masked }
  } catch {
    return null
  }
}

/** Names whose values say nothing of a patient. */
const SHOWN: ReadonlySet<string> = new Set([
  'ExamNo',
  'ApplyNo',
  'CrisisType',
  'CrisisCode',
  'CrisisSetDate',
  'CrisisSetTime',
  'CrisisReceiveDate',
  'CrisisReceiveTime',
  'ProcessDate',
  'ProcessTime',
  'Application',
  'code',
])

const isPlainWord = (key: string, part: unknown): boolean =>
  typeof part === 'object' ? part !== null || SHOWN.has(key) : SHOWN.has(key)

/** An element that is laid out on one line, its text, and whatever else stands in the document. */
const PIECE = /<!\[CDATA\[[^]*?\]\]>|<!--[^]*?-->|<[^>]*>|[^<]+/g

function maskedXml(xml: string): string {
  let name = ''
  return xml.replace(PIECE, (piece) => {
    if (/^<(?:!|\?(?!xml\s))/.test(piece)) return MASK
    if (piece.startsWith('<')) {
      name = /^<(?:[\w.-]+:)?([\w.-]+)/.exec(piece)?.[1] ?? ''
      // Attributes beside those of namespaces may name somebody.
      return piece.replaceAll(
        /(\s(?!xmlns\b)[\w:.-]+\s*=\s*)(?:"[^"]*"|'[^']*')/g,
        (_all, attribute: string) => (piece.startsWith('<?') ? _all : `${attribute}"${MASK}"`),
      )
    }
    return piece.trim() === '' || SHOWN.has(name) ? piece : MASK
  })
}

import {
  escapeText,
  isBlank,
  MessageError,
  withoutControlCharacters,
  withReferences,
  type OutCharset,
} from '../messages/index.js'
import { cdataOf } from './template.js'

/** The wrapping of a document in the one string of its operation. */
export interface Packing {
  /** In CDATA instead of escaped. Default is false. */
  readonly cdata?: boolean
  /**
   * The encoding that the document's own declaration names, or `none` for a document without a declaration.
   * Default is that of the request.
   */
  readonly declaration?: string
}

const DECLARATION = /^<\?xml\s[^>]*\?>/

/**
 * The document as it stands in the request.
 * @throws MessageError DOCUMENT_EMPTY, VALUE_CHARACTER
 */
export function packed(document: string, charset: OutCharset, packing: Packing): string {
  return inString(sendable(document, charset, packing), packing)
}

/**
 * The document as it is meant to be read in the end: declared as the peer wants it, in characters that the charset has.
 * @throws MessageError DOCUMENT_EMPTY, VALUE_CHARACTER
 */
export function sendable(document: string, charset: OutCharset, packing: Packing): string {
  refuseUnsendable(document)
  return withReferences(declared(document, charset, packing.declaration), charset)
}

/** A text in the one string of an operation. */
export const inString = (text: string, { cdata }: Packing): string =>
  cdata ? cdataOf(text) : escapeText(text)

function declared(document: string, charset: OutCharset, wanted: string | undefined): string {
  if (wanted === undefined && charset === 'UTF-8') return document
  const bare = document.replace(DECLARATION, '')
  if (wanted === 'none') return bare
  // A document that came without a declaration is not given one unless that is set.
  if (wanted === undefined && bare === document) return document
  return `<?xml version="1.0" encoding="${wanted ?? charset}"?>${bare}`
}

function refuseUnsendable(document: string): void {
  if (isBlank(document)) {
    throw new MessageError('DOCUMENT_EMPTY', {
      zh: '要发送的消息内容为空',
      en: 'The message to send is empty',
    })
  }
  if (withoutControlCharacters(document) !== document) {
    throw new MessageError('VALUE_CHARACTER', {
      zh: '要发送的消息含有 XML 不允许的控制字符',
      en: 'The message to send holds control characters that XML does not allow',
    })
  }
}

import { MessageError } from '../errors.js'
import { likelyCause, placeOf } from './likely-cause.js'

/** Most attributes of an element: no document and no toolkit comes near, and each is kept until its tag ends. */
export const MAX_ATTRIBUTES = 128
/** Longest qualified name, in code units. */
export const MAX_NAME_LENGTH = 256

export type XmlFaultCode =
  'XML_NOT_WELL_FORMED' | 'XML_DOCTYPE' | 'XML_TOO_DEEP' | 'XML_TOO_BIG' | 'CHARSET_REPLACEMENT'

/** Thrown while a document is scanned; `refusalOf` makes the error that leaves this folder. */
export class XmlFault extends Error {
  constructor(
    readonly code: XmlFaultCode,
    /** Index of the code unit at which the document is wrong. */
    readonly position: number,
  ) {
    super(code)
  }
}

export function malformed(position: number): never {
  throw new XmlFault('XML_NOT_WELL_FORMED', position)
}

/** The refusal of a document, with the place of the fault and a reason for the sender's operator. */
export function refusalOf(fault: XmlFault, xml: string, maxDepth: number): MessageError {
  // A character that was lost before the document came to us counts for more than the other faults (reading A10).
  if (fault.code === 'CHARSET_REPLACEMENT' || hasLostCharacters(xml)) return lostCharacters()
  switch (fault.code) {
    case 'XML_NOT_WELL_FORMED':
      return notWellFormed(xml, fault.position)
    case 'XML_DOCTYPE':
      return new MessageError('XML_DOCTYPE', {
        zh: 'XML 含有 DOCTYPE 声明，不予接收',
        en: 'The XML has a DOCTYPE, which is not accepted',
      })
    case 'XML_TOO_DEEP':
      return new MessageError(
        'XML_TOO_DEEP',
        {
          zh: `XML 嵌套过深：超过 ${maxDepth} 层`,
          en: `The XML is nested more than ${maxDepth} levels deep`,
        },
        '413',
      )
    case 'XML_TOO_BIG':
      return new MessageError(
        'XML_TOO_BIG',
        {
          zh: `XML 的元素或属性名称超过 ${MAX_NAME_LENGTH} 个字符，或一个元素的属性超过 ${MAX_ATTRIBUTES} 个`,
          en: `The XML has a name of more than ${MAX_NAME_LENGTH} characters, or an element with more than ${MAX_ATTRIBUTES} attributes`,
        },
        '413',
      )
  }
}

function notWellFormed(xml: string, position: number): MessageError {
  const { line, column } = placeOf(xml, position)
  const cause = likelyCause(xml, position)
  return new MessageError('XML_NOT_WELL_FORMED', {
    zh: `XML 格式错误或不完整（第 ${line} 行第 ${column} 列）${cause ? `：${cause.zh}` : ''}`,
    en: `The XML is not well-formed or is cut short (line ${line}, column ${column})${cause ? `: ${cause.en}` : ''}`,
  })
}

/** U+FFFD means that somebody before us has lost a character, and a lone surrogate is half of one. */
const hasLostCharacters = (text: string): boolean => text.includes('\ufffd') || !text.isWellFormed()

const lostCharacters = (): MessageError =>
  new MessageError('CHARSET_REPLACEMENT', {
    zh: '文本中有已损坏的字符（U+FFFD 或不成对的代理项），请检查发送方的字符编码',
    en: 'The text holds characters that were already lost (U+FFFD or a lone surrogate); check the charset at the sender',
  })

/**
 * A finding with a hole is refused, never stored (reading A10).
 * @throws MessageError CHARSET_REPLACEMENT
 */
export function refuseLostCharacters(text: string): void {
  if (hasLostCharacters(text)) throw lostCharacters()
}

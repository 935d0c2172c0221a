import { encodeText, type Reason } from '../../messages/index.js'
import type { Verdict } from './contract.js'

/**
 * Charsets of a line. Pagers are made for ASCII; equipment for the Chinese market may take GBK, and gateways
 * UTF-8.
 */
export type LineCharset = 'ASCII' | 'Latin-1' | 'GBK' | 'UTF-8'

/** A text on one line, without control characters, encoded; undefined when the charset does not have all of it. */
export function lineBytes(text: string, charset: LineCharset): Buffer | undefined {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  if (charset === 'ASCII') return /^[\x20-\x7e]*$/.test(line) ? Buffer.from(line) : undefined
  if (charset === 'Latin-1') {
    return /^[\x20-\x7e\xa0-\xff]*$/.test(line) ? Buffer.from(line, 'latin1') : undefined
  }
  try {
    return encodeText(line, charset)
  } catch {
    return undefined
  }
}

/** Pager numbers and names: printable ASCII without spaces. */
export const isLineAddress = (address: string): boolean => /^[\x21-\x7e]+$/.test(address)

const refused = (code: string, reason: Reason): Verdict => ({ class: 'refused', code, reason })

export const unsendableText = refused('PAGE_CHARACTERS', {
  zh: '通知文字中有此渠道的字符集没有的字符，未发送；请将通知文字设为英文，或更换字符集',
  en: 'The text has characters that the charset of the channel does not have; nothing was sent. Set its language to English, or another charset',
})

export const unsendableAddress = refused('PAGE_ADDRESS', {
  zh: '寻呼号码只能是不含空格的 ASCII 字符，未发送',
  en: 'A pager number is ASCII without spaces; nothing was sent',
})

// Why a document is probably not well-formed, in words that its sender's operator can act on. Nothing of the document
// is quoted: it may be a patient's.
import type { Reason } from '../errors.js'
import { forbiddenAt } from './forbidden.js'

/** A place in a document, for people. */
export interface Place {
  readonly line: number
  readonly column: number
}

export function placeOf(xml: string, position: number): Place {
  let line = 1
  let from = 0
  for (;;) {
    // By search instead of by splitting, which would make a string of each line.
    const end = xml.indexOf('\n', from)
    if (end < 0 || end >= position) break
    from = end + 1
    line++
  }
  return { line, column: position - from + 1 }
}

/** The likely cause of a fault at a position, undefined where it does not show. */
export function likelyCause(xml: string, position: number): Reason | undefined {
  if (xml.trim() === '') return undefined
  if (!xml.trimStart().startsWith('<')) return otherFormat(xml)
  if (/^<\?xml[\s?]/i.test(xml.slice(position, position + 6))) return SECOND_DECLARATION
  const control = controlCharacter(xml, position)
  if (control) return control
  if (xml[position] === '&') return bare(xml, position, '&', '&amp;')
  if (xml.startsWith(']]>', position) || isBehindNestedCdata(xml, position)) return NESTED_CDATA
  const less = openTagBefore(xml, position)
  if (less === position) return SECOND_ROOT
  if (less !== undefined) return bare(xml, less, '<', '&lt;')
  const isEndTag = xml.startsWith('</', position)
  if (position >= xml.trimEnd().length || (isEndTag && !xml.includes('>', position))) {
    // Each character of Chinese that is counted as one byte takes two from the end.
    return /[^ -~\s]/.test(xml) ? CUT_SHORT_BY_COUNTING : CUT_SHORT
  }
  return isEndTag ? OTHER_END_TAG : undefined
}

const SECOND_DECLARATION: Reason = {
  zh: '文档中间又出现 XML 声明（<?xml …?>），嵌入的文档须去掉声明或整体转义',
  en: 'a second XML declaration (<?xml …?>) stands inside: leave it out of the document within, or escape that document',
}

const NESTED_CDATA: Reason = {
  zh: 'CDATA 中又嵌套了 CDATA，第一个 ]]> 就结束了外层；请改用转义',
  en: 'a CDATA section stands inside another one, which ends with the first ]]>: escape it instead',
}

const CUT_SHORT: Reason = {
  zh: '文档在结尾处被截断',
  en: 'the document is cut short',
}

const CUT_SHORT_BY_COUNTING: Reason = {
  zh: '文档在结尾处被截断（发送方的 Content-Length 可能按字符而不是字节计算）',
  en: 'the document is cut short (the sender may have counted characters, and not bytes, for its Content-Length)',
}

const SECOND_ROOT: Reason = {
  zh: '根节点之后还有其他节点',
  en: 'there is another element behind the root',
}

const OTHER_END_TAG: Reason = {
  zh: '结束标签与开始标签不一致',
  en: 'an end tag does not fit its start tag',
}

/** The reason where a character that XML does not allow stands at a position, by itself or by its number. */
function controlCharacter(xml: string, position: number): Reason | undefined {
  const point = forbiddenAt(xml, position)
  if (point === undefined) return undefined
  const name = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
  return {
    zh: `含有 XML 不允许的控制字符 ${name}，请由发送方去掉，或在 crisis service 中设为以标记代替`,
    en: `the control character ${name} is not allowed in XML: have the sender leave it out, or set the crisis service to put a mark in its place`,
  }
}

function bare(xml: string, position: number, sign: string, reference: string): Reason {
  const { line, column } = placeOf(xml, position)
  return {
    zh: `第 ${line} 行第 ${column} 列的 ${sign} 没有转义，应写成 ${reference}`,
    en: `the ${sign} in line ${line}, column ${column} is not escaped: write ${reference}`,
  }
}

/** True when the last CDATA section before a position holds the beginning of another one. */
function isBehindNestedCdata(xml: string, position: number): boolean {
  const end = xml.lastIndexOf(']]>', position)
  if (end < 0) return false
  const before = xml.lastIndexOf(']]>', end - 1)
  const sections = xml.slice(before < 0 ? 0 : before, end).split('<![CDATA[').length - 1
  return sections > 1
}

/** The `<` of the start tag in which a position stands. */
function openTagBefore(xml: string, position: number): number | undefined {
  const less = xml.lastIndexOf('<', position)
  if (less < 0 || less < xml.lastIndexOf('>', position)) return undefined
  const next = xml[less + 1]
  if (next === '/' || next === '?' || next === '!') return undefined
  // Attributes show that a tag is one, and the end of the document may cut a tag in two.
  const isTag = /=\s*["']/.test(xml.slice(less, position)) || position >= xml.length
  return isTag ? undefined : less
}

/** Formats that senders mistake for the XML that is wanted. */
const FORMATS: readonly (readonly [RegExp, Reason])[] = [
  [
    /^\s*[\w.-]{1,64}=/,
    {
      zh: '内容是表单字段（名称=值），应直接放 XML 文档',
      en: 'it is a form field (name=value); the XML document itself is expected',
    },
  ],
  [
    /^\s*%3c/i,
    {
      zh: '内容经过 URL 编码（%3C…），应直接放 XML 文档',
      en: 'it is URL-encoded (%3C…); the XML document itself is expected',
    },
  ],
  [
    /^\s*[{[]/,
    {
      zh: '内容是 JSON，应为 XML 文档',
      en: 'it is JSON; an XML document is expected',
    },
  ],
]

const BASE64: Reason = {
  zh: '内容是 Base64 编码，应直接放 XML 文档',
  en: 'it is Base64; the XML document itself is expected',
}

function otherFormat(text: string): Reason | undefined {
  const start = text.slice(0, 200)
  const found = FORMATS.find(([pattern]) => pattern.test(start))
  if (found) return found[1]
  const head = start.replaceAll(/\s/g, '').slice(0, 16)
  const isBase64 = /^[A-Za-z0-9+/]{16}$/.test(head)
  return isBase64 && /^\ufeff?\s*</.test(Buffer.from(head, 'base64').toString())
    ? BASE64
    : undefined
}

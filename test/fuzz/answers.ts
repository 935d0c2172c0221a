import { escapeText } from '../../src/messages/index.js'
import type { Choices } from './choices.js'
import { text } from './texts.js'
import { writeDocument, type Written } from './xml-writer.js'

export const CODES = ['0', '1', '-1', 'true', '00', '', '401', 'AA', '0x0', '500'] as const
const DESCS = ['成功', '', '失败', '登记成功', 'ok', 'License 无效', '__proto__'] as const

export const responseOf = (code: string, desc: string): Written => ({
  name: 'response',
  children: [
    { name: 'code', text: code },
    { name: 'desc', text: desc },
  ],
  isLaidOut: true,
})

/** An answer of any kind, whether or not it says one thing only. */
export function answer(choices: Choices): string {
  const code = choices.pick(CODES)
  const kind = choices.below(7)
  const desc = choices.once(3) ? text(choices) : choices.pick(DESCS)
  switch (kind) {
    case 1:
      return JSON.stringify({ code, desc })
    case 2:
      return looseJson(choices, 2)
    case 3:
      return writeDocument(choices, looseXml(choices, choices.pick(['response', 'Response'])))
    case 4:
      return code
    case 5:
      return escapeText(writeDocument(choices, responseOf(code, desc)))
    case 6:
      return `<Response><ResultCode>${code}</ResultCode><x>${escapeText(desc)}</x></Response>`
    default:
      return writeDocument(choices, responseOf(code, desc))
  }
}

const JSON_NAMES = [
  'code',
  'code',
  'desc',
  'Code',
  'c\\u006fde',
  'x',
  '__proto__',
  'de\\u0073c',
] as const
const JSON_VALUES = [
  '"0"',
  '0',
  '"1"',
  '1',
  '-1',
  '0.0',
  '1e0',
  '"AA"',
  'null',
  '"成功"',
  '"失败"',
  '[]',
] as const

/** An object whose names may be there twice, deeper, escaped or in another case. */
function looseJson(choices: Choices, depth: number): string {
  const pairs = choices.list(4, () => {
    const name = choices.pick(JSON_NAMES)
    const isDeep = depth > 0 && choices.once(4)
    return `"${name}":${isDeep ? looseJson(choices, depth - 1) : choices.pick(JSON_VALUES)}`
  })
  return `{${pairs.join()}}`
}

const XML_NAMES = ['code', 'desc', 'ResultCode', 'Code', 'CODE', 'x', 'Desc', 'resultcode'] as const

/** An element whose codes may be there twice, deeper or in another case. */
function looseXml(choices: Choices, name: string, depth = 2): Written {
  const children = choices.list(3, () => {
    const child = choices.pick(XML_NAMES)
    return depth > 0 && choices.once(4)
      ? looseXml(choices, child, depth - 1)
      : { name: child, text: choices.pick([...CODES, ...DESCS]) }
  })
  return { name, children, isLaidOut: true }
}

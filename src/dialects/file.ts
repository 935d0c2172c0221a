import type { Reason } from '../messages/index.js'
import {
  isObject,
  NOT_OBJECT,
  NOT_TEXT,
  step,
  unknownName,
  type DialectProblem,
} from './problem.js'
import { SECTIONS } from './sections.js'

export const DIALECT_FORMAT = 'crisis-dialect'
export const DIALECT_VERSION = 1

/** A counterpart's dialect as one file has it. It holds no secrets: only the names of credentials. */
export interface DialectFile {
  readonly name: Reason
  readonly note: Reason
  /** By their names, as their owners read them. */
  readonly sections: Readonly<Record<string, unknown>>
}

export type DialectRead =
  | { readonly dialect: DialectFile; readonly problems?: undefined }
  | { readonly dialect?: undefined; readonly problems: readonly DialectProblem[] }

/** Larger than any dialect, and small enough to be read at once, in UTF-16 code units. */
const MOST_LENGTH = 1 << 20

/** Reads a dialect file. Whatever this version does not know is refused with its place. */
export function readDialect(text: string): DialectRead {
  if (text.length > MOST_LENGTH) return { problems: [{ pointer: '', reason: TOO_LONG }] }
  let file: unknown
  try {
    file = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    return { problems: [{ pointer: '', reason: NOT_JSON }] }
  }
  if (!isObject(file)) return { problems: [{ pointer: '', reason: NOT_OBJECT }] }
  const { format, version, name, note, ...rest } = file
  if (format !== DIALECT_FORMAT) return { problems: [{ pointer: '/format', reason: NOT_DIALECT }] }
  if (version !== DIALECT_VERSION) {
    const reason = typeof version === 'number' && version > DIALECT_VERSION ? LATER : NO_VERSION
    return { problems: [{ pointer: '/version', reason }] }
  }
  const problems: DialectProblem[] = []
  const sections: Record<string, unknown> = {}
  for (const [key, given] of Object.entries(rest)) {
    const read = Object.hasOwn(SECTIONS, key) ? SECTIONS[key] : undefined
    if (!read) {
      problems.push({ pointer: step(key), reason: unknownName(key) })
      continue
    }
    const found = read(given)
    if (found.problems) {
      const placed = found.problems.map(({ pointer, reason }) => ({
        pointer: step(key) + pointer,
        reason,
      }))
      problems.push(...placed)
    } else sections[key] = found.value
  }
  const words = { name: wordsIn(name, '/name', problems), note: wordsIn(note, '/note', problems) }
  return problems.length > 0 ? { problems } : { dialect: { ...words, sections } }
}

/**
 * Writes a dialect file.
 * @param sections as the file has them
 */
export function writeDialect(
  name: Reason,
  note: Reason,
  sections: Readonly<Record<string, unknown>>,
): string {
  const file = { format: DIALECT_FORMAT, version: DIALECT_VERSION, name, note, ...sections }
  return `${JSON.stringify(file, null, 2)}\n`
}

function wordsIn(given: unknown, pointer: string, problems: DialectProblem[]): Reason {
  const words = isObject(given) ? given : {}
  if (!isObject(given)) problems.push({ pointer, reason: NOT_OBJECT })
  for (const language of ['zh', 'en']) {
    if (isObject(given) && typeof given[language] !== 'string') {
      problems.push({ pointer: `${pointer}/${language}`, reason: NOT_TEXT })
    }
  }
  return { zh: String(words['zh']), en: String(words['en']) }
}

const TOO_LONG: Reason = { zh: '文件过大', en: 'The file is too large' }
const NOT_JSON: Reason = { zh: '文件不是有效的 JSON', en: 'The file is no well-formed JSON' }
const NOT_DIALECT: Reason = {
  zh: `这不是方言文件（format 应为 ${DIALECT_FORMAT}）`,
  en: `This is no dialect file (its format should be ${DIALECT_FORMAT})`,
}
const LATER: Reason = {
  zh: '此方言文件来自更新的版本，请升级本节点包',
  en: 'This dialect file is of a later version; update this package',
}
const NO_VERSION: Reason = { zh: '没有此版本', en: 'There is no such version' }

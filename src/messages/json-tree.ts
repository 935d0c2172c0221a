import { MessageError } from './errors.js'
import { namesOfPointer } from './json-pointer.js'
import {
  DEFAULT_MAX_DEPTH,
  DEFAULT_MAX_DOCUMENT_LENGTH,
  refuseLostCharacters,
} from './xml/index.js'
import { foundTwice } from './xml-path.js'

/** JSON as it was written: numbers, `true` and `false` are the texts that stand there, so that none is changed. */
export type JsonTree = string | null | readonly JsonTree[] | ReadonlyMap<string, JsonTree>

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/**
 * Reads JSON strictly: a name that stands twice in one object is refused, since the last one would hide the first.
 * @throws MessageError XML_TOO_BIG, XML_TOO_DEEP, DOCUMENT_UNKNOWN, DOCUMENT_AMBIGUOUS, CHARSET_REPLACEMENT
 */
export function readJsonTree(text: string): JsonTree {
  if (text.length > DEFAULT_MAX_DOCUMENT_LENGTH) throw tooBig()
  try {
    JSON.parse(text)
  } catch (cause) {
    throw new MessageError(
      'DOCUMENT_UNKNOWN',
      { zh: '内容不是有效的 JSON', en: 'The content is not valid JSON' },
      '400',
      { cause },
    )
  }
  return treeOf(text)
}

/** The tree of a valid text. */
function treeOf(json: string): JsonTree {
  const root: JsonTree[] = []
  /** The open objects and lists; in an object the name whose value comes next. */
  const open: { readonly into: JsonTree[] | Map<string, JsonTree>; name?: string | undefined }[] = [
    { into: root },
  ]
  for (const [token] of json.matchAll(TOKEN)) {
    const last = open.at(-1)!
    if (token === '}' || token === ']') open.pop()
    else if (token === ',' || token === ':') continue
    else if (last.into instanceof Map && last.name === undefined) {
      const name = JSON.parse(token) as string
      refuseLostCharacters(name)
      if (last.into.has(name)) throw foundTwice(name)
      last.name = name
    } else {
      const value = valueOf(token)
      if (last.into instanceof Map) last.into.set(last.name!, value)
      else last.into.push(value)
      last.name = undefined
      if (typeof value !== 'object' || value === null) continue
      if (open.length > DEFAULT_MAX_DEPTH) throw tooDeep()
      open.push({ into: value as JsonTree[] | Map<string, JsonTree> })
    }
  }
  return root[0]!
}

function valueOf(token: string): JsonTree {
  if (token === '{') return new Map()
  if (token === '[') return []
  if (token === 'null') return null
  if (!token.startsWith('"')) return token
  const text = JSON.parse(token) as string
  refuseLostCharacters(text)
  return text
}

/** The part of a tree that a JSON pointer (RFC 6901) leads to; undefined where it leads nowhere. */
export function treeAt(tree: JsonTree, pointer: string): JsonTree | undefined {
  let at: JsonTree | undefined = tree
  for (const name of namesOfPointer(pointer)) {
    if (at instanceof Map) at = (at as ReadonlyMap<string, JsonTree>).get(name)
    else if (Array.isArray(at) && /^(?:0|[1-9]\d*)$/.test(name)) {
      at = (at as readonly JsonTree[])[Number(name)]
    } else return undefined
  }
  return at
}

/**
 * The text at a JSON pointer; undefined where there is none, or null.
 * @throws MessageError DOCUMENT_AMBIGUOUS where an object or a list stands there
 */
export function textOfTree(tree: JsonTree, pointer: string): string | undefined {
  const found = treeAt(tree, pointer)
  if (typeof found === 'string') return found
  if (found === undefined || found === null) return undefined
  throw new MessageError('DOCUMENT_AMBIGUOUS', {
    zh: `${pointer || '/'} 是对象或列表，不是一个值`,
    en: `${pointer || '/'} is an object or a list and not a value`,
  })
}

const tooBig = (): MessageError =>
  new MessageError(
    'XML_TOO_BIG',
    {
      zh: `JSON 超过 ${DEFAULT_MAX_DOCUMENT_LENGTH} 个字符`,
      en: `The JSON has more than ${DEFAULT_MAX_DOCUMENT_LENGTH} characters`,
    },
    '413',
  )

const tooDeep = (): MessageError =>
  new MessageError(
    'XML_TOO_DEEP',
    {
      zh: `JSON 嵌套过深：超过 ${DEFAULT_MAX_DEPTH} 层`,
      en: `The JSON is nested more than ${DEFAULT_MAX_DEPTH} levels deep`,
    },
    '413',
  )

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** Labels of a Content-Type by which old gateways say that their JSON is no UTF-8. */
const CHINESE = /;\s*charset\s*=\s*"?(?:gbk|gb2312|gb18030)\b/i

/**
 * An answer as JSON; undefined when it is none that can be believed: HTML, cut short, damaged bytes, or a name that
 * an object has twice, of which parsers take one or the other (RFC 8259 section 4). It is UTF-8 unless its
 * Content-Type says GBK.
 */
export function readJson(bytes: Uint8Array, contentType = ''): Json | undefined {
  try {
    const charset = CHINESE.test(contentType) ? 'gb18030' : 'utf-8'
    // A byte order mark is dropped by the decoder.
    const text = new TextDecoder(charset, { fatal: true }).decode(bytes)
    const value = JSON.parse(text) as Json
    return hasNameTwice(text) ? undefined : value
  } catch {
    return undefined
  }
}

export const isObject = (json: Json | undefined): json is { readonly [name: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

/** A field of an object; undefined where there is none of its own. */
export const fieldOf = (json: Json | undefined, name: string): Json | undefined =>
  isObject(json) && Object.hasOwn(json, name) ? json[name] : undefined

/** True for a text that RFC 6901 section 3 calls a pointer. */
export const isPointer = (pointer: string): boolean => /^(?:\/(?:[^~/]|~[01])*)*$/.test(pointer)

/** The value that a JSON pointer (RFC 6901) leads to; undefined where it leads nowhere. */
export function valueAt(json: Json, pointer: string): Json | undefined {
  const names = pointer.split('/').slice(1)
  return names
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<Json | undefined>((value, name) => {
      if (!Array.isArray(value)) return fieldOf(value, name)
      return /^(?:0|[1-9]\d*)$/.test(name) ? (value as readonly Json[])[Number(name)] : undefined
    }, json)
}

const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs

/** Expects a text that is JSON. */
function hasNameTwice(text: string): boolean {
  const open: Set<string>[] = []
  for (const [token, colon] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string
      const names = open.at(-1)
      if (names?.has(name)) return true
      names?.add(name)
    }
  }
  return false
}

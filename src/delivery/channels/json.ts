import { hasNameTwice, valueAtPointer } from '../../messages/index.js'

export { isPointer } from '../../messages/index.js'

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

/** The value that a JSON pointer (RFC 6901) leads to; undefined where it leads nowhere. */
export const valueAt = (json: Json, pointer: string): Json | undefined =>
  valueAtPointer(json, pointer) as Json | undefined

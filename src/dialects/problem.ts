import type { Reason } from '../messages/index.js'

/** A fault of a dialect file, with its place as a JSON pointer (RFC 6901); blank = the whole file. */
export interface DialectProblem {
  readonly pointer: string
  readonly reason: Reason
}

/** The result of reading a section. */
export type SectionRead<T> =
  | { readonly value: T; readonly problems?: undefined }
  | { readonly value?: undefined; readonly problems: readonly DialectProblem[] }

/** A name as a step of a pointer. */
export const step = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Names are a stranger's: no longer than a person reads. */
export const unknownName = (name: string): Reason => ({
  zh: `不认识“${name.slice(0, 60)}”，可能来自更新的版本`,
  en: `“${name.slice(0, 60)}” is not known here; it may be of a later version`,
})

export const NOT_OBJECT: Reason = { zh: '应为对象', en: 'This should be an object' }
export const NOT_TEXT: Reason = { zh: '应为文字', en: 'This should be a text' }

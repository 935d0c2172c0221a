import type { Reason } from './errors.js'

/** A fault in settings that are given as JSON. */
export interface SectionProblem {
  /** JSON pointer (RFC 6901) to the place, '' = the whole. */
  readonly pointer: string
  readonly reason: Reason
}

/** Settings that were given as JSON: as they are to be used, or all that is wrong with them. */
export type ReadSection<T> =
  { readonly value: T } | { readonly problems: readonly SectionProblem[] }

/** An object of a section, with its place. */
export interface SectionObject {
  readonly pointer: string
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * Reads settings that are given as JSON, from a file or a flow: nothing is coerced, nothing unknown is passed over, and
 * each fault is noted with its place.
 */
export class SectionReader {
  readonly problems: SectionProblem[] = []

  problem(pointer: string, reason: Reason): void {
    this.problems.push({ pointer, reason })
  }

  /** The value that was read, unless something was wrong. */
  result<T>(value: T): ReadSection<T> {
    return this.problems.length > 0 ? { problems: this.problems } : { value }
  }

  /** @param names all that the object may have */
  object(value: unknown, pointer: string, names: readonly string[]): SectionObject | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.problem(pointer, { zh: '应为一个对象', en: 'This should be an object' })
      return undefined
    }
    for (const name of Object.keys(value)) {
      if (names.includes(name)) continue
      this.problem(placeIn(pointer, name), {
        zh: `没有名为 ${name} 的设置，可用的有：${names.join('、')}`,
        en: `There is no setting ${name}; there is ${names.join(', ')}`,
      })
    }
    return { pointer, values: value as Readonly<Record<string, unknown>> }
  }

  /** The items of a list, with their places; an absent list is empty. */
  list(value: unknown, pointer: string): readonly (readonly [item: unknown, pointer: string])[] {
    if (value === undefined) return []
    if (Array.isArray(value)) {
      return value.map((item: unknown, index) => [item, `${pointer}/${index}`] as const)
    }
    this.problem(pointer, { zh: '应为一个列表', en: 'This should be a list' })
    return []
  }

  /** A text, trimmed; '' where it is absent. */
  text({ values, pointer }: SectionObject, name: string): string {
    return this.exactText({ values, pointer }, name).trim()
  }

  /** A text to the character. */
  exactText({ values, pointer }: SectionObject, name: string): string {
    const value = values[name]
    if (value === undefined) return ''
    if (typeof value === 'string') return value
    this.problem(placeIn(pointer, name), {
      zh: '应为文本（加引号）',
      en: 'This should be a text, in quotation marks',
    })
    return ''
  }

  texts({ values, pointer }: SectionObject, name: string): readonly string[] {
    const place = placeIn(pointer, name)
    return this.list(values[name], place).flatMap(([item, at]) => {
      if (typeof item === 'string') return [item.trim()]
      this.problem(at, {
        zh: '应为文本（加引号）',
        en: 'This should be a text, in quotation marks',
      })
      return []
    })
  }

  flag({ values, pointer }: SectionObject, name: string): boolean {
    const value = values[name]
    if (value === undefined || typeof value === 'boolean') return value === true
    this.problem(placeIn(pointer, name), {
      zh: '应为 true 或 false',
      en: 'This should be true or false',
    })
    return false
  }

  /** One of several words; undefined where it is none of them, or absent. */
  choice<T extends string>(
    object: SectionObject,
    name: string,
    choices: readonly T[],
  ): T | undefined {
    const text = this.text(object, name)
    const choice = choices.find((one) => one === text)
    if (choice === undefined && (text !== '' || object.values[name] !== undefined)) {
      const list = choices.join(', ')
      this.problem(placeIn(object.pointer, name), {
        zh: `应为以下之一：${list}`,
        en: `This should be one of ${list}`,
      })
    }
    return choice
  }
}

/** The place of a setting in an object (RFC 6901, section 3). */
export const placeIn = (pointer: string, name: string | number): string =>
  `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The first problem of some as one text, with its place. */
export function firstProblem(problems: readonly SectionProblem[]): Reason {
  const [first] = problems
  if (!first) return { zh: '', en: '' }
  const { pointer, reason } = first
  return { zh: `${pointer || '/'}：${reason.zh}`, en: `${pointer || '/'}: ${reason.en}` }
}

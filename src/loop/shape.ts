/* The shape of settings, which come out of a flow file and may be anything. */

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== ''

export const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(isName) && new Set(value).size === value.length

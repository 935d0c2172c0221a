/* What a dialog asks comes from a browser and may be anything. */

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Properties that are texts; any other is blank. */
export function textsIn<Name extends string>(
  value: unknown,
  names: readonly Name[],
): Record<Name, string> {
  const given = isObject(value) ? value : {}
  const texts = names.map((name) => {
    const text = given[name]
    return [name, typeof text === 'string' ? text : '']
  })
  return Object.fromEntries(texts) as Record<Name, string>
}

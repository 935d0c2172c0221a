/** From 0 up to 1. */
export type Random = () => number

export const below = (random: Random, limit: number): number => Math.floor(random() * limit)

export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = below(random, i + 1)
    ;[result[i], result[j]] = [result[j]!, result[i]!]
  }
  return result
}

/** Some interleaving of the lists, each in its own order. */
export function merged<T>(random: Random, lists: readonly (readonly T[])[]): T[] {
  const rest = lists.map((list) => [...list])
  const result: T[] = []
  for (;;) {
    const filled = rest.filter((list) => list.length > 0)
    const list = filled[below(random, filled.length)]
    if (!list) return result
    result.push(list.shift()!)
  }
}

/** Some order in which each comes after what it wants to come after. */
export function ordered<T extends { readonly after: T | null }>(
  random: Random,
  items: readonly T[],
): T[] {
  const rest = new Set(items)
  const result: T[] = []
  while (rest.size > 0) {
    const free = [...rest].filter(({ after }) => after === null || !rest.has(after))
    const item = free[below(random, free.length)]
    if (!item) throw new TypeError('they wait for each other')
    rest.delete(item)
    result.push(item)
  }
  return result
}

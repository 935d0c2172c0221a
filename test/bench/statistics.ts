export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN
  return (upper + lower) / 2
}

/** The median of a ratio taken round by round, so that a slower moment of the machine divides itself out. */
export function ratio(values: readonly number[], references: readonly number[]): number {
  return median(values.map((value, round) => value / (references[round] ?? Number.NaN)))
}

/** Three figures tell all that a noisy machine can tell. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value >= 100) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** A Markdown table, aligned for a terminal: first column to the left, all others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => width(row[column] ?? '')), width(title)),
  )
  const line = (row: readonly string[]): string =>
    `| ${row
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - width(cell))
        return column === 0 ? cell + space : space + cell
      })
      .join(' | ')} |`
  const rule = `| ${widths
    .map((wide, column) => (column === 0 ? '-'.repeat(wide) : `${'-'.repeat(wide - 1)}:`))
    .join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** Columns on a terminal: Chinese characters and their punctuation take two. */
function width(text: string): number {
  return Array.from(text).reduce(
    (sum, char) => sum + (/[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]/.test(char) ? 2 : 1),
    0,
  )
}

/** A loop that had less of its core than this was disturbed by other programs. */
const LEAST_OF_A_CORE = 0.95

/**
 * How long one call takes in a tight loop, in µs; a loop that other programs disturbed is run again.
 * @param tries how often at most: then the least CPU time counts, which other programs add little to
 */
export function timeOf(run: () => unknown, durationMs: number, tries: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let left = tries; left > 0; left--) {
    const cpuBefore = process.cpuUsage()
    const startedAt = performance.now()
    let elapsed = 0
    let calls = 0
    do {
      for (let i = 0; i < 100; i++) run()
      calls += 100
      elapsed = performance.now() - startedAt
    } while (elapsed < durationMs)
    const { user, system } = process.cpuUsage(cpuBefore)
    if (user + system >= elapsed * 1000 * LEAST_OF_A_CORE) return (elapsed / calls) * 1000
    least = Math.min(least, (user + system) / calls)
  }
  return least
}

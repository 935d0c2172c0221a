/** What the tests of this folder proved, for docs/interop.md; test/interop/table.spec.ts writes and checks it. */
const tables = { in: new Map<string, Row>(), out: new Map<string, Row>() }

type Row = Map<string, Set<string>>

/**
 * Notes that a test proved something. To be called as its last statement.
 * @param row the cells by which the row is known, in the order of the columns
 */
export function prove(
  table: keyof typeof tables,
  row: readonly string[],
  proved: Readonly<Record<string, string>>,
): void {
  const key = row.join(' | ')
  const cells: Row = tables[table].get(key) ?? new Map()
  tables[table].set(key, cells)
  for (const [column, value] of Object.entries(proved)) {
    cells.set(column, (cells.get(column) ?? new Set()).add(value))
  }
}

/** The lines of a table, whose further columns are those that were proved. */
export function tableOf(
  table: keyof typeof tables,
  known: readonly string[],
  columns: readonly string[],
): string {
  const head = [...known, ...columns]
  const rows = [...tables[table]].map(([key, cells]) =>
    [key, ...columns.map((column) => [...(cells.get(column) ?? ['–'])].sort().join(', '))].join(
      ' | ',
    ),
  )
  return [head.join(' | '), head.map(() => '---').join(' | '), ...rows]
    .map((line) => `| ${line} |\n`)
    .join('')
}

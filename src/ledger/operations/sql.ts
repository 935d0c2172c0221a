import type { Row, SqlValue, Statement, Step } from '../../store/index.js'

/** A statement, to be yielded by the body of a transaction. */
export const sql = (statement: string, ...params: readonly SqlValue[]): Statement => ({
  sql: statement,
  params,
})

/**
 * The database's own time in epoch milliseconds: with several machines only one clock decides. Operations of one batch
 * may be given the same.
 */
export function* now(): Step<number> {
  const [row] = yield { ...sql('select {now} as now'), carried: { name: 'now' } }
  return number(row, 'now')
}

/** A column that the schema says is a number. */
export function number(row: Row | undefined, column: string): number {
  const value = row?.[column]
  if (typeof value === 'number') return value
  throw new TypeError(`the column ${column} holds no number`)
}

export function text(row: Row | undefined, column: string): string {
  const value = row?.[column]
  if (typeof value === 'string') return value
  throw new TypeError(`the column ${column} holds no text`)
}

/** Runs an insert. @returns the id of the row */
export function* insert(statement: string, ...params: readonly SqlValue[]): Step<number> {
  const [row] = yield sql(statement, ...params)
  return number(row, 'id')
}

/**
 * Begins a statement: `d(v)` are the different values of the first column of an index, each found by itself instead
 * of by reading the whole index. The last of them is null.
 */
export const distinct = (table: string, column: string): string =>
  `with recursive d(v) as (select min(${column}) from ${table} union all
     select (select min(${column}) from ${table} where ${column} > d.v) from d where d.v is not null)`

/** Words of ours, none of them from outside, as a list in a statement. Partial indexes want them there. */
export const listed = (words: readonly string[]): string =>
  `(${words.map((word) => `'${word}'`).join(', ')})`

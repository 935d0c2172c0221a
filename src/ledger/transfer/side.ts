import type { Engine, Row, Statement } from '../../store/index.js'
import type { MoveMark } from '../../store/whole.js'
import type { Table } from './tables.js'

/** The values of one row, in the order of the columns. Whole numbers of any size. */
export type Values = readonly (string | bigint | null | Uint8Array)[]

/** One of the two databases of a move, held for it alone. */
export interface Side {
  readonly kind: Engine['kind']
  /** The database and its version, such as `SQLite 3.53.4`. */
  readonly database: string
  query(statement: Statement): Promise<readonly Row[]>
  /** Durable when it resolves. */
  mark(mark: MoveMark | undefined): Promise<void>
  /** All in one transaction, which is durable when it resolves and has left nothing when it rejects. */
  transaction<T>(body: () => Promise<T>): Promise<T>
  /** All rows of a table in the order of its key, the same on both sides. Within a transaction. */
  read(table: Table): AsyncIterable<readonly Values[]>
  write(table: Table, rows: readonly Values[]): Promise<void>
  /** Removes all rows. */
  clear(tables: readonly Table[]): Promise<void>
  /** The last id that was handed out, which may be gone by now; 0 for none. */
  counter(table: Table, column: string): Promise<number>
  setCounter(table: Table, column: string, last: number): Promise<void>
  close(): Promise<void>
}

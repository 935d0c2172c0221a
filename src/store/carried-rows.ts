import type { Row, Statement } from './types.js'

/**
 * Rows that one operation of a batch after the other reads and writes, such as the end of a chain. The first
 * operation reads such a row from the database, the others read what the one before has written, and the last
 * writing goes to the database at the end of the batch.
 */
export class CarriedRows {
  #entries = new Map<string, Entry>()

  /** The answer to a statement that need not be asked of the database; undefined for all others. */
  answer(statement: Statement): readonly Row[] | undefined {
    const { carried } = statement
    if (!carried) return undefined
    const { name, written } = carried
    if (!written) return this.#entries.get(name)?.rows
    this.#entries.set(name, { rows: [written], write: statement })
    return NO_ROWS
  }

  /** Takes note of what the database has answered. */
  learn({ carried }: Statement, rows: readonly Row[]): void {
    if (carried) this.#entries.set(carried.name, { rows })
  }

  /** The statements that are still to be run, once before the commit. */
  get writes(): readonly Statement[] {
    return [...this.#entries.values()].flatMap(({ write }) => write ?? [])
  }

  /** Returns how to forget all that comes after now: for an operation that is rolled back alone. */
  mark(): () => void {
    const before = new Map(this.#entries)
    return () => {
      this.#entries = before
    }
  }
}

interface Entry {
  readonly rows: readonly Row[]
  readonly write?: Statement
}

const NO_ROWS: readonly Row[] = []

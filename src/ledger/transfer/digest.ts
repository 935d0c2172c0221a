import { createHash } from 'node:crypto'
import type { Values } from './side.js'

/** Rows and a hash over all values of a table, by which the two databases are compared. */
export class Digest {
  readonly #hash = createHash('sha256')
  #rows = 0

  get rows(): number {
    return this.#rows
  }

  add(rows: readonly Values[]): void {
    this.#rows += rows.length
    for (const row of rows) for (const value of row) this.#addValue(value)
  }

  /** To be asked once, at the end. */
  end(): string {
    return `${this.#rows} ${this.#hash.digest('hex')}`
  }

  /** Each with its type and length, so that no two rows read the same. */
  #addValue(value: Values[number]): void {
    if (value === null) this.#hash.update('n')
    else if (typeof value === 'bigint') this.#hash.update(`i${value};`)
    else {
      const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
      this.#hash.update(`${typeof value === 'string' ? 't' : 'b'}${bytes.length}:`).update(bytes)
    }
  }
}

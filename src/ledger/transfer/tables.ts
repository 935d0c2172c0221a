import { DatabaseSync } from 'node:sqlite'
import type { Migration } from '../../store/index.js'
import { renderer } from '../../store/whole.js'

export type ColumnType = 'bigint' | 'text' | 'bytea'

/** A table of the ledger, as both databases have it. */
export interface Table {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[]
  readonly key: readonly string[]
  /** The column whose ids count up and never back; undefined where there is none. */
  readonly counter: string | undefined
}

const TYPES: Readonly<Record<string, ColumnType>> = {
  INTEGER: 'bigint',
  TEXT: 'text',
  BLOB: 'bytea',
}

/** What the migrations make, asked of a database in memory; so a new table cannot be forgotten here. */
export function tablesOf(migrations: readonly Migration[]): readonly Table[] {
  const db = new DatabaseSync(':memory:')
  try {
    const render = renderer('sqlite')
    for (const { statements } of migrations) for (const sql of statements) db.exec(render(sql))
    const made = db
      .prepare("select name, sql from sqlite_schema where type = 'table' order by name")
      .all() as { name: string; sql: string }[]
    return made
      .filter(({ name }) => !name.startsWith('sqlite_'))
      .map(({ name, sql }) => {
        const columns = db.prepare(`pragma table_info(${name})`).all() as unknown as ColumnInfo[]
        const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)
        return {
          name,
          columns: columns.map((column) => ({ name: column.name, type: typeOf(column.type) })),
          key: key.map((column) => column.name),
          counter: /\bautoincrement\b/i.test(sql) ? key[0]?.name : undefined,
        }
      })
  } finally {
    db.close()
  }
}

interface ColumnInfo {
  readonly name: string
  readonly type: string
  readonly pk: number
}

function typeOf(declared: string): ColumnType {
  const type = TYPES[declared]
  if (!type) throw new Error(`No such type of a column: ${declared}`)
  return type
}

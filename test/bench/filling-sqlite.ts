import { fsyncSync, openSync, closeSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { DEFINITION_MODULE, SqliteEngine } from '../../src/ledger/index.js'
import { FILL_END, fillStatements } from './filling.js'

const PART = 50_000

export interface FillOptions {
  /** How many of the newest alerts are open. */
  readonly open?: number | undefined
  /** The module of the ledger's version. Default is today's. */
  readonly definition?: string
  /** Statements that are run once all alerts are there, before their indexes are built. */
  readonly also?: readonly string[]
}

/** Makes a ledger file with so many alerts; tells how far it is. */
export async function fillFile(
  file: string,
  alerts: number,
  tell: (text: string) => void,
  { open, definition = DEFINITION_MODULE, also = [] }: FillOptions = {},
): Promise<void> {
  const engine = new SqliteEngine({ file, definition, ballastBytes: 0 })
  await engine.ready()
  await engine.close()
  const startedAt = performance.now()
  const db = new DatabaseSync(file)
  // Nothing of this has to survive a crash, and an index is built faster than it is kept.
  db.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -262144')
  const indexes = db
    .prepare("select name, sql from sqlite_schema where type = 'index' and sql is not null")
    .all()
  for (const { name } of indexes) db.exec(`drop index ${String(name)}`)
  const now = Date.now()
  for (let from = 1; from <= alerts; from += PART) {
    const to = Math.min(from + PART - 1, alerts)
    db.exec('begin')
    for (const sql of fillStatements('sqlite', {
      from,
      to,
      total: alerts,
      now,
      ...(open !== undefined && { open }),
    })) {
      db.exec(sql)
    }
    db.exec('commit')
    tell(`${to} / ${alerts}`)
  }
  for (const sql of [...FILL_END, ...also]) db.exec(sql)
  for (const { sql } of indexes) db.exec(String(sql))
  db.close()
  // What is still to be written would be flushed with the first accepts.
  const handle = openSync(file, 'r+')
  fsyncSync(handle)
  closeSync(handle)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  tell(`${(statSync(file).size / (1 << 20)).toFixed(0)} MB, ${seconds} s`)
}

import { existsSync } from 'node:fs'
import type { Migration, Row, Statement } from '../../store/index.js'
import {
  bound,
  dropMark,
  fileError,
  type OpenFile,
  openFile,
  saveCopy,
  setMark,
  SqliteConnection,
} from '../../store/whole.js'
import { sql } from '../operations/sql.js'
import type { Reader } from './check.js'
import { fileTrouble, TransferError } from './errors.js'
import type { Side, Values } from './side.js'
import type { Table } from './tables.js'

const MOST_ROWS = 500
const MOST_BYTES = 1024 * 1024

/**
 * A ledger file, owned for the time being. As the source it must be there and whole.
 * @throws LedgerError; TransferError NO_LEDGER, FILE_IN_USE, DAMAGED
 */
export async function openFileSide(
  file: string,
  migrations: readonly Migration[],
  role: 'source' | 'target',
): Promise<Side> {
  if (role === 'source' && !existsSync(file)) throw new TransferError('NO_LEDGER')
  let open: OpenFile
  try {
    const { signal } = new AbortController()
    const mustExist = role === 'source'
    const options = { mistrust: false, mustExist, marked: 'allow', signal } as const
    open = await openFile(file, { migrations }, options)
  } catch (thrown) {
    throw fileTrouble(thrown)
  }
  if (role === 'source' && open.writer.pragma('integrity_check(1)') !== 'ok') {
    open.close()
    throw new TransferError('DAMAGED')
  }
  return new FileSide(open)
}

/**
 * The state of a ledger file now, also while a Node-RED uses it: nothing is changed.
 * @throws LedgerError; TransferError NO_LEDGER
 */
export async function readFileSide(file: string): Promise<Reader & { close(): Promise<void> }> {
  if (!existsSync(file)) throw new TransferError('NO_LEDGER')
  try {
    const db = new SqliteConnection(file, { readOnly: true })
    db.exec('begin')
    if (db.pragma('table_info(schema_version)') === undefined) throw new TransferError('NO_LEDGER')
    return {
      query: async (statement) => db.query(statement),
      close: async () => db.close(),
    }
  } catch (thrown) {
    throw thrown instanceof TransferError ? thrown : fileError(thrown)
  }
}

/**
 * A checked copy of a ledger file, also while a Node-RED uses it.
 * @throws LedgerError; TransferError NO_LEDGER, TARGET_EXISTS
 */
export async function backupFile(file: string, target: string): Promise<void> {
  if (!existsSync(file)) throw new TransferError('NO_LEDGER')
  if (existsSync(target)) throw new TransferError('TARGET_EXISTS')
  await copyWhole(file, target).catch((thrown: unknown) => {
    throw fileError(thrown)
  })
}

/** Copies a file with what its log holds, and checks the copy. */
export async function copyWhole(file: string, target: string): Promise<void> {
  const db = new SqliteConnection(file, { readOnly: true })
  try {
    await saveCopy(db, target, new AbortController().signal)
  } finally {
    db.close()
  }
}

class FileSide implements Side {
  readonly kind = 'sqlite'
  readonly #open: OpenFile

  constructor(open: OpenFile) {
    this.#open = open
  }

  get database(): string {
    return this.#open.report.database
  }

  async query(statement: Statement): Promise<readonly Row[]> {
    try {
      return this.#open.writer.query(statement)
    } catch (thrown) {
      throw fileError(thrown)
    }
  }

  async mark(mark: Parameters<Side['mark']>[0]): Promise<void> {
    await this.query(mark ? setMark(mark) : dropMark)
  }

  async transaction<T>(body: () => Promise<T>): Promise<T> {
    await this.query(sql('begin immediate'))
    try {
      const value = await body()
      await this.query(sql('commit'))
      return value
    } catch (error) {
      // A full disk has rolled it back already, and then there is nothing to roll back.
      await this.query(sql('rollback')).catch(() => undefined)
      throw error
    }
  }

  async *read({ name, columns, key }: Table): AsyncGenerator<readonly Values[]> {
    const names = columns.map((column) => column.name)
    const select = this.#open.writer.db.prepare(
      `select ${names.join()} from ${name} order by ${key.join()}`,
    )
    select.setReadBigInts(true)
    let batch: Values[] = []
    let bytes = 0
    for (const row of select.iterate() as Iterable<Record<string, Values[number]>>) {
      const values = names.map((column) => row[column] ?? null)
      batch.push(values)
      bytes += sizeOf(values)
      if (batch.length < MOST_ROWS && bytes < MOST_BYTES) continue
      yield batch
      batch = []
      bytes = 0
    }
    if (batch.length > 0) yield batch
  }

  async write({ name, columns }: Table, rows: readonly Values[]): Promise<void> {
    const places = columns.map(() => '?').join()
    const insert = this.#open.writer.db.prepare(
      `insert into ${name} (${columns.map((column) => column.name).join()}) values (${places})`,
    )
    try {
      for (const row of rows) insert.run(...row.map(bound))
    } catch (thrown) {
      throw fileError(thrown)
    }
  }

  async clear(tables: readonly Table[]): Promise<void> {
    for (const { name, counter } of tables) {
      await this.query(sql(`delete from ${name}`))
      if (counter) await this.query(sql(FORGET, name))
    }
  }

  async counter({ name }: Table): Promise<number> {
    const [row] = await this.query(sql('select seq from sqlite_sequence where name = $1', name))
    return Number(row?.['seq'] ?? 0)
  }

  async setCounter({ name }: Table, _column: string, last: number): Promise<void> {
    await this.query(sql(FORGET, name))
    await this.query(sql('insert into sqlite_sequence (name, seq) values ($1, $2)', name, last))
  }

  async close(): Promise<void> {
    this.#open.close()
  }
}

const FORGET = 'delete from sqlite_sequence where name = $1'

function sizeOf(values: Values): number {
  let bytes = 0
  for (const value of values) {
    if (typeof value === 'string' || value instanceof Uint8Array) bytes += value.length
  }
  return bytes
}

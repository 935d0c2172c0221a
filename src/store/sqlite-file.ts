import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Reason } from '../messages/index.js'
import {
  assertKnown,
  placeOf,
  stateOf,
  type Anchor,
  type LedgerPlace,
  type LedgerState,
} from './anchor.js'
import { LedgerError, ledgerError } from './errors.js'
import { giveIdentity } from './identity.js'
import { inspect, migrate, MigrationSteps, VERSION_TABLE } from './migrate.js'
import { saveCopy } from './sqlite-backup.js'
import { SqliteConnection } from './sqlite-connection.js'
import { FileGuard } from './sqlite-guard.js'
import { isStandalone, sizeOf } from './sqlite-header.js'
import { beside, preparePlace, takeOwnership } from './sqlite-place.js'
import { drive } from './step.js'
import type { MigrationProgress } from './migration-progress.js'
import type { EngineDefinition, OpenReport, Statement } from './types.js'

/** "CRIS", in the header of the file: what it is, for people and for `file`. */
const APPLICATION_ID = 0x43524953
const JOURNAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024
/** 8 MiB, which is well below the limit, and read within a second after a crash. */
const LOG_PAGES = 2000
/** Before this version, two connections that write and checkpoint at one instant can damage a WAL database. */
const SAFE_VERSION = [3, 51, 3] as const
const FULL = 2
/** A batch changes some pages for each operation; with 2 MB, the default, the cache would not hold them. */
const CACHE_KIB = 16 * 1024

/** An open ledger file. */
export interface OpenFile {
  /** The true path. */
  readonly file: string
  readonly writer: SqliteConnection
  readonly reader: SqliteConnection
  readonly report: OpenReport
  readonly guard: FileGuard
  /** The content that is to be written into the anchor now. */
  state(): LedgerState
  /** Its progress. */
  place(): LedgerPlace
  close(): void
}

export interface OpenOptions {
  /** True after an I/O error: only a complete checkpoint makes sure of what the disk really has. */
  readonly mistrust: boolean
  /** True when it has been open before: a file that is missing then is no reason to begin a new one. */
  readonly mustExist: boolean
  /** The ledger that was here before; undefined where that is not compared. */
  readonly anchor?: Anchor | undefined
  /** Default is to refuse what a move has marked. */
  readonly marked?: 'refuse' | 'allow'
  readonly onProgress?: (progress: MigrationProgress) => void
  /** Ends the opening where it takes long. */
  readonly signal: AbortSignal
}

/** Opens the file as its only owner and brings its schema up to date. Rejects with what went wrong. */
export async function openFile(
  path: string,
  definition: Pick<EngineDefinition, 'migrations' | 'journal'>,
  options: OpenOptions,
): Promise<OpenFile> {
  const { mustExist, anchor } = options
  const file = preparePlace(path, { mustExist, expected: anchor?.exists ?? false })
  const open = new Opened(takeOwnership(file))
  try {
    const logBytes = sizeOf(`${file}-wal`)
    // A clean stop leaves no log behind.
    const unclean = options.mistrust || logBytes > 0
    if (sizeOf(file) > 0) {
      if (logBytes > 0 && isStandalone(file)) throw ledgerError('LEDGER_STALE_LOG')
      // Before the writer, so that nothing is copied into the file should it turn out to be no good.
      open.reader = new SqliteConnection(file, { readOnly: true })
      refuseUnknown(open.reader, definition, anchor)
    }
    const writer = (open.writer = new SqliteConnection(file, { readOnly: false }))
    const created = prepare(writer)
    if (unclean) check(writer, options)
    const known = await bringUpToDate(writer, file, definition, options)
    const reader = (open.reader ??= new SqliteConnection(file, { readOnly: true }))
    const version = String(writer.query({ sql: 'select sqlite_version() v', params: [] })[0]?.['v'])
    const report: OpenReport = {
      database: `SQLite ${version}`,
      schema: known.schema,
      created,
      warnings: isSafe(version) ? known.warnings : [...known.warnings, OLD_SQLITE],
    }
    const guard = (open.guard = new FileGuard(file, writer, version))
    const { journal } = definition
    const query = reader.query.bind(reader)
    const state = () => drive(stateOf(journal), query)
    const place = () => drive(placeOf(journal), query)
    const close = () => open.close('copy log')
    return { file, writer, reader, report, guard, state, place, close }
  } catch (error) {
    open.close('leave log')
    throw error
  }
}

/** Open resources, to be closed in the right order. */
class Opened {
  readonly #lock: SqliteConnection
  writer: SqliteConnection | undefined
  reader: SqliteConnection | undefined
  guard: FileGuard | undefined

  constructor(lock: SqliteConnection) {
    this.#lock = lock
  }

  /**
   * The last connection to close copies the log into the file and deletes it, unless it can only read.
   * @param end `leave log` for a file that may not be the one that the log belongs to
   */
  close(end: 'copy log' | 'leave log'): void {
    const { writer, reader, guard } = this
    const leave = end === 'leave log' || guard?.isForeign
    const connections = leave ? [writer, reader] : [reader, writer]
    this.writer = this.reader = this.guard = undefined
    try {
      for (const connection of connections) connection?.close()
    } finally {
      guard?.close()
      this.#lock.close()
    }
  }
}

/** Throws LEDGER_MISSING, LEDGER_OLDER or LEDGER_OTHER for a file that is not the ledger of the anchor. */
function refuseUnknown(
  reader: SqliteConnection,
  { journal }: Pick<EngineDefinition, 'journal'>,
  anchor: Anchor | undefined,
): void {
  const tables = reader.query(TABLES)
  if (!anchor?.exists) return
  // A file without tables is left when the log of a ledger was deleted that had never been copied into its file.
  if (tables.length === 0) throw ledgerError('LEDGER_MISSING')
  if (!tables.some(({ name }) => name === 'schema_version')) return
  drive(assertKnown(anchor, journal), reader.query.bind(reader))
}

/** Throws what the opening of a file would say of its content, which is only read. */
export function inspectFile(
  reader: SqliteConnection,
  definition: Pick<EngineDefinition, 'migrations' | 'journal'>,
  anchor: Anchor,
): void {
  const tables = reader.query(TABLES)
  if (tables.length > 0 && !tables.some(({ name }) => name === 'schema_version'))
    throw foreignFile()
  refuseUnknown(reader, definition, anchor)
  if (tables.length > 0) drive(inspect(definition.migrations), reader.query.bind(reader))
}

const TABLES: Statement = {
  sql: 'select name from sqlite_schema where type = $1',
  params: ['table'],
}

/** Sets what durability and safety rest on, and reads it back. Returns whether the file is new. */
function prepare(writer: SqliteConnection): boolean {
  const tables = writer.query(TABLES)
  const created = tables.length === 0
  if (created) {
    // Has an effect only before the first table.
    writer.exec('pragma auto_vacuum = incremental')
    writer.exec(`pragma application_id = ${APPLICATION_ID}`)
  } else if (!tables.some(({ name }) => name === 'schema_version')) throw foreignFile()
  writer.exec('pragma journal_mode = wal')
  writer.exec('pragma synchronous = full')
  writer.exec('pragma fullfsync = 1')
  writer.exec(`pragma journal_size_limit = ${JOURNAL_SIZE_LIMIT_BYTES}`)
  // Batches change the same pages again and again: the more of them the log holds, the fewer pages are copied twice.
  writer.exec(`pragma wal_autocheckpoint = ${LOG_PAGES}`)
  // Each operation is a savepoint, and what undoes it would be written to a temporary file page by page.
  writer.exec('pragma temp_store = memory')
  writer.exec(`pragma cache_size = -${CACHE_KIB}`)
  const mode = writer.pragma('journal_mode')
  if (mode !== 'wal' || writer.pragma('synchronous') !== FULL || writer.pragma('fullfsync') !== 1) {
    throw notDurable(String(mode))
  }
  return created
}

function check(writer: SqliteConnection, { mistrust }: OpenOptions): void {
  if (writer.pragma('quick_check(1)') !== 'ok') throw ledgerError('LEDGER_CORRUPT')
  // After a failed flush the log may be in the cache and not on the disk, and what is appended to it later
  // would be cut off with it. A checkpoint writes and flushes it all anew; its first column is "was busy".
  const busy = writer.pragma('wal_checkpoint(truncate)')
  if (mistrust && busy !== 0) throw ledgerError('LEDGER_BUSY')
}

async function bringUpToDate(
  writer: SqliteConnection,
  file: string,
  { migrations }: Pick<EngineDefinition, 'migrations'>,
  { signal, marked, onProgress }: OpenOptions,
): Promise<{ schema: number; warnings: readonly Reason[] }> {
  writer.exec(VERSION_TABLE)
  const query = writer.query.bind(writer)
  const state = drive(inspect(migrations, marked), query)
  const { version, missing, warnings, identity } = state
  if (version > 0 && missing.length > 0) {
    const copied = (percent: number) => onProgress?.({ phase: 'copy', done: percent, total: 100 })
    copied(0)
    await saveCopy(writer, beside(file, `v${version}-${Date.now()}.bak`), signal, copied)
  }
  const steps = new MigrationSteps(state, onProgress)
  for (const migration of missing) {
    writer.transaction('begin immediate', () =>
      drive(
        migrate(migration, () => steps.next()),
        query,
      ),
    )
  }
  // This start has needed no copy, so the one of the start before is of no more use.
  if (missing.length === 0) removeCopies(file)
  if (identity === undefined) query(giveIdentity(randomUUID()))
  return { schema: missing.at(-1)?.version ?? version, warnings }
}

/** Those that were made before a migration, by their names. */
function removeCopies(file: string): void {
  const name = basename(file)
  for (const other of readdirSync(dirname(file))) {
    const ending = other.startsWith(`${name}.`) ? other.slice(name.length) : ''
    if (/^\.v\d+-\d+\.bak$/.test(ending)) rmSync(join(dirname(file), other), { force: true })
  }
}

function isSafe(version: string): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, wanted] of SAFE_VERSION.entries()) {
    const part = parts[index] ?? 0
    if (part !== wanted) return part > wanted
  }
  return true
}

export function foreignFile(): LedgerError {
  return new LedgerError('LEDGER_CORRUPT', {
    zh: '该文件是其他程序的数据库，不是台账，请选择其他文件',
    en: 'This file is the database of another program and no ledger; choose another file',
  })
}

function notDurable(mode: string): LedgerError {
  return new LedgerError(
    'LEDGER_NOT_DURABLE',
    {
      zh: '该磁盘不支持安全写入（WAL），请把台账放在本机的普通磁盘上',
      en: 'The disk does not support safe writing (WAL); put the ledger on an ordinary disk of this machine',
    },
    { evidence: `journal_mode ${mode}` },
  )
}

const OLD_SQLITE: Reason = {
  zh: '当前 Node.js 自带的 SQLite 有已知缺陷，其他程序同时写台账会损坏文件；请升级 Node.js（推荐 24 LTS），且不要用其他工具写台账',
  en: 'The SQLite inside this Node.js has a known defect that damages the ledger when another program writes to it at the same time; update Node.js (24 LTS is recommended) and let no other tool write to the ledger',
}

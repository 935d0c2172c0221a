import { randomUUID } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { EngineDefinition } from '../../store/index.js'
import {
  accept,
  beside,
  drive,
  flush,
  flushFolder,
  giveIdentity,
  inspect,
  isStandalone,
  makeFolder,
  openFile,
  sizeOf,
  SqliteConnection,
  takeOwnership,
} from '../../store/whole.js'
import { fileTrouble, TransferError } from './errors.js'
import { copyWhole } from './file-side.js'
import { openPostgresSide, readPostgresSide, type PostgresPlace } from './postgres-side.js'

type Definition = Pick<EngineDefinition, 'migrations' | 'journal'>

/** The result of a restore. */
export interface Restored {
  /** Where the ledger that was there lies now, with its log; undefined when there was none. */
  readonly aside: string | undefined
}

/** The files that SQLite keeps beside a database. */
const COMPANIONS = ['-wal', '-shm', '-journal'] as const

/**
 * Puts a backup in place of a ledger that no Node-RED uses. The backup is copied and checked first and stays what
 * it is; the ledger that was there is set aside with its log and never mixed with the backup. Killed at any point,
 * the same call goes on.
 * @throws LedgerError; TransferError NO_LEDGER, FILE_IN_USE, DAMAGED
 */
export async function restoreFile(
  backup: string,
  file: string,
  definition: Definition,
): Promise<Restored> {
  if (sizeOf(backup) === 0) throw new TransferError('NO_LEDGER')
  const target = resolve(file)
  return owning(target, async () => {
    const draft = `${target}.restoring`
    try {
      await copyOf(backup, target, draft)
      checkAndAccept(draft, definition)
      flush(draft)
      const aside = setAside(target)
      renameSync(draft, target)
      flushFolder(dirname(target))
      return { aside }
    } finally {
      for (const end of ['', ...COMPANIONS]) rmSync(`${draft}${end}`, { force: true })
    }
  })
}

/**
 * Records that a person wants the ledger in this file as it is, although another or a newer one was used here, or
 * that a new one is to be begun where one is missing.
 * @returns `begun` when there was none
 * @throws LedgerError; TransferError FILE_IN_USE
 */
export async function acceptFile(
  file: string,
  definition: Definition,
): Promise<'accepted' | 'begun'> {
  const target = resolve(file)
  // A log without its file is of no use to the one that is begun, and must not be deleted by it.
  if (sizeOf(target) === 0 && existsSync(`${target}-wal`)) {
    await owning(target, () => Promise.resolve(setAside(target)))
  }
  try {
    const { signal } = new AbortController()
    const open = await openFile(target, definition, { mistrust: true, mustExist: false, signal })
    open.writer.query(accept())
    open.close()
    return open.report.created ? 'begun' : 'accepted'
  } catch (thrown) {
    throw fileTrouble(thrown)
  }
}

/**
 * The same for a ledger in PostgreSQL.
 * @throws LedgerError; TransferError IN_USE
 */
export async function acceptPostgres(
  place: PostgresPlace,
  { migrations }: Definition,
): Promise<'accepted' | 'begun'> {
  const isThere = await readPostgresSide(place).then(
    (reader) => reader.close().then(() => true),
    (error: unknown) => {
      if (error instanceof TransferError && error.code === 'NO_LEDGER') return false
      throw error
    },
  )
  const side = await openPostgresSide(place, migrations, 'target')
  try {
    await side.query(accept())
  } finally {
    await side.close()
  }
  return isThere ? 'accepted' : 'begun'
}

/** Runs `work` while nobody else can open the file. */
async function owning<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    makeFolder(dirname(file))
    const lock = takeOwnership(existsSync(file) ? realpathSync(file) : file)
    try {
      return await work()
    } finally {
      lock.close()
    }
  } catch (thrown) {
    throw fileTrouble(thrown)
  }
}

/**
 * A backup is whole by itself, and a log that lies beside it belongs to something else. The file of a ledger that
 * somebody has copied is read together with its log, unless it lies where the ledger is to be: there the log is
 * the one that does not belong to it.
 */
async function copyOf(backup: string, target: string, draft: string): Promise<void> {
  if (isStandalone(backup) || resolve(backup) === target) {
    copyFileSync(backup, draft)
    chmodSync(draft, 0o600)
    return
  }
  await copyWhole(backup, draft)
}

function checkAndAccept(draft: string, { migrations }: Definition): void {
  const db = new SqliteConnection(draft, { readOnly: false })
  try {
    if (db.pragma('integrity_check(1)') !== 'ok') throw new TransferError('DAMAGED')
    if (db.pragma('table_info(schema_version)') === undefined) throw new TransferError('NO_LEDGER')
    const { identity } = drive(inspect(migrations, 'allow'), (statement) => db.query(statement))
    if (identity === undefined) db.query(giveIdentity(randomUUID()))
    db.query(accept())
    // One file, with nothing beside it.
    db.exec('pragma journal_mode = delete')
  } catch (thrown) {
    const error = fileTrouble(thrown)
    throw error.code === 'LEDGER_CORRUPT' ? new TransferError('DAMAGED') : error
  } finally {
    db.close()
  }
}

/** The file first: a log that is left alone is noticed, a file that is left alone would open as an older ledger. */
function setAside(file: string): string | undefined {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  const aside = beside(file, `before-restore-${stamp}`)
  const ends = ['', ...COMPANIONS].filter((end) => existsSync(`${file}${end}`))
  for (const end of ends) renameSync(`${file}${end}`, `${aside}${end}`)
  return ends.length > 0 ? aside : undefined
}

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve, win32 } from 'node:path'
import { isElsewhere } from './elsewhere.js'
import { ledgerError, LedgerError } from './errors.js'
import { makeFolder } from './folders.js'
import { SqliteConnection } from './sqlite-connection.js'
import { errcodeOf } from './sqlite-errors.js'
import { sizeOf } from './sqlite-header.js'

/** Linux's numbers of file systems that live on another machine: NFS, SMB 1 and 2, CIFS, AFS, Ceph. */
const NETWORK_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x5346414f, 0x00c36400,
])

/** Those that hold no files of ours: proc, sysfs, devpts, cgroup 1 and 2, securityfs, debugfs, tracefs. */
export const NO_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x1cd1, 0x27e0eb, 0x63677270, 0x73636673, 0x64626720, 0x74726163,
])

/** Demands on a place before a file is opened there. */
export interface PlaceOptions {
  /** True when this process has had it open: a file that is missing then has been moved or deleted. */
  readonly mustExist: boolean
  /** True when a ledger has been used here before, by this process or an earlier one. */
  readonly expected: boolean
}

/**
 * The one true path of a ledger file, made with its folder unless it has been there before.
 * @throws LedgerError: LEDGER_PATH for a place on another machine, because the write-ahead log needs memory that
 * is shared between the programs that use the file; LEDGER_MISSING, LEDGER_READ_ONLY
 */
export function preparePlace(path: string, { mustExist, expected }: PlaceOptions): string {
  assertLocal(path)
  const file = resolve(path)
  if (mustExist && !existsSync(file)) throw vanished()
  if (sizeOf(file) === 0) {
    // SQLite would delete the log of an empty file, with all that is only in it.
    if (expected || sizeOf(`${file}-wal`) > 0) throw ledgerError('LEDGER_MISSING')
  }
  const folder = dirname(file)
  makeFolder(folder)
  assertLocal(file, folder)
  createPrivately(file)
  assertWritable(file)
  // Two names of one file must meet at one lock.
  return realpathSync(file)
}

/**
 * Throws LEDGER_PATH for a place on another machine.
 * @param folder where the file is or will be; undefined before it is known to be there
 */
export function assertLocal(file: string, folder?: string): void {
  if (isElsewhere(file)) throw network(file)
  if (folder !== undefined && NETWORK_FILE_SYSTEMS.has(statfsSync(folder).type)) throw network(file)
}

/** Throws LEDGER_PATH or LEDGER_READ_ONLY for what is there and cannot be used as a file. */
export function assertWritable(file: string): void {
  if (!statSync(file).isFile()) throw ledgerError('LEDGER_PATH')
  if (!isWritable(file)) throw ledgerError('LEDGER_READ_ONLY')
}

/**
 * Holds the file for this process until `close`; the system lets go of it when the process dies. It is a
 * lock on a file beside it, so that other programs can still read the ledger itself.
 */
export function takeOwnership(file: string): SqliteConnection {
  const lockFile = `${file}.lock`
  createPrivately(lockFile)
  const lock = new SqliteConnection(lockFile, { readOnly: false })
  try {
    lock.exec('pragma busy_timeout = 0')
    // Nothing is ever written, not even a journal: the disk may be full.
    lock.exec('pragma journal_mode = memory')
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    if (((errcodeOf(error) ?? 0) & 0xff) === 5) throw ledgerError('LEDGER_LOCKED')
    throw error
  }
}

/** `folder/name.db` and `bak-…` make `folder/name.db.bak-…`. */
export function beside(file: string, ending: string): string {
  return join(dirname(file), `${basename(file)}.${ending}`)
}

/** SQLite itself would open it for reading, and only say later that it "cannot be opened". */
function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** SQLite gives the rights of the file to those that it makes beside it. */
function createPrivately(file: string): void {
  try {
    // Never opened when it is there: closing a second handle would drop the locks of the first (POSIX).
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** The error of a file that has lost its name: all that is written to it is gone with the process. */
export function vanished(): LedgerError {
  return new LedgerError('LEDGER_PATH', {
    zh: '台账文件在使用中被移动或删除；已尽量在原文件夹另存副本（.rescued），请放回文件，之后会自动恢复',
    en: 'The ledger file was moved or deleted while in use; a copy was left in its folder if possible (.rescued). Put the file back, it then recovers by itself',
  })
}

function network(file: string): LedgerError {
  // Knows both kinds of separators.
  const name = win32.basename(file)
  return new LedgerError('LEDGER_PATH', {
    zh: `台账文件“${name}”必须放在本机磁盘上，不能放在网络共享上；多台共用请改用 PostgreSQL`,
    en: `The ledger file "${name}" must be on a disk of this machine, not on a network share; use PostgreSQL to share it`,
  })
}

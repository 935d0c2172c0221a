import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** The place of "file format write version" in the header: 1 for a database without a write-ahead log. */
const WRITE_VERSION_AT = 18
/** Of a page in bytes, and how many there are. */
const PAGE_BYTES_AT = 16
const PAGES_AT = 28
const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3'

/** True for a file of SQLite. The same condition holds as for `isStandalone`. */
export const isDatabase = (file: string): boolean =>
  headerOf(file).toString('latin1', 0, MAGIC.length) === MAGIC

/**
 * True for a whole database that uses no log, as our backups are: a ledger in use always has one. Only for a file
 * that this process owns or that no ledger is open on: closing a second handle would drop the locks of the first
 * (POSIX).
 */
export function isStandalone(file: string): boolean {
  const header = headerOf(file)
  return header.toString('latin1', 0, MAGIC.length) === MAGIC && header[WRITE_VERSION_AT] === 1
}

function headerOf(file: string): Buffer {
  const handle = openSync(file, 'r')
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    readSync(handle, header, 0, HEADER_BYTES, 0)
    return header
  } finally {
    closeSync(handle)
  }
}

/**
 * True for a database file that is as long as it says, so that a copy that was cut short is not. Only for a file
 * that is not open.
 */
export function isWholeDatabase(file: string): boolean {
  const header = headerOf(file)
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return false
  const pageBytes = header.readUInt16BE(PAGE_BYTES_AT)
  // 1 stands for the one size that two bytes cannot hold.
  return sizeOf(file) === (pageBytes === 1 ? 65_536 : pageBytes) * header.readUInt32BE(PAGES_AT)
}

/** The size in bytes; 0 for a file that is not there. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { ledgerError } from './errors.js'
import type { SqliteConnection } from './sqlite-connection.js'
import { beside, vanished } from './sqlite-place.js'

/**
 * On Windows a file that is open can be neither deleted nor replaced, so its identity need not be looked at; and
 * NTFS may write the time of the last change down much later, so it means nothing.
 */
const TELLS_FILES_APART = process.platform !== 'win32'
const HEADER_BYTES = 100
/** Each waits 2 s for a reader: longer in all than a question may take. */
const LOG_ATTEMPTS = 6
/** From this version on SQLite can be asked how far the log was copied without copying more of it. */
const KNOWS_NOOP = [3, 51] as const

interface Seen {
  readonly identity: string
  readonly bytes: number
  readonly changedAt: bigint
}

/**
 * Makes sure that an open ledger is still the file that was opened, and its log the log. SQLite notices neither:
 * it goes on writing into a file without a name, or a log that no longer belongs to the file.
 */
export class FileGuard {
  readonly #file: string
  readonly #log: string
  readonly #writer: SqliteConnection
  /** Held for as long as the database is open: closing it earlier would drop SQLite's locks (POSIX). */
  readonly #handle: number
  readonly #asksLog: boolean
  #fileSeen: Seen
  #logSeen: Seen
  #header: Buffer
  #copied = 0
  #isForeign = false

  /** For a file that `writer` has open and has used. */
  constructor(file: string, writer: SqliteConnection, version: string) {
    this.#file = file
    this.#log = `${file}-wal`
    this.#writer = writer
    this.#handle = openSync(file, 'r')
    const [major = 0, minor = 0] = version.split('.').map(Number)
    this.#asksLog = major > KNOWS_NOOP[0] || (major === KNOWS_NOOP[0] && minor >= KNOWS_NOOP[1])
    this.#fileSeen = this.#lookAt(file)
    this.#logSeen = this.#lookAt(this.#log)
    this.#header = this.#readHeader()
  }

  /** By which the file is told from another one at its path. */
  get identity(): string {
    return this.#fileSeen.identity
  }

  /** True when what is at the path is not ours: then the log must not be copied into it. */
  get isForeign(): boolean {
    return this.#isForeign
  }

  /**
   * Throws LEDGER_PATH when the file was moved or deleted, and leaves a copy beside it; LEDGER_TOUCHED when the
   * file or its log was replaced or overwritten. To be asked while no transaction is under way.
   */
  assertUntouched(): void {
    const file = this.#inPlace()
    if (this.#isChanged(file) && !this.#isSameContent(file)) throw this.#overwritten()
    this.#fileSeen = file
    const log = this.#logInPlace()
    if (log.bytes < this.#logSeen.bytes) throw this.#overwritten()
    this.#logSeen = log
  }

  /** The same right after our own commit, which may have copied the log into the file. */
  assertKept(): void {
    const file = this.#inPlace()
    if (this.#isChanged(file)) {
      if (!this.#hasCopied() && !this.#isSameContent(file)) throw this.#overwritten()
      this.#fileSeen = file
      this.#header = this.#readHeader()
    }
    this.#logSeen = this.#logInPlace()
  }

  /** Only after SQLite has closed the file. */
  close(): void {
    closeSync(this.#handle)
  }

  #inPlace(): Seen {
    const seen = find(this.#file)
    if (seen && seen.identity === this.#fileSeen.identity) return seen
    // Into the file wherever it is now, so that no log is left for another file at the path.
    this.#emptyLog()
    this.#rescue()
    this.#isForeign = find(this.#log)?.identity !== this.#logSeen.identity
    throw vanished()
  }

  #logInPlace(): Seen {
    const seen = find(this.#log)
    if (seen && seen.identity === this.#logSeen.identity) return seen
    // All of the log is still there for us, though without a name: copied into the file nothing of it is lost.
    let attempts = LOG_ATTEMPTS
    while (attempts > 0 && !this.#emptyLog()) attempts--
    if (attempts === 0) this.#rescue()
    throw ledgerError('LEDGER_TOUCHED', { evidence: 'log replaced' })
  }

  #overwritten(): Error {
    this.#isForeign = true
    return ledgerError('LEDGER_TOUCHED', { evidence: 'overwritten' })
  }

  #isChanged({ bytes, changedAt }: Seen): boolean {
    return bytes !== this.#fileSeen.bytes || changedAt !== this.#fileSeen.changedAt
  }

  /** The time of the last change alone proves nothing: some shared folders of virtual machines make it up. */
  #isSameContent({ bytes }: Seen): boolean {
    return bytes === this.#fileSeen.bytes && this.#readHeader().equals(this.#header)
  }

  /** True when our last commit has copied the log, or a part of it, into the file. */
  #hasCopied(): boolean {
    if (!this.#asksLog) return true
    const sql = 'pragma wal_checkpoint(noop)'
    const [row] = this.#writer.query({ sql, params: [] })
    const copied = Number(row?.['checkpointed'])
    const before = this.#copied
    this.#copied = copied
    // After a commit that copied nothing, the log is either begun anew or longer than what was copied before.
    return copied > 0 && (copied === Number(row?.['log']) || copied !== before)
  }

  /** Copies the whole log into the file; false while another program reads it. */
  #emptyLog(): boolean {
    return this.#writer.pragma('wal_checkpoint(truncate)') === 0
  }

  #rescue(): void {
    try {
      const target = beside(this.#file, `${Date.now()}.rescued`)
      this.#writer.query({ sql: 'vacuum into $1', params: [target] })
    } catch {
      // The folder may be gone as well, and then there is nothing to be done.
    }
  }

  #lookAt(path: string): Seen {
    const seen = find(path)
    if (!seen) throw vanished()
    return seen
  }

  #readHeader(): Buffer {
    const header = Buffer.alloc(HEADER_BYTES)
    readSync(this.#handle, header, 0, HEADER_BYTES, 0)
    return header
  }
}

/** By which a file is told from another one at its path; undefined where there is none. */
export const identityOf = (path: string): string | undefined => find(path)?.identity

function find(path: string): Seen | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return (
    found && {
      identity: TELLS_FILES_APART ? `${found.dev}:${found.ino}` : '',
      bytes: Number(found.size),
      changedAt: TELLS_FILES_APART ? found.mtimeNs : 0n,
    }
  )
}

import type { CrisisError } from '../messages/index.js'
import { ledgerError, LedgerError, withoutTexts } from './errors.js'

/** SQLite's primary result codes that say something of the file rather than of the statement. */
const FILE_TROUBLE: ReadonlyMap<number, Parameters<typeof ledgerError>[0]> = new Map([
  [3, 'LEDGER_PATH'],
  [5, 'LEDGER_BUSY'],
  [6, 'LEDGER_BUSY'],
  [7, 'LEDGER_UNAVAILABLE'],
  [8, 'LEDGER_READ_ONLY'],
  [10, 'LEDGER_UNAVAILABLE'],
  [11, 'LEDGER_CORRUPT'],
  [13, 'LEDGER_FULL'],
  [14, 'LEDGER_PATH'],
  [15, 'LEDGER_UNAVAILABLE'],
  [22, 'LEDGER_PATH'],
  [23, 'LEDGER_PATH'],
  [26, 'LEDGER_CORRUPT'],
])

/** Growing the shared-memory file on a full disk: an "I/O error" that really means "full". */
const IOERR_SHMSIZE = 4874

const FILE_SYSTEM_TROUBLE: ReadonlyMap<string, Parameters<typeof ledgerError>[0]> = new Map([
  ['ENOSPC', 'LEDGER_FULL'],
  ['EDQUOT', 'LEDGER_FULL'],
  ['EROFS', 'LEDGER_READ_ONLY'],
  ['EACCES', 'LEDGER_PATH'],
  ['EPERM', 'LEDGER_PATH'],
  ['ENOENT', 'LEDGER_PATH'],
  ['ENOTDIR', 'LEDGER_PATH'],
  ['EEXIST', 'LEDGER_PATH'],
  ['EISDIR', 'LEDGER_PATH'],
  ['EINVAL', 'LEDGER_PATH'],
  ['ENAMETOOLONG', 'LEDGER_PATH'],
])

/** The extended result code, when SQLite threw it. */
export function errcodeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined
  return typeof thrown.errcode === 'number' ? thrown.errcode : undefined
}

/** True when the file rather than the operation is the reason: the neighbours would fail too. */
export function isFileTrouble(thrown: unknown): boolean {
  const errcode = errcodeOf(thrown)
  return errcode !== undefined && FILE_TROUBLE.has(errcode & 0xff)
}

/** Anything thrown by an operation, without the texts of SQLite and of the system. */
export function operationError(thrown: unknown): CrisisError {
  const errcode = errcodeOf(thrown)
  if (errcode === undefined) return withoutTexts(thrown)
  const code = FILE_TROUBLE.get(errcode & 0xff) ?? 'LEDGER_REFUSED'
  return ledgerError(errcode === IOERR_SHMSIZE ? 'LEDGER_FULL' : code, {
    evidence: `SQLite ${errcode}`,
  })
}

/** Anything thrown while the file is opened or looked after. */
export function fileError(thrown: unknown): LedgerError {
  if (thrown instanceof LedgerError) return thrown
  if (errcodeOf(thrown) !== undefined) {
    const error = operationError(thrown)
    // A statement of our own that SQLite does not understand is our fault, and no reason to give up.
    if (error instanceof LedgerError && error.code !== 'LEDGER_REFUSED') return error
  }
  const code = systemCodeOf(thrown)
  return ledgerError(FILE_SYSTEM_TROUBLE.get(code ?? '') ?? 'LEDGER_UNAVAILABLE', {
    evidence: code ?? `SQLite ${errcodeOf(thrown)}`,
    cause: withoutTexts(thrown).cause,
  })
}

function systemCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' && errcodeOf(thrown) === undefined
    ? thrown.code
    : undefined
}
